//! Those who must not get in.

use crate::process::{Swim, has, is_mentioned};
use crate::scratch::Scratch;

#[test]
fn a_node_with_another_key_never_joins_and_says_so() {
    let scratch = Scratch::new();
    let key = scratch.key("key");
    let mut alice = Swim::node("alice", &key);
    let addr = alice.addr();
    let mut bob = Swim::node("bob", &format!("{key} --join {addr}"));
    let mut eve = Swim::node("eve", &format!("{} --join {addr}", scratch.key("other")));
    for _ in 0..2 {
        let failed = eve.wait_for_next_failure();
        assert_eq!(
            (failed["reason"].as_str(), failed["seed"].as_str()),
            (Some("bad_answer"), Some(&*addr.to_string()))
        );
    }
    bob.wait_for_member("joined", "alice");
    let eve = eve.leave();
    assert_eq!(eve.code(), Some(0), "{}", eve.stderr);
    assert!(!is_mentioned(&eve.events(), "alice") && !is_mentioned(&eve.events(), "bob"));
    let (bob, alice) = (bob.leave(), alice.leave());
    assert!(!is_mentioned(&bob.events(), "eve") && !is_mentioned(&alice.events(), "eve"));
    // She cannot even read the greeting. One key in 256 has the id of another; then only the seal tells them apart.
    let dropped = &eve.stats()["dropped"];
    assert!(dropped["unknown_key"].is_u64() || dropped["bad_tag"].is_u64(), "{dropped}");
}

#[test]
fn a_person_is_told_why_a_node_with_another_key_does_not_get_in() {
    let scratch = Scratch::new();
    let mut alice = Swim::node("alice", &scratch.key("key"));
    let addr = alice.addr();
    let options = format!("run --name eve --bind 127.0.0.1:0 {} --join {addr}", scratch.key("other"));
    let mut eve = Swim::start(options.split(' '));
    let line = eve.wait_for_text("join failed");
    let told = format!("{addr} answered what this node cannot open: another key or another cluster name?");
    assert!(line.contains(&told) && line.contains("Trying again in "), "{line}");
}

#[test]
fn a_node_without_a_key_does_not_get_into_a_cluster_with_one() {
    let scratch = Scratch::new();
    let mut alice = Swim::node("alice", &scratch.key("key"));
    let mut eve = Swim::node("eve", &format!("--plain --join {}", alice.addr()));
    eve.wait_for("join_failed", |event| event["reason"] == "bad_answer");
    let (eve, alice) = (eve.leave(), alice.leave());
    assert!(!is_mentioned(&alice.events(), "eve"));
    assert!(eve.stats()["dropped"]["sealed_refused"].is_u64());
}

#[test]
fn two_clusters_on_one_machine_with_one_key_never_mix() {
    let scratch = Scratch::new();
    let key = scratch.key("key");
    let [mut red_1, mut blue_1] =
        ["red", "blue"].map(|color| Swim::node(&format!("{color}-1"), &format!("{key} --cluster {color}")));
    let join = format!("{key} --join {} --join {}", red_1.addr(), blue_1.addr());
    let [mut red_2, mut blue_2] =
        ["red", "blue"].map(|color| Swim::node(&format!("{color}-2"), &format!("{join} --cluster {color}")));
    red_1.wait_for_member("joined", "red-2");
    blue_1.wait_for_member("joined", "blue-2");
    red_2.wait_for_member("joined", "red-1");
    blue_2.wait_for_member("joined", "blue-1");
    // A node that got into its cluster asks no further seeds; this one is told of none of its own.
    let mut blue_3 = Swim::node("blue-3", &format!("{key} --join {} --cluster blue", red_1.addr()));
    for _ in 0..2 {
        assert_eq!(blue_3.wait_for_next_failure()["reason"], "bad_answer");
    }
    // Meanwhile both clusters probe and gossip.
    red_2.crash();
    red_1.wait_for_member("failed", "red-2");
    let reds = [red_1.leave()];
    let blues = [blue_1.leave(), blue_2.leave(), blue_3.leave()];
    for red in &reds {
        assert!(["blue-1", "blue-2", "blue-3"].iter().all(|name| !is_mentioned(&red.events(), name)));
        assert!(red.stats()["dropped"]["foreign_cluster"].is_u64(), "blue-3 tried to join");
    }
    for blue in &blues {
        assert!(!is_mentioned(&blue.events(), "red-1") && !is_mentioned(&blue.events(), "red-2"));
        assert!(!has(&blue.events(), "failed", "blue-2"));
    }
}
