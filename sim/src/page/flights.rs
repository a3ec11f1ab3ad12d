//! Datagrams on their way, a fair sample of them.

use super::bytes::varint;
use super::kind::Kind;
use crate::NodeId;

/// How many are kept at most; more than twice as many are never in memory.
const FLIGHTS_MAX: usize = 40_000;

/// One datagram from one node to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    /// When it was sent, in microseconds.
    pub(super) at: u64,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) kind: Kind,
    pub(super) fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It took so many microseconds.
    Arrives(u64),
    Lost,
    /// A partition stopped it.
    Cut,
}

/// The datagrams whose hashed number is below a threshold, which halves whenever they become too many. So every
/// datagram has the same chance, and one run always shows the same.
#[derive(Debug)]
pub(super) struct Flights {
    kept: Vec<(u64, Flight)>,
    seen: u64,
    threshold: u64,
}

impl Default for Flights {
    fn default() -> Self {
        Self { kept: Vec::new(), seen: 0, threshold: u64::MAX }
    }
}

impl Flights {
    pub(super) fn note(&mut self, flight: Flight) {
        let hash = scatter(self.seen);
        self.seen += 1;
        if hash > self.threshold {
            return;
        }
        self.kept.push((hash, flight));
        if self.kept.len() > FLIGHTS_MAX {
            self.threshold /= 2;
            let threshold = self.threshold;
            self.kept.retain(|(hash, _)| *hash <= threshold);
        }
    }

    /// How many there were.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// How many are kept.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// For each flight: `microseconds since the last · from · to · kind << 2 | fate`, then its microseconds in the
    /// air if it arrives (fate 0).
    pub(super) fn encode(&self) -> Vec<u8> {
        let (mut out, mut last) = (Vec::new(), 0);
        for (_, Flight { at, from, to, kind, fate }) in &self.kept {
            varint(at - std::mem::replace(&mut last, *at), &mut out);
            varint(u64::from(from.0), &mut out);
            varint(u64::from(to.0), &mut out);
            let (number, delay) = match fate {
                Fate::Arrives(delay) => (0, Some(*delay)),
                Fate::Lost => (1, None),
                Fate::Cut => (2, None),
            };
            varint(u64::from(kind.number()) << 2 | number, &mut out);
            if let Some(delay) = delay {
                varint(delay, &mut out);
            }
        }
        out
    }
}

/// The finaliser of `SplitMix64`: numbers that follow each other end up far apart.
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_a_fair_sample_is_kept() {
        let mut flights = Flights::default();
        for at in 0..1_000_000 {
            // A pattern of period two must not be sampled away.
            let kind = if at % 2 == 0 { Kind::Ping } else { Kind::Ack };
            flights.note(Flight { at, from: NodeId(0), to: NodeId(1), kind, fate: Fate::Lost });
        }
        let pings = flights.kept.iter().filter(|(_, flight)| flight.kind == Kind::Ping).count();
        let late = flights.kept.iter().filter(|(_, flight)| flight.at >= 500_000).count();
        let half = flights.kept() / 2;
        assert!((FLIGHTS_MAX / 2 - 1_000..=FLIGHTS_MAX).contains(&flights.kept()), "{}", flights.kept());
        assert!(pings.abs_diff(half) < half / 10 && late.abs_diff(half) < half / 10, "{pings} {late} {half}");
    }

    #[test]
    fn few_are_all_kept_and_spelled_in_order() {
        let mut flights = Flights::default();
        let (from, to) = (NodeId(3), NodeId(200));
        flights.note(Flight { at: 10, from, to, kind: Kind::Ping, fate: Fate::Arrives(500) });
        flights.note(Flight { at: 12, from, to, kind: Kind::Gossip, fate: Fate::Cut });
        assert_eq!(flights.encode(), [10, 3, 0xc8, 1, 3 << 2, 0xf4, 3, 2, 3, 0xc8, 1, 2]);
        assert_eq!((flights.seen(), flights.kept()), (2, 2));
    }
}
