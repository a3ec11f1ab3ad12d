//! Doing something at most once in a while, or a few times.

use core::time::Duration;

use crate::Instant;

/// When it was done last.
#[derive(Default)]
pub(crate) struct Seldom(Option<Instant>);

impl Seldom {
    /// Whether it was not done for so long. If so, it counts as done now.
    pub(crate) fn is_due(&mut self, now: Instant, pause: Duration) -> bool {
        let is_due = self.0.is_none_or(|last| now.since(last) >= pause);
        if is_due {
            self.0 = Some(now);
        }
        is_due
    }
}

/// How often it was done since some time.
#[derive(Default)]
pub(crate) struct Few {
    since: Instant,
    count: u8,
}

/// So many times in a while.
const FEW: u8 = 8;

impl Few {
    /// Whether it may be done once more in this while. If so, it counts as done.
    pub(crate) fn has_room(&mut self, now: Instant, window: Duration) -> bool {
        if now.since(self.since) >= window {
            *self = Self { since: now, count: 0 };
        }
        let has_room = self.count < FEW;
        self.count += u8::from(has_room);
        has_room
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn what_was_done_is_due_again_after_the_pause() {
        let (mut seldom, pause) = (Seldom::default(), Duration::from_secs(2));
        let at = |seconds| Instant::ZERO + Duration::from_secs(seconds);
        let due: Vec<_> = (0..6).filter(|&seconds| seldom.is_due(at(seconds), pause)).collect();
        assert_eq!(due, [0, 2, 4]);
    }
}
