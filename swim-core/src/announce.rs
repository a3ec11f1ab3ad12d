//! Telling the application what changed.

use swim_codec::{Addr, MemberId, Name, State, Status};

use crate::Node;
use crate::claim::Precedence;
use crate::events::Fact;
use crate::planted::{Bug, planted};
use crate::table::MemberIndex;

/// What an event needs to know of a row before it changed.
pub(crate) struct Before {
    pub(crate) was_live: bool,
    pub(crate) precedence: Precedence,
    pub(crate) addr: Addr,
}

impl Node {
    pub(crate) fn announce_arrival(&mut self, index: MemberIndex) {
        self.table.show(index);
        let Some(member) = self.table.get(index).map(|row| row.peer()) else { return };
        if planted(Bug::JoinsTwice) && self.stats.probes_failed > 0 {
            self.events.push(Fact::Joined { member: member.clone() });
        }
        self.events.push(Fact::Joined { member });
        self.announce_registers(index);
        self.announce_suspicion(index);
    }

    fn announce_registers(&mut self, index: MemberIndex) {
        let Some(row) = self.table.get(index) else { return };
        for register in row.registers().places().iter().filter_map(|&place| self.registers.get(place)) {
            if let Some(value) = &register.value {
                let (key, value) = (register.key.clone(), Some(value.clone()));
                self.events.push(Fact::Updated { member: row.name.clone(), key, value });
            }
        }
    }

    fn announce_suspicion(&mut self, index: MemberIndex) {
        let Some(row) = self.table.get(index) else { return };
        if let Status::Suspect { by } = row.status() {
            self.events.push(Fact::Suspected { member: row.peer(), by: self.name_of(by) });
        }
    }

    pub(crate) fn announce_change(&mut self, index: MemberIndex, before: &Before) {
        let Some(row) = self.table.get(index) else { return };
        match (before.was_live, row.is_live()) {
            (false, false) => {}
            (false, true) => self.announce_arrival(index),
            (true, true) => self.announce_survival(index, before),
            (true, false) => self.announce_departure(index),
        }
    }

    fn announce_survival(&mut self, index: MemberIndex, before: &Before) {
        let Some(row) = self.table.get(index) else { return };
        let member = row.peer();
        if row.epoch != before.precedence.epoch {
            self.events.push(Fact::Restarted { member });
            self.announce_registers(index);
        } else if row.addr() != before.addr {
            self.events.push(Fact::AddressChanged { member, from: before.addr.clone() });
        } else if row.state() == State::Alive {
            self.events.push(Fact::Refuted { member });
        }
        self.announce_suspicion(index);
    }

    fn announce_departure(&mut self, index: MemberIndex) {
        let Some(row) = self.table.get(index) else { return };
        if planted(Bug::DepartsSilently) && row.state() == State::Left {
            return;
        }
        let member = row.peer();
        self.events.push(match row.status() {
            Status::Dead { by } => Fact::Failed { member, by: self.name_of(by) },
            _ => Fact::Left { member },
        });
    }

    /// The name behind an id, where it is known here.
    fn name_of(&self, id: MemberId) -> Option<Name> {
        self.table.find_id(id).and_then(|index| self.table.get(index)).map(|row| row.name.clone())
    }
}
