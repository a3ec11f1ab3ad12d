//! Packets and bytes over time, by kind.

use super::kind::Kind;

/// Spans of time that are kept at most; beyond it each becomes twice as long.
const SPANS_MAX: usize = 480;
/// The shortest span, in microseconds.
const SPAN_MIN: u64 = 50_000;

const KINDS: usize = Kind::ALL.len();

/// Packets and bytes of every kind in spans of equal length.
#[derive(Debug)]
pub(super) struct Load {
    /// The length of a span in microseconds.
    pub(super) span: u64,
    pub(super) packets: Vec<[u64; KINDS]>,
    pub(super) bytes: Vec<[u64; KINDS]>,
    pub(super) lost: u64,
    pub(super) cut: u64,
}

impl Default for Load {
    fn default() -> Self {
        Self { span: SPAN_MIN, packets: Vec::new(), bytes: Vec::new(), lost: 0, cut: 0 }
    }
}

impl Load {
    pub(super) fn note(&mut self, at: u64, kind: Kind, bytes: usize) {
        while at / self.span >= SPANS_MAX as u64 {
            self.span *= 2;
            halve(&mut self.packets);
            halve(&mut self.bytes);
        }
        let place = usize::try_from(at / self.span).unwrap_or(SPANS_MAX);
        count(&mut self.packets, place, kind, 1);
        count(&mut self.bytes, place, kind, bytes as u64);
    }

    /// Datagrams and their bytes, streams not included.
    pub(super) fn datagrams(&self) -> (u64, u64) {
        let of = |spans: &[[u64; KINDS]]| {
            let datagrams = Kind::ALL.iter().filter(|kind| **kind != Kind::Stream);
            datagrams.map(|kind| sum(spans, *kind)).sum()
        };
        (of(&self.packets), of(&self.bytes))
    }

    pub(super) fn stream_bytes(&self) -> u64 {
        sum(&self.bytes, Kind::Stream)
    }
}

fn count(spans: &mut Vec<[u64; KINDS]>, place: usize, kind: Kind, by: u64) {
    if spans.len() <= place {
        spans.resize(place + 1, [0; KINDS]);
    }
    spans[place][usize::from(kind.number())] += by;
}

fn halve(spans: &mut Vec<[u64; KINDS]>) {
    let pair = |pair: &[[u64; KINDS]]| std::array::from_fn(|kind| pair.iter().map(|span| span[kind]).sum());
    *spans = spans.chunks(2).map(pair).collect();
}

fn sum(spans: &[[u64; KINDS]], kind: Kind) -> u64 {
    spans.iter().map(|span| span[usize::from(kind.number())]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_with_the_run_and_nothing_gets_lost() {
        let mut load = Load::default();
        for second in 0..100_000 {
            load.note(second * 1_000_000, Kind::Ping, 56);
        }
        load.note(7, Kind::Stream, 9);
        assert!(load.packets.len() <= SPANS_MAX && load.span * SPANS_MAX as u64 > 99_999_000_000);
        assert_eq!(load.datagrams(), (100_000, 5_600_000));
        assert_eq!(load.stream_bytes(), 9);
    }
}
