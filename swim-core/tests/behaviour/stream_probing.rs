//! Asking a silent member over a stream, and the verdict that need not be waited for.

use swim_codec::{Ack, Fingerprint, Message, Nack, Nonce, Ping, State, Status};
use swim_core::{Config, DropReason, Fact, StreamId, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, messages_of};
use crate::streams::is_no_handshake;

const ACCEPTED: StreamId = StreamId::Accepted(3);

fn ack(nonce: Nonce) -> Message<'static> {
    Message::Ack(Ack { nonce, fingerprint: Fingerprint::default() })
}

fn nack(nonce: Nonce) -> Message<'static> {
    Message::Nack(Nack { nonce })
}

fn ping(nonce: u64) -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(nonce), fingerprint: Fingerprint::default() })
}

/// The streams that were opened to a puppet.
fn opened(lab: &Lab, to: &Puppet) -> Vec<StreamId> {
    let connects = lab.sent.iter().filter_map(|sent| match sent {
        Sent::Connect { stream, to: addr } if *addr == to.addr => Some(*stream),
        _ => None,
    });
    connects.collect()
}

fn is_aborted(lab: &Lab, stream: StreamId) -> bool {
    lab.sent.iter().any(|sent| matches!(sent, Sent::Abort { stream: aborted } if *aborted == stream))
}

/// What was written to a stream.
fn written(lab: &Lab, stream: StreamId) -> Vec<Message<'static>> {
    let writes = lab.sent.iter().filter_map(|sent| match sent {
        Sent::Write { stream: to, bytes } if *to == stream => Some(messages_of(&bytes[4..])),
        _ => None,
    });
    writes.flatten().filter(is_no_handshake).collect()
}

/// The first that is said on a stream.
fn say(lab: &mut Lab, stream: StreamId, who: &Puppet, message: Message<'_>) {
    let mut frame = lab.first_frame(stream, who, &[message]);
    lab.stream(stream, StreamInput::Data(&mut frame));
}

/// Lets the stream carry the question, and answers it as `who` would.
fn answer(lab: &mut Lab, stream: StreamId, who: &Puppet, nonce: Nonce) {
    lab.connected(stream, who);
    lab.stream(stream, StreamInput::Written);
    say(lab, stream, who, ack(nonce));
    lab.stream(stream, StreamInput::Finished);
}

/// `bob` is asked and silent for so long; the others answer.
fn asked(lab: &mut Lab, bob: &Puppet, silent: std::time::Duration, others: &[&Puppet]) -> Nonce {
    let nonce = lab.until_pinged(bob, others);
    lab.pass_with(silent, others);
    nonce
}

fn accusations(lab: &Lab) -> usize {
    lab.facts.iter().filter(|fact| matches!(fact, Fact::Suspected { .. })).count()
}

fn reports(lab: &Lab) -> usize {
    lab.facts.iter().filter(|fact| matches!(fact, Fact::DatagramsBlocked { .. })).count()
}

#[test]
fn one_stream_is_opened_to_a_member_that_is_silent_for_the_timeout() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    asked(&mut lab, &bob, MS * 490, &[]);
    assert_eq!(opened(&lab, &bob), []);
    lab.pass(MS * 500);
    assert_eq!(opened(&lab, &bob).len(), 1);
    assert_eq!(lab.node.stats().probes_by_stream, 1);
}

#[test]
fn no_stream_is_opened_to_a_member_that_answers() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.pass_with(SECOND * 100, &[&bob, &carol]);
    assert_eq!(opened(&lab, &bob), []);
}

#[test]
fn an_ack_over_the_stream_saves_the_member() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    let nonce = asked(&mut lab, &bob, MS * 510, &[]);
    let stream = opened(&lab, &bob)[0];
    answer(&mut lab, stream, &bob, nonce);
    let question = written(&lab, stream);
    assert!(matches!(question[..], [Message::Ping(ping)] if ping.nonce == nonce), "{question:?}");
    lab.pass(MS * 495);
    assert_eq!((lab.state(&bob), accusations(&lab)), (Some(State::Alive), 0));
    assert_eq!(lab.node.stats().probes_failed, 0);
    assert!(!is_aborted(&lab, stream));
}

#[test]
fn the_verdict_waits_once_for_a_member_that_has_begun_to_speak_on_the_stream() {
    for answers in [true, false] {
        let bob = Puppet::new("bob", 2);
        let mut lab = Lab::knowing(&[&bob]);
        let nonce = asked(&mut lab, &bob, MS * 510, &[]);
        let stream = opened(&lab, &bob)[0];
        lab.connected(stream, &bob);
        lab.pass(MS * 960);
        assert_eq!((accusations(&lab), is_aborted(&lab, stream)), (0, false));
        if answers {
            lab.stream(stream, StreamInput::Written);
            say(&mut lab, stream, &bob, ack(nonce));
        }
        lab.pass(MS * 60);
        assert_eq!(accusations(&lab), usize::from(!answers));
    }
}

#[test]
fn the_verdict_waits_for_nobody_else_on_the_stream_and_for_no_mere_connection() {
    let (bob, eve) = (Puppet::new("bob", 2), Puppet::new("eve", 3));
    for greets in [true, false] {
        let mut lab = Lab::knowing(&[&bob]);
        asked(&mut lab, &bob, MS * 510, &[]);
        let stream = opened(&lab, &bob)[0];
        if greets {
            lab.connected(stream, &eve);
        } else {
            lab.stream(stream, StreamInput::Connected);
        }
        lab.pass(MS * 495);
        assert_eq!(accusations(&lab), 1);
    }
}

#[test]
fn the_verdict_of_a_node_that_doubts_itself_comes_late_anyway_and_waits_no_longer() {
    let (bob, node) = (Puppet::new("bob", 2), Puppet::new("node", 1));
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[Message::Claim(node.claim(0, Status::Suspect { by: bob.id() }))]);
    assert_eq!(lab.node.health(), 1);
    asked(&mut lab, &bob, MS * 1_010, &[]);
    let stream = opened(&lab, &bob)[0];
    lab.connected(stream, &bob);
    lab.pass(MS * 980);
    assert_eq!(accusations(&lab), 0);
    lab.pass(MS * 20);
    assert_eq!(accusations(&lab), 1);
}

#[test]
fn an_ack_over_the_stream_counts_only_from_that_member_and_with_that_nonce() {
    let (bob, eve) = (Puppet::new("bob", 2), Puppet::new("eve", 3));
    for (who, flip, saved) in [(&bob, 0, true), (&bob, 1, false), (&eve, 0, false)] {
        let mut lab = Lab::knowing(&[&bob]);
        let nonce = asked(&mut lab, &bob, MS * 510, &[]);
        let stream = opened(&lab, &bob)[0];
        answer(&mut lab, stream, who, Nonce::from_u64(nonce.get() ^ flip));
        lab.pass(MS * 495);
        assert_eq!(lab.state(&bob) == Some(State::Alive), saved, "{} {flip}", who.name);
    }
}

#[test]
fn a_table_is_no_answer_to_a_ping() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    asked(&mut lab, &bob, MS * 510, &[]);
    let stream = opened(&lab, &bob)[0];
    lab.connected(stream, &bob);
    lab.stream(stream, StreamInput::Written);
    say(&mut lab, stream, &bob, Message::Sync(swim_codec::Sync { fingerprint: Fingerprint::default() }));
    assert_eq!(lab.dropped(DropReason::OutOfPlace), 1);
    assert!(is_aborted(&lab, stream));
}

#[test]
fn a_ping_on_a_stream_is_answered_with_its_ack_and_nothing_else() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.clear();
    lab.stream(ACCEPTED, StreamInput::Accepted { from: bob.addr.clone() });
    lab.stream(ACCEPTED, StreamInput::Written);
    say(&mut lab, ACCEPTED, &bob, ping(5));
    lab.stream(ACCEPTED, StreamInput::Finished);
    let told = written(&lab, ACCEPTED);
    assert!(matches!(told[..], [Message::Ack(ack)] if ack.nonce.get() == 5), "{told:?}");
    lab.stream(ACCEPTED, StreamInput::Written);
    assert!(matches!(lab.sent.last(), Some(Sent::Finish { stream: ACCEPTED })));
    assert_eq!(lab.node.stats().syncs, 0);
}

#[test]
fn a_second_question_on_one_stream_ends_it() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.stream(ACCEPTED, StreamInput::Accepted { from: bob.addr.clone() });
    lab.stream(ACCEPTED, StreamInput::Written);
    say(&mut lab, ACCEPTED, &bob, ping(5));
    let mut second = bob.stream_frame(lab.id().destination(), &[ping(6)]);
    lab.stream(ACCEPTED, StreamInput::Data(&mut second));
    assert!(is_aborted(&lab, ACCEPTED));
}

#[test]
fn a_stream_ends_with_its_probe() {
    let bob = Puppet::new("bob", 2);
    for answered in [true, false] {
        let mut lab = Lab::knowing(&[&bob]);
        let nonce = asked(&mut lab, &bob, MS * 510, &[]);
        let stream = opened(&lab, &bob)[0];
        lab.connected(stream, &bob);
        if answered {
            lab.hear(&bob, &[ack(nonce)]);
        } else {
            lab.pass(SECOND);
        }
        assert!(is_aborted(&lab, stream), "answered: {answered}");
    }
}

#[test]
fn a_member_whom_only_streams_reach_is_reported_once_until_a_datagram_reaches_it() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    for episode in 1..=2 {
        for _ in 0..6 {
            lab.clear_sent();
            let nonce = asked(&mut lab, &bob, MS * 510, &[&carol]);
            let stream = opened(&lab, &bob)[0];
            answer(&mut lab, stream, &bob, nonce);
            lab.hear(&carol, &[nack(nonce)]);
            lab.pass_with(MS * 400, &[&carol]);
        }
        assert_eq!((reports(&lab), accusations(&lab)), (episode, 0));
        lab.clear_sent();
        lab.pass_with(SECOND * 10, &[&bob, &carol]);
    }
}

#[test]
fn one_probe_that_only_a_stream_answered_is_repeated_and_not_reported() {
    let puppets: Vec<_> = (2..30).map(|port| Puppet::new(&format!("m{port}"), port)).collect();
    let (bob, others) = puppets.split_first().expect("many");
    let others: Vec<_> = others.iter().collect();
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    let nonce = asked(&mut lab, bob, MS * 510, &others);
    let stream = opened(&lab, bob)[0];
    answer(&mut lab, stream, bob, nonce);
    lab.clear_sent();
    // The next interval, though it is somebody else's turn; after that they go on.
    lab.pass_with(MS * 500, &all);
    let pings = |lab: &Lab| lab.told(bob).iter().filter(|m| matches!(m, Message::Ping(_))).count();
    assert_eq!(pings(&lab), 1);
    lab.clear_sent();
    lab.pass_with(SECOND * 2, &all);
    assert_eq!((pings(&lab), reports(&lab)), (0, 0));
}

#[test]
fn the_verdict_comes_as_soon_as_nothing_more_can_come() {
    let (bob, carol, dave) = (Puppet::new("bob", 2), Puppet::new("carol", 3), Puppet::new("dave", 4));
    for failed_first in [true, false] {
        let mut lab = Lab::knowing(&[&bob, &carol, &dave]);
        let nonce = asked(&mut lab, &bob, MS * 510, &[&carol, &dave]);
        let stream = opened(&lab, &bob)[0];
        if failed_first {
            lab.stream(stream, StreamInput::Failed);
        }
        lab.hear(&carol, &[nack(nonce)]);
        assert_eq!(lab.state(&bob), Some(State::Alive), "a helper may still answer");
        lab.hear(&dave, &[nack(nonce)]);
        if !failed_first {
            assert_eq!(lab.state(&bob), Some(State::Alive), "the stream may still be answered");
            lab.stream(stream, StreamInput::Failed);
        }
        assert_eq!(lab.state(&bob), Some(State::Suspect));
        assert_eq!((lab.node.stats().probes_failed, lab.node.health()), (1, 0));
    }
}

#[test]
fn a_failed_stream_alone_hastens_nothing() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    for others in [&[][..], &[&carol][..]] {
        let mut known = others.to_vec();
        known.push(&bob);
        let mut lab = Lab::knowing(&known);
        asked(&mut lab, &bob, MS * 510, others);
        let stream = opened(&lab, &bob)[0];
        lab.stream(stream, StreamInput::Failed);
        lab.pass_with(MS * 480, others);
        assert_eq!(lab.state(&bob), Some(State::Alive));
        lab.pass_with(MS * 20, others);
        assert_eq!(lab.state(&bob), Some(State::Suspect));
    }
}

#[test]
fn streams_of_others_leave_room_for_the_one_of_a_probe() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut config = Config::lan();
    config.streams_per_source = 64;
    let mut lab = Lab::with_members(config, &[&bob, &carol]);
    asked(&mut lab, &bob, MS * 490, &[&carol]);
    for stream in 0..64 {
        lab.stream(StreamId::Accepted(100 + stream), StreamInput::Accepted { from: carol.addr.clone() });
    }
    lab.pass_with(MS * 20, &[&carol]);
    assert_eq!((opened(&lab, &bob).len(), lab.node.stats().probes_by_stream), (1, 1));
}

#[test]
fn a_suspected_member_that_answers_over_a_stream_is_not_accused_again() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Suspect { by: carol.id() }))]);
    let nonce = asked(&mut lab, &bob, MS * 510, &[&carol]);
    let stream = opened(&lab, &bob)[0];
    answer(&mut lab, stream, &bob, nonce);
    lab.pass_with(MS * 500, &[&carol]);
    assert_eq!((lab.node.stats().probes_failed, accusations(&lab)), (0, 1));
}
