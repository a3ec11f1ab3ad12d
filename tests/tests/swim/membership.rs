//! What the members of a cluster learn of each other.

use crate::process::{Swim, has};
use crate::scratch::Scratch;

/// Three nodes with a key that know each other. Nobody else takes a port of carol's address while she is away.
fn trio(key: &str) -> [Swim; 3] {
    let mut alice = Swim::node("alice", key);
    let join = format!("{key} --join {}", alice.addr());
    let mut nodes =
        [alice, Swim::node("bob", &join), Swim::node("carol", &format!("{join} --bind 127.0.0.3:0"))];
    for node in &mut nodes {
        for name in ["alice", "bob", "carol"] {
            node.wait_for_member("joined", name);
        }
    }
    nodes
}

#[test]
fn a_killed_node_is_suspected_then_failed_and_welcome_when_it_returns() {
    let scratch = Scratch::new();
    let key = scratch.key("key");
    let [mut alice, mut bob, mut carol] = trio(&key);
    let (alice_addr, carol_addr) = (alice.addr(), carol.addr());
    let first_life = alice.wait_for_member("joined", "carol");
    carol.crash();
    for node in [&mut alice, &mut bob] {
        node.wait_for_member("failed", "carol");
        assert!(has(&node.events(), "suspected", "carol"), "the suspicion comes first");
        assert!(!has(&node.events(), "left", "carol"));
    }
    let mut carol = Swim::node("carol", &format!("{key} --bind {carol_addr} --join {alice_addr}"));
    for node in [&mut alice, &mut bob] {
        let second_life = node.wait_for_next("joined", "carol");
        assert_eq!(second_life["addr"], carol_addr.to_string());
        assert!(second_life["epoch"].as_u64() > first_life["epoch"].as_u64());
        assert_eq!(second_life["members"], 3);
    }
    carol.wait_for_member("joined", "alice");
    carol.wait_for_member("joined", "bob");
}

#[test]
fn a_node_that_is_asked_to_end_is_seen_to_have_left_and_not_to_have_failed() {
    let scratch = Scratch::new();
    let [mut alice, mut bob, carol] = trio(&scratch.key("key"));
    let carol = carol.leave();
    assert_eq!(carol.code(), Some(0), "{}", carol.stderr);
    assert!(has(&carol.events(), "left", "carol"));
    assert!(carol.events().iter().any(|event| event["event"] == "has_left"));
    for node in [&mut alice, &mut bob] {
        assert_eq!(node.wait_for_member("left", "carol")["members"], 2);
        assert!(!has(&node.events(), "failed", "carol"));
    }
}

/// A supervisor must not take it for a node that left.
#[test]
fn a_node_that_ends_because_another_one_has_its_name_fails_and_says_what_to_do() {
    let mut alice = Swim::node("alice", "--plain");
    let join = format!("--plain --join {}", alice.addr());
    let mut bob = Swim::node("bob", &join);
    alice.wait_for_member("joined", "bob");
    let other = Swim::node("bob", &join).end();
    let told = format!("error: another node at {} has the name bob: give this one another name", bob.addr());
    assert_eq!((other.code(), &*other.stderr), (Some(1), &*told));
    assert!(other.events().iter().any(|event| event["event"] == "name_conflict"), "{:?}", other.lines);
    assert_eq!(bob.leave().code(), Some(0));
}

#[test]
fn a_register_that_one_sets_is_seen_by_all_the_others() {
    let scratch = Scratch::new();
    let key = scratch.key("key");
    let mut alice = Swim::node("alice", &format!("{key} --set role=web --set empty="));
    let join = format!("{key} --join {}", alice.addr());
    let mut bob = Swim::node("bob", &join);
    let mut carol = Swim::node("carol", &format!("{join} --set role=database"));
    let expect = |node: &mut Swim, owner: &str, key: &str, value: &str| {
        node.wait_for("updated", |event| {
            event["name"] == owner && event["key"] == key && event["value"] == value
        });
    };
    for node in [&mut alice, &mut bob, &mut carol] {
        expect(node, "alice", "role", "web");
        expect(node, "alice", "empty", "");
        expect(node, "carol", "role", "database");
    }
}

/// S33: what is larger than a datagram arrives as well.
#[test]
fn more_registers_than_a_datagram_holds_reach_a_newcomer() {
    let value = "v".repeat(500);
    let registers: Vec<_> = (0..15).map(|number| format!("--set key-{number}={value}")).collect();
    let mut alice = Swim::node("alice", &format!("--plain {}", registers.join(" ")));
    let mut bob = Swim::node("bob", &format!("--plain --join {}", alice.addr()));
    for number in 0..15 {
        let key = format!("key-{number}");
        bob.wait_for("updated", |event| event["key"] == *key && event["value"] == *value);
    }
}

#[test]
fn a_node_without_a_key_joins_another_without_a_key() {
    let mut alice = Swim::node("alice", "--plain");
    let mut bob = Swim::node("bob", &format!("--plain --join localhost:{}", alice.addr().port()));
    bob.wait_for("has_joined", |_| true);
    alice.wait_for_member("joined", "bob");
    assert_eq!(bob.wait_for("listening", |_| true)["sealed"], false);
}

#[test]
fn a_node_goes_on_trying_until_its_seed_is_there() {
    // Nobody else takes a port of this address while she is away.
    let mut seed = Swim::node("alice", "--plain --bind 127.0.0.4:0");
    let addr = seed.addr();
    seed.crash();
    let mut bob = Swim::node("bob", &format!("--plain --join {addr}"));
    bob.wait_for("join_failed", |event| event["reason"] == "unreachable" && event["retry_in"].is_number());
    let _alice = Swim::node("alice", &format!("--plain --bind {addr}"));
    bob.wait_for("has_joined", |event| event["seed"] == addr.to_string());
    bob.wait_for_member("joined", "alice");
}
