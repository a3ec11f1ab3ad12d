//! Real nodes on real sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use adapter_std::{Events, Handle, Sockets, epoch_now, seed, spawn};
use swim_core::{Addr, ClusterId, Config, Event, Fact, Instant, Keyring, Local, Name, Node};

/// Long enough for anything that ought to happen.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn three_nodes_find_each_other() {
    let cluster = cluster();
    for (handle, _) in &cluster {
        let mut names: Vec<String> = handle.members().iter().map(|peer| peer.name.to_string()).collect();
        names.sort();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(&handle.members()[0].addr, handle.local_addr());
    }
}

#[test]
fn a_register_set_by_one_is_read_by_all() {
    let mut cluster = cluster();
    cluster[0].0.with(|node, now| node.set(now, "role", b"web")).unwrap();
    for (handle, events) in &mut cluster[1..] {
        wait_for(events, |fact| matches!(fact, Fact::Updated { .. }));
        handle.with(|node, _| assert_eq!(node.member("a").unwrap().register("role"), Some(&b"web"[..])));
    }
}

#[test]
fn who_leaves_is_seen_to_leave() {
    let mut cluster = cluster();
    let (leaver, events) = cluster.remove(0);
    assert!(leaver.leave(PATIENCE));
    assert!(matches!(events.last(), Some(Event { fact: Fact::HasLeft, .. })));
    for (handle, events) in &mut cluster {
        let fact = wait_for(events, |fact| matches!(fact, Fact::Left { .. } | Fact::Failed { .. }));
        assert!(matches!(fact, Fact::Left { .. }), "{fact:?}");
        assert_eq!(handle.members().len(), 2);
    }
}

#[test]
fn who_is_shut_down_is_seen_to_fail() {
    let mut cluster = cluster();
    let (crashed, _) = cluster.remove(0);
    crashed.shutdown();
    for (_, events) in &mut cluster {
        let fact = wait_for(events, |fact| matches!(fact, Fact::Left { .. } | Fact::Failed { .. }));
        assert!(matches!(fact, Fact::Failed { .. }), "{fact:?}");
    }
}

#[test]
fn a_killed_node_comes_back_on_its_old_port() {
    let mut cluster = cluster();
    let (killed, events) = cluster.remove(0);
    let (port, seed) = (killed.local_addr().clone(), cluster[0].0.local_addr().clone());
    let first_life = killed.members()[0].epoch;
    drop((killed, events));
    let (again, mut events) = node("a", port);
    again.join(&[seed]);
    wait_for(&mut events, |fact| matches!(fact, Fact::HasJoined { .. }));
    for (handle, events) in &mut cluster {
        let back = |fact: &Fact| matches!(fact, Fact::Restarted { .. } | Fact::Joined { .. });
        wait_for(events, back);
        assert!(handle.with(|node, _| node.member("a").unwrap().epoch()) > first_life);
    }
}

#[test]
fn leaving_alone_takes_no_time_and_leaving_twice_no_more() {
    let (alone, _) = node("a", localhost());
    assert!(alone.leave(PATIENCE));
    assert!(alone.leave(PATIENCE));
}

#[test]
fn leaving_with_no_time_is_a_shutdown() {
    let mut cluster = cluster();
    let (hasty, events) = cluster.remove(0);
    let _ = hasty.leave(Duration::ZERO);
    assert!(events.last().is_some(), "the events end, after its own leaving at least");
}

/// Three nodes that know each other, and have told nothing since.
fn cluster() -> Vec<(Handle, Events)> {
    let mut nodes: Vec<_> = ["a", "b", "c"].map(|name| node(name, localhost())).into();
    let seed = nodes[0].0.local_addr().clone();
    nodes[1..].iter().for_each(|(handle, _)| handle.join(std::slice::from_ref(&seed)));
    for (handle, events) in &mut nodes {
        while handle.members().len() < 3 {
            wait_for(events, |fact| matches!(fact, Fact::Joined { .. }));
        }
        while events.try_next().is_some() {}
    }
    nodes
}

fn node(name: &str, listen: impl Into<Addr>) -> (Handle, Events) {
    let sockets = Sockets::bind(listen).unwrap();
    let local = Local {
        cluster: ClusterId::from_name("the tests of adapter-std"),
        name: Name::new(name).unwrap(),
        addr: sockets.local_addr().clone(),
        epoch: epoch_now(),
    };
    let node = Node::new(config(), local, Keyring::plain(), seed().unwrap(), Instant::ZERO).unwrap();
    spawn(node, sockets).unwrap()
}

/// Ten times as fast as one machine needs, and as patient with members that get no processor time.
fn config() -> Config {
    let mut config = Config::local();
    config.probe_interval /= 10;
    config.probe_timeout /= 4;
    config.gossip_interval /= 10;
    config.suspicion_multiplier *= 10;
    config
}

fn localhost() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// The next fact of this kind, which must come.
fn wait_for(events: &mut Events, wanted: impl Fn(&Fact) -> bool) -> Fact {
    loop {
        let event = events.next_timeout(PATIENCE).expect("an event within the test's patience");
        if wanted(&event.fact) {
            return event.fact;
        }
    }
}
