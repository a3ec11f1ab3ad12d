//! What every node believed of every other, as a log of changes.

use std::collections::BTreeMap;

use swim_core::{Instant, State};

use super::bytes::varint;
use crate::NodeId;

/// Changes that are kept at most: 500 nodes that meet, fall apart and meet again many times over.
const CHANGES_MAX: usize = 4_000_000;
/// What the encoded log takes at most.
const BYTES_MAX: usize = 2_000_000;
/// The finest step of time in the encoded log, in microseconds.
const STEP_MIN: u64 = 1_000;
/// The coarsest: beyond it the log ends early instead.
const STEP_MAX: u64 = 1_024_000;

/// What one node believes of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Belief {
    /// Never heard of it, or forgot it.
    #[default]
    Unknown,
    Alive,
    Suspect,
    Dead,
    Left,
}

impl From<State> for Belief {
    fn from(state: State) -> Self {
        match state {
            State::Alive => Self::Alive,
            State::Suspect => Self::Suspect,
            State::Dead => Self::Dead,
            State::Left => Self::Left,
        }
    }
}

/// One change of belief.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// In microseconds.
    pub(super) at: u64,
    pub(super) observer: NodeId,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// The observer stopped: it believes nothing any more.
    Nothing,
    Of(NodeId, Belief),
}

/// All changes so far.
#[derive(Debug, Default)]
pub(super) struct Beliefs {
    log: Vec<Change>,
    /// From when on changes are missing, in microseconds.
    full: Option<u64>,
}

impl Beliefs {
    pub(super) fn note(&mut self, now: Instant, observer: NodeId, what: What) {
        let at = micros(now);
        if self.log.len() < CHANGES_MAX {
            self.log.push(Change { at, observer, what });
        } else {
            self.full.get_or_insert(at);
        }
    }

    pub(super) fn log(&self) -> &[Change] {
        &self.log
    }

    /// The log in the finest step of time in which it is small enough.
    pub(super) fn encode(&self) -> Encoded {
        let mut step = STEP_MIN;
        loop {
            let (bytes, end) = encode(&self.log, step);
            if end.is_none() || step >= STEP_MAX {
                return Encoded { bytes, step, end: end.or(self.full) };
            }
            step *= 4;
        }
    }
}

/// The log as the page reads it.
pub(super) struct Encoded {
    /// See [`encode`].
    pub(super) bytes: Vec<u8>,
    /// One step of time in microseconds.
    pub(super) step: u64,
    /// From when on changes are missing, in microseconds.
    pub(super) end: Option<u64>,
}

/// Groups of changes of one observer within one step: `steps since the last group · observer · groups that follow`,
/// and for each belief `subjects << 3 | belief · the first subject · differences to the next ones`. The number 7 as
/// belief, without subjects, stands for [`What::Nothing`].
///
/// Answers from when on changes are missing, in microseconds, if there are too many.
fn encode(log: &[Change], step: u64) -> (Vec<u8>, Option<u64>) {
    let (mut out, mut last) = (Vec::new(), 0);
    for span in log.chunk_by(|a, b| a.at / step == b.at / step) {
        if out.len() > BYTES_MAX {
            return (out, Some(span[0].at));
        }
        let now = span[0].at / step;
        for (observer, news) in by_observer(span) {
            varint(now - last, &mut out);
            varint(u64::from(observer.0), &mut out);
            news.encode(&mut out);
            last = now;
        }
    }
    (out, None)
}

/// What changed for one observer within one step.
#[derive(Default)]
struct News {
    forgot: bool,
    beliefs: BTreeMap<NodeId, Belief>,
}

fn by_observer(span: &[Change]) -> BTreeMap<NodeId, News> {
    let mut observers: BTreeMap<NodeId, News> = BTreeMap::new();
    for change in span {
        let news = observers.entry(change.observer).or_default();
        match change.what {
            What::Nothing => *news = News { forgot: true, beliefs: BTreeMap::new() },
            What::Of(subject, belief) => {
                news.beliefs.insert(subject, belief);
            }
        }
    }
    observers
}

impl News {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut groups: BTreeMap<Belief, Vec<u64>> = BTreeMap::new();
        for (subject, belief) in &self.beliefs {
            groups.entry(*belief).or_default().push(u64::from(subject.0));
        }
        varint(u64::from(self.forgot) + groups.len() as u64, out);
        if self.forgot {
            varint(7, out);
        }
        for (belief, subjects) in groups {
            varint((subjects.len() as u64) << 3 | belief as u64, out);
            let mut last = 0;
            for subject in subjects {
                varint(subject - std::mem::replace(&mut last, subject), out);
            }
        }
    }
}

/// A time as the page counts it.
pub(super) fn micros(time: Instant) -> u64 {
    time.as_nanos() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(at: u64, observer: u32, subject: u32, belief: Belief) -> Change {
        Change { at, observer: NodeId(observer), what: What::Of(NodeId(subject), belief) }
    }

    #[test]
    fn changes_of_one_observer_at_one_time_share_their_head() {
        let log = [
            change(5_000, 1, 7, Belief::Alive),
            change(5_100, 1, 9, Belief::Alive),
            change(5_200, 1, 8, Belief::Dead),
            change(9_000, 2, 7, Belief::Suspect),
        ];
        let (bytes, end) = encode(&log, 1_000);
        assert_eq!(bytes, [5, 1, 2, 2 << 3 | 1, 7, 2, 1 << 3 | 3, 8, 4, 2, 1, 1 << 3 | 2, 7]);
        assert_eq!(end, None);
    }

    #[test]
    fn what_was_believed_before_a_crash_is_not_told_within_its_step() {
        let crash = Change { at: 5_100, observer: NodeId(1), what: What::Nothing };
        let log = [change(5_000, 1, 7, Belief::Alive), crash, change(5_200, 1, 8, Belief::Alive)];
        assert_eq!(encode(&log, 1_000).0, [5, 1, 2, 7, 1 << 3 | 1, 8]);
    }

    #[test]
    fn a_log_that_is_too_long_is_told_in_coarser_steps_and_at_last_not_to_its_end() {
        let mut beliefs = Beliefs::default();
        let flip = |turn: u64| if turn.is_multiple_of(2) { Belief::Alive } else { Belief::Suspect };
        for turn in 0..500_000 {
            beliefs.note(Instant::from_nanos(turn * 1_000_000), NodeId(0), What::Of(NodeId(1), flip(turn)));
        }
        let encoded = beliefs.encode();
        assert!(encoded.step > STEP_MIN && encoded.bytes.len() < BYTES_MAX + 64 && encoded.end.is_none());
    }
}
