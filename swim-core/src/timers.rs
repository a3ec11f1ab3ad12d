//! One deadline per key: setting replaces, clearing forgets, and nothing stale ever fires.

use alloc::vec::Vec;

use crate::Instant;
use crate::table::MemberIndex;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The next probe starts; the last one gets its verdict.
    Probe,
    /// The direct ping had its time; helpers are asked.
    ProbeTimeout,
    /// The next gossip round.
    Gossip,
    /// The next attempt to join.
    Join,
    /// The seeds that were tried had their time; the next ones are tried as well.
    Seed,
    /// The goodbye has had its time.
    Leave,
    /// The next attempt to reach somebody who is gone.
    Heal,
    /// The refutation of accusations that came too soon after the last.
    Refute,
    /// The next pings to where members were in a former life of this node.
    Recall,
    /// A ping on somebody else's behalf, by its place among the relays.
    Relay(u8),
    /// A stream, by its place among the exchanges.
    Stream(u8),
    /// A question whether somebody still answers to a name, by its place among the conflicts.
    Conflict(u8),
    /// The one deadline of a member: of its suspicion while it is suspected, of its tombstone once it is gone.
    Member(MemberIndex),
}

/// Timers that a node has once.
const SINGLES: usize = FIRST_RELAY as usize;
const FIRST_RELAY: u32 = 9;
const FIRST_STREAM: u32 = FIRST_RELAY + 256;
const FIRST_CONFLICT: u32 = FIRST_STREAM + 256;
const FIRST_MEMBER: u32 = FIRST_CONFLICT + 256;

impl Timer {
    /// Every timer has a number, in their order; those of the members come last because they alone are unbounded.
    fn number(self) -> u32 {
        match self {
            Self::Probe => 0,
            Self::ProbeTimeout => 1,
            Self::Gossip => 2,
            Self::Join => 3,
            Self::Seed => 4,
            Self::Leave => 5,
            Self::Heal => 6,
            Self::Refute => 7,
            Self::Recall => 8,
            Self::Relay(place) => FIRST_RELAY + u32::from(place),
            Self::Stream(place) => FIRST_STREAM + u32::from(place),
            Self::Conflict(place) => FIRST_CONFLICT + u32::from(place),
            Self::Member(index) => FIRST_MEMBER + index.subject(),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "each range has 256 numbers")]
    fn of(number: u32) -> Self {
        match number {
            0 => Self::Probe,
            1 => Self::ProbeTimeout,
            2 => Self::Gossip,
            3 => Self::Join,
            4 => Self::Seed,
            5 => Self::Leave,
            6 => Self::Heal,
            7 => Self::Refute,
            8 => Self::Recall,
            FIRST_RELAY..FIRST_STREAM => Self::Relay((number - FIRST_RELAY) as u8),
            FIRST_STREAM..FIRST_CONFLICT => Self::Stream((number - FIRST_STREAM) as u8),
            FIRST_CONFLICT..FIRST_MEMBER => Self::Conflict((number - FIRST_CONFLICT) as u8),
            FIRST_MEMBER.. => Self::Member(MemberIndex::new(number - FIRST_MEMBER)),
        }
    }
}

/// Timers that a node has once are in an array, for they are set and cleared all the time; all others are in a heap.
pub(crate) struct Timers {
    /// By number; [`NEVER`] for one that is not set.
    singles: [Instant; SINGLES],
    others: Heap,
    /// The earliest of all deadlines, or [`NEVER`].
    next: Instant,
}

/// Nothing is due at the end of time.
const NEVER: Instant = Instant::from_nanos(u64::MAX);

impl Default for Timers {
    fn default() -> Self {
        Self { singles: [NEVER; SINGLES], others: Heap::default(), next: NEVER }
    }
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, deadline: Instant) {
        let number = timer.number();
        match self.singles.get_mut(number as usize) {
            Some(single) => *single = deadline,
            None => self.others.set(number, deadline),
        }
        self.find_next();
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        let number = timer.number();
        match self.singles.get_mut(number as usize) {
            Some(single) => *single = NEVER,
            None => self.others.clear(number),
        }
        self.find_next();
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.deadline(timer).is_some()
    }

    /// When this timer fires.
    pub(crate) fn deadline(&self, timer: Timer) -> Option<Instant> {
        let number = timer.number();
        let single = self.singles.get(number as usize).copied();
        single.or_else(|| self.others.deadline(number)).filter(|&deadline| deadline != NEVER)
    }

    /// How many are set.
    pub(crate) fn len(&self) -> usize {
        self.singles.iter().filter(|&&single| single != NEVER).count() + self.others.heap.len()
    }

    /// The earliest deadline.
    #[inline]
    pub(crate) fn next(&self) -> Option<Instant> {
        (self.next != NEVER).then_some(self.next)
    }

    /// Takes the earliest timer that is due, with the deadline it had; of several, the one with the lowest number.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        let deadline = self.next().filter(|&deadline| deadline <= now)?;
        let number = match self.singles.iter_mut().zip(0..).find(|(single, _)| **single == deadline) {
            Some((single, number)) => {
                *single = NEVER;
                number
            }
            None => self.others.pop()?,
        };
        self.find_next();
        Some((deadline, Timer::of(number)))
    }

    fn find_next(&mut self) {
        let other = self.others.heap.first().map_or(NEVER, |&(deadline, _)| deadline);
        self.next = self.singles.into_iter().fold(other, Instant::min);
    }
}

/// A binary heap that knows where each timer stands, so that replacing a deadline needs no search.
#[derive(Default)]
struct Heap {
    heap: Vec<Entry>,
    /// Heap place + 1 by timer number, 0 for a timer that is not set.
    places: Vec<u32>,
}

/// A deadline and the number of its timer.
type Entry = (Instant, u32);

impl Heap {
    fn set(&mut self, number: u32, deadline: Instant) {
        let end = number as usize + 1;
        if end > self.places.len() {
            self.places.resize(end, 0);
        }
        let entry = (deadline, number);
        let place = self.place(number).unwrap_or_else(|| {
            self.heap.push(entry);
            self.heap.len() - 1
        });
        self.settle(place, entry);
    }

    fn clear(&mut self, number: u32) {
        if let Some(place) = self.place(number) {
            self.remove(place);
        }
    }

    fn deadline(&self, number: u32) -> Option<Instant> {
        self.place(number).map(|place| self.heap[place].0)
    }

    /// Takes the earliest.
    fn pop(&mut self) -> Option<u32> {
        let &(_, number) = self.heap.first()?;
        self.remove(0);
        Some(number)
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.places.get(number as usize)?.checked_sub(1).map(|place| place as usize)
    }

    fn remove(&mut self, place: usize) {
        self.places[self.heap[place].1 as usize] = 0;
        if let Some(last) = self.heap.pop()
            && place < self.heap.len()
        {
            self.settle(place, last);
        }
    }

    /// Puts an entry instead of the one at `place`, and then to where the order of the heap wants it.
    fn settle(&mut self, mut place: usize, entry: Entry) {
        while place > 0 && entry < self.heap[(place - 1) / 2] {
            place = self.pull((place - 1) / 2, place);
        }
        while let Some(child) = self.smaller_child(place).filter(|&child| self.heap[child] < entry) {
            place = self.pull(child, place);
        }
        self.put(place, entry);
    }

    fn smaller_child(&self, place: usize) -> Option<usize> {
        let (left, right) = (2 * place + 1, 2 * place + 2);
        match (self.heap.get(left), self.heap.get(right)) {
            (Some(l), Some(r)) if r < l => Some(right),
            (Some(_), _) => Some(left),
            (None, _) => None,
        }
    }

    /// Moves an entry, and answers the place that is free now.
    fn pull(&mut self, from: usize, to: usize) -> usize {
        self.put(to, self.heap[from]);
        from
    }

    fn put(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.places[entry.1 as usize] = u32::try_from(place + 1).unwrap_or(u32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    fn fire(timers: &mut Timers, now: u64) -> Vec<Timer> {
        core::iter::from_fn(|| timers.pop_due(at(now))).map(|(_, timer)| timer).collect()
    }

    #[test]
    fn a_timer_fires_once_at_its_deadline_and_not_before() {
        let mut timers = Timers::default();
        timers.set(Timer::Probe, at(10));
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(fire(&mut timers, 9), []);
        assert_eq!(fire(&mut timers, 10), [Timer::Probe]);
        assert_eq!(fire(&mut timers, 99), []);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn setting_a_timer_again_replaces_its_deadline() {
        let mut timers = Timers::default();
        timers.set(Timer::Gossip, at(10));
        timers.set(Timer::Gossip, at(30));
        assert_eq!(fire(&mut timers, 20), []);
        timers.set(Timer::Gossip, at(5));
        assert_eq!(fire(&mut timers, 20), [Timer::Gossip]);
    }

    #[test]
    fn a_cleared_timer_never_fires() {
        let mut timers = Timers::default();
        timers.set(Timer::Member(MemberIndex::new(3)), at(1));
        timers.set(Timer::Relay(255), at(2));
        timers.clear(Timer::Member(MemberIndex::new(3)));
        timers.clear(Timer::Member(MemberIndex::new(9)));
        assert!(!timers.is_set(Timer::Member(MemberIndex::new(3))));
        assert_eq!(fire(&mut timers, 99), [Timer::Relay(255)]);
    }

    #[test]
    fn every_timer_has_a_number_of_its_own() {
        let mut timers = Timers::default();
        let keys = [
            Timer::Probe,
            Timer::ProbeTimeout,
            Timer::Gossip,
            Timer::Join,
            Timer::Seed,
            Timer::Leave,
            Timer::Heal,
            Timer::Refute,
            Timer::Recall,
            Timer::Relay(0),
            Timer::Relay(255),
            Timer::Stream(0),
            Timer::Stream(255),
            Timer::Conflict(0),
            Timer::Conflict(255),
            Timer::Member(MemberIndex::LOCAL),
            Timer::Member(MemberIndex::new(1 << 16)),
        ];
        for key in keys {
            timers.set(key, at(1));
        }
        assert_eq!(fire(&mut timers, 1), keys);
    }

    proptest! {
        #[test]
        fn timers_behave_like_a_sorted_list(
            operations in prop::collection::vec((0u32..20, prop::option::of(0u64..50)), 0..200),
        ) {
            let mut timers = Timers::default();
            let mut model = alloc::collections::BTreeMap::new();
            for (member, deadline) in operations {
                let timer = Timer::Member(MemberIndex::new(member));
                match deadline {
                    Some(nanos) => {
                        timers.set(timer, at(nanos));
                        model.insert(timer, at(nanos));
                    }
                    None => {
                        timers.clear(timer);
                        model.remove(&timer);
                    }
                }
                prop_assert_eq!(timers.next(), model.values().min().copied());
            }
            let mut expected: Vec<_> = model.into_iter().map(|(timer, deadline)| (deadline, timer)).collect();
            expected.sort();
            let fired: Vec<_> = core::iter::from_fn(|| timers.pop_due(at(50))).collect();
            prop_assert_eq!(fired, expected);
        }
    }
}
