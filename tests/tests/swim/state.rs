//! What a node keeps for its next life.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::process::{Swim, has};
use crate::scratch::Scratch;

/// A pair that knows each other; bob keeps his state.
fn pair(options: &str) -> (Swim, Swim) {
    let mut alice = Swim::node("alice", "--plain");
    let mut bob = Swim::node("bob", &format!("--plain {options} --join {}", alice.addr()));
    for node in [&mut alice, &mut bob] {
        node.wait_for_member("joined", "alice");
        node.wait_for_member("joined", "bob");
    }
    (alice, bob)
}

#[test]
fn a_node_that_left_finds_its_cluster_again_without_peers() {
    let scratch = Scratch::new();
    let state = format!("--state {}", scratch.path("bob"));
    let (mut alice, bob) = pair(&state);
    let first = alice.wait_for_member("joined", "bob");
    assert_eq!(bob.leave().code(), Some(0));
    alice.wait_for_member("left", "bob");
    let mut bob = Swim::node("bob", &format!("--plain {state} --set role=web"));
    bob.wait_for_member("joined", "alice");
    let second = alice.wait_for_next("joined", "bob");
    assert!(second["epoch"].as_u64() > first["epoch"].as_u64());
    alice.wait_for("updated", |event| event["name"] == "bob" && event["key"] == "role");
    assert!(!fs::exists(scratch.path("bob.new")).expect("the folder"), "nothing is left beside it");
}

#[test]
fn a_node_that_crashed_finds_its_cluster_again_by_what_it_wrote_last() {
    let scratch = Scratch::new();
    let state = format!("--state {} --state-interval 1s", scratch.path("bob"));
    let (mut alice, mut bob) = pair(&state);
    // Written when bob started, it names nobody; the next one does.
    let is_written = || {
        let bytes = fs::read(scratch.path("bob")).expect("the state");
        bytes.windows(5).any(|window| window == b"alice")
    };
    let written = (0..1_200).any(|_| is_written() || bob.has_ended(Duration::from_millis(100)));
    assert!(written && is_written(), "the state names alice some time");
    bob.addr();
    bob.crash();
    let _bob = Swim::node("bob", &format!("--plain {state}"));
    // Whether she had declared him failed by then is a matter of time.
    alice.wait_for_news("return", |event| {
        event["name"] == "bob" && (event["event"] == "restarted" || event["event"] == "joined")
    });
}

#[test]
fn a_state_behind_links_is_written_to_where_they_lead() {
    let scratch = Scratch::new();
    let [link, further, elsewhere, state] =
        ["link", "further", "elsewhere", "elsewhere/state"].map(|name| scratch.path(name));
    fs::create_dir(elsewhere).expect("a folder");
    symlink("further", &link).expect("a link");
    symlink("elsewhere/state", &further).expect("a link");
    let [first, second] = [(); 2].map(|()| {
        let mut node = Swim::node("bob", &format!("--plain --state {link}"));
        node.addr();
        let ended = node.leave();
        assert_eq!((ended.code(), &*ended.stderr), (Some(0), ""));
        fs::read(&state).expect("a state")
    });
    assert_ne!(first, second, "where nothing was at first, and where a state was");
    for link in [link, further] {
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink(), "{link}");
    }
}

#[test]
fn registers_come_from_the_settings_and_not_from_the_state() {
    let scratch = Scratch::new();
    let state = format!("--plain --state {}", scratch.path("bob"));
    let mut bob = Swim::node("bob", &format!("{state} --set role=web --set zone=a"));
    bob.wait_for("updated", |event| event["key"] == "zone");
    assert_eq!(bob.leave().code(), Some(0));
    let mut bob = Swim::node("bob", &format!("{state} --set role=web"));
    let mut alice = Swim::node("alice", &format!("--plain --join {}", bob.addr()));
    alice.wait_for("updated", |event| event["name"] == "bob" && event["key"] == "role");
    let seen = alice.events();
    assert!(!seen.iter().any(|event| event["key"] == "zone"), "{seen:?}");
}

/// Starts a node with this state and answers its warning.
fn warned(scratch: &Scratch, content: &[u8]) -> String {
    let path = scratch.path("state");
    fs::write(&path, content).expect("a file");
    let mut node = Swim::node("bob", &format!("--plain --state {path}"));
    node.addr();
    let ended = node.leave();
    assert_eq!(ended.code(), Some(0), "{}", ended.stderr);
    assert!(has(&ended.events(), "left", "bob"));
    ended.stderr.replace(&path, "STATE")
}

#[test]
fn a_state_that_is_of_no_use_is_told_and_the_node_starts_empty() {
    let scratch = Scratch::new();
    let path = scratch.path("good");
    for (name, cluster) in [("bob", "swim"), ("carol", "swim"), ("bob", "other")] {
        let mut node =
            Swim::node(name, &format!("--plain --cluster {cluster} --state {path}-{name}-{cluster}"));
        node.addr();
        assert_eq!(node.leave().code(), Some(0));
    }
    let good = fs::read(format!("{path}-bob-swim")).expect("a state");
    assert_eq!(warned(&scratch, &good), "", "a good one is used without a word");
    let told = "warning: the state in STATE is of no use, so this node starts empty: ";
    for torn in [&good[..good.len() / 2], &good[..good.len() - 1], &good[..9], &good[..4], &[]] {
        assert_eq!(warned(&scratch, torn), format!("{told}the snapshot is cut short or damaged"));
    }
    let mut old = good;
    old[8] = 0;
    assert_eq!(warned(&scratch, &old), format!("{told}a snapshot of version 0, and only 1 is known"));
    let others = [("carol-swim", "a member with another name"), ("bob-other", "another cluster")];
    for (file, of) in others {
        let other = fs::read(format!("{path}-{file}")).expect("a state");
        assert_eq!(warned(&scratch, &other), format!("{told}the snapshot is of {of}"));
    }
}

/// Starts a node with a state or a record in a place where something else lies, which must be as it was afterwards.
fn refused(option: &str, name: &str, foreign: &str, kind: &str) {
    let scratch = Scratch::new();
    let (path, other) = (scratch.path(name), scratch.file(foreign, "precious"));
    let ended =
        Swim::run(format!("run --name bob --bind 127.0.0.1:0 --plain --{option} {path}").split_whitespace());
    let line = format!(
        "error: {other} is no {kind} of swim and is left as it is: choose another name, or remove it"
    );
    assert_eq!((ended.code(), ended.stderr), (Some(2), line));
    assert_eq!(fs::read_to_string(&other).expect("it is there"), "precious");
    let there = fs::read_dir(scratch.path(".")).expect("the folder").count();
    assert_eq!(there, 1, "nothing is left beside it");
}

#[test]
fn a_file_that_is_no_state_is_never_overwritten() {
    refused("state", "key", "key", "state");
    refused("state", "key", "key.new", "state");
}

#[test]
fn a_file_beside_what_a_link_leads_to_is_never_overwritten() {
    let scratch = Scratch::new();
    let (link, other) = (scratch.path("link"), scratch.file("state.new", "precious"));
    symlink("state", &link).expect("a link");
    let ended =
        Swim::run(format!("run --name bob --bind 127.0.0.1:0 --plain --state {link}").split_whitespace());
    assert_eq!(ended.code(), Some(2), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&other).expect("it is there"), "precious");
}

#[test]
fn a_file_that_is_no_trace_is_never_moved_or_overwritten() {
    refused("record", "key", "key", "trace");
    refused("record", "key", "key.last", "trace");
}
