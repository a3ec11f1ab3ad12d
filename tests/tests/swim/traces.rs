//! What a node records, replayed on a desk.

use std::fs;

use rustix::process::Signal;
use swim_core::Key;
use swim_trace::{Ending, Replayed, Trace};

use crate::process::Swim;
use crate::scratch::Scratch;

/// A fresh node, told all that is in the trace.
fn replay(scratch: &Scratch, file: &str) -> Replayed {
    let bytes = fs::read(scratch.path(file)).expect("a trace");
    let key: Key = fs::read_to_string(scratch.path("key")).expect("a file").parse().expect("a key");
    Trace::parse(&bytes).expect("a trace").replay(&[key], |_, _| {}).expect("the key is there")
}

/// Somebody to talk to, and a node that records on this adapter. Both are at a place of their own.
fn pair(scratch: &Scratch, adapter: &str, places: [&str; 2]) -> [Swim; 2] {
    let key = scratch.key("key");
    let mut bob = Swim::node("bob", &format!("{key} --bind {} --set role=web", places[0]));
    let record = format!("--adapter {adapter} --record {} --join {}", scratch.path("trace"), bob.place());
    let mut alice = Swim::node("alice", &format!("{key} --bind {} {record} --set role=db", places[1]));
    alice.wait_for("updated", |event| event["name"] == "bob" && event["value"] == "web");
    bob.wait_for("updated", |event| event["name"] == "alice" && event["value"] == "db");
    [bob, alice]
}

/// The whole of a life: joining over streams, probing, a member that leaves, and its own goodbye.
fn whole_life(adapter: &str, places: impl Fn(&Scratch) -> [String; 2]) {
    let scratch = Scratch::new();
    let places = places(&scratch);
    let [bob, mut alice] = pair(&scratch, adapter, places.each_ref().map(String::as_str));
    assert_eq!(bob.leave().code(), Some(0));
    alice.wait_for_member("left", "bob");
    assert_eq!(alice.leave().code(), Some(0));
    let replayed = replay(&scratch, "trace");
    assert_eq!(replayed.verdict, Ok(Ending::Whole));
    assert!(replayed.node.has_left() && replayed.calls > 20, "{replayed:?}");
    assert_eq!(replayed.node.local().register("role"), Some(&b"db"[..]));
}

fn udp(_: &Scratch) -> [String; 2] {
    ["127.0.0.1:0", "127.0.0.1:0"].map(Into::into)
}

#[test]
fn what_a_node_on_plain_threads_recorded_is_replayed_with_the_same_answers() {
    whole_life("std", udp);
}

#[test]
fn what_a_node_on_tokio_recorded_is_replayed_with_the_same_answers() {
    whole_life("tokio", udp);
}

#[test]
fn what_a_node_on_smol_recorded_is_replayed_with_the_same_answers() {
    whole_life("smol", udp);
}

#[test]
fn what_a_node_on_unix_sockets_recorded_is_replayed_with_the_same_answers() {
    whole_life("tokio", |scratch| ["bob", "alice"].map(|name| format!("unix:{}", scratch.path(name))));
}

#[test]
fn the_trace_of_a_killed_node_is_replayed_up_to_its_death_and_kept_when_it_starts_again() {
    let scratch = Scratch::new();
    let [mut bob, alice] = pair(&scratch, "std", ["127.0.0.1:0", "127.0.0.1:0"]);
    alice.crash();
    bob.wait_for_member("failed", "alice");
    let check = |file| {
        let replayed = replay(&scratch, file);
        assert!(matches!(replayed.verdict, Ok(Ending::Whole | Ending::Torn { .. })), "{replayed:?}");
        assert_eq!(replayed.node.members().count(), 2, "it knew bob");
    };
    check("trace");
    let again = format!("--plain --record {}", scratch.path("trace"));
    Swim::node("alice", &again).addr();
    check("trace.last");
}

#[test]
fn a_reload_with_other_keys_and_numbers_is_recorded_too() {
    let scratch = Scratch::new();
    scratch.key("key");
    let content = |registers| {
        let [key, trace] = ["key", "trace"].map(|name| scratch.path(name));
        format!("name = 'alice'\nbind = '127.0.0.1:0'\nrecord = '{trace}'\nkey_file = '{key}'\n{registers}")
    };
    let file = scratch.file("swim.toml", &content(""));
    let mut alice = Swim::start(["run", "--json", "--config", &file]);
    alice.addr();
    // The same file with another key in it, and then the first one again.
    let first = fs::read_to_string(scratch.path("key")).expect("a key");
    for key in ["11".repeat(32), first] {
        scratch.file("key", &key);
        scratch.file("swim.toml", &content("registers = { role = 'web' }\nprobe_interval = '2s'"));
        alice.signal(Signal::HUP);
        alice.wait_for_news("a reload", |event| event["event"] == "reloaded");
    }
    assert_eq!(alice.leave().code(), Some(0));
    let bytes = fs::read(scratch.path("trace")).expect("a trace");
    let both = ["11".repeat(32), fs::read_to_string(scratch.path("key")).expect("a key")];
    let both = both.map(|text| text.parse::<Key>().expect("a key"));
    let trace = Trace::parse(&bytes).expect("a trace");
    let replayed = trace.replay(&both, |_, _| {}).expect("both keys are there");
    assert_eq!(replayed.verdict, Ok(Ending::Whole));
    assert_eq!(replayed.node.config().probe_interval.as_secs(), 2);
    assert!(trace.replay(&both[1..], |_, _| {}).is_err(), "the other key is needed");
}
