//! When connections are accepted: not without end, and not while there are no descriptors for them.

use std::time::Duration;

use swim_core::Instant;

/// Time in which so many connections are accepted. More wait in the backlog, and then with those who dial: whoever dials without
/// end would else keep the machine from everything else, however fast each connection is refused.
const PERIOD: Duration = Duration::from_millis(10);
const PER_PERIOD: u32 = 10;
/// How long to leave the listener alone when descriptors have run out: it would stay readable meanwhile.
const WANT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(crate) struct Accepting {
    /// When a period began, and what was accepted in it.
    since: Instant,
    count: u32,
    paused_until: Option<Instant>,
}

impl Accepting {
    /// Until when nothing is accepted.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// Whether a pause has ended.
    pub(crate) fn resume(&mut self, now: Instant) -> bool {
        self.paused_until.take_if(|until| *until <= now).is_some()
    }

    pub(crate) fn note_connection(&mut self, now: Instant) {
        if now.since(self.since) >= PERIOD {
            (self.since, self.count) = (now, 0);
        }
        self.count += 1;
        if self.count >= PER_PERIOD {
            self.paused_until = Some(self.since + PERIOD);
        }
    }

    /// Descriptors have run out.
    pub(crate) fn note_want(&mut self, now: Instant) {
        self.paused_until = Some(now + WANT_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_connections_are_accepted_in_a_hundredth_of_a_second() {
        let (mut accepting, mut now) = (Accepting::default(), Instant::ZERO);
        for _ in 0..3 {
            let begun = now;
            for _ in 0..9 {
                accepting.note_connection(now);
                assert_eq!(accepting.paused_until(), None);
            }
            now = begun + PERIOD / 2;
            accepting.note_connection(now);
            assert_eq!(accepting.paused_until(), Some(begun + PERIOD));
            assert!(!accepting.resume(now));
            now = begun + PERIOD;
            assert!(accepting.resume(now));
        }
    }

    #[test]
    fn whoever_dials_now_and_then_never_waits() {
        let mut accepting = Accepting::default();
        for number in 0..1_000 {
            accepting.note_connection(Instant::ZERO + PERIOD / 8 * number);
            assert_eq!(accepting.paused_until(), None);
        }
    }
}
