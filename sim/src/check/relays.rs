//! B4: a node waits for a bounded number of answers on behalf of others.

use std::collections::{BTreeMap, BTreeSet};

use swim_codec::Nonce;
use swim_core::{Addr, Instant};

use super::said::Said;
use super::{Input, Law, Moment};
use crate::NodeId;

/// Pings on behalf of others that may be under way.
const RELAYS_MAX: usize = 64;
/// Somebody of whom absurd things are said is asked itself, too, once each probe interval.
const OWNERS_MAX: usize = 2;

/// The pings that each node sent because another asked for them, and that nobody answered so far.
#[derive(Default)]
pub(super) struct FewRelays(BTreeMap<NodeId, BTreeMap<Nonce, Instant>>);

impl Law for FewRelays {
    fn rule(&self) -> &'static str {
        "B4"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let pending = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start {
            pending.clear();
        }
        let heard: BTreeSet<_> = moment.heard_said.unwrap_or_default().iter().filter_map(answer).collect();
        pending.retain(|nonce, _| !heard.contains(nonce));
        let targets: Vec<_> = targets(moment).collect();
        for (sent, said) in moment.sent.iter().zip(moment.said) {
            // A ping on the node's own behalf bears news, or what is said of whom it asks.
            if let Some(&[Said::Ping(nonce)]) = said.as_deref()
                && sent.to().is_some_and(|to| targets.contains(&to))
            {
                pending.insert(nonce, moment.now);
            }
        }
        if pending.len() > RELAYS_MAX {
            // So long one waits: until the nack, and an interval more.
            let long = moment.config.probe_timeout * 4 / 5 + moment.config.probe_interval;
            pending.retain(|_, sent| moment.now.since(*sent) < long);
        }
        match pending.len() {
            count if count > RELAYS_MAX + OWNERS_MAX => {
                Err(format!("waits for {count} answers on behalf of others"))
            }
            _ => Ok(()),
        }
    }
}

/// Where those are whom the node was asked to ping.
fn targets<'a>(moment: &Moment<'a>) -> impl Iterator<Item = &'a Addr> {
    let heard = moment.heard_said.unwrap_or_default().iter();
    let asked = heard.filter_map(|said| if let Said::PingReq(target) = said { Some(*target) } else { None });
    let table = moment.table;
    asked.filter_map(|target| table.iter().find(|(name, _)| name.id() == target)).map(|(_, row)| &row.addr)
}

fn answer(said: &Said) -> Option<Nonce> {
    if let Said::Ack(nonce) = said { Some(*nonce) } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::record::Row;
    use super::super::scene::{Scene, addr, at, frame, name, row};
    use super::*;
    use swim_codec::{Ack, Fingerprint, Message, Ping};
    use swim_core::State::Alive;

    fn nonce(number: u64) -> Nonce {
        Nonce::from_u64(number)
    }

    fn relays(number: u64) -> Scene {
        let ping = Ping { nonce: nonce(number), fingerprint: Fingerprint::default() };
        asked().datagram(addr(2), frame(&[Message::Ping(ping)]))
    }

    /// Somebody wants x to be pinged.
    fn asked() -> Scene {
        let mut scene = Scene::new();
        scene.table.insert(name("x"), Row { addr: addr(2), ..row(1, 0, Alive) });
        scene.heard_said = Some(vec![Said::PingReq(name("x").id())]);
        scene
    }

    fn hears(answer: Ack) -> Scene {
        let mut scene = Scene::new();
        scene.heard_said = Some(vec![Said::Ack(answer.nonce)]);
        scene
    }

    #[test]
    fn one_who_waits_for_too_many_is_seen() {
        let law = &mut FewRelays::default();
        (0..66).for_each(|number| relays(number).holds(law));
        relays(66).breaks(law, "waits for 67 answers");
    }

    #[test]
    fn a_ping_on_the_nodes_own_behalf_does_not_count() {
        let law = &mut FewRelays::default();
        for number in 0..65 {
            let ping = Ping { nonce: nonce(number), fingerprint: Fingerprint::default() };
            let scene = asked().datagram(addr(3), frame(&[Message::Ping(ping)]));
            scene.holds(law);
        }
    }

    #[test]
    fn what_was_answered_or_given_up_does_not_count() {
        let law = &mut FewRelays::default();
        (0..66).for_each(|number| relays(number).holds(law));
        hears(Ack { nonce: nonce(3), fingerprint: Fingerprint::default() }).holds(law);
        relays(66).holds(law);
        let mut later = relays(67);
        later.now = at(20);
        later.holds(law);
    }
}
