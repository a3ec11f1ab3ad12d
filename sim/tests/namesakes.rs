//! Two nodes with one name: one of them keeps it, the other says so and stops, and nobody else suffers.

use std::net::SocketAddr;
use std::time::Duration;

use sim::{Cluster, Link, NodeId, Rng};
use swim_core::{Addr, ClusterId, Config, Epoch, Fact, Instant, Key, Keyring, Local, Name, Node, State};

const SECOND: Duration = Duration::from_secs(1);
/// The number in the name that two nodes bear.
const SHARED: usize = 999;

fn addr(number: usize) -> Addr {
    SocketAddr::from(([10, 0, 0, 1], u16::try_from(number + 1).expect("few nodes"))).into()
}

/// A cluster whose frames are sealed, or not.
struct Town {
    cluster: Cluster<Node>,
    keyring: Keyring,
}

impl Town {
    /// So many nodes that know each other.
    fn new(seed: u64, members: usize) -> Self {
        println!("seed {seed}");
        let sealed = Keyring::sealed(Key::from_bytes([7; 32]));
        let keyring = if seed.is_multiple_of(2) { sealed } else { Keyring::plain() };
        let mut town = Self { cluster: Cluster::new(seed), keyring };
        for number in 0..members {
            town.start(number, 10, &[0]);
        }
        town.cluster.run_for(SECOND * 10);
        town
    }

    /// A node that joins through these.
    fn start(&mut self, named: usize, epoch: u64, through: &[usize]) -> NodeId {
        let place = addr(self.cluster.machines().nodes().len());
        let local = Local {
            cluster: ClusterId::from_name("town"),
            name: Name::new(&format!("n{named}")).expect("short"),
            addr: place.clone(),
            epoch: Epoch::new(epoch).expect("small"),
        };
        let seeds: Vec<_> = through.iter().map(|&number| addr(number)).collect();
        let keyring = self.keyring.clone();
        self.cluster.add(place, |seed, now| {
            let mut node = Node::new(Config::lan(), local, keyring, seed, now).expect("valid");
            node.join(now, &seeds);
            node
        })
    }

    fn node(&self, node: NodeId) -> &Node {
        self.cluster.machines().get(node).expect("it never crashed")
    }

    /// The one of the two that keeps the name.
    fn keeper(&self, twins: [NodeId; 2]) -> NodeId {
        let [keeper, other] = match twins.map(|twin| self.node(twin).has_left()) {
            [false, true] => twins,
            [true, false] => [twins[1], twins[0]],
            gone => panic!("which of the two are gone: {gone:?}"),
        };
        let mut told = self.cluster.events().iter().filter(|happened| happened.node == other);
        let addr = self.node(keeper).local().addr();
        let conflict = Fact::NameConflict { addr };
        assert!(told.any(|happened| happened.event.fact == conflict), "{other} was not told of {keeper}");
        keeper
    }

    /// Everybody who is there knows everybody who is there, at its own address.
    fn agrees(&self) -> bool {
        let there = || self.cluster.machines().iter().filter(|(_, node)| !node.has_left());
        there().all(|(_, observer)| {
            observer.members().len() == there().count()
                && there().all(|(_, node)| {
                    let local = node.local();
                    observer
                        .member(local.name().as_str())
                        .is_some_and(|member| member.addr() == local.addr() && member.state() == State::Alive)
                })
        })
    }

    /// Nobody but those with the shared name was ever taken for dead since.
    fn assert_that_nobody_suffers(&self, since: Instant) {
        for happened in self.cluster.events().iter().filter(|happened| happened.at >= since) {
            if let Fact::Failed { member, .. } = &happened.event.fact {
                assert_eq!(member.name.as_str(), format!("n{SHARED}"), "buried by {}", happened.node);
            }
        }
    }

    /// What was told of the name.
    fn story(&self) -> String {
        let events = self
            .cluster
            .events()
            .iter()
            .map(|happened| format!("{:?} {} {:?}\n", happened.at, happened.node, happened.event.fact));
        events.filter(|line| line.contains(&format!("n{SHARED}")) || line.contains("Name")).collect()
    }

    fn settles(&mut self, twins: [NodeId; 2], within: Duration) -> NodeId {
        let deadline = self.cluster.now() + within;
        let one_left = |town: &Cluster<Node>| {
            twins.iter().filter(|&&twin| town.machines().get(twin).is_some_and(Node::has_left)).count() > 0
        };
        let settled = self.cluster.run_until(deadline, one_left);
        assert!(settled.is_some(), "both keep the name: {}", self.story());
        // The other may still make the same mistake.
        self.cluster.run_for(SECOND * 60);
        let keeper = self.keeper(twins);
        assert_eq!(self.cluster.violation().map(ToString::to_string), None);
        let soon = self.cluster.now() + SECOND * 60;
        // Loss lets somebody suspect somebody now and then.
        while !self.agrees() {
            assert!(self.cluster.now() < soon, "{}", self.story());
            self.cluster.run_for(SECOND);
        }
        keeper
    }
}

#[test]
fn of_two_newcomers_with_one_name_one_stays_whenever_they_start_and_however_slow_the_network_is() {
    for seed in 0..400 {
        let mut chance = Rng::new(seed.into());
        let members = chance.index(7) + 1;
        let mut town = Town::new(seed, members);
        let slow = Duration::from_millis(chance.number(0..=100));
        let loss = if chance.chance(0.3) { 0.1 } else { 0.0 };
        town.cluster.network.set_links(Link { latency: slow / 2..=slow, loss });
        let begun = town.cluster.now();
        let epochs = [chance.number(1..=3), chance.number(1..=3)];
        let first = town.start(SHARED, epochs[0], &[chance.index(members)]);
        let pause = Duration::from_millis([0, 10, 200, 1_000, 3_000][chance.index(5)]);
        town.cluster.run_for(pause);
        let second = town.start(SHARED, epochs[1], &[chance.index(members)]);
        town.settles([first, second], SECOND * 60);
        town.assert_that_nobody_suffers(begun);
    }
}

#[test]
fn of_namesakes_on_two_sides_of_a_partition_one_keeps_the_name_once_it_ends() {
    for seed in 0..150 {
        let mut chance = Rng::new(seed.into());
        let members = 4 + chance.index(8);
        let mut town = Town::new(seed, members);
        let cut = chance.index(members - 3) + 2;
        let nodes: Vec<_> = town.cluster.machines().nodes().collect();
        let (here, there) = nodes.split_at(cut);
        let epochs = [chance.number(1..=3), chance.number(1..=3)];
        let twins = [0, 1].map(|place| NodeId(u32::try_from(members + place).expect("few")));
        let sides = [[here, &twins[..1]].concat(), [there, &twins[1..]].concat()];
        town.cluster.network.partition(&[&sides[0], &sides[1]]);
        town.cluster.run_for(chance.duration(&(SECOND..=SECOND * 60)));
        town.start(SHARED, epochs[0], &[0]);
        town.start(SHARED, epochs[1], &[cut]);
        town.cluster.run_for(chance.duration(&(SECOND * 20..=SECOND * 120)));
        assert!(twins.iter().all(|&twin| !town.node(twin).has_left()));
        town.cluster.network.repair();
        // Whom the sides buried while they were apart has refuted by then.
        town.cluster.run_for(SECOND * 30);
        let healed = town.cluster.now();
        town.settles(twins, SECOND * 120);
        town.assert_that_nobody_suffers(healed);
    }
}
