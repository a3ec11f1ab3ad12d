//! S10: nobody accuses a member before others were asked to reach it (SWIM §3.1).

use std::collections::{BTreeMap, BTreeSet};

use swim_codec::{MemberId, Status};
use swim_core::{Fact, Name, State};

use super::record::Word;
use super::said::Said;
use super::{Input, Law, Moment};
use crate::NodeId;

/// The observer, the member that is silent, and whoever can be asked.
const COMPANY: usize = 3;

/// What each node has done since it began its present probe.
#[derive(Default)]
pub(super) struct SecondOpinion {
    probes: BTreeMap<NodeId, Probe>,
    /// Of whom each was told that it accuses them itself, as in a former life or as a clone, or whom it asked about that: who
    /// does not answer is believed to be what was said last.
    told: BTreeSet<(NodeId, Name, Word)>,
}

#[derive(Clone, Copy)]
struct Probe {
    count: u64,
    /// There was always somebody to ask.
    in_company: bool,
    asked: bool,
}

impl Law for SecondOpinion {
    fn rule(&self) -> &'static str {
        "S10"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let count = moment.stats.probes;
        let alive = moment.table.values().filter(|row| row.state == State::Alive).take(COMPANY).count();
        let in_company = alive == COMPANY && moment.config.indirect_probes > 0;
        let fresh = Probe { count, in_company, asked: false };
        let probe = self.probes.entry(moment.node).or_insert(fresh);
        probe.asked |= moment.said.iter().flatten().flatten().any(|said| matches!(said, Said::PingReq(_)));
        let accused = moment.events.iter().find_map(|event| match &event.fact {
            Fact::Suspected { member, by: Some(by) } if by == moment.observer => {
                let word = Word { epoch: member.epoch, incarnation: member.incarnation };
                let is_told = self.told.contains(&(moment.node, member.name.clone(), word));
                Some(&member.name).filter(|name| !is_told && !is_new(name, moment))
            }
            _ => None,
        });
        let observer = moment.observer.id();
        let said = moment.said.iter().flatten().flatten();
        let heard = moment.heard_said.into_iter().flatten().chain(moment.heard_on_stream);
        let told = heard.chain(said);
        let told = told.filter_map(|said| accusation(said, observer));
        self.told.extend(told.map(|(about, word)| (moment.node, about.clone(), word)));
        let is_alone = probe.in_company && !probe.asked;
        probe.in_company &= in_company;
        if count != probe.count || moment.input == Input::Start {
            *probe = fresh;
        }
        match accused {
            Some(accused) if is_alone && moment.input == Input::Timeout => {
                Err(format!("accuses {accused} and has asked nobody else"))
            }
            _ => Ok(()),
        }
    }
}

fn accusation(said: &Said, by: MemberId) -> Option<(&Name, Word)> {
    match said {
        Said::Claim { about, word, status, .. }
            if *status == (Status::Suspect { by }) || *status == (Status::Dead { by }) =>
        {
            Some((about, *word))
        }
        _ => None,
    }
}

/// A life of which it has just heard, or another place of one: a verdict of its own changes neither.
fn is_new(name: &Name, moment: &Moment<'_>) -> bool {
    let begins = |fact: &Fact| match fact {
        Fact::Joined { member } | Fact::Restarted { member } | Fact::AddressChanged { member, .. } => {
            member.name == *name
        }
        _ => false,
    };
    moment.events.iter().any(|event| begins(&event.fact))
}

#[cfg(test)]
mod tests {
    use swim_codec::{Claim, Message, Nonce, PingReq};
    use swim_core::State::{Alive, Suspect};

    use super::super::scene::{Scene, addr, frame, name, peer, ping, row};
    use super::*;

    fn woken(probes: u64) -> Scene {
        let mut scene = Scene::new();
        (scene.input, scene.stats.probes) = (Input::Timeout, probes);
        scene.table.extend(["x", "y"].map(|other| (name(other), row(5, 5, Alive))));
        scene
    }

    fn accuses() -> Scene {
        let member = peer("x", &row(5, 5, Suspect));
        woken(2).event(Fact::Suspected { member, by: Some(name("me")) })
    }

    #[test]
    fn an_accusation_by_one_alone_is_seen() {
        let law = &mut SecondOpinion::default();
        woken(1).holds(law);
        accuses().breaks(law, "accuses x and has asked nobody else");
    }

    #[test]
    fn who_hears_of_somebody_may_hear_that_a_former_life_of_it_accused_them() {
        let law = &mut SecondOpinion::default();
        woken(1).holds(law);
        accuses().event(Fact::Joined { member: peer("x", &row(5, 5, Suspect)) }).holds(law);
        woken(1).holds(law);
        accuses().event(Fact::Restarted { member: peer("x", &row(5, 5, Suspect)) }).holds(law);
        woken(1).holds(law);
        let moved = Fact::AddressChanged { member: peer("x", &row(5, 5, Suspect)), from: addr(9) };
        accuses().event(moved).holds(law);
    }

    #[test]
    fn who_asks_somebody_whether_it_was_accused_by_itself_may_believe_it_when_that_one_does_not_answer() {
        let law = &mut SecondOpinion::default();
        let (known, by) = (row(5, 5, Suspect), name("me").id());
        let claim = Claim {
            name: "x",
            addr: known.addr.as_ref(),
            epoch: known.word.epoch,
            incarnation: known.word.incarnation,
            status: Status::Dead { by },
        };
        let told = woken(1).datagram(addr(2), frame(&[ping(), Message::Claim(claim)]));
        told.holds(law);
        accuses().holds(law);
        let known = row(5, 6, Suspect);
        let status = Status::Suspect { by: name("me").id() };
        let hears = |about: Name| vec![Said::Claim { about, addr: addr(2), word: known.word, status }];
        let accuses = |about| Fact::Suspected { member: peer(about, &known), by: Some(name("me")) };
        let (mut in_a_datagram, mut on_a_stream) = (woken(1), woken(1));
        in_a_datagram.heard_said = Some(hears(name("x")));
        on_a_stream.heard_on_stream = hears(name("y"));
        in_a_datagram.holds(law);
        on_a_stream.holds(law);
        woken(2).event(accuses("x")).holds(law);
        woken(2).event(accuses("y")).holds(law);
        let later = peer("x", &row(5, 7, Suspect));
        let fact = Fact::Suspected { member: later, by: Some(name("me")) };
        woken(2).event(fact).breaks(law, "accuses x and has asked nobody else");
    }

    #[test]
    fn who_has_asked_may_accuse() {
        let law = &mut SecondOpinion::default();
        let target = name("x").id();
        let asks = Message::PingReq(PingReq { nonce: Nonce::from_u64(1), target });
        woken(1).holds(law);
        woken(1).datagram(addr(2), frame(&[asks])).holds(law);
        accuses().holds(law);
    }

    #[test]
    fn who_has_nobody_to_ask_may_accuse() {
        let law = &mut SecondOpinion::default();
        let mut lonely = woken(1);
        lonely.table.remove(&name("y"));
        lonely.holds(law);
        accuses().holds(law);
    }
}
