//! Hearing nobody: for a while that is a reason to doubt oneself, and then to decide.
//!
//! A node that hears nobody for longer than one accuser alone needs to bury somebody is cut off, or the last one.
//! Both look the same from within, and patience helps neither. So it probes at the usual pace again, and its
//! suspicions last no longer than those that everybody shares.

use core::time::Duration;

use crate::Node;

impl Node {
    /// Somebody said something, in a datagram or over a stream.
    pub(crate) fn note_word(&mut self) {
        self.last_word = self.now;
    }

    /// Time in which this node stood still was not silent.
    pub(crate) fn forgive_silence(&mut self, gap: Duration) {
        self.last_word = (self.last_word + gap).min(self.now);
    }

    pub(crate) fn hears_nobody(&self) -> bool {
        self.now.since(self.last_word) > self.longest_suspicion()
    }

    fn longest_suspicion(&self) -> Duration {
        let shortest = self.config.suspicion_time(self.table.live(), u8::MAX);
        shortest * u32::from(self.config.suspicion_max_multiplier)
    }

    /// The interval and the timeout of probes grow with the doubt, unless nobody is heard at all.
    pub(crate) fn stretch(&self, duration: Duration) -> Duration {
        if self.health.doubt() == 0 || self.hears_nobody() { duration } else { self.health.stretch(duration) }
    }
}
