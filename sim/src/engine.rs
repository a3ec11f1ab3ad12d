//! Next-event time: the clock stands still until the next thing is due, then it is that time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use swim_core::Instant;

/// A clock, and what is due on it.
#[derive(Debug)]
pub(crate) struct Engine<T> {
    now: Instant,
    queue: Queue<T>,
}

impl<T> Engine<T> {
    pub(crate) fn new() -> Self {
        Self { now: Instant::ZERO, queue: Queue { heap: BinaryHeap::new(), pushed: 0 } }
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Makes `item` due at that time; what should have been in the past is due now.
    pub(crate) fn schedule(&mut self, at: Instant, item: T) {
        self.queue.push(at.max(self.now), item);
    }

    /// The next thing due at or before `deadline`, moving the clock there; without any, the clock is at `deadline`.
    pub(crate) fn next(&mut self, deadline: Instant) -> Option<T> {
        let due = self.queue.pop_until(deadline);
        let until = due.as_ref().map_or(deadline, |(at, _)| *at);
        self.now = self.now.max(until);
        due.map(|(_, item)| item)
    }
}

/// Ordered by time, and within one time by the order of arrival: nothing is left to chance.
#[derive(Debug)]
struct Queue<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    pushed: u64,
}

impl<T> Queue<T> {
    fn push(&mut self, at: Instant, item: T) {
        self.heap.push(Reverse(Entry { at, sequence: self.pushed, item }));
        self.pushed += 1;
    }

    fn pop_until(&mut self, deadline: Instant) -> Option<(Instant, T)> {
        self.heap.peek().filter(|Reverse(entry)| entry.at <= deadline)?;
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.item))
    }
}

#[derive(Debug)]
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
    use super::*;

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    #[test]
    fn what_is_due_first_comes_first_and_ties_keep_their_order() {
        let mut engine = Engine::new();
        for (nanos, item) in [(20, 'c'), (10, 'a'), (20, 'd'), (10, 'b')] {
            engine.schedule(at(nanos), item);
        }
        let order: String = std::iter::from_fn(|| engine.next(at(100))).collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    fn the_clock_jumps_to_what_is_due_and_at_last_to_the_deadline() {
        let mut engine = Engine::new();
        engine.schedule(at(10), ());
        assert_eq!((engine.next(at(5)), engine.now()), (None, at(5)));
        assert_eq!((engine.next(at(50)), engine.now()), (Some(()), at(10)));
        assert_eq!((engine.next(at(50)), engine.now()), (None, at(50)));
    }

    #[test]
    fn what_should_have_been_in_the_past_is_due_now() {
        let mut engine = Engine::new();
        assert_eq!(engine.next(at(50)), None);
        engine.schedule(at(10), ());
        assert_eq!((engine.next(at(60)), engine.now()), (Some(()), at(50)));
    }
}
