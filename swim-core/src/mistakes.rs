//! Members who were accused by mistake, and said so.

use alloc::collections::BTreeMap;

use swim_codec::State;

use crate::announce::Before;
use crate::table::MemberIndex;
use crate::{Instant, Node};

/// When each member last proved its accusers wrong, until it is forgotten.
#[derive(Default)]
pub(crate) struct Mistakes {
    /// It was accused, and answered or refuted: it is asked before others are believed.
    accused: BTreeMap<MemberIndex, Instant>,
    /// It was held for gone, and came back in the same life: it has twice the time to refute.
    buried: BTreeMap<MemberIndex, Instant>,
}

/// For how many times the least time to refute a mistake counts.
const COUNTS_FOR: u32 = 10;

impl Mistakes {
    pub(crate) fn forget(&mut self, member: MemberIndex) {
        self.accused.remove(&member);
        self.buried.remove(&member);
    }
}

impl Node {
    /// A row has changed, maybe because its member proved others wrong.
    pub(crate) fn note_mistake(&mut self, member: MemberIndex, before: &Before) {
        let same_life = self.table.get(member).filter(|row| row.epoch == before.precedence.epoch);
        let Some((state, is_live)) = same_life.map(|row| (row.state(), row.is_live())) else { return };
        let was_accused = matches!(before.precedence.state, State::Suspect | State::Dead);
        if was_accused && state == State::Alive {
            self.note_false_accusation(member);
        }
        if !before.was_live && is_live {
            self.mistakes.buried.insert(member, self.now);
        }
    }

    pub(crate) fn note_false_accusation(&mut self, member: MemberIndex) {
        self.mistakes.accused.insert(member, self.now);
    }

    pub(crate) fn was_accused_by_mistake(&self, member: MemberIndex) -> bool {
        self.counts_still(self.mistakes.accused.get(&member))
    }

    pub(crate) fn was_buried_by_mistake(&self, member: MemberIndex) -> bool {
        self.counts_still(self.mistakes.buried.get(&member))
    }

    fn counts_still(&self, at: Option<&Instant>) -> bool {
        let least = self.config.suspicion_time(self.table.live(), u8::MAX);
        at.is_some_and(|&at| self.now.since(at) < least * COUNTS_FOR)
    }
}
