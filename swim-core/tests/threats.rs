//! What attackers try with frames that they recorded, forged or made themselves: two nodes that share a key, and
//! somebody between them.

use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use swim_codec::{Claim, Header, Message, Nonce, Ping, Sequence, Status};
use swim_core::{
    Addr, ClusterId, Config, DropReason, Epoch, Incarnation, Instant, Key, Keyring, Local, Machine, MemberId,
    Name, Node, State, StreamId, StreamInput, Suite, Transmit,
};

const SECOND: Duration = Duration::from_secs(1);

fn addr(port: u16) -> Addr {
    SocketAddr::from(([10, 0, 0, 1], port)).into()
}

fn keys(suite: Suite) -> Keyring {
    Keyring::sealed(Key::new(suite, [5; 32]))
}

/// As often as usual, times the environment variable `EFFORT`: SECURITY.md says what was tried, and what came of it.
fn times(usual: u64) -> u64 {
    usual * std::env::var("EFFORT").map_or(1, |effort| effort.parse().expect("EFFORT is a number"))
}

fn under_every_seal(test: impl Fn(Suite)) {
    for suite in Suite::ALL {
        println!("{suite}");
        test(suite);
    }
}

fn cluster() -> ClusterId {
    ClusterId::from_name("threatened")
}

fn name(called: &str) -> Name {
    Name::new(called).expect("a valid name")
}

fn node(suite: Suite, called: &str, port: u16, life: u64, now: Instant) -> Node {
    node_of_seed(suite, called, port, life, u8::try_from(life % 251).expect("a remainder"), now)
}

fn node_of_seed(suite: Suite, called: &str, port: u16, life: u64, seed: u8, now: Instant) -> Node {
    let epoch = Epoch::new(life).expect("below 2^48");
    let local = Local { cluster: cluster(), name: name(called), addr: addr(port), epoch };
    Node::new(Config::lan(), local, keys(suite), [seed; 32], now).expect("a valid config")
}

/// What passed between the two.
#[derive(Clone)]
struct Sent {
    from: usize,
    transmit: Transmit,
    bytes: Vec<u8>,
}

/// Alice and Bob, and a wire between them on which everything is written down.
struct Wire {
    suite: Suite,
    nodes: [Node; 2],
    now: Instant,
    heard: Vec<Sent>,
}

impl Wire {
    fn joined(suite: Suite) -> Self {
        let nodes = [node(suite, "alice", 1, 1, Instant::ZERO), node(suite, "bob", 2, 1, Instant::ZERO)];
        let mut wire = Self { suite, nodes, now: Instant::ZERO, heard: vec![] };
        wire.nodes[0].join(Instant::ZERO, &[addr(2)]);
        wire.pass(10 * SECOND);
        assert!(wire.nodes.iter().all(|node| node.members().len() == 2));
        wire
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.flush();
        while let Some(next) =
            self.nodes.iter().filter_map(Machine::poll_timeout).min().filter(|&at| at <= end)
        {
            self.now = next.max(self.now);
            self.nodes.iter_mut().for_each(|node| node.handle_timeout(self.now));
            self.flush();
        }
        self.now = end;
    }

    fn flush(&mut self) {
        let (mut buf, mut quiet) = (vec![], false);
        while !std::mem::replace(&mut quiet, true) {
            for from in 0..2 {
                while let Some(transmit) = self.nodes[from].poll_transmit(&mut buf) {
                    self.heard.push(Sent { from, transmit: transmit.clone(), bytes: buf.clone() });
                    self.carry(from, &transmit, &mut buf);
                    quiet = false;
                }
                while self.nodes[from].poll_event().is_some() {}
            }
        }
    }

    fn carry(&mut self, from: usize, transmit: &Transmit, bytes: &mut [u8]) {
        let now = self.now;
        let [near, far] = match &mut self.nodes {
            [alice, bob] if from == 0 => [alice, bob],
            [alice, bob] => [bob, alice],
        };
        let other = |stream| match stream {
            StreamId::Dialed(number) => StreamId::Accepted(number),
            StreamId::Accepted(number) => StreamId::Dialed(number),
        };
        match *transmit {
            Transmit::Datagram { ref to } if *to == far.local().addr() => {
                far.handle_datagram(now, &near.local().addr(), bytes);
            }
            Transmit::Datagram { .. } => {}
            Transmit::Connect { stream, .. } => {
                let from = near.local().addr();
                far.handle_stream(now, other(stream), StreamInput::Accepted { from });
                near.handle_stream(now, stream, StreamInput::Connected);
            }
            Transmit::Write { stream } => {
                far.handle_stream(now, other(stream), StreamInput::Data(bytes));
                near.handle_stream(now, stream, StreamInput::Written);
            }
            Transmit::Finish { stream } => far.handle_stream(now, other(stream), StreamInput::Finished),
            Transmit::Abort { stream } => far.handle_stream(now, other(stream), StreamInput::Failed),
        }
    }

    /// The datagrams that one of them sent so far.
    fn datagrams_of(&self, from: usize) -> Vec<Vec<u8>> {
        let theirs = self.heard.iter().filter(|sent| sent.from == from);
        let datagrams = theirs.filter(|sent| matches!(sent.transmit, Transmit::Datagram { .. }));
        datagrams.map(|sent| sent.bytes.clone()).collect()
    }

    /// What one of them sends because of this datagram, to anybody.
    fn inject(&mut self, to: usize, from: &Addr, bytes: &[u8]) -> usize {
        self.nodes[to].handle_datagram(self.now, from, &mut bytes.to_vec());
        let (mut buf, mut sent) = (vec![], 0);
        while self.nodes[to].poll_transmit(&mut buf).is_some() {
            sent += buf.len();
        }
        sent
    }

    fn dropped(&self, at: usize, reason: DropReason) -> u64 {
        self.nodes[at].stats().dropped(reason)
    }

    fn sees_alive(&self, at: usize, called: &str) -> bool {
        self.nodes[at].member(called).is_some_and(|member| member.state() == State::Alive)
    }
}

/// A frame as somebody who has the key can make it.
fn frame(suite: Suite, sender: MemberId, life: u64, sequence: u64, messages: &[Message<'_>]) -> Vec<u8> {
    let header = Header {
        cluster: cluster(),
        sender,
        epoch: Epoch::new(life).expect("below 2^48"),
        sequence: Sequence::new(sequence).expect("below 2^48"),
        destination: name("bob").id().destination(),
    };
    let (mut keyring, mut bytes) = (keys(suite), vec![]);
    let mut frame = keyring.frame(&header, 1_400, &mut bytes);
    assert!(messages.iter().all(|message| frame.push(message)));
    frame.seal();
    bytes
}

fn ping() -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: swim_codec::Fingerprint::default() })
}

/// The message of a frame that says nothing else.
fn only_message(suite: Suite, bytes: &mut [u8]) -> Message<'_> {
    let frame = keys(suite).open(cluster(), bytes).expect("an own frame");
    frame.messages().next().expect("a message").expect("well-formed")
}

#[test]
fn every_replayed_datagram_is_dropped_and_counted() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        wire.pass(60 * SECOND);
        let (recorded, version) = (wire.datagrams_of(0), wire.nodes[1].version());
        assert!(recorded.len() > 50);
        let before = wire.dropped(1, DropReason::Replayed);
        for datagram in &recorded {
            assert_eq!(wire.inject(1, &addr(1), datagram), 0, "no answer");
        }
        assert_eq!(wire.dropped(1, DropReason::Replayed) - before, recorded.len() as u64);
        assert_eq!(wire.nodes[1].version(), version);
    });
}

#[test]
fn what_was_recorded_before_a_restart_is_challenged_and_not_believed() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        wire.pass(60 * SECOND);
        let recorded = wire.datagrams_of(0);
        wire.nodes[1] = node(suite, "bob", 2, 2, wire.now);
        for datagram in &recorded {
            assert!(wire.inject(1, &addr(1), datagram) <= datagram.len(), "no more than was sent");
        }
        assert_eq!(wire.dropped(1, DropReason::Unproven), recorded.len() as u64);
        assert_eq!(wire.nodes[1].members().len(), 1);
    });
}

#[test]
fn a_recorded_stream_is_refused_and_changes_nothing() {
    under_every_seal(|suite| {
        let wire = Wire::joined(suite);
        let is_request = |sent: &&Sent| sent.from == 0 && matches!(sent.transmit, Transmit::Write { .. });
        let request: Vec<u8> =
            wire.heard.iter().filter(is_request).flat_map(|sent| sent.bytes.clone()).collect();
        let mut bob = node(suite, "bob", 2, 2, wire.now);
        let stream = StreamId::Accepted(1);
        bob.handle_stream(wire.now, stream, StreamInput::Accepted { from: addr(1) });
        bob.handle_stream(wire.now, stream, StreamInput::Data(&mut request.clone()));
        bob.handle_stream(wire.now, stream, StreamInput::Finished);
        assert_eq!((bob.members().len(), bob.stats().dropped(DropReason::BadEcho)), (1, 1));
        let mut buf = vec![];
        let sent: Vec<_> = std::iter::from_fn(|| bob.poll_transmit(&mut buf)).collect();
        assert_eq!(sent.last(), Some(&Transmit::Abort { stream }));
    });
}

#[test]
fn a_frame_for_somebody_else_and_a_frame_sent_back_are_refused() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        wire.pass(10 * SECOND);
        let (to_bob, to_alice) = (wire.datagrams_of(0), wire.datagrams_of(1));
        let mut carol = node(suite, "carol", 3, 1, wire.now);
        for datagram in to_bob.iter().chain(&to_alice) {
            carol.handle_datagram(wire.now, &addr(1), &mut datagram.clone());
        }
        let all = (to_bob.len() + to_alice.len()) as u64;
        assert_eq!((carol.stats().dropped(DropReason::WrongDestination), carol.members().len()), (all, 1));
        for datagram in &to_bob {
            assert_eq!(wire.inject(0, &addr(2), datagram), 0);
        }
        assert_eq!(wire.dropped(0, DropReason::OwnFrame), to_bob.len() as u64);
    });
}

/// A ping with a wrong tag.
fn forged(suite: Suite, sender: &str, sequence: u64) -> Vec<u8> {
    let mut bytes = frame(suite, name(sender).id(), 1, sequence, &[ping()]);
    *bytes.last_mut().expect("a frame") ^= 1;
    bytes
}

#[test]
fn whoever_forges_many_frames_is_not_listened_to_for_the_rest_of_a_second() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        let forged = forged(suite, "alice", 1);
        for round in 1..=3 {
            (0..1_000).for_each(|_| assert_eq!(wire.inject(1, &addr(9), &forged), 0));
            assert_eq!(wire.dropped(1, DropReason::BadTag), round * 64, "found out");
            assert_eq!(wire.dropped(1, DropReason::TooManyForged), round * 936, "not looked into");
            wire.pass(SECOND);
        }
    });
}

#[test]
fn strangers_elsewhere_and_members_are_listened_to_while_somebody_forges() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        let life = wire.nodes[0].local().epoch().get();
        for sequence in 1..=1_000 {
            wire.inject(1, &addr(9), &forged(suite, "mallory", sequence));
            wire.inject(1, &addr(1), &forged(suite, "alice", sequence));
        }
        assert_eq!(
            wire.dropped(1, DropReason::BadTag),
            64 + 1_000,
            "what may be a member's is always looked into"
        );
        let stranger = frame(suite, name("carol").id(), 1, 1, &[ping()]);
        assert!(wire.inject(1, &addr(3), &stranger) > 0, "a stranger elsewhere is challenged");
        let member = frame(suite, name("alice").id(), life, 1_000_000, &[ping()]);
        assert!(wire.inject(1, &addr(1), &member) > 0, "a member is answered");
        assert_eq!(wire.inject(1, &addr(9), &stranger), 0);
    });
}

#[test]
fn a_stranger_with_the_key_is_sent_no_more_than_it_sent() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        let mallory = name("mallory").id();
        for sequence in 1..=times(1_000) {
            let messages = [ping(), made_up("ghost"), made_up("another")];
            let datagram = frame(
                suite,
                mallory,
                1,
                sequence,
                &messages[..usize::try_from(sequence % 4).expect("small")],
            );
            assert!(wire.inject(1, &addr(9), &datagram) <= datagram.len());
        }
        assert_eq!(wire.dropped(1, DropReason::Unproven), times(1_000));
        assert_eq!(wire.nodes[1].members().len(), 2);
    });
}

#[test]
fn a_frame_in_a_members_name_with_the_largest_sequence_silences_it_for_a_round_trip() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        let forged = frame(suite, name("alice").id(), 1, (1 << 48) - 1, &[ping()]);
        assert!(wire.inject(1, &addr(1), &forged) > 0, "the attack took effect");
        wire.pass(60 * SECOND);
        let unheard = wire.dropped(1, DropReason::TooOld);
        assert!((1..=2).contains(&unheard), "{unheard}: what is not heard is challenged, and the echo is");
        assert!(wire.sees_alive(1, "alice"));
    });
}

/// The echo that moved a window back once does not do so again, when its sender has sent a thousand frames since.
#[test]
fn a_recorded_echo_moves_no_window_back() {
    under_every_seal(|suite| {
        let (mut wire, alice) = (Wire::joined(suite), name("alice").id());
        wire.inject(1, &addr(1), &frame(suite, alice, 1, (1 << 48) - 1, &[ping()]));
        let heard = wire.datagrams_of(0).len();
        wire.pass(3 * SECOND);
        assert!(wire.dropped(1, DropReason::TooOld) > 0, "it was challenged");
        let recorded = wire.datagrams_of(0).split_off(heard);
        // Questions are no longer open that these may answer.
        wire.pass(10 * SECOND);
        let (_, last) = unique(&wire, 0).into_iter().next_back().expect("many");
        wire.inject(1, &addr(1), &frame(suite, alice, 1, last + 2_000, &[ping()]));
        let late = |wire: &Wire| {
            [DropReason::Replayed, DropReason::TooOld]
                .map(|reason| wire.dropped(1, reason))
                .iter()
                .sum::<u64>()
        };
        let before = late(&wire);
        for datagram in &recorded {
            wire.inject(1, &addr(1), datagram);
        }
        assert_eq!(late(&wire) - before, recorded.len() as u64);
    });
}

#[test]
fn a_later_life_that_somebody_makes_up_elsewhere_silences_nobody() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        let alice = name("alice").id();
        wire.nodes[1].handle_datagram(wire.now, &addr(9), &mut frame(suite, alice, 500, 1, &[ping()]));
        let mut buf = vec![];
        assert!(
            matches!(wire.nodes[1].poll_transmit(&mut buf), Some(Transmit::Datagram { to }) if to == addr(9))
        );
        let Message::Challenge(challenge) = only_message(suite, &mut buf) else { panic!("no challenge") };
        let echo = Message::Echo(swim_codec::Echo { cookie: challenge.cookie });
        assert!(
            wire.inject(1, &addr(9), &frame(suite, alice, 500, 2, &[echo, ping()])) > 0,
            "the echo was right"
        );
        wire.pass(60 * SECOND);
        assert_eq!(wire.dropped(1, DropReason::EarlierLife), 0);
        assert!(wire.sees_alive(1, "alice"));
        assert_eq!(wire.nodes[1].member("alice").map(|member| member.addr()), Some(addr(1)));
    });
}

#[test]
fn a_later_life_that_nobody_believes_in_costs_a_member_one_challenge() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        wire.nodes[1] = node(suite, "bob", 2, 2, wire.now);
        let alice = name("alice").id();
        wire.nodes[1].handle_datagram(wire.now, &addr(9), &mut frame(suite, alice, 500, 1, &[ping()]));
        let mut buf = vec![];
        wire.nodes[1].poll_transmit(&mut buf).expect("a challenge");
        let Message::Challenge(challenge) = only_message(suite, &mut buf) else { panic!("no challenge") };
        let echo = Message::Echo(swim_codec::Echo { cookie: challenge.cookie });
        wire.inject(1, &addr(9), &frame(suite, alice, 500, 2, &[echo]));
        wire.pass(10 * SECOND);
        assert!(wire.sees_alive(1, "alice"));
        let challenged = wire.dropped(1, DropReason::EarlierLife);
        assert!(challenged > 0, "the later life was heard");
        wire.pass(60 * SECOND);
        assert_eq!(wire.dropped(1, DropReason::EarlierLife), challenged);
        // Nor does what it said count again.
        let before = wire.nodes[1].version();
        for datagram in &wire.datagrams_of(0) {
            wire.inject(1, &addr(1), datagram);
        }
        assert_eq!(wire.nodes[1].version(), before);
        assert_eq!(wire.dropped(1, DropReason::EarlierLife), challenged);
    });
}

/// Two who run under one name would else keep a node busy for ever with telling the one of the other.
#[test]
fn one_who_insists_on_an_earlier_life_is_told_of_the_later_one_once_per_interval() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        wire.nodes[0] = node(suite, "alice", 1, 9, wire.now);
        wire.nodes[0].join(wire.now, &[addr(2)]);
        wire.pass(20 * SECOND);
        let alice = name("alice").id();
        wire.nodes[1].handle_datagram(wire.now, &addr(9), &mut frame(suite, alice, 3, 1, &[ping()]));
        let mut buf = vec![];
        wire.nodes[1].poll_transmit(&mut buf).expect("a challenge");
        let Message::Challenge(challenge) = only_message(suite, &mut buf) else { panic!("no challenge") };
        let echo = Message::Echo(swim_codec::Echo { cookie: challenge.cookie });
        let told = |wire: &mut Wire, sequence| {
            wire.inject(1, &addr(9), &frame(suite, alice, 3, sequence, &[echo])) > 0
        };
        assert_eq!((2..20).filter(|&sequence| told(&mut wire, sequence)).count(), 1);
        wire.now = wire.now + SECOND;
        assert_eq!((20..40).filter(|&sequence| told(&mut wire, sequence)).count(), 1);
    });
}

#[test]
fn no_pair_of_epoch_and_sequence_comes_twice_even_if_a_clock_goes_back() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        wire.nodes[0] = node(suite, "alice", 1, 9, wire.now);
        wire.nodes[0].join(wire.now, &[addr(2)]);
        wire.pass(20 * SECOND);
        // A restart with an earlier time than the last life had.
        wire.nodes[0] = node(suite, "alice", 1, 3, wire.now);
        wire.pass(60 * SECOND);
        assert_eq!(wire.nodes[0].local().epoch().get(), 10, "above the life that the others remember");
        assert!(wire.nodes.iter().all(|node| node.members().len() == 2));
        let lives: std::collections::BTreeSet<u64> =
            unique(&wire, 0).into_iter().map(|(life, _)| life).collect();
        assert_eq!(lives.into_iter().collect::<Vec<_>>(), [1, 3, 9, 10]);
    });
}

/// Its seed says where a life begins to count, so those that begin higher and those that begin lower both come up.
#[test]
fn a_member_that_begins_a_life_with_an_epoch_it_had_is_heard_at_once_and_repeats_no_pair() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        for seed in 100..110 {
            wire.nodes[0] = node_of_seed(suite, "alice", 1, 1, seed, wire.now);
            wire.nodes[0].join(wire.now, &[addr(2)]);
            wire.pass(SECOND);
            let before = wire.dropped(1, DropReason::TooOld);
            wire.pass(20 * SECOND);
            assert_eq!(wire.dropped(1, DropReason::TooOld), before, "it is heard");
            assert!((0..2).all(|at| wire.sees_alive(at, "alice") && wire.sees_alive(at, "bob")));
        }
        assert_eq!(wire.dropped(1, DropReason::Replayed), 0);
        assert!(wire.dropped(1, DropReason::TooOld) > 0, "some began lower");
        assert!(unique(&wire, 0).into_iter().all(|(life, _)| life == 1));
    });
}

/// The pairs in all frames of one of them; fails if one came twice.
fn unique(wire: &Wire, from: usize) -> std::collections::BTreeSet<(u64, u64)> {
    let mut seen = std::collections::BTreeSet::new();
    for sent in wire.heard.iter().filter(|sent| sent.from == from && !sent.bytes.is_empty()) {
        let skipped = if matches!(sent.transmit, Transmit::Datagram { .. }) {
            0
        } else {
            swim_codec::STREAM_PREFIX_LEN
        };
        let mut bytes = sent.bytes[skipped..].to_vec();
        let header = keys(wire.suite).open(cluster(), &mut bytes).expect("an own frame").header;
        let pair = (header.epoch.get(), header.sequence.get());
        assert!(seen.insert(pair), "{pair:?} came twice");
    }
    seen
}

/// Version and seal stand in one byte, the key's id in the next.
#[test]
fn a_frame_of_another_version_seal_or_key_is_counted_and_changes_nothing() {
    under_every_seal(|suite| {
        let mut wire = Wire::joined(suite);
        let original = frame(suite, name("alice").id(), 1, 1 << 47, &[ping()]);
        let refused = |wire: &Wire| {
            let reasons = [
                DropReason::UnknownVersion,
                DropReason::UnknownKey,
                DropReason::BadTag,
                DropReason::PlainRefused,
            ];
            reasons.iter().map(|&reason| wire.dropped(1, reason)).sum::<u64>()
        };
        let believed =
            |wire: &Wire| wire.nodes[1].members().map(|member| member.to_peer()).collect::<Vec<_>>();
        let (known, before, mut tried) = (believed(&wire), refused(&wire), 0);
        for at in [2, 3] {
            for value in (0..=u8::MAX).filter(|&value| value != original[at]) {
                let mut changed = original.clone();
                changed[at] = value;
                assert_eq!(wire.inject(1, &addr(1), &changed), 0, "byte {at}: {value}");
                tried += 1;
            }
        }
        assert_eq!((refused(&wire) - before, believed(&wire)), (tried, known));
        wire.nodes[0] = node(suite, "alice", 1, 2, wire.now);
        wire.nodes[0].join(wire.now, &[addr(2)]);
        wire.pass(10 * SECOND);
        assert!(wire.nodes.iter().all(|node| node.members().len() == 2), "joins succeed all the same");
    });
}

/// Eight members with the key introduce names that nobody has, for a minute.
#[test]
fn however_many_members_are_made_up_memory_is_bounded_and_those_who_are_there_stay() {
    const INTRODUCERS: u64 = 8;
    const CLAIMS: u64 = 10;
    let rounds = times(10_000) / INTRODUCERS / CLAIMS;
    let mut wire = Wire::joined(Suite::HmacSha256);
    let used = allocation_counter::measure(|| {
        (0..INTRODUCERS).for_each(|number| introduce(&mut wire, number));
        for round in 0..rounds {
            for number in 0..INTRODUCERS {
                let names: Vec<_> = (0..CLAIMS).map(|claim| format!("{number}.{round}.{claim}")).collect();
                let claims: Vec<_> = names.iter().map(|name| made_up(name)).collect();
                let mut datagram = frame(wire.suite, introducer(number), 1, 3 + round, &claims);
                wire.nodes[1].handle_datagram(wire.now, &addr(100), &mut datagram);
            }
            wire.pass(60 * SECOND / u32::try_from(rounds).expect("few"));
            wire.heard.clear();
            let node = &wire.nodes[1];
            let members = node.members().len() + node.departed().count();
            assert!(members <= node.config().max_members as usize, "{members}");
            assert!(wire.sees_alive(0, "bob") && wire.sees_alive(1, "alice"), "in round {round}");
        }
    });
    println!("{} members, {} bytes", wire.nodes[1].members().len(), used.bytes_max);
    assert!(wire.dropped(1, DropReason::TooManyNewcomers) + wire.nodes[1].stats().claims_adopted > 1_000);
    assert!(used.bytes_max <= 64 << 20, "{} bytes", used.bytes_max);
}

fn introducer(number: u64) -> MemberId {
    name(&format!("mallory{number}")).id()
}

/// Shows that it speaks now.
fn introduce(wire: &mut Wire, number: u64) {
    let id = introducer(number);
    wire.nodes[1].handle_datagram(wire.now, &addr(100), &mut frame(wire.suite, id, 1, 1, &[ping()]));
    let mut buf = vec![];
    let sent = wire.nodes[1].poll_transmit(&mut buf);
    assert_eq!(sent, Some(Transmit::Datagram { to: addr(100) }));
    let Message::Challenge(challenge) = only_message(wire.suite, &mut buf) else { panic!("no challenge") };
    let echo = Message::Echo(swim_codec::Echo { cookie: challenge.cookie });
    wire.nodes[1].handle_datagram(wire.now, &addr(100), &mut frame(wire.suite, id, 1, 2, &[echo]));
}

fn made_up(called: &str) -> Message<'_> {
    Message::Claim(Claim {
        name: called,
        addr: swim_codec::AddrRef::V4([10, 9, 9, 9], 9),
        epoch: Epoch::default(),
        incarnation: Incarnation::default(),
        status: Status::Alive,
    })
}

/// Times as the clock of a driver might show them, from an hour back to ten years ahead.
fn jumps() -> impl Strategy<Value = Vec<i64>> {
    const HOUR: i64 = 3_600_000_000_000;
    const YEAR: i64 = 8_766 * HOUR;
    let jump = prop_oneof![-HOUR..0, 0..1_000_000_000i64, 0..HOUR, 0..10 * YEAR];
    prop::collection::vec(jump, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn clocks_that_jump_back_an_hour_or_ahead_ten_years_bury_nobody(jumps in jumps()) {
        let mut wire = Wire::joined(Suite::HmacSha256);
        for jump in jumps {
            let shown = wire.now.as_nanos().saturating_add_signed(jump);
            // One of the two is shown another time than the other.
            wire.nodes[0].handle_timeout(Instant::from_nanos(shown));
            wire.now = wire.now.max(Instant::from_nanos(shown));
            wire.flush();
            wire.pass(2 * SECOND);
            prop_assert_eq!(wire.nodes[0].local().state(), State::Alive);
        }
        wire.pass(30 * SECOND);
        prop_assert!(wire.sees_alive(0, "bob") && wire.sees_alive(1, "alice"));
    }
}
