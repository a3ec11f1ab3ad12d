//! Looking for those who are gone: a partition ends without an operator.

use swim_codec::{MemberId, Nonce, State};

use crate::Node;
use crate::outbox::{News, Outgoing};
use crate::planted::{Bug, planted};
use crate::table::{MemberIndex, Row};
use crate::timers::Timer;

/// A ping to somebody who failed.
pub(crate) struct Call {
    to: MemberId,
    nonce: Nonce,
}

impl Node {
    /// Each interval about one node of the cluster calls one of the failed, and a node that has lost everybody
    /// tries its seeds again.
    pub(crate) fn on_heal_interval(&mut self) {
        self.timers.set(Timer::Heal, self.now + self.config.heal_interval);
        if planted(Bug::NeverHeals) {
            return;
        }
        if self.table.ring().is_empty() {
            self.join_again();
        }
        if self.rng.below(self.table.live()) == 0 {
            self.call_someone();
            self.recall_again();
        }
    }

    /// The ping bears the news of its death (see `Gossip::buddy`), so one who lives refutes.
    fn call_someone(&mut self) {
        let departed = self.table.departed();
        let Some(&to) = departed.get(self.rng.below(departed.len())) else { return };
        if self.table.get(to).is_some_and(is_worth_a_call) {
            self.call_member(to);
        }
    }

    /// Pings a member; when it answers, both sides tell each other what they believe.
    pub(crate) fn call_member(&mut self, to: MemberIndex) {
        let Some(row) = self.table.get(to) else { return };
        let nonce = self.rng.nonce();
        self.call = Some(Call { to: row.id, nonce });
        self.send(Outgoing::Ping { to, nonce, news: News::Welcome });
    }

    /// Whether this answers a call: then both sides tell each other what they believe.
    pub(crate) fn on_heal_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let answered = self.call.take_if(|call| call.to == sender && call.nonce == nonce).is_some();
        if answered {
            self.compare_with(sender);
        }
        answered
    }
}

/// Those who left did so on purpose.
fn is_worth_a_call(row: &Row) -> bool {
    row.state() == State::Dead
}
