//! Everything that a plan can say is drawn by some seed, and happens when it is run.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sim::swarm::{self, Class, Fault, Foe, Kind, Plan, Preset, Strike, Tweak};
use sim::{Call, NodeId, Step};
use swim_core::{Addr, Fact, Instant, Node};

type Words = BTreeSet<String>;

/// All that can stand there, as the reader itself lists it when something else does.
fn words<T: DeserializeOwned>(nonsense: Value) -> Words {
    let error = serde_json::from_value::<T>(nonsense).err().expect("nonsense").to_string();
    let (_, list) = error.split_once("expected one of").expect("a list");
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What stands at one place of all the strikes of many seeds.
fn drawn(place: &str) -> Words {
    let plans = (0..400).map(|seed| Plan::draw(seed, Some(Class::S)));
    let strikes = plans.flat_map(|plan| plan.strikes).map(|strike| serde_json::to_value(strike).unwrap());
    strikes.filter_map(|strike| Some(strike.pointer(place)?.as_str()?.to_owned())).collect()
}

#[test]
fn every_fault_is_drawn() {
    assert_eq!(drawn("/what"), words::<Fault>(json!({ "what": "?" })));
}

#[test]
fn every_kind_of_message_is_lost_at_times() {
    let kinds: BTreeSet<_> = Kind::ALL.into_iter().collect();
    assert_eq!(kinds.len(), words::<Kind>(json!("?")).len());
    assert_eq!(drawn("/kind"), words::<Kind>(json!("?")));
}

#[test]
fn every_setting_changes_on_a_node_while_it_runs() {
    assert_eq!(drawn("/tweak/setting"), words::<Tweak>(json!({ "setting": "?", "is": 1 })));
}

#[test]
fn every_attacker_is_drawn() {
    assert_eq!(drawn("/by/foe"), words::<Foe>(json!({ "foe": "?" })));
}

#[test]
fn faults_last_for_a_minute_mostly_and_for_half_an_hour_at_times() {
    let lengths: Vec<_> = (0..1_000).map(|seed| Plan::draw(seed, Some(Class::S)).chaos_ms).collect();
    let share = |from: u64, to: u64| lengths.iter().filter(|&&length| (from..to).contains(&length)).count();
    assert!(share(0, 120_000) > 800, "{}", share(0, 120_000));
    assert!(share(120_000, 600_000) > 20 && share(600_000, 1_800_001) > 10);
    assert!(lengths.iter().all(|length| *length <= 1_800_000));
}

/// Three nodes to which only these things happen.
fn plan(chaos_ms: u64, strikes: &[(u64, Fault)]) -> Plan {
    Plan {
        nodes: 3,
        foreigners: 0,
        sealed: true,
        preset: Preset::Lan,
        max_events: 4_096,
        tombstone_s: 86_400,
        loss: 0,
        latency_ms: [1, 2],
        chaos_ms,
        latecomers: Vec::new(),
        core: vec![0, 1, 2],
        cut_off: Vec::new(),
        core_s: 0,
        tweaks: Vec::new(),
        strikes: strikes
            .iter()
            .map(|(at_ms, fault)| Strike { at_ms: *at_ms, fault: fault.clone() })
            .collect(),
        ..Plan::draw(3, Some(Class::S))
    }
}

/// What a node was called with: when it began, and what came from whom.
#[derive(Default)]
struct Diary {
    starts: Vec<Instant>,
    heard: Vec<(Instant, Addr)>,
}

fn diary_of(node: NodeId, plan: &Plan) -> Diary {
    println!("seed {}", plan.seed);
    let diary = Rc::new(RefCell::new(Diary::default()));
    let pen = Rc::clone(&diary);
    let watch = move |step: &Step<'_, Node>| {
        match step.call {
            Call::Start if step.node == node => pen.borrow_mut().starts.push(step.now),
            Call::Datagram { from, .. } if step.node == node => {
                pen.borrow_mut().heard.push((step.now, (*from).clone()));
            }
            _ => {}
        }
        Ok(())
    };
    let outcome = swarm::run(plan, vec![Box::new(watch)]);
    assert_eq!(outcome.failure.map(|failure| failure.explanation), None);
    diary.take()
}

fn first_addr() -> Addr {
    "10.0.0.1:7946".parse::<std::net::SocketAddr>().unwrap().into()
}

#[test]
fn what_is_held_comes_all_at_once_when_it_is_released_or_all_faults_are_over() {
    let hold = Fault::Hold { from: vec![0], to: vec![1, 2] };
    for plan in [
        plan(60_000, &[(1_000, hold.clone()), (21_000, Fault::Release)]),
        plan(21_000, &[(1_000, hold.clone())]),
    ] {
        let diary = diary_of(NodeId(1), &plan);
        let times: Vec<_> =
            diary.heard.iter().filter(|(_, from)| *from == first_addr()).map(|(at, _)| *at).collect();
        let silences = times.windows(2).map(|pair| (pair[1].since(pair[0]), pair[1]));
        let (longest, end) = silences.max().expect("it heard something");
        assert!(longest > Duration::from_secs(18), "{longest:?}");
        let at_once = times.iter().filter(|at| (end..end + Duration::from_millis(5)).contains(at)).count();
        assert!(at_once > 10, "{at_once}");
    }
}

#[test]
fn a_latecomer_is_not_there_before_its_first_start() {
    let restart = (40_000, Fault::Restart { node: 2 });
    for (strikes, earliest) in [(vec![restart], 40_000), (Vec::new(), 60_000)] {
        let late = Plan { latecomers: vec![2], ..plan(60_000, &strikes) };
        let diary = diary_of(NodeId(2), &late);
        let earliest = Instant::ZERO + Duration::from_millis(earliest);
        assert!(diary.starts.first().is_some_and(|first| *first > earliest), "{:?}", diary.starts);
        assert!(diary.heard.iter().all(|(at, _)| *at > earliest));
    }
}

#[test]
fn who_is_told_once_more_to_join_joins_once_more_through_others_than_itself() {
    let joins = Rc::new(RefCell::new(Vec::new()));
    let pen = Rc::clone(&joins);
    let watch = move |step: &Step<'_, Node>| {
        for event in step.events.iter().filter(|_| step.node == NodeId(1)) {
            if let Fact::HasJoined { seed } = &event.fact {
                pen.borrow_mut().push(seed.clone());
            }
        }
        Ok(())
    };
    let plan = plan(60_000, &[(30_000, Fault::Join { node: 1, through: vec![1, 0] })]);
    println!("seed {}", plan.seed);
    let outcome = swarm::run(&plan, vec![Box::new(watch)]);
    assert_eq!(outcome.failure.map(|failure| failure.explanation), None);
    assert!(matches!(joins.take().as_slice(), [_, again, ..] if *again == first_addr()));
}

#[test]
fn in_some_plans_some_come_late_and_the_first_never_does() {
    let plans: Vec<_> = (0..1_000).map(|seed| Plan::draw(seed, Some(Class::S))).collect();
    let late = plans.iter().filter(|plan| !plan.latecomers.is_empty()).count();
    assert!((150..300).contains(&late), "{late}");
    assert!(plans.iter().all(|plan| !plan.latecomers.contains(&0)));
    for plan in plans {
        assert_eq!(plan.validate(), Ok(()), "seed {}", plan.seed);
    }
}

#[test]
fn an_unplugged_host_hears_nothing_until_its_node_starts_again() {
    let (vanish, restart) = (Fault::Vanish { node: 1 }, Fault::Restart { node: 1 });
    let diary = diary_of(NodeId(1), &plan(60_000, &[(1_000, vanish), (30_000, restart)]));
    let &[_, again, ..] = diary.starts.as_slice() else { panic!("it began {} times", diary.starts.len()) };
    let last_before = diary.heard.iter().map(|(at, _)| *at).filter(|&at| at < again).max().unwrap();
    let first_after = diary.heard.iter().map(|(at, _)| *at).find(|&at| at > again).unwrap();
    assert!(again.since(last_before) > Duration::from_secs(28));
    assert!(first_after.since(again) < Duration::from_secs(1), "it is plugged in again");
}

#[test]
fn a_clone_of_a_disk_takes_or_loses_the_name_of_its_original_and_all_is_well_after_it() {
    let plan = Plan { sealed: false, ..plan(60_000, &[(1_000, Fault::Clone { node: 1 })]) };
    println!("seed {}", plan.seed);
    let outcome = swarm::run(&plan, Vec::new());
    assert_eq!(outcome.failure.map(|failure| failure.explanation), None);
    assert!(outcome.marks.contains("event: name conflict"));
}
