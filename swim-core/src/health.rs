//! Doubting oneself: a node that is slow or cut off gives the others more time (Lifeguard §IV-A).

use core::time::Duration;

/// How much reason a node has to doubt itself: 0, none, up to a maximum.
pub(crate) struct Health {
    doubt: u8,
    max: u8,
}

impl Health {
    pub(crate) fn new(max: u8) -> Self {
        Self { doubt: 0, max }
    }

    pub(crate) fn limit(&mut self, max: u8) {
        *self = Self { doubt: self.doubt.min(max), max };
    }

    pub(crate) fn doubt(&self) -> u8 {
        self.doubt
    }

    /// Something that should have reached this node did not, or the others doubt it.
    pub(crate) fn worsen(&mut self) {
        self.doubt = self.doubt.saturating_add(1).min(self.max);
    }

    /// Something came in time.
    pub(crate) fn improve(&mut self) {
        self.doubt = self.doubt.saturating_sub(1);
    }

    /// The interval and the timeout of probes grow with the doubt.
    pub(crate) fn stretch(&self, duration: Duration) -> Duration {
        duration.saturating_mul(u32::from(self.doubt) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_stays_between_nothing_and_its_maximum() {
        let mut health = Health::new(2);
        health.improve();
        assert_eq!(health.doubt(), 0);
        (0..5).for_each(|_| health.worsen());
        assert_eq!(health.doubt(), 2);
        health.improve();
        assert_eq!(health.doubt(), 1);
    }

    #[test]
    fn probes_are_stretched_by_the_doubt_and_not_at_all_without() {
        let mut health = Health::new(8);
        assert_eq!(health.stretch(Duration::from_secs(1)), Duration::from_secs(1));
        (0..8).for_each(|_| health.worsen());
        assert_eq!(health.stretch(Duration::from_secs(1)), Duration::from_secs(9));
    }
}
