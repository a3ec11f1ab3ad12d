//! Who is there, folded from events.

use std::collections::BTreeSet;

use swim_core::{Fact, Name};

/// The names of the members that are alive or suspected, as one node told them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster(BTreeSet<Name>);

impl Roster {
    /// Takes the next fact of that node into account.
    pub(crate) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Joined { member } => {
                self.0.insert(member.name.clone());
            }
            Fact::Failed { member, .. } | Fact::Left { member } => {
                self.0.remove(&member.name);
            }
            _ => {}
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<Name> for Roster {
    fn from_iter<I: IntoIterator<Item = Name>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
