//! Changing a node while it runs.

use core::time::Duration;

use swim_codec::Keyring;

use crate::timers::Timer;
use crate::{Config, ConfigError, Instant, Node};

impl Node {
    /// Goes on with other numbers. Any field may change at any time, on one node after the other.
    ///
    /// What has a deadline already keeps it if it comes sooner: an interval that becomes shorter holds at once, one
    /// that becomes longer holds from the next round on; suspicions and tombstones end when they were to end. A
    /// lower [`max_members`](Config::max_members) forgets nobody, but lets nobody new in while more are remembered.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the field that is out of its range; the node then goes on as before.
    pub fn reconfigure(&mut self, now: Instant, config: Config) -> Result<(), ConfigError> {
        config.validate()?;
        self.advance(now);
        self.config = config;
        self.health.limit(self.config.health_max);
        self.events.limit(self.config.max_events);
        self.presence.make_room(self.config.max_members);
        let [interval, timeout] =
            [self.config.probe_interval, self.config.probe_timeout].map(|time| self.health.stretch(time));
        self.bring_forward(Timer::Probe, interval);
        self.bring_forward(Timer::ProbeTimeout, timeout);
        self.bring_forward(Timer::Gossip, self.config.gossip_interval);
        self.bring_forward(Timer::Refute, self.config.gossip_interval);
        self.bring_forward(Timer::Recall, self.config.gossip_interval);
        self.bring_forward(Timer::Heal, self.config.heal_interval);
        self.bring_forward(Timer::Join, self.config.heal_interval);
        self.bring_forward(Timer::Seed, self.seed_patience());
        self.bring_forward(Timer::Leave, self.config.leave_timeout);
        self.bring_streams_forward();
        for place in self.conflicts.resting() {
            self.bring_forward(Timer::Conflict(place), self.config.heal_interval);
        }
        Ok(())
    }

    fn bring_forward(&mut self, timer: Timer, interval: Duration) {
        self.bring_forward_to(timer, self.now + interval);
    }

    pub(crate) fn bring_forward_to(&mut self, timer: Timer, latest: Instant) {
        if self.timers.deadline(timer).is_some_and(|deadline| deadline > latest) {
            self.timers.set(timer, latest);
        }
    }

    /// The keys it seals and opens with.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Installs, uses or removes a key, or sets another [`Mode`](crate::Mode), whose end is in nanoseconds of
    /// [`Instant`](crate::Instant). It holds from the next packet on, those included that wait to be sent.
    #[must_use]
    pub fn keyring_mut(&mut self) -> &mut Keyring {
        &mut self.keyring
    }
}
