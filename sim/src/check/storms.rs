//! S12: nodes never excite each other: what one of them sends in a second is bounded, whatever comes in.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Config, Instant};

use super::{Honesty, Input, Law, Moment};
use crate::NodeId;

/// Outputs of a node in a second, and for each member that it knows. Answers count once; what a node does by itself
/// counts so many times, since nobody can make it do more.
const OUTPUTS_MAX: u64 = 1_600;
const OUTPUTS_PER_MEMBER_MAX: u64 = 160;
const OWN_ACCORD: u64 = 4;
/// In a round of gossip some hear it, one of the gone, and one who is accused.
const BESIDES_FANOUT: u64 = 2;
/// Each heal interval the live nodes take so many turns, and a node takes all of them where it knows no other; in a turn it
/// calls so many.
const TURNS: u32 = 8;
const CALLS: u64 = 3;
/// A clock goes at most so many times as fast as time.
const FASTEST: u64 = 2;
/// A link delivers a datagram so often at most.
const COPIES: u64 = 2;
/// Liars are answered, too, and a paused node answers all of them at once.
const LIARS: u64 = 3;

/// How much each node sent in the present second.
#[derive(Default)]
pub(super) struct NoStorms {
    seconds: BTreeMap<NodeId, Second>,
    /// What the node sends in a second that is told to look for the gone most often; others answer it.
    healing: u64,
    /// The last second in which what had waited on a link came to anybody: its answers are answered, too.
    flushed: Option<u64>,
}

/// How often it is looked for that, in datagrams that came in a second.
const LOOK_EVERY: u64 = 256;

#[derive(Default)]
struct Second {
    number: u64,
    sent: u64,
    /// What rounds of gossip may send; their interval may change meanwhile.
    gossip: u64,
    /// Datagrams that came, and when the last did.
    heard: u64,
    heard_at: Instant,
    /// What it sent, all alike, and in the second before.
    outputs: u64,
    before: u64,
}

impl Law for NoStorms {
    fn rule(&self) -> &'static str {
        "S12"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let number = moment.time.as_nanos() / 1_000_000_000;
        self.healing = self.healing.max(healing(moment.config));
        let second = self.seconds.entry(moment.node).or_default();
        second.go_on(number);
        if moment.input == Input::Start {
            (second.sent, second.gossip) = (0, 0);
        }
        second.sent += second.weight(moment) * moment.sent.len() as u64;
        second.outputs += moment.sent.len() as u64;
        second.gossip = second.gossip.max(gossip(moment.config));
        let members = OUTPUTS_PER_MEMBER_MAX * moment.table.len() as u64;
        let usual = OUTPUTS_MAX + members + second.gossip + self.healing;
        let bound = if moment.honesty == Honesty::Truth { usual } else { usual * LIARS };
        let (count, heard) = (second.sent, second.heard);
        if moment.input == Input::Datagram
            && heard.is_multiple_of(LOOK_EVERY)
            && self.is_backlog(moment.node, number)
        {
            self.flushed = Some(number);
        }
        let is_flushed = self.flushed.is_some_and(|flushed| number - flushed <= 1);
        if count > bound && !is_flushed && !self.is_backlog(moment.node, number) {
            Err(format!("sends {count} times in a second, the bound is {bound}"))
        } else {
            Ok(())
        }
    }
}

impl NoStorms {
    /// Whether more came than others sent lately: it had waited on a link, and is answered all at once.
    fn is_backlog(&self, node: NodeId, number: u64) -> bool {
        let heard = self.seconds.get(&node).map_or(0, |second| second.heard);
        let others = self.seconds.iter().filter(|&(&other, _)| other != node);
        let sent: u64 = others.map(|(_, second)| second.sent_lately(number)).sum();
        heard > sent * COPIES
    }
}

impl Second {
    fn go_on(&mut self, number: u64) {
        if self.number != number {
            let before = if self.number + 1 == number { self.outputs } else { 0 };
            *self = Self { number, before, ..Self::default() };
        }
    }

    /// How much an output counts. What waited for a node that was paused comes in one moment, and so goes what waited at one
    /// that batches.
    fn weight(&mut self, moment: &Moment<'_>) -> u64 {
        match moment.input {
            Input::Timeout if moment.batches => 0,
            Input::Timeout => OWN_ACCORD,
            Input::Datagram => {
                self.heard += 1;
                u64::from(std::mem::replace(&mut self.heard_at, moment.time) != moment.time)
            }
            _ => 1,
        }
    }

    fn sent_lately(&self, number: u64) -> u64 {
        match number - self.number {
            0 => self.outputs + self.before,
            1 => self.outputs,
            _ => 0,
        }
    }
}

/// What rounds of gossip may send in a second.
fn gossip(config: &Config) -> u64 {
    OWN_ACCORD * in_a_second(config.gossip_interval) * (u64::from(config.gossip_fanout) + BESIDES_FANOUT)
}

/// What calls to the gone may.
fn healing(config: &Config) -> u64 {
    OWN_ACCORD * CALLS * in_a_second(config.heal_interval / TURNS)
}

/// How often something is due each so much time, where the clock goes as fast as any.
fn in_a_second(interval: Duration) -> u64 {
    let times = 1_000_000_000_u128.div_ceil(interval.as_nanos().max(1));
    FASTEST * u64::try_from(times).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr, at};
    use super::*;

    #[test]
    fn a_node_that_never_stops_sending_is_seen() {
        let sends = |seconds| {
            let mut scene = (0..220).fold(Scene::new(), |scene, _| scene.datagram(addr(2), vec![0]));
            (scene.now, scene.input) = (at(seconds), Input::Timeout);
            scene
        };
        let law = &mut NoStorms::default();
        sends(10).holds(law);
        sends(10).holds(law);
        sends(11).holds(law);
        sends(11).holds(law);
        sends(11).breaks(law, "sends 2640 times in a second, the bound is 1984");
    }

    #[test]
    fn what_waited_at_a_node_that_batches_goes_out_at_once() {
        let mut sends = (0..3_000).fold(Scene::new(), |scene, _| scene.datagram(addr(2), vec![0]));
        (sends.input, sends.batches) = (Input::Timeout, true);
        sends.holds(&mut NoStorms::default());
    }

    #[test]
    fn what_waited_for_a_node_may_be_answered_at_once() {
        let answers = |node, nanos| {
            let mut scene = Scene::new().datagram(addr(2), vec![0]);
            (scene.node, scene.now) = (NodeId(node), at(10) + Duration::from_nanos(nanos));
            scene
        };
        let paused = &mut NoStorms::default();
        (0..1_900).for_each(|nanos| answers(1, nanos).holds(paused));
        (0..3_000).for_each(|_| answers(0, 0).holds(paused));
        let held = &mut NoStorms::default();
        (0..100).for_each(|nanos| answers(1, nanos).holds(held));
        (0..3_000).for_each(|nanos| answers(0, nanos).holds(held));
        let excited = &mut NoStorms::default();
        (0..1_984).for_each(|nanos| [1, 0].iter().for_each(|&node| answers(node, nanos).holds(excited)));
        answers(0, 1_984).breaks(excited, "sends 1985 times in a second, the bound is 1984");
    }

    #[test]
    fn answers_to_what_waited_for_a_node_are_answered_too() {
        let answers = |node, seconds, nanos| {
            let mut scene = Scene::new().datagram(addr(2), vec![0]);
            (scene.node, scene.now) = (NodeId(node), at(seconds) + Duration::from_nanos(nanos));
            scene
        };
        let law = &mut NoStorms::default();
        (0..256).for_each(|nanos| answers(2, 10, nanos).holds(law));
        for (seconds, times) in [(10, 3_000), (11, 3_000), (12, 1_984)] {
            for nanos in 0..times {
                [1, 0].iter().for_each(|&node| answers(node, seconds, nanos).holds(law));
            }
        }
        answers(0, 12, 1_984).breaks(law, "sends 1985 times in a second, the bound is 1984");
    }
}
