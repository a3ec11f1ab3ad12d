//! A process that stands still, from half a second to an hour: it accuses nobody for it, and is soon back.

use std::time::Duration;

use sim::{Cluster, NodeId};
use swim_core::{
    Addr, ClusterId, Config, Epoch, Fact, Instant, Keyring, Local, Machine, Name, Node, State, StreamId,
    StreamInput, Transmit,
};

const SECOND: Duration = Duration::from_secs(1);

/// A node whose process can be stopped. What arrives meanwhile waits in its sockets, as far as they hold it.
struct Sleeper {
    node: Node,
    asleep_until: Option<Instant>,
    mail: Vec<(Addr, Vec<u8>)>,
}

/// What a receive buffer of 200 KiB holds, roughly.
const MAIL_MAX: usize = 256;

impl Sleeper {
    fn is_asleep(&self, now: Instant) -> bool {
        self.asleep_until.is_some_and(|until| now < until)
    }

    fn wake(&mut self, now: Instant) {
        self.asleep_until = None;
        for (from, mut datagram) in std::mem::take(&mut self.mail) {
            self.node.handle_datagram(now, &from, &mut datagram);
        }
    }
}

impl Machine for Sleeper {
    type Event = swim_core::Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        if !self.is_asleep(now) {
            self.node.handle_datagram(now, from, datagram);
        } else if self.mail.len() < MAIL_MAX {
            self.mail.push((from.clone(), datagram.to_vec()));
        }
    }

    /// The kernel accepts connections for one who sleeps; nobody answers there.
    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        if !self.is_asleep(now) {
            self.node.handle_stream(now, stream, input);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.is_asleep(now) {
            return;
        }
        if self.asleep_until.is_some() {
            self.wake(now);
        }
        self.node.handle_timeout(now);
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        if self.asleep_until.is_some() { None } else { self.node.poll_transmit(buf) }
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.node.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.asleep_until.or_else(|| self.node.poll_timeout())
    }
}

fn name(number: u16) -> String {
    format!("n{number}")
}

fn addr(number: u16) -> Addr {
    std::net::SocketAddr::from(([10, 0, 0, 1], number)).into()
}

/// So many nodes that know each other.
fn cluster(seed: u64, nodes: u16) -> Cluster<Sleeper> {
    let mut cluster = Cluster::new(seed);
    for number in 1..=nodes {
        cluster.add(addr(number), |seed, now| {
            let local = Local {
                cluster: ClusterId::from_name("pauses"),
                name: Name::new(&name(number)).expect("a valid name"),
                addr: addr(number),
                epoch: Epoch::new(1).expect("small"),
            };
            let mut node =
                Node::new(Config::lan(), local, Keyring::plain(), seed, now).expect("a valid config");
            node.join(now, &[addr(1)]);
            Sleeper { node, asleep_until: None, mail: vec![] }
        });
    }
    cluster.run_for(SECOND * 15);
    assert!(cluster.machines().iter().all(|(_, it)| it.node.members().len() == usize::from(nodes)));
    cluster
}

const SLEEPER: NodeId = NodeId(2);

/// Stops the process for a while, and runs until it wakes.
fn pause(cluster: &mut Cluster<Sleeper>, pause: Duration) -> Instant {
    let until = cluster.now() + pause;
    cluster.with(SLEEPER, |sleeper, _| sleeper.asleep_until = Some(until));
    cluster.run_for(pause);
    until
}

fn is_alive_everywhere(cluster: &Cluster<Sleeper>) -> bool {
    let state = |it: &Sleeper| it.node.member("n3").map(|member| member.state());
    cluster.machines().iter().all(|(_, it)| state(it) == Some(State::Alive))
}

#[test]
fn a_node_that_stood_still_declares_nobody_dead_and_is_alive_everywhere_within_ten_seconds() {
    for (seed, nodes) in [(1, 3), (2, 8), (3, 24)] {
        for millis in [500, 1_100, 1_900, 4_700, 15_000, 60_000, 3_600_000] {
            println!("seed {seed}, {nodes} nodes, {millis} ms");
            let mut cluster = cluster(seed, nodes);
            let woken = pause(&mut cluster, Duration::from_millis(millis));
            let back = cluster.run_until(woken + SECOND * 10, is_alive_everywhere);
            assert!(back.is_some(), "not back after ten seconds");
            cluster.run_for(SECOND * 60);
            assert!(is_alive_everywhere(&cluster), "gone again");
            let declared = cluster.events().iter().filter(
                |seen| matches!(&seen.event.fact, Fact::Failed { by: Some(by), .. } if by.as_str() == "n3"),
            );
            assert_eq!(declared.count(), 0);
        }
    }
}

#[test]
fn a_node_that_stood_still_still_finds_who_died_meanwhile() {
    let mut cluster = cluster(7, 4);
    cluster.at(cluster.now() + SECOND * 3_599, |cluster| {
        cluster.crash(NodeId(1));
    });
    let woken = pause(&mut cluster, SECOND * 3_600);
    let knows = |cluster: &Cluster<Sleeper>| {
        let state = |it: &Sleeper| it.node.member("n2").map(|member| member.state());
        cluster.machines().iter().all(|(_, it)| state(it) == Some(State::Dead))
    };
    assert!(cluster.run_until(woken + SECOND * 60, knows).is_some());
}
