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
    /// Tells everybody, answers still, probes nobody any more.
    Leaving {
        rounds_left: u32,
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
        self.life = Life::Leaving { rounds_left: rounds_to_reach(self.table.live()) };
        if self.table.ring().is_empty() || planted(Bug::LeavesWithoutGoodbye) {
            return self.end();
        }
        self.timers.set(Timer::Leave, self.now + self.config.leave_timeout);
        self.timers.set(Timer::Gossip, self.now);
    }

    fn stop_seeking(&mut self) {
        for timer in [Timer::Probe, Timer::Join, Timer::Seed, Timer::Heal, Timer::Refute, Timer::Recall] {
            self.timers.clear(timer);
        }
        self.end_probe();
    }

    /// A gossip round went out.
    pub(crate) fn count_goodbye_round(&mut self) {
        if let Life::Leaving { rounds_left } = &mut self.life {
            if self.switches.fires(Site::SaysGoodbyeLonger) {
                return;
            }
            match rounds_left.checked_sub(1) {
                Some(left) => *rounds_left = left,
                None => self.end(),
            }
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
