//! Exchanges over streams: their order, their bounds, and what breaks them.

use std::net::SocketAddr;

use swim_codec::{Fingerprint, Message, StreamDecoder, Sync};
use swim_codec::{Nonce, Ping, Status};
use swim_core::{Addr, Config, DropReason, JoinFailure, Machine as _, StreamId, StreamInput};

use crate::joining::failures;
use crate::lab::{Lab, Puppet, SECOND, Sent, messages_of};

/// The streams that the node opened, in order.
pub fn connects(lab: &Lab) -> Vec<Addr> {
    let sent = lab.sent.iter();
    sent.filter_map(|sent| if let Sent::Connect { to, .. } = sent { Some(to.clone()) } else { None })
        .collect()
}

pub fn last_dialed(lab: &Lab, address: &Addr) -> StreamId {
    let dialed = lab.sent.iter().rev().find_map(|sent| match sent {
        Sent::Connect { stream, to } if to == address => Some(*stream),
        _ => None,
    });
    dialed.unwrap_or_else(|| panic!("{address} was not dialled"))
}

fn sync() -> Message<'static> {
    Message::Sync(Sync { fingerprint: Fingerprint::default() })
}

/// Lets the node write until it finishes its direction, and returns what it wrote.
pub fn finish(lab: &mut Lab, stream: StreamId) -> Vec<Message<'static>> {
    let mut decoder = StreamDecoder::new(1 << 20);
    let mut messages = vec![];
    let mut read = 0;
    while read < lab.sent.len() {
        match &lab.sent[read] {
            Sent::Write { stream: written, bytes } if *written == stream => {
                decoder.push(bytes);
                while let Some(frame) = decoder.next_frame().expect("frames of a valid length") {
                    messages.extend(messages_of(frame).into_iter().filter(is_no_handshake));
                }
                lab.stream(stream, StreamInput::Written);
            }
            Sent::Finish { stream: finished } if *finished == stream => return messages,
            _ => {}
        }
        read += 1;
    }
    panic!("{stream:?} was never finished: {:?}", lab.sent)
}

pub fn is_no_handshake(message: &Message<'_>) -> bool {
    !matches!(message, Message::Challenge(_) | Message::Echo(_))
}

/// A seed answers the node's request.
pub fn answer(lab: &mut Lab, stream: StreamId, seed: &Puppet, known: &[Message<'_>]) {
    let messages: Vec<_> = [sync()].into_iter().chain(known.iter().copied()).collect();
    let mut bytes = lab.first_frame(stream, seed, &messages);
    lab.stream(stream, StreamInput::Data(&mut bytes));
    lab.stream(stream, StreamInput::Finished);
}

/// Somebody asks the node for everything it knows.
pub fn request(
    lab: &mut Lab,
    stream: StreamId,
    asker: &Puppet,
    known: &[Message<'_>],
) -> Vec<Message<'static>> {
    accept(lab, stream, asker);
    answer(lab, stream, asker, known);
    finish(lab, stream)
}

fn accept(lab: &mut Lab, stream: StreamId, from: &Puppet) {
    lab.stream(stream, StreamInput::Accepted { from: from.addr.clone() });
}

fn aborted(lab: &Lab, stream: StreamId) -> bool {
    lab.sent.iter().any(|sent| matches!(sent, Sent::Abort { stream: aborted } if *aborted == stream))
}

const STREAM: StreamId = StreamId::Accepted(7);

#[test]
fn a_request_may_arrive_byte_by_byte() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    accept(&mut lab, STREAM, &bob);
    let messages = [sync(), Message::Claim(bob.claim(0, Status::Alive))];
    for byte in lab.first_frame(STREAM, &bob, &messages) {
        lab.stream(STREAM, StreamInput::Data(&mut [byte]));
    }
    lab.stream(STREAM, StreamInput::Finished);
    assert!(!finish(&mut lab, STREAM).is_empty());
    assert!(lab.node.member("bob").is_some());
    assert_eq!(lab.node.stats().syncs, 1);
}

#[test]
fn a_large_table_goes_in_writes_of_bounded_size_one_at_a_time() {
    let puppets: Vec<_> = (0..5_000).map(|i| Puppet::new(&format!("member-{i:05}"), 100)).collect();
    let asker = Puppet::new("asker", 2);
    let mut lab = Lab::with_members(Config::lan(), &puppets.iter().collect::<Vec<_>>());
    lab.clear();
    let answered = request(&mut lab, STREAM, &asker, &[Message::Claim(asker.claim(0, Status::Alive))]);
    assert_eq!(answered.iter().filter(|message| matches!(message, Message::Claim(_))).count(), 5_002);
    let writes: Vec<_> = lab
        .sent
        .iter()
        .filter_map(|sent| if let Sent::Write { bytes, .. } = sent { Some(bytes.len()) } else { None })
        .collect();
    assert!(writes.len() > 1 && writes.iter().all(|&len| len <= 64 * 1024 + 4), "{writes:?}");
}

#[test]
fn a_node_does_not_write_before_its_last_write_is_out() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    accept(&mut lab, STREAM, &bob);
    answer(&mut lab, STREAM, &bob, &[]);
    let writes = |lab: &Lab| lab.sent.iter().filter(|sent| matches!(sent, Sent::Write { .. })).count();
    lab.pass(SECOND);
    assert_eq!(writes(&lab), 1);
}

#[test]
fn a_stream_that_failed_is_mentioned_no_more_by_a_node_that_was_not_polled_meanwhile() {
    let bob = Puppet::new("bob", 2);
    for fails in [false, true] {
        let mut lab = Lab::new();
        accept(&mut lab, STREAM, &bob);
        answer(&mut lab, STREAM, &bob, &[]);
        lab.stream(STREAM, StreamInput::Written);
        lab.clear();
        lab.node.handle_stream(lab.now, STREAM, StreamInput::Written);
        if fails {
            lab.node.handle_stream(lab.now, STREAM, StreamInput::Failed);
        }
        lab.drain();
        let mentioned = lab.sent.iter().any(|sent| matches!(sent, Sent::Finish { stream: STREAM }));
        assert_eq!(mentioned, !fails, "{:?}", lab.sent);
    }
}

#[test]
fn a_stream_that_both_have_finished_is_not_aborted_by_a_node_that_was_not_polled_meanwhile() {
    let seed = Puppet::new("seed", 2);
    for finishes in [false, true] {
        let mut lab = Lab::new();
        lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
        lab.drain();
        let stream = last_dialed(&lab, &seed.addr);
        lab.connected(stream, &seed);
        finish(&mut lab, stream);
        lab.now = lab.now + Config::lan().stream_timeout;
        lab.node.handle_timeout(lab.now);
        if finishes {
            lab.node.handle_stream(lab.now, stream, StreamInput::Finished);
        }
        lab.drain();
        assert_eq!(aborted(&lab, stream), !finishes, "{:?}", lab.sent);
    }
}

#[test]
fn an_answer_that_is_cut_off_fails_the_join_and_the_stream_is_over_by_itself() {
    let seed = Puppet::new("seed", 2);
    let mut cut = 0;
    loop {
        let mut lab = Lab::new();
        lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
        lab.drain();
        let stream = last_dialed(&lab, &seed.addr);
        lab.connected(stream, &seed);
        finish(&mut lab, stream);
        let whole = lab.first_frame(stream, &seed, &[sync()]);
        if cut == whole.len() {
            break;
        }
        lab.stream(stream, StreamInput::Data(&mut whole[..cut].to_vec()));
        lab.stream(stream, StreamInput::Finished);
        assert_eq!(failures(&lab), [(seed.addr.clone(), JoinFailure::Refused, true)], "cut at {cut}");
        assert!(!aborted(&lab, stream), "cut at {cut}");
        cut += 1;
    }
}

#[test]
fn a_frame_that_does_not_open_ends_the_stream_without_an_answer() {
    let bob = Puppet::new("bob", 2);
    for broken in 0..3 {
        let mut lab = Lab::new();
        accept(&mut lab, STREAM, &bob);
        let mut bytes = lab.first_frame(STREAM, &bob, &[sync()]);
        lab.clear();
        let len = bytes.len();
        bytes[[5, 40, len - 1][broken]] ^= 1;
        lab.stream(STREAM, StreamInput::Data(&mut bytes));
        assert!(aborted(&lab, STREAM));
        assert!(!lab.sent.iter().any(|sent| matches!(sent, Sent::Write { .. })));
    }
}

#[test]
fn an_announced_length_out_of_bounds_ends_the_stream_before_anything_is_read() {
    let bob = Puppet::new("bob", 2);
    for length in [0, 39, (4 << 20) + 1, u32::MAX] {
        let mut lab = Lab::new();
        accept(&mut lab, STREAM, &bob);
        lab.stream(STREAM, StreamInput::Data(&mut length.to_be_bytes()));
        assert!(aborted(&lab, STREAM), "{length}");
        assert_eq!(lab.dropped(DropReason::FrameTooLong), 1);
    }
}

#[test]
fn a_request_that_is_cut_off_gets_no_answer() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    for cut in 0.. {
        lab.clear();
        accept(&mut lab, STREAM, &bob);
        let whole = lab.first_frame(STREAM, &bob, &[sync()]);
        if cut == whole.len() {
            break;
        }
        lab.stream(STREAM, StreamInput::Data(&mut whole[..cut].to_vec()));
        lab.stream(STREAM, StreamInput::Finished);
        assert!(aborted(&lab, STREAM), "cut at {cut}");
    }
}

#[test]
fn a_message_that_has_no_place_on_a_stream_ends_it() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    accept(&mut lab, STREAM, &bob);
    let ping = Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() });
    let mut bytes = lab.first_frame(STREAM, &bob, &[sync(), ping]);
    lab.stream(STREAM, StreamInput::Data(&mut bytes));
    assert!(aborted(&lab, STREAM));
    assert_eq!(lab.dropped(DropReason::OutOfPlace), 1);
}

#[test]
fn a_stream_on_which_nothing_happens_is_given_up() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    accept(&mut lab, STREAM, &bob);
    lab.pass(Config::lan().stream_timeout);
    assert!(aborted(&lab, STREAM));
}

#[test]
fn the_57th_inbound_stream_is_refused_and_there_is_room_again_when_one_ends() {
    let bob = Puppet::new("bob", 2);
    let mut config = Config::lan();
    config.streams_per_source = 64;
    let mut lab = Lab::with(config);
    for n in 0..57 {
        accept(&mut lab, StreamId::Accepted(n), &bob);
    }
    assert!(aborted(&lab, StreamId::Accepted(56)));
    assert_eq!(lab.dropped(DropReason::TooManyStreams), 1);
    lab.stream(StreamId::Accepted(3), StreamInput::Failed);
    accept(&mut lab, StreamId::Accepted(57), &bob);
    assert!(!aborted(&lab, StreamId::Accepted(57)));
}

#[test]
fn one_address_has_no_more_than_eight_streams_and_others_have_theirs() {
    let (bob, elsewhere) = (Puppet::new("bob", 2), SocketAddr::from(([10, 0, 0, 9], 2)).into());
    let mut lab = Lab::new();
    for n in 0..9 {
        accept(&mut lab, StreamId::Accepted(n), &bob);
    }
    assert!(aborted(&lab, StreamId::Accepted(8)));
    assert_eq!(lab.dropped(DropReason::TooManyStreamsFromThere), 1);
    lab.stream(StreamId::Accepted(9), StreamInput::Accepted { from: elsewhere });
    assert!(!aborted(&lab, StreamId::Accepted(9)));
}

#[test]
fn a_stream_that_says_a_byte_per_second_is_given_up_after_a_second() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    accept(&mut lab, STREAM, &bob);
    let whole = lab.first_frame(STREAM, &bob, &[sync()]);
    for byte in &whole[..2] {
        assert!(!aborted(&lab, STREAM));
        lab.pass(SECOND * 3 / 5);
        lab.stream(STREAM, StreamInput::Data(&mut [*byte]));
    }
    assert!(aborted(&lab, STREAM));
    assert_eq!(lab.dropped(DropReason::SlowStream), 1);
}

#[test]
fn input_for_a_stream_that_is_over_is_ignored() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    request(&mut lab, STREAM, &bob, &[]);
    lab.clear();
    for input in
        [StreamInput::Written, StreamInput::Data(&mut [1, 2, 3]), StreamInput::Finished, StreamInput::Failed]
    {
        lab.stream(STREAM, input);
    }
    assert_eq!((lab.sent.len(), lab.facts.len()), (0, 0));
}

#[test]
fn an_answer_before_the_request_is_complete_is_refused() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::new();
    lab.node.join(lab.now, std::slice::from_ref(&bob.addr));
    lab.drain();
    let stream = last_dialed(&lab, &bob.addr);
    lab.connected(stream, &bob);
    let mut bytes = lab.first_frame(stream, &bob, &[sync()]);
    lab.stream(stream, StreamInput::Data(&mut bytes));
    assert!(aborted(&lab, stream));
}
