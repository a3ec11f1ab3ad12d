//! S13: a node repeats a piece of news a bounded number of times.
//!
//! What counts is gossip: claims that ride on probes, acks and rounds. Answers to a comparison and corrections are
//! asked for, whoever is accused is told so with every packet, whoever challenges is told who echoes, and a goodbye is
//! repeated until the end.

use std::collections::BTreeMap;

use swim_codec::Status;
use swim_core::{Addr, Name, State};

use super::record::Word;
use super::said::Said;
use super::{Input, Law, Moment};
use crate::{Arrival, NodeId};

/// How often each node told the last claim about each member.
#[derive(Default)]
pub(super) struct Retelling(BTreeMap<NodeId, BTreeMap<Name, Told>>);

struct Told {
    word: Word,
    status: Status,
    times: u64,
    bound: u64,
    /// Somebody was answered since, perhaps by the member that the claim is about.
    answered: bool,
}

impl Told {
    const fn first(word: Word, status: Status, bound: u64) -> Self {
        Self { word, status, times: 1, bound, answered: false }
    }
}

impl Law for Retelling {
    fn rule(&self) -> &'static str {
        "S13"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let told = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start || moment.batches {
            told.clear();
        }
        for change in moment.changes {
            told.remove(&change.subject);
        }
        // Beside what waited, what rounds of gossip tell cannot be told from what was asked for.
        if !moment.is_running() || moment.batches {
            return Ok(());
        }
        forget_confirmed(told, moment);
        let bound = u64::from(moment.config.retransmit_limit(moment.table.len() + 1));
        for (sent, said) in moment.sent.iter().zip(moment.said) {
            let Some(said) = said.as_deref().filter(|said| is_gossip(moment.input, said)) else { continue };
            let Some(to) = sent.to().filter(|to| is_live_at(to, moment)) else { continue };
            let there = moment.truth.at(to);
            let introduces = matches!(said.first(), Some(Said::Echo(_)));
            for claim in said {
                let Said::Claim { about, addr, word, status } = claim else { continue };
                if there == Some(about) || to == addr || (introduces && about == moment.observer) {
                    continue;
                }
                let again = told.get_mut(about).filter(|told| (told.word, told.status) == (*word, *status));
                let Some(told) = again else {
                    told.insert(about.clone(), Told::first(*word, *status, bound));
                    continue;
                };
                told.times += 1;
                told.bound = told.bound.max(bound);
                if told.times > told.bound {
                    let (times, state) = (told.times, status.state());
                    return Err(format!(
                        "tells {times} times that {about} is {state:?} at {word}, the bound is {bound}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// What the dead are told is extra.
fn is_live_at(addr: &Addr, moment: &Moment<'_>) -> bool {
    moment.table.values().any(|row| row.addr == *addr && row.is_live())
}

/// Another accuser is news too, and once the suspect answered, so is the earlier accuser that is heard again. A stream may
/// bring any.
fn forget_confirmed(told: &mut BTreeMap<Name, Told>, moment: &Moment<'_>) {
    if matches!(moment.arrival, Some((_, Arrival::Data(_)))) {
        told.retain(|_, told| told.status.state() != State::Suspect);
    }
    for said in moment.heard_said.into_iter().flatten() {
        match said {
            Said::Ack(_) => told.values_mut().for_each(|told| told.answered = true),
            Said::Claim { about, word, status: status @ Status::Suspect { .. }, .. } => {
                let is_news = |told: &Told| told.word == *word && (told.status != *status || told.answered);
                if told.get(about).is_some_and(is_news) {
                    told.remove(about);
                }
            }
            _ => {}
        }
    }
}

/// Whether the claims of a frame were chosen as gossip.
fn is_gossip(input: Input, said: &[Said]) -> bool {
    let records = |said: &Said| matches!(said, Said::Claim { .. } | Said::Register { .. } | Said::Want);
    input != Input::Datagram || !said.iter().all(records)
}

#[cfg(test)]
mod tests {
    use swim_codec::{AddrRef, Claim, Incarnation, Message, Nonce};

    use super::super::record::Row;
    use super::super::scene::{Scene, addr, frame, name, ping, row, word};
    use super::*;

    fn tells(incarnation: u64) -> Scene {
        tells_that(incarnation, Status::Alive)
    }

    fn tells_that(incarnation: u64, status: Status) -> Scene {
        let claim = Claim {
            name: "y",
            addr: AddrRef::V4([127, 0, 0, 1], 3),
            epoch: word(1, 0).epoch,
            incarnation: Incarnation::new(incarnation),
            status,
        };
        let mut scene = Scene::new();
        scene.table.insert(name("x"), Row { addr: addr(2), ..row(1, 0, State::Alive) });
        scene.datagram(addr(2), frame(&[ping(), Message::Claim(claim)]))
    }

    fn suspected_by(accuser: &str) -> Status {
        Status::Suspect { by: name(accuser).id() }
    }

    fn hears_of(accuser: &str) -> Scene {
        let mut scene = Scene::new();
        let status = suspected_by(accuser);
        scene.heard_said =
            Some(vec![Said::Claim { about: name("y"), addr: addr(3), word: word(1, 0), status }]);
        scene
    }

    #[test]
    fn news_that_is_told_for_ever_is_seen() {
        let law = &mut Retelling::default();
        (0..8).for_each(|_| tells(0).holds(law));
        tells(0).breaks(law, "tells 9 times that y is Alive at 1.0, the bound is 8");
    }

    #[test]
    fn what_the_dead_are_told_does_not_count() {
        let law = &mut Retelling::default();
        let to_the_dead = || {
            let mut scene = tells(0);
            scene.table.insert(name("x"), Row { addr: addr(2), ..row(1, 0, State::Dead) });
            scene
        };
        (0..20).for_each(|_| to_the_dead().holds(law));
        (0..8).for_each(|_| tells(0).holds(law));
        tells(0).breaks(law, "tells 9 times that y is Alive at 1.0, the bound is 8");
    }

    #[test]
    fn what_a_node_that_batches_tells_does_not_count() {
        let law = &mut Retelling::default();
        (0..8).for_each(|_| tells(0).holds(law));
        let mut batch = tells(0);
        batch.batches = true;
        (0..20).for_each(|_| batch.holds(law));
        (0..8).for_each(|_| tells(0).holds(law));
        tells(0).breaks(law, "tells 9 times that y is Alive at 1.0, the bound is 8");
    }

    #[test]
    fn newer_news_may_be_told_as_often_again() {
        let law = &mut Retelling::default();
        (0..8).for_each(|_| tells(0).holds(law));
        (0..8).for_each(|_| tells(1).holds(law));
    }

    #[test]
    fn an_accuser_may_be_told_as_often_again_if_another_was_heard_meanwhile() {
        let law = &mut Retelling::default();
        let tells = || tells_that(0, suspected_by("a"));
        (0..8).for_each(|_| tells().holds(law));
        hears_of("b").holds(law);
        (0..8).for_each(|_| tells().holds(law));
        hears_of("a").holds(law);
        tells().breaks(law, "tells 9 times that y is Suspect at 1.0, the bound is 8");
    }

    #[test]
    fn an_accuser_may_be_told_as_often_again_if_the_suspect_may_have_answered_meanwhile() {
        let law = &mut Retelling::default();
        let tells = || tells_that(0, suspected_by("a"));
        (0..8).for_each(|_| tells().holds(law));
        let mut answered = hears_of("a");
        answered.heard_said.as_mut().expect("heard").insert(0, Said::Ack(Nonce::from_u64(1)));
        answered.holds(law);
        (0..8).for_each(|_| tells().holds(law));
        hears_of("a").holds(law);
        tells().breaks(law, "tells 9 times that y is Suspect at 1.0, the bound is 8");
    }
}
