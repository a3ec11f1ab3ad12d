//! The page of a run, and its lines: what is in them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use sim::page::{Recorder, Story, to_html};
use sim::scenario::{Ending, Scenario};
use sim::swarm::{self, Class, Plan};
use sim::{Broken, Checker, Cluster, JsonLines, NodeId, Step};
use swim_core::{Addr, ClusterId, Config, Epoch, Fact, Instant, Keyring, Local, Name, Node};

fn story() -> Story {
    Story {
        title: "A run".into(),
        command: "sim run crash".into(),
        setting: "Two words.".into(),
        failure: None,
    }
}

/// The last of so many nodes crashes, and everybody else learns of it.
fn play_crash(nodes: usize, seed: u64, watchers: Vec<Box<dyn Checker<Node>>>) -> Ending {
    let text = format!(
        "cluster {nodes}\nrun until {CRASH:?}\ncrash last\nexpect everyone believes last dead within 30 s\n"
    );
    let ending = Scenario::parse("crash", &text, None).expect("a scenario").play(seed, watchers, &mut |_| {});
    assert_eq!(ending.failure, None);
    ending
}

/// When it crashes.
const CRASH: Duration = Duration::from_secs(15);

/// The page of a crash.
fn crash(nodes: usize, seed: u64) -> (String, Ending) {
    let recorder = Recorder::new();
    let ending = play_crash(nodes, seed, vec![Box::new(recorder.clone())]);
    (to_html(&recorder.recording(), &story()), ending)
}

/// After which times in microseconds the survivors were told that a node is suspected, and that it has failed.
#[derive(Clone, Default)]
struct News(Rc<RefCell<[Vec<u64>; 2]>>);

impl Checker<Node> for News {
    fn check(&mut self, step: &Step<'_, Node>) -> Result<(), Broken> {
        let after = micros(step.now.since(Instant::ZERO + CRASH));
        for event in step.events {
            match event.fact {
                Fact::Suspected { .. } => self.0.borrow_mut()[0].push(after),
                Fact::Failed { .. } => self.0.borrow_mut()[1].push(after),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The page of a seed.
fn seed(seed: u64) -> String {
    let recorder = Recorder::new();
    let outcome = swarm::run(
        &Plan::draw(seed, Some(Class::S)),
        vec![Box::new(recorder.clone()) as Box<dyn Checker<Node>>],
    );
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    to_html(&recorder.recording(), &story())
}

/// What stands between two markers.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("no {from} in the page"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to} behind {from}")).0
}

fn data(page: &str) -> Value {
    let text = between(page, "id=\"recording\">", "</script>");
    serde_json::from_str(text).expect("JSON")
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).expect("short")
}

#[test]
fn one_seed_is_one_page() {
    assert_eq!(crash(8, 3).0, crash(8, 3).0);
    assert_ne!(crash(8, 3).0, crash(8, 4).0);
    assert_eq!(seed(3), seed(3));
}

#[test]
fn a_run_that_is_watched_is_the_same_run() {
    assert_eq!(crash(8, 3).1.hash, play_crash(8, 3, Vec::new()).hash);
}

#[test]
fn a_page_refers_to_nothing_outside() {
    let page = seed(3).replace("http://www.w3.org/2000/svg", "");
    for reference in ["http:", "https:", "//cdn", "src=", "href=", "@import", "url(", "<link", "import("] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(!page.contains("{{"), "a part was not filled in");
}

#[test]
fn the_words_and_the_data_tell_what_the_scenario_measured() {
    let (recorder, news) = (Recorder::new(), News::default());
    play_crash(8, 1, vec![Box::new(recorder.clone()), Box::new(news.clone())]);
    let page = to_html(&recorder.recording(), &story());
    let data = data(&page);
    let death = &data["deaths"][0];
    let [suspected, failed] = &*news.0.borrow();
    assert_eq!(death["node"], 7);
    assert_eq!(death["suspected"][0], suspected[0]);
    assert_eq!(death["declared"][0], failed[0]);
    assert_eq!((failed.len(), &death["last"]), (7, &failed[6].into()));
    assert_eq!((&death["heard"], &death["audience"]), (&7.into(), &7.into()));
    let words = between(&page, "<ul class=\"words\">", "</ul>");
    for part in [
        "8 nodes started within",
        "the preset lan",
        "Everybody knew everybody after",
        "all 7 others knew after",
        "n7 crashed at",
    ] {
        assert!(words.contains(part), "no {part:?} in {words}");
    }
}

#[test]
fn at_the_end_of_a_crash_every_belief_is_right() {
    let data = data(&crash(8, 1).0);
    let curve = data["agreement"].as_array().unwrap();
    let last = curve.last().unwrap();
    assert_eq!(last[1], last[2]);
    assert_eq!(last[2], 7 * 7, "seven nodes, each of seven others");
    assert!(curve.iter().any(|point| point[1] != point[2]), "never wrong, not even after the crash");
}

#[test]
fn packets_are_counted_by_kind_and_add_up() {
    let (page, ending) = crash(8, 1);
    let load = &data(&page)["load"];
    let kinds: Vec<&str> = load["kinds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let total = |kind: &str| -> u64 {
        let place = kinds.iter().position(|name| *name == kind).unwrap();
        load["packets"].as_array().unwrap().iter().filter_map(|span| span[place].as_u64()).sum()
    };
    let datagrams: u64 = kinds.iter().filter(|kind| **kind != "stream").map(|kind| total(kind)).sum();
    assert_eq!(datagrams, ending.datagrams);
    assert!(total("ping") > 0 && total("ack") > 0 && total("gossip") > 0 && total("other") == 0);
}

#[test]
fn partitions_are_in_the_words_and_in_the_data() {
    let page = seed(3);
    let data = data(&page);
    let cut = data["shapes"].as_array().unwrap().iter().find(|shape| shape["whole"] == false).unwrap();
    let text = cut["text"].as_str().unwrap();
    assert!(cut["cut"][0].is_array() && cut["group"].as_array().unwrap().len() > 1, "{cut}");
    assert!(text.contains('|') || text.contains("cannot"), "{text}");
    assert!(page.contains("the network was cut: ") && page.contains("the network was whole again"));
    let end = data["end"].as_u64().unwrap();
    let moments = data["moments"].as_array().unwrap();
    assert!(moments.iter().all(|moment| moment[0].as_u64().unwrap() <= end));
    assert!(moments.iter().any(|moment| moment[2] == "restart"));
}

#[test]
fn who_left_did_not_crash() {
    let recorder = Recorder::new();
    let text = "cluster 6\nrun 10 s\nleave n2\nleave n4\nrun 20 s\n";
    let scenario = Scenario::parse("goodbyes", text, None).expect("a scenario");
    scenario.play(1, vec![Box::new(recorder.clone())], &mut |_| {});
    let page = to_html(&recorder.recording(), &story());
    let (data, words) = (data(&page), between(&page, "<ul class=\"words\">", "</ul>"));
    let of = |turn: &str| -> Vec<u64> {
        let moments = data["moments"].as_array().unwrap().iter().filter(|moment| moment[2] == turn);
        moments.filter_map(|moment| moment[1].as_u64()).collect()
    };
    let (left, crashed) = (of("leave"), of("crash"));
    assert!(!left.is_empty() && left == of("exit"), "processes end after their goodbyes");
    for node in left {
        assert!(!crashed.contains(&node));
        assert!(words.contains(&format!("n{node} left at")), "{words}");
        assert!(data["deaths"].as_array().unwrap().iter().all(|death| death["node"] != node));
    }
}

#[test]
fn names_that_look_like_markup_stay_names() {
    let mut cluster = Cluster::new(1);
    let recorder = Recorder::new();
    cluster.watch(recorder.clone());
    let name = "</script><b>&{{data}}";
    let addr: Addr = "10.0.0.1:7946".parse::<std::net::SocketAddr>().unwrap().into();
    let node = cluster.add(addr.clone(), |seed, now| {
        let (cluster, name) = (ClusterId::from_name("x"), Name::new(name).unwrap());
        let local = Local { cluster, name, addr, epoch: Epoch::new(1).unwrap() };
        Node::new(Config::lan(), local, Keyring::plain(), seed, now).unwrap()
    });
    cluster.run_for(Duration::from_secs(1));
    cluster.crash(node);
    cluster.run_until(Instant::ZERO + Duration::from_secs(2), |_| false);
    let story = Story { title: "<i>\"title\"</i>".into(), ..story() };
    let page = to_html(&recorder.recording(), &story);
    assert_eq!(data(&page)["nodes"][0], name);
    assert_eq!(page.matches("<script").count(), 2);
    assert!(!page.contains("<b>&") && !page.contains("<i>\""));
    assert!(page.contains("&lt;/script&gt;&lt;b&gt;&amp;{{data}} crashed at 1.000 s"), "in the words");
}

#[test]
fn a_page_without_any_node_is_a_page() {
    let page = to_html(&Recorder::new().recording(), &story());
    assert_eq!(data(&page)["nodes"], Value::Array(Vec::new()));
}

#[test]
fn a_broken_rule_is_said_at_the_top() {
    let failure = sim::Violation {
        rule: "S3",
        node: NodeId(0),
        time: Instant::ZERO + Duration::from_secs(1),
        seed: 7.into(),
        text: "1 < 2".into(),
    };
    let page = to_html(&Recorder::new().recording(), &Story { failure: Some(failure), ..story() });
    assert!(page.contains("<strong>A rule was broken.</strong> S3 broken by n0 at"));
    assert!(page.contains("1 &lt; 2"));
}

/// The lines of a crash.
fn lines(nodes: usize) -> (Vec<Value>, Ending) {
    let path = std::env::temp_dir().join(format!("sim-lines-{}-{nodes}.jsonl", std::process::id()));
    let lines = JsonLines::new(std::fs::File::create(&path).unwrap());
    let ending = play_crash(nodes, 1, vec![Box::new(lines.clone())]);
    lines.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ending)
}

#[test]
fn every_line_says_when_and_what_and_none_is_missing() {
    let (lines, ending) = lines(4);
    let times: Vec<u64> = lines.iter().map(|line| line["at"].as_u64().unwrap()).collect();
    assert!(times.is_sorted());
    let number = |what: &str| lines.iter().filter(|line| line["what"] == what).count();
    assert_eq!((number("start"), number("crash"), number("network")), (4, 1, 1));
    assert_eq!(number("datagram") as u64, ending.datagrams);
    let failed = lines.iter().filter(|line| line["fact"] == "Failed" && line["state"] == "Dead");
    assert_eq!(failed.count(), 3, "each of the survivors");
    assert!(lines.iter().all(|line| line["what"].is_string()) && number("event") > 12);
}

/// Takes nothing.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("full"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_that_could_not_be_written_are_an_error_at_the_end() {
    let lines = JsonLines::new(Full);
    play_crash(2, 1, vec![Box::new(lines.clone())]);
    assert_eq!(lines.finish().unwrap_err().to_string(), "full");
}
