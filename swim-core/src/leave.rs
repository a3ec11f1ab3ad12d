//! Saying goodbye.

use swim_codec::Status;

use crate::Node;
use crate::buggify::Site;
use crate::events::Fact;
use crate::hearsay::Hearsay;
use crate::planted::{Bug, planted};
use crate::table::{Belief, MemberIndex};
use crate::timers::{Timer, Timers};

/// Where a node is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Running,
    /// Says goodbye to everybody, answers still, probes nobody any more.
    Leaving {
        rounds_left: u32,
        /// Whether the driver has taken any of it.
        is_told: bool,
        /// Whether it has had more time, because the driver had taken nothing.
        is_forgiven: bool,
    },
    Ended,
}

impl Node {
    pub(crate) fn is_leaving(&self) -> bool {
        matches!(self.life, Life::Leaving { .. })
    }

    /// Only the owner says of itself that it left; nobody can take that back within this life.
    pub(crate) fn start_leaving(&mut self) {
        if self.life != Life::Running {
            return;
        }
        let local = self.table.local();
        let belief = Belief {
            addr: local.addr(),
            epoch: local.epoch,
            incarnation: local.incarnation,
            status: Status::Left,
        };
        self.table.update(MemberIndex::LOCAL, belief, self.now, &mut self.rng);
        self.events.push(Fact::Left { member: self.table.local().peer() });
        self.stop_seeking();
        let rounds_left = rounds_to_reach(self.table.live());
        self.life = Life::Leaving { rounds_left, is_told: false, is_forgiven: false };
        if self.table.ring().is_empty() || planted(Bug::LeavesWithoutGoodbye) {
            return self.end();
        }
        self.timers.set(Timer::Leave, self.now + self.config.leave_timeout);
        self.timers.set(Timer::Gossip, self.now);
    }

    fn stop_seeking(&mut self) {
        for timer in [Timer::Probe, Timer::Heal, Timer::Refute, Timer::Recall] {
            self.timers.clear(timer);
        }
        self.end_probe();
        self.give_up_joining();
        while let Some(place) = self.conflicts.drop_namesake(self.id()) {
            self.timers.clear(Timer::Conflict(place));
        }
    }

    /// The driver takes what a gossip round has to tell.
    pub(crate) fn note_goodbye(&mut self) {
        if let Life::Leaving { is_told, .. } = &mut self.life {
            *is_told = true;
        }
    }

    /// The next gossip round is due, so the last one is over, if there was one.
    pub(crate) fn count_goodbye_round(&mut self) {
        if let Life::Leaving { rounds_left, is_told: true, .. } = &mut self.life {
            if self.switches.fires(Site::SaysGoodbyeLonger) {
                return;
            }
            *rounds_left = rounds_left.saturating_sub(1);
            if *rounds_left == 0 {
                self.end();
            }
        }
    }

    /// A driver that is late may have taken nothing yet: then the goodbye has its time once more.
    pub(crate) fn on_leave_timeout(&mut self) {
        match &mut self.life {
            Life::Leaving { is_told: false, is_forgiven, .. } if !*is_forgiven => {
                *is_forgiven = true;
                self.timers.set(Timer::Leave, self.now + self.config.leave_timeout);
            }
            _ => self.end(),
        }
    }

    /// The goodbye is told, or had its time: the application's last event, and then nothing ever again.
    pub(crate) fn end(&mut self) {
        if planted(Bug::NeverEnds) && self.stats.gossip_sent > 40 {
            return self.timers.set(Timer::Leave, self.now + self.config.leave_timeout);
        }
        self.stop(Fact::HasLeft);
    }

    /// Does nothing ever again, after the application's last event.
    pub(crate) fn stop(&mut self, last: Fact) {
        self.life = Life::Ended;
        self.timers = Timers::default();
        self.outbox.clear();
        self.hearsay = Hearsay::default();
        self.events.push_last(last);
    }
}

/// Rounds after which news has reached everybody with high probability: it doubles at least in each.
fn rounds_to_reach(members: usize) -> u32 {
    1 + members.next_power_of_two().ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goodbye_takes_one_round_more_than_the_binary_logarithm_of_the_cluster() {
        assert_eq!([1, 2, 3, 5, 64, 65, 1_000].map(rounds_to_reach), [1, 2, 3, 4, 7, 8, 11]);
    }
}
