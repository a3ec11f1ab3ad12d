//! What is due, in order: a calendar queue (Brown, CACM 1988) of one year, with a heap for what comes later.
//!
//! Nearly everything is due within seconds, so it is put into the day it is due, unsorted, in O(1); a day is sorted when
//! it begins. Ordered by time, and within one time by the order of arrival: nothing is left to chance.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use swim_core::Instant;

/// Nanoseconds of a day, as a power of two: a quarter of a millisecond.
const DAY_BITS: u32 = 18;
/// Days of the year, 2.1 seconds.
const DAYS: u64 = 8_192;
const WORD: u64 = 64;

pub(crate) struct Calendar<T> {
    /// The rest of today, the next last.
    today: Vec<Entry<T>>,
    /// The number of today.
    day: u64,
    /// The other days of the year that begins today, each at its number modulo [`DAYS`].
    days: Vec<Vec<Entry<T>>>,
    /// Which of them have entries.
    busy: Vec<u64>,
    /// What is due a year from today or later.
    later: BinaryHeap<Reverse<Entry<T>>>,
    pushed: u64,
}

impl<T> Calendar<T> {
    pub(crate) fn new() -> Self {
        Self {
            today: Vec::new(),
            day: 0,
            days: (0..DAYS).map(|_| Vec::new()).collect(),
            busy: vec![0; place(DAYS / WORD)],
            later: BinaryHeap::new(),
            pushed: 0,
        }
    }

    /// Makes an item due, no earlier than the last one that was taken.
    pub(crate) fn push(&mut self, at: Instant, item: T) {
        let entry = Entry { at, sequence: self.pushed, item };
        self.pushed += 1;
        let day = day_of(at);
        if day <= self.day {
            let place = self.today.partition_point(|other| other.rank() > entry.rank());
            self.today.insert(place, entry);
        } else if day - self.day < DAYS {
            self.note(day, entry);
        } else {
            self.later.push(Reverse(entry));
        }
    }

    /// Takes what is due next, if it is due at or before `deadline`.
    pub(crate) fn pop_until(&mut self, deadline: Instant) -> Option<(Instant, T)> {
        while self.today.is_empty() {
            let next = self.next_day().filter(|&day| day <= day_of(deadline))?;
            self.turn_to(next);
        }
        let entry = self.today.pop_if(|entry| entry.at <= deadline)?;
        Some((entry.at, entry.item))
    }

    fn note(&mut self, day: u64, entry: Entry<T>) {
        let number = day % DAYS;
        self.days[place(number)].push(entry);
        self.busy[place(number / WORD)] |= 1 << (number % WORD);
    }

    /// The first day behind today on which something is due.
    fn next_day(&self) -> Option<u64> {
        let later = self.later.peek().map(|Reverse(entry)| day_of(entry.at));
        let this_year = self.next_busy();
        this_year.into_iter().chain(later).min()
    }

    /// The same without what is due later than a year: goes round the year by words, and sees that of today twice, for
    /// its later and for its earlier days.
    fn next_busy(&self) -> Option<u64> {
        let today = self.day % DAYS;
        let behind_today = !0 << (today % WORD);
        let words = DAYS / WORD;
        (0..=words).find_map(|turn| {
            let word = (today / WORD + turn) % words;
            let mask = match turn {
                0 => behind_today,
                _ if turn == words => !behind_today,
                _ => !0,
            };
            let busy = self.busy[place(word)] & mask;
            let number = word * WORD + u64::from(busy.trailing_zeros());
            (busy != 0).then(|| self.day + (number + DAYS - today) % DAYS)
        })
    }

    /// Makes a day today, and takes into the year that begins then what belongs there.
    fn turn_to(&mut self, day: u64) {
        self.day = day;
        while let Some(Reverse(entry)) = self.later.pop_if_due(day + DAYS) {
            self.note(day_of(entry.at), entry);
        }
        let number = day % DAYS;
        self.busy[place(number / WORD)] &= !(1 << (number % WORD));
        std::mem::swap(&mut self.today, &mut self.days[place(number)]);
        self.today.sort_unstable_by_key(|entry| Reverse(entry.rank()));
    }
}

trait PopIfDue<T> {
    /// Takes the first entry, if its day is before this one.
    fn pop_if_due(&mut self, day: u64) -> Option<Reverse<Entry<T>>>;
}

impl<T> PopIfDue<T> for BinaryHeap<Reverse<Entry<T>>> {
    fn pop_if_due(&mut self, day: u64) -> Option<Reverse<Entry<T>>> {
        self.peek().filter(|Reverse(entry)| day_of(entry.at) < day)?;
        self.pop()
    }
}

fn day_of(at: Instant) -> u64 {
    at.as_nanos() >> DAY_BITS
}

fn place(number: u64) -> usize {
    usize::try_from(number).expect("a day of the year")
}

struct Entry<T> {
    at: Instant,
    sequence: u64,
    item: T,
}

impl<T> Entry<T> {
    fn rank(&self) -> (Instant, u64) {
        (self.at, self.sequence)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Mostly within a day or a year, sometimes far away.
    fn ahead() -> impl Strategy<Value = u64> {
        prop_oneof![0..1u64 << DAY_BITS, 0..DAYS << DAY_BITS, 0..u64::MAX / 1_000]
    }

    proptest! {
        #[test]
        fn a_calendar_hands_out_what_a_heap_would(
            operations in prop::collection::vec((any::<bool>(), ahead()), 0..400),
        ) {
            let (mut calendar, mut heap, mut now) = (Calendar::new(), BinaryHeap::new(), 0);
            for (number, (pushes, ahead)) in operations.into_iter().enumerate() {
                if pushes {
                    calendar.push(Instant::from_nanos(now + ahead), number);
                    heap.push(Reverse((now + ahead, number)));
                    continue;
                }
                let due = heap.peek().map(|Reverse(entry)| *entry).filter(|&(at, _)| at <= now + ahead);
                if due.is_some() {
                    heap.pop();
                }
                let popped = calendar.pop_until(Instant::from_nanos(now + ahead));
                prop_assert_eq!(popped.map(|(at, number)| (at.as_nanos(), number)), due);
                now = due.map_or(now + ahead, |(at, _)| at);
            }
        }
    }
}
