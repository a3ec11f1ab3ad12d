//! S12: when nothing happens any more, members probe each other and do nothing else.
//!
//! Who is gone may still be called, with news riding along, and who speaks to a member for the first time is challenged. As long
//! as a node looks for a seed that answers, others have streams with it, and nothing is quiet.

use std::collections::{BTreeMap, BTreeSet};

use swim_core::{Addr, Event, Fact, Transmit};

use super::said::Said;
use super::{Input, Law, Moment};
use crate::{NodeId, Sent};

/// How often up to so many live nodes together call those who are gone in a heal interval.
const TURNS: u32 = 8;
/// Members who failed, addresses of those who are forgotten, and seeds behind which nobody is known.
const KINDS: u128 = 3;

#[derive(Default)]
pub(super) struct Quiescence {
    /// How many pings each node sent since it is quiet.
    pings: BTreeMap<NodeId, u128>,
    /// Whose seeds had all failed when it became quiet, or failed since.
    seekers: BTreeSet<NodeId>,
}

impl Law for Quiescence {
    fn rule(&self) -> &'static str {
        "S12"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        if moment.events.iter().any(looks_on) {
            self.seekers.insert(moment.node);
        }
        let Some(since) = moment.quiet_since else {
            self.pings.clear();
            self.note_seeker(moment);
            return Ok(());
        };
        if !self.seekers.is_empty() {
            return Ok(());
        }
        let pings = self.pings.entry(moment.node).or_default();
        for (sent, said) in moment.sent.iter().zip(moment.said) {
            *pings += u128::from(is_ping(moment, sent, said.as_deref().unwrap_or_default())?);
        }
        let quiet = moment.time.since(since).as_nanos();
        let rounds = |interval: std::time::Duration| quiet / interval.as_nanos() + 1;
        let turn =
            moment.config.heal_interval * u32::try_from(moment.live).unwrap_or(TURNS).clamp(1, TURNS) / TURNS;
        let bound = rounds(moment.config.probe_interval) + rounds(turn) * KINDS;
        if *pings > bound {
            return Err(format!("sent {pings} pings since {since}, {bound} were due"));
        }
        Ok(())
    }
}

impl Quiescence {
    fn note_seeker(&mut self, moment: &Moment<'_>) {
        if moment.input == Input::Start || moment.ended {
            self.seekers.remove(&moment.node);
        }
        let found = |event: &Event| matches!(event.fact, Fact::HasJoined { .. });
        if moment.events.iter().rfind(|&event| found(event) || looks_on(event)).is_some_and(found) {
            self.seekers.remove(&moment.node);
        }
    }
}

/// No seed answered; where a stream hung, that is known late.
fn looks_on(event: &Event) -> bool {
    matches!(event.fact, Fact::JoinFailed { retry_in: Some(_), .. })
}

/// Whether an output is a ping, and not an answer to one; anything else is too much.
fn is_ping(moment: &Moment<'_>, sent: &Sent, said: &[Said]) -> Result<bool, String> {
    let to = match &sent.transmit {
        Transmit::Datagram { to } => to,
        Transmit::Connect { to, .. } if !is_live(moment, to) => return Ok(false),
        // A stream that hung since before is given up when its time is over.
        Transmit::Abort { .. } if moment.input == Input::Timeout => return Ok(false),
        transmit => return Err(format!("does {transmit:?} for no reason")),
    };
    match said {
        [Said::Ping(_)] => Ok(true),
        [Said::Ping(_), ..] if !is_live(moment, to) => Ok(true),
        [Said::Ack(_)] | [Said::Ack(_), Said::Coordinate] if moment.input == Input::Datagram => Ok(false),
        // In a large cluster some have never spoken to each other before.
        [Said::Challenge(_)] if moment.input == Input::Datagram => Ok(false),
        [Said::Echo(_), rest @ ..] if moment.input == Input::Datagram && introduces(moment, rest) => {
            Ok(false)
        }
        said => Err(format!("sends {said:?} to {to} for no reason")),
    }
}

/// Whether it belongs behind an echo: the question once more, and which life of its name the sender is.
fn introduces(moment: &Moment<'_>, said: &[Said]) -> bool {
    match said {
        [] | [Said::Ping(_)] => true,
        [Said::Claim { about, .. }] | [Said::Ping(_), Said::Claim { about, .. }] => about == moment.observer,
        _ => false,
    }
}

/// Whether a live member is there, as far as the observer knows; who moved is where it was no more.
fn is_live(moment: &Moment<'_>, addr: &Addr) -> bool {
    let there = moment.truth.at(addr).and_then(|name| moment.table.get(name));
    there.is_some_and(|row| row.is_live() && row.addr == *addr)
}

#[cfg(test)]
mod tests {
    use swim_codec::{Ack, Claim, Cookie, Echo, Fingerprint, Incarnation, Message, Nack, Nonce, Status};
    use swim_core::State::{Alive, Dead};
    use swim_core::{JoinFailure, StreamId};

    use super::super::record::Row;
    use super::super::scene::{Scene, addr, at, frame, name, ping, row, word};
    use super::*;

    fn ack() -> Message<'static> {
        Message::Ack(Ack { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::default() })
    }

    fn coordinate() -> Message<'static> {
        Message::Coordinate(swim_codec::Coordinate::from_bits([0; 11]))
    }

    fn claim() -> Message<'static> {
        Message::Claim(Claim {
            name: "x",
            addr: swim_codec::AddrRef::V4([127, 0, 0, 1], 2),
            epoch: word(1, 0).epoch,
            incarnation: Incarnation::new(0),
            status: Status::Alive,
        })
    }

    /// `me` and `x`, quiet for a second.
    fn quiet(state: swim_core::State) -> Scene {
        let mut scene = Scene::new().change("x", None, Some(Row { addr: addr(2), ..row(1, 0, state) }));
        scene.truth.listen(&name("x"), &addr(2));
        scene.quiet_since = Some(at(9));
        scene
    }

    fn sends(messages: &[Message<'_>]) -> Scene {
        quiet(Alive).datagram(addr(2), frame(messages))
    }

    #[test]
    fn probing_is_quiet() {
        sends(&[ping()]).holds(&mut Quiescence::default());
        sends(&[ack()]).holds(&mut Quiescence::default());
        sends(&[ack(), coordinate()]).holds(&mut Quiescence::default());
    }

    #[test]
    fn a_stranger_may_be_challenged_but_nobody_challenges_unasked() {
        let challenge = swim_codec::Challenge {
            nonce: Nonce::from_u64(1),
            cookie: swim_codec::Cookie::from_bytes([1; 8]),
        };
        let mut scene = sends(&[Message::Challenge(challenge)]);
        scene.holds(&mut Quiescence::default());
        scene.input = Input::Timeout;
        scene.breaks(&mut Quiescence::default(), "Challenge");
    }

    #[test]
    fn news_in_quiet_times_is_seen() {
        sends(&[ping(), claim()]).breaks(&mut Quiescence::default(), "for no reason");
        sends(&[claim()]).breaks(&mut Quiescence::default(), "for no reason");
        sends(&[Message::Nack(Nack { nonce: Nonce::from_u64(1) })])
            .breaks(&mut Quiescence::default(), "Nack");
        let mut scene = sends(&[claim()]);
        scene.quiet_since = None;
        scene.holds(&mut Quiescence::default());
    }

    #[test]
    fn whoever_is_challenged_asks_again_and_says_which_life_of_its_name_it_is() {
        let echo = || Message::Echo(Echo { cookie: Cookie::from_bytes([1; 8]) });
        let claim_of = |name| match claim() {
            Message::Claim(claim) => Message::Claim(Claim { name, ..claim }),
            other => other,
        };
        let law = &mut Quiescence::default();
        sends(&[echo()]).holds(law);
        sends(&[echo(), ping(), claim_of("me")]).holds(law);
        sends(&[echo(), ping(), claim_of("x")]).breaks(law, "for no reason");
        sends(&[echo(), ping(), ping()]).breaks(law, "for no reason");
        let mut unasked = sends(&[echo(), ping()]);
        unasked.input = Input::Timeout;
        unasked.breaks(law, "for no reason");
    }

    #[test]
    fn the_dead_may_be_told_news() {
        let scene = quiet(Dead).datagram(addr(2), frame(&[ping(), claim()]));
        scene.holds(&mut Quiescence::default());
    }

    #[test]
    fn an_answer_that_nobody_asked_for_is_seen() {
        let mut scene = sends(&[ack()]);
        scene.input = Input::Timeout;
        scene.breaks(&mut Quiescence::default(), "for no reason");
    }

    #[test]
    fn a_stream_to_a_live_member_in_quiet_times_is_seen() {
        let connect = || Sent {
            transmit: Transmit::Connect { stream: StreamId::Dialed(0), to: addr(2) },
            bytes: Vec::new(),
        };
        let mut scene = quiet(Alive);
        scene.sent.push(connect());
        scene.breaks(&mut Quiescence::default(), "does Connect");
        let mut scene = quiet(Dead);
        scene.sent.push(connect());
        scene.holds(&mut Quiescence::default());
    }

    #[test]
    fn a_stream_that_hung_may_be_given_up_when_its_time_is_over() {
        let mut scene = quiet(Alive);
        let stream = StreamId::Dialed(0);
        scene.sent.push(Sent { transmit: Transmit::Abort { stream }, bytes: Vec::new() });
        scene.input = Input::Datagram;
        scene.breaks(&mut Quiescence::default(), "does Abort");
        scene.input = Input::Timeout;
        scene.holds(&mut Quiescence::default());
    }

    #[test]
    fn nothing_is_quiet_until_every_node_found_a_seed() {
        let law = &mut Quiescence::default();
        let tells = |fact| {
            let mut scene = Scene::new();
            scene.events.push(Event { version: 1, fact });
            scene
        };
        let retry_in = Some(std::time::Duration::from_secs(1));
        tells(Fact::JoinFailed { seed: addr(2), reason: JoinFailure::TimedOut, retry_in }).holds(law);
        sends(&[claim()]).holds(law);
        tells(Fact::HasJoined { seed: addr(2) }).holds(law);
        sends(&[claim()]).breaks(law, "for no reason");
        let mut late = tells(Fact::JoinFailed { seed: addr(2), reason: JoinFailure::TimedOut, retry_in });
        late.quiet_since = Some(at(9));
        late.holds(law);
        sends(&[claim()]).holds(law);
    }

    #[test]
    fn more_pings_than_are_due_are_seen() {
        let law = &mut Quiescence::default();
        for _ in 0..5 {
            sends(&[ping()]).holds(law);
        }
        sends(&[ping()]).breaks(law, "sent 6 pings since 9.000000s, 5 were due");
    }
}
