//! What others say of this node.

use swim_codec::{Claim, Epoch, Incarnation};

use crate::Node;
use crate::buggify::Site;
use crate::claim::{Precedence, Word, is_absurd};
use crate::events::Fact;
use crate::planted::{Bug, planted};
use crate::stats::{DropReason, add};
use crate::table::{Belief, MemberIndex};
use crate::timers::Timer;

impl Node {
    /// Somebody passes on a claim about this very node.
    pub(crate) fn on_claim_about_self(&mut self, claim: &Claim<'_>) {
        if claim.addr != self.table.local().addr_ref() {
            return self.on_claim_of_namesake(claim);
        }
        let known = self.table.local().precedence();
        let claimed = Precedence::of(claim);
        if claim.epoch > known.epoch {
            self.outlive(claim.epoch);
        } else if claimed > known && is_absurd(known.incarnation, claim.incarnation) {
            self.stats.drop(DropReason::AbsurdIncarnation);
            // Told in our name it was believed, but told of us by others it was not: they need not move us all the time.
            if self.absurdity_outlived.is_due(self.now, self.config.probe_interval) {
                self.outlive(claim.epoch);
            }
        } else if claimed > known {
            if planted(Bug::BelievesInItsDeath) && claim.status.state() == swim_codec::State::Dead {
                self.table.set_status(MemberIndex::LOCAL, claim.status);
            }
            let next = if planted(Bug::RefutesTooLow) { claim.incarnation } else { claim.incarnation.next() };
            let next = if self.switches.fires(Site::RefutesFarAhead) { next.next().next() } else { next };
            self.refute_soon(next);
        }
    }

    /// At most one refutation per gossip interval: a flood of accusations is answered as a whole.
    fn refute_soon(&mut self, incarnation: Incarnation) {
        if planted(Bug::NeverRefutes) {
            return;
        }
        self.refutation = self.refutation.max(Some(incarnation));
        let last = self.refuted.or(self.switches.fires(Site::RefutesLate).then_some(self.now));
        let next = last.map_or(self.now, |last| last + self.config.gossip_interval);
        if next > self.now {
            self.timers.set(Timer::Refute, next);
        } else {
            self.on_refute_timeout();
        }
    }

    pub(crate) fn on_refute_timeout(&mut self) {
        self.timers.clear(Timer::Refute);
        if let Some(incarnation) = self.refutation.take() {
            self.refute(self.table.local().epoch, incarnation);
            self.health.worsen();
        }
    }

    /// Only the owner knows better: it says so with an incarnation above the accusation (SWIM §4.2).
    fn refute(&mut self, epoch: Epoch, incarnation: Incarnation) {
        self.refuted = Some(self.now);
        let local = self.table.local();
        let belief = Belief { addr: local.addr(), epoch, incarnation, status: local.status() };
        self.table.update(MemberIndex::LOCAL, belief, self.now, &mut self.rng);
        self.spread_claim(MemberIndex::LOCAL);
        // The application was told that a leaver left, and hears no more of it.
        if !self.is_leaving() {
            self.events.push(Fact::SelfRefuted { member: self.table.local().peer() });
        }
        add(&mut self.stats.refutations, 1);
    }

    /// What is told of us, where nobody but ourselves is, and cannot be answered within this life: of one that began
    /// after it, which was our own former one if the clock went back since, or of this one more than anybody would
    /// believe. This life takes an epoch above it.
    pub(crate) fn outlive(&mut self, epoch: Epoch) {
        if epoch < self.table.local().epoch {
            return;
        }
        let next = epoch.next().filter(|_| !self.is_absurd_life(epoch, Word::AboutUs));
        let Some(epoch) = next else { return self.stats.drop(DropReason::AbsurdEpoch) };
        self.carry_registers_over(epoch);
        self.headers.live_on(epoch);
        self.refute(epoch, Incarnation::default());
    }
}
