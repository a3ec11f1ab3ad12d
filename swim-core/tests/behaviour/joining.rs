//! Finding the cluster, and being found.

use swim_codec::{Message, State, Status};
use swim_core::{Addr, Config, Fact, JoinFailure, Machine as _, Record, Snapshot, StreamId, StreamInput};

use crate::lab::{Lab, MS, Puppet, SECOND, Sent, addr};
use crate::streams::{answer, connects, finish, last_dialed, request};

pub fn failures(lab: &Lab) -> Vec<(Addr, JoinFailure, bool)> {
    let facts = lab.facts.iter();
    facts
        .filter_map(|fact| match fact {
            Fact::JoinFailed { seed, reason, retry_in } => Some((seed.clone(), *reason, retry_in.is_some())),
            _ => None,
        })
        .collect()
}

/// A node with a register dials the seed.
fn joiner(seed: &Puppet) -> (Lab, StreamId) {
    let mut lab = Lab::new();
    lab.node.set(lab.now, "role", b"db").expect("a valid register");
    lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
    lab.drain();
    let stream = last_dialed(&lab, &seed.addr);
    lab.connected(stream, seed);
    (lab, stream)
}

#[test]
fn a_joiner_tells_the_seed_all_it_knows_and_learns_all_the_seed_knows() {
    let (seed, other) = (Puppet::new("seed", 2), Puppet::new("other", 3));
    let (mut lab, stream) = joiner(&seed);
    let asked = finish(&mut lab, stream);
    assert!(matches!(asked[0], Message::Sync(_)));
    assert!(
        asked.iter().any(|m| matches!(m, Message::Claim(c) if c.name == "node" && c.status == Status::Alive))
    );
    assert!(
        asked.iter().any(|m| matches!(m, Message::Register(r) if r.key == "role" && r.value == Some(b"db")))
    );
    let known = [
        Message::Claim(seed.claim(0, Status::Alive)),
        Message::Claim(other.claim(4, Status::Alive)),
        other.register("zone", 3, Some(b"a")),
    ];
    answer(&mut lab, stream, &seed, &known);
    assert_eq!(lab.node.members().len(), 3);
    assert_eq!(lab.node.member("other").expect("known").register("zone"), Some(&b"a"[..]));
    assert!(matches!(lab.facts.last(), Some(Fact::HasJoined { seed: by }) if *by == seed.addr));
}

#[test]
fn what_a_joiner_has_set_before_it_knew_anybody_is_told_in_rounds_as_soon_as_it_does() {
    let (seed, other) = (Puppet::new("seed", 2), Puppet::new("other", 3));
    let (mut lab, stream) = joiner(&seed);
    finish(&mut lab, stream);
    let known = [seed.claim(0, Status::Alive), other.claim(0, Status::Alive)].map(Message::Claim);
    answer(&mut lab, stream, &seed, &known);
    lab.pass_with(SECOND / 2, &[&seed, &other]);
    assert!(lab.node.stats().gossip_sent > 0);
}

#[test]
fn a_seed_answers_a_joiner_with_all_it_knows_and_tells_the_others() {
    let (joiner, other) = (Puppet::new("joiner", 2), Puppet::new("other", 3));
    let mut lab = Lab::knowing(&[&other]);
    lab.pass_with(SECOND * 30, &[&other]);
    lab.clear();
    let answered =
        request(&mut lab, StreamId::Accepted(0), &joiner, &[Message::Claim(joiner.claim(0, Status::Alive))]);
    assert!(matches!(answered[0], Message::Sync(_)));
    for name in ["node", "joiner", "other"] {
        assert!(answered.iter().any(|m| matches!(m, Message::Claim(c) if c.name == name)), "{name}");
    }
    assert_eq!(lab.state(&joiner), Some(State::Alive));
    lab.pass_with(SECOND, &[&other, &joiner]);
    assert!(lab.told(&other).iter().any(|m| matches!(m, Message::Claim(c) if c.name == "joiner")));
}

#[test]
fn three_seeds_are_tried_at_a_time_and_the_rest_after_them() {
    let seeds: Vec<_> = (2..7).map(addr).collect();
    let mut lab = Lab::new();
    lab.node.join(lab.now, &seeds);
    lab.drain();
    assert_eq!(connects(&lab), seeds[..3]);
    lab.stream(StreamId::Dialed(1), StreamInput::Failed);
    assert_eq!(connects(&lab), seeds[..4]);
    assert_eq!(failures(&lab), [(seeds[1].clone(), JoinFailure::Unreachable, false)]);
}

#[test]
fn seeds_that_keep_silent_keep_nobody_waiting_for_the_next_longer_than_two_probe_timeouts() {
    let seeds: Vec<_> = (2..40).map(addr).collect();
    let mut lab = Lab::new();
    lab.node.join(lab.now, &seeds);
    lab.drain();
    let patience = Config::lan().probe_timeout * 2;
    for round in 1..=6 {
        assert_eq!(connects(&lab), seeds[..(3 * round).min(16)], "sixteen are waited for at most");
        lab.pass(patience);
    }
    lab.stream(StreamId::Dialed(3), StreamInput::Failed);
    assert_eq!(connects(&lab), seeds[..17]);
}

#[test]
fn seeds_that_are_named_again_and_again_are_all_tried_in_the_end() {
    let seeds: Vec<_> = (2..9).map(addr).collect();
    let mut lab = Lab::new();
    for _ in 0..60 {
        lab.node.join(lab.now, &seeds);
        lab.drain();
        lab.pass(MS * 900);
    }
    let tried = connects(&lab);
    assert!(seeds.iter().all(|seed| tried.contains(seed)), "{tried:?}");
}

#[test]
fn seeds_that_are_named_while_others_are_tried_come_after_them() {
    let (first, later): (Vec<_>, Vec<_>) = ((2..5).map(addr).collect(), (5..7).map(addr).collect());
    let mut lab = Lab::new();
    lab.node.join(lab.now, &first);
    lab.node.join(lab.now, &later);
    lab.drain();
    assert_eq!(connects(&lab), first);
    lab.stream(StreamId::Dialed(0), StreamInput::Failed);
    lab.stream(StreamId::Dialed(1), StreamInput::Failed);
    assert_eq!(connects(&lab), [first, later].concat());
}

#[test]
fn seeds_that_are_named_later_are_tried_before_those_of_earlier_rounds() {
    let (first, later): (Vec<_>, Vec<_>) = ((2..5).map(addr).collect(), (5..7).map(addr).collect());
    let mut lab = Lab::new();
    lab.node.join(lab.now, &first);
    lab.drain();
    for dialed in 0..3 {
        lab.stream(StreamId::Dialed(dialed), StreamInput::Failed);
    }
    lab.node.join(lab.now, &later);
    lab.drain();
    assert_eq!(connects(&lab)[3..], [&later[..], &first[..1]].concat());
}

#[test]
fn a_seed_that_answers_late_is_as_good_as_any() {
    let (late, seeds): (_, Vec<_>) = (Puppet::new("late", 2), (2..9).map(addr).collect());
    let mut lab = Lab::new();
    lab.node.join(lab.now, &seeds);
    lab.drain();
    lab.pass(Config::lan().probe_timeout * 2);
    assert_eq!(connects(&lab), seeds[..6]);
    let stream = last_dialed(&lab, &late.addr);
    lab.connected(stream, &late);
    finish(&mut lab, stream);
    answer(&mut lab, stream, &late, &[Message::Claim(late.claim(0, Status::Alive))]);
    assert!(matches!(lab.facts.last(), Some(Fact::HasJoined { seed }) if *seed == late.addr));
    lab.pass_with(Config::lan().stream_timeout, &[&late]);
    assert_eq!(connects(&lab), seeds[..6], "nobody is looked for any more");
}

#[test]
fn whoever_leaves_tries_no_more_seeds() {
    let seeds: Vec<_> = (2..9).map(addr).collect();
    let mut lab = Lab::new();
    lab.node.join(lab.now, &seeds);
    lab.drain();
    lab.node.leave(lab.now);
    lab.pass(Config::lan().stream_timeout);
    assert_eq!(connects(&lab), seeds[..3]);
}

#[test]
fn a_node_goes_on_trying_with_growing_pauses_up_to_the_heal_interval() {
    let mut lab = Lab::new();
    lab.node.join(lab.now, &[addr(2)]);
    lab.drain();
    let mut tried = vec![];
    for attempt in 0..40 {
        while connects(&lab).len() == attempt {
            lab.pass(SECOND / 100);
        }
        tried.push(lab.now);
        lab.stream(StreamId::Dialed(attempt as u64), StreamInput::Failed);
    }
    let pauses: Vec<_> = tried.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(pauses[0] <= SECOND * 11 / 10, "{pauses:?}");
    assert!(pauses[10..].iter().all(|pause| (SECOND * 4..=SECOND * 11).contains(pause)), "{pauses:?}");
    assert!(
        failures(&lab).iter().all(|(_, reason, retries)| *reason == JoinFailure::Unreachable && *retries)
    );
}

#[test]
fn a_seed_that_closes_without_an_answer_has_refused() {
    let seed = Puppet::new("seed", 2);
    for input in [StreamInput::Finished, StreamInput::Failed] {
        let mut lab = Lab::new();
        lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
        lab.drain();
        let stream = last_dialed(&lab, &seed.addr);
        lab.connected(stream, &seed);
        finish(&mut lab, stream);
        lab.stream(stream, input);
        assert_eq!(failures(&lab), [(seed.addr.clone(), JoinFailure::Refused, true)]);
    }
}

#[test]
fn a_seed_with_another_key_gives_a_bad_answer() {
    use swim_codec::{Key, Keyring};
    let seed = Puppet { keyring: Keyring::sealed(Key::from_bytes([2; 32])), ..Puppet::new("seed", 2) };
    let mut lab = Lab::new();
    lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
    lab.drain();
    let stream = last_dialed(&lab, &seed.addr);
    lab.connected(stream, &seed);
    assert_eq!(failures(&lab), [(seed.addr.clone(), JoinFailure::BadAnswer, true)]);
    assert!(
        lab.sent.iter().any(|sent| matches!(sent, Sent::Abort { stream: aborted } if *aborted == stream))
    );
    assert_eq!(lab.node.members().len(), 1);
}

#[test]
fn a_seed_that_does_not_answer_in_time_is_given_up() {
    let mut lab = Lab::new();
    lab.node.join(lab.now, &[addr(2)]);
    lab.drain();
    lab.stream(StreamId::Dialed(0), StreamInput::Connected);
    lab.pass(Config::lan().stream_timeout);
    assert_eq!(failures(&lab), [(addr(2), JoinFailure::TimedOut, true)]);
    assert!(lab.sent.iter().any(|sent| matches!(sent, Sent::Abort { stream: StreamId::Dialed(0) })));
}

#[test]
fn a_node_does_not_join_through_itself() {
    let mut lab = Lab::new();
    lab.node.join(lab.now, &[addr(1)]);
    lab.pass(SECOND * 100);
    assert_eq!(connects(&lab), [] as [Addr; 0]);
}

#[test]
fn the_256_seeds_that_were_named_last_are_remembered() {
    let seeds: Vec<_> = (2..1_000).map(addr).collect();
    let mut lab = Lab::new();
    lab.node.join(lab.now, &seeds);
    lab.drain();
    for dialed in 0..256 {
        lab.stream(StreamId::Dialed(dialed), StreamInput::Failed);
    }
    assert_eq!(connects(&lab).len(), 256);
    assert_eq!(
        failures(&lab).last(),
        Some(&(seeds.last().expect("many").clone(), JoinFailure::Unreachable, true))
    );
}

#[test]
fn a_seed_that_was_named_again_is_among_those_that_were_named_last() {
    let mut lab = Lab::new();
    let seeds: Vec<_> = (1_000..1_256).map(addr).collect();
    lab.node.join(lab.now, &seeds);
    lab.node.join(lab.now, &seeds[255..]);
    lab.node.join(lab.now, &[addr(2_000)]);
    let snapshot = lab.node.snapshot();
    let snapshot = Snapshot::open(&snapshot).expect("its own");
    let records = snapshot.records();
    let remembered: Vec<_> = records
        .filter_map(|record| match record {
            Record::Seed(seed) => Some(seed.to_addr()),
            _ => None,
        })
        .collect();
    assert_eq!(remembered.len(), 256);
    assert_eq!((remembered.contains(&seeds[255]), remembered.contains(&seeds[254])), (true, false));
}

#[test]
fn a_node_that_lost_everybody_tries_its_seeds_again() {
    let seed = Puppet::new("seed", 2);
    let mut lab = Lab::new();
    lab.node.join(lab.now, std::slice::from_ref(&seed.addr));
    lab.drain();
    let stream = last_dialed(&lab, &seed.addr);
    lab.connected(stream, &seed);
    finish(&mut lab, stream);
    answer(&mut lab, stream, &seed, &[Message::Claim(seed.claim(0, Status::Alive))]);
    lab.clear();
    lab.pass(SECOND * 60);
    assert_eq!(lab.node.members().len(), 1);
    assert!(!connects(&lab).is_empty());
}

#[test]
fn one_of_those_who_failed_is_called_now_and_then_with_the_news_of_its_death() {
    let (failed, left) = (Puppet::new("failed", 2), Puppet::new("left", 3));
    let mut lab = Lab::knowing(&[&failed, &left]);
    lab.bury(&[&failed], &[&left]);
    lab.hear(&left, &[Message::Claim(left.claim(0, Status::Left))]);
    lab.clear();
    lab.pass(SECOND * 200);
    let pings = |to: &Puppet| lab.told(to).iter().filter(|m| matches!(m, Message::Ping(_))).count();
    assert!((100..=200).contains(&pings(&failed)), "{}", pings(&failed));
    let death = Message::Claim(failed.claim(0, Status::Dead { by: left.id() }));
    assert!(lab.told(&failed).contains(&death), "the call bears the news of its death");
}

#[test]
fn whoever_answers_a_call_is_asked_where_the_tables_differ() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.bury(&[&bob], &[&carol]);
    lab.clear();
    lab.pass_with(SECOND * 60, &[&bob]);
    assert!(lab.told(&bob).iter().any(|message| matches!(message, Message::Digest(_))));
}

#[test]
fn a_seed_that_is_named_last_is_tried_however_many_were_named_before() {
    let mut lab = Lab::new();
    lab.node.join(lab.now, &(2..1_000).map(addr).collect::<Vec<_>>());
    lab.node.join(lab.now, &[addr(5_000)]);
    lab.drain();
    for dialed in 0..300 {
        lab.stream(StreamId::Dialed(dialed), StreamInput::Failed);
    }
    assert!(connects(&lab).contains(&addr(5_000)));
}

#[test]
fn a_node_that_knows_nobody_and_no_seed_sleeps_for_whole_heal_intervals() {
    let mut lab = Lab::new();
    let mut wakes = 0;
    let end = lab.now + SECOND * 100;
    while let Some(next) = lab.node.poll_timeout().filter(|&next| next <= end) {
        lab.now = next.max(lab.now);
        lab.node.handle_timeout(lab.now);
        lab.drain();
        wakes += 1;
    }
    assert!(wakes <= 11, "{wakes} wakes in 100 s");
    let bob = Puppet::new("bob", 2);
    lab.hear(&bob, &[Message::Claim(bob.claim(0, Status::Alive))]);
    lab.pass(SECOND);
    assert!(lab.told(&bob).iter().any(|message| matches!(message, Message::Ping(_))));
}
