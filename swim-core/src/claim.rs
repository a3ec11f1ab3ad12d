//! Knowledge is a value with a total order, and merging is taking the larger.

use swim_codec::{Claim, Epoch, Incarnation, State};

use crate::Node;
use crate::planted::{Bug, planted};
use crate::table::Seen;

/// How a claim ranks against another about the same member: the larger wins, whatever the order of arrival.
///
/// The order of the fields is the rule: a later life beats every claim about an earlier one, a larger incarnation
/// beats every claim with a smaller one, and within one incarnation Alive < Suspect < Dead < Left. In the SWIM
/// paper (§4.2) Confirm overrides everything; here a member that was buried by mistake returns by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Precedence {
    pub(crate) epoch: Epoch,
    pub(crate) incarnation: Incarnation,
    pub(crate) state: State,
}

impl Precedence {
    pub(crate) fn of(claim: &Claim<'_>) -> Self {
        Self { epoch: claim.epoch, incarnation: claim.incarnation, state: claim.status.state() }
    }
}

/// What this node says of a member.
pub(crate) fn claim_of<'a>(row: &Seen<'a>) -> Claim<'a> {
    Claim {
        name: row.name().as_str(),
        addr: row.addr_ref(),
        epoch: row.epoch,
        incarnation: row.incarnation,
        status: row.status(),
    }
}

/// No honest member refutes this often between two contacts.
const INCARNATION_JUMP_MAX: u64 = 1 << 20;

/// Whether an incarnation is absurdly far above the one that is known for the same life.
pub(crate) fn is_absurd(known: Incarnation, claimed: Incarnation) -> bool {
    claimed.get().saturating_sub(known.get()) > INCARNATION_JUMP_MAX && !planted(Bug::BelievesTheAbsurd)
}

/// How far apart, in milliseconds, the clocks may be from which members take their epochs: seventy years, so that one
/// that was never set is near enough.
const CLOCKS_APART_MAX: u64 = 1 << 41;

/// Who says that a member began a life.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Anybody: where all share a key, a frame does not show who made it.
    Hearsay,
    /// It is about this node.
    AboutUs,
    /// The member answers in that life (see `late_life`).
    Answer,
}

impl Node {
    /// Whether an epoch is absurdly far above the one with which this node began. Whatever is believed of a member on
    /// hearsay anywhere, the member can outlive; and whatever it takes for that, it is believed when it answers.
    pub(crate) fn is_absurd_life(&self, epoch: Epoch, word: Word) -> bool {
        let apart = match word {
            Word::Hearsay => CLOCKS_APART_MAX,
            Word::AboutUs => 2 * CLOCKS_APART_MAX,
            Word::Answer => 3 * CLOCKS_APART_MAX,
        };
        epoch.get().saturating_sub(self.began.get()) > apart && !planted(Bug::BelievesTheAbsurd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] = [State::Alive, State::Suspect, State::Dead, State::Left];

    fn precedence(epoch: u64, incarnation: u64, state: State) -> Precedence {
        let epoch = Epoch::new(epoch).expect("small");
        Precedence { epoch, incarnation: Incarnation::new(incarnation), state }
    }

    /// The table of SWIM §4.2, rule by rule; the one that differs is marked.
    fn paper(new: (State, u64), old: (State, u64)) -> bool {
        match (new, old) {
            ((State::Alive, i), (_, j)) => i > j, // the paper: never over Confirm
            ((State::Suspect, i), (State::Suspect, j)) => i > j,
            ((State::Suspect, i), (State::Alive, j)) => i >= j,
            ((State::Suspect, i), (State::Dead | State::Left, j)) => i > j, // the paper: never over Confirm
            ((State::Dead, i), (State::Alive | State::Suspect, j)) => i >= j, // the paper: always
            ((State::Dead, i), (State::Dead | State::Left, j)) => i > j,
            ((State::Left, i), (State::Left, j)) => i > j,
            ((State::Left, i), (_, j)) => i >= j,
        }
    }

    #[test]
    fn within_one_life_the_order_is_the_papers_table_with_death_refutable() {
        for (new, old) in STATES.iter().flat_map(|&a| STATES.map(|b| (a, b))) {
            for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let wins = precedence(1, i, new) > precedence(1, j, old);
                assert_eq!(wins, paper((new, i), (old, j)), "{new:?} {i} over {old:?} {j}");
            }
        }
    }

    #[test]
    fn a_later_life_beats_everything_said_of_an_earlier_one() {
        for state in STATES {
            assert!(precedence(2, 0, State::Alive) > precedence(1, u64::MAX, state));
        }
    }

    #[test]
    fn an_incarnation_may_rise_by_a_million_and_not_by_more() {
        let known = Incarnation::new(5);
        assert!(!is_absurd(known, Incarnation::new(5 + (1 << 20))));
        assert!(is_absurd(known, Incarnation::new(6 + (1 << 20))));
        assert!(!is_absurd(Incarnation::new(u64::MAX), Incarnation::new(0)));
    }
}
