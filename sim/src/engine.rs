//! Next-event time: the clock stands still until the next thing is due, then it is that time.

use swim_core::Instant;

use crate::calendar::Calendar;

/// A clock, and what is due on it.
pub(crate) struct Engine<T> {
    now: Instant,
    queue: Calendar<T>,
}

impl<T> Engine<T> {
    pub(crate) fn new() -> Self {
        Self { now: Instant::ZERO, queue: Calendar::new() }
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
