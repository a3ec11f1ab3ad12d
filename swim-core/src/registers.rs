//! Taking in the registers that others own, and changing our own.

use alloc::boxed::Box;
use alloc::sync::Arc;

use swim_codec::Epoch;

use crate::Node;
use crate::events::Fact;
use crate::merge::Spread;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::register_store::{Merge, Register, RegisterError};
use crate::stats::{DropReason, add};
use crate::table::MemberIndex;

/// How far a stamp may be above all that were seen. A cluster that sets a thousand registers a second gets here in
/// thirty years; a liar who wants to spend all stamps has to tell sixteen million lies.
const STAMP_JUMP_MAX: u64 = 1 << 40;

impl Node {
    /// Somebody passes on a register.
    pub(crate) fn on_register(&mut self, register: &swim_codec::Register<'_>, spread: Spread) {
        let Some(owner) = self.table.find(register.owner) else {
            return self.stats.drop(DropReason::UnknownOwner);
        };
        let Some(row) = self.table.get(owner) else { return };
        if register.epoch < row.epoch {
            return;
        }
        // Nobody may have begun that life. If somebody did, its registers come again with the next comparison.
        if register.epoch > row.epoch {
            return self.stats.drop(DropReason::UnknownLife);
        }
        if register.stamp.saturating_sub(self.stamp) > STAMP_JUMP_MAX {
            return self.stats.drop(DropReason::AbsurdStamp);
        }
        self.stamp = self.stamp.max(register.stamp);
        if owner == MemberIndex::LOCAL {
            return self.write_again_over(register);
        }
        let offered = Register {
            owner,
            key: register.key.into(),
            stamp: register.stamp,
            value: register.value.map(Arc::from),
        };
        if self.adopt_register(offered.clone(), spread).is_err() {
            self.stats.drop(DropReason::TooManyRegisters);
            self.tell_owner(offered);
        }
    }

    /// There is no room only where somebody wrote in the name of the owner, and who believes that differs from us for good
    /// unless the owner hears of it and writes over it; what was removed gives way by itself. A few per gossip interval, so
    /// that a flood does not become another.
    fn tell_owner(&mut self, register: Register) {
        if register.value.is_some() && self.owner_told.has_room(self.now, self.config.gossip_interval) {
            self.send(Outgoing::Register(Box::new(register)));
        }
    }

    /// Somebody else wrote what only this node may write, and others may believe it: they hear a later word.
    fn write_again_over(&mut self, foreign: &swim_codec::Register<'_>) {
        let known = self.registers.find(self.table.local().registers(), foreign.key);
        if known.is_some_and(|known| known.rank() >= (foreign.stamp, foreign.value)) {
            return;
        }
        self.stats.drop(DropReason::ForeignRegister);
        let (key, value) = (foreign.key.into(), known.and_then(|known| known.value.clone()));
        self.stamp = self.stamp.saturating_add(1);
        let again = Register { owner: MemberIndex::LOCAL, key, stamp: self.stamp, value };
        if self.adopt_register(again, Spread::Tell).is_err() {
            self.stats.drop(DropReason::TooManyRegisters);
        }
    }

    /// Takes a register in if it is news, whoever owns it.
    pub(crate) fn adopt_register(&mut self, offered: Register, spread: Spread) -> Result<(), RegisterError> {
        let owner = offered.owner;
        let (key, value, stamp) = (offered.key.clone(), offered.value.clone(), offered.stamp);
        if !self.has_room_for(&offered) {
            // The owner never gives up a value for what was removed, however old the value is.
            let before = if offered.value.is_some() { u64::MAX } else { stamp };
            self.drop_oldest_tombstone(owner, before);
        }
        let Some(row) = self.table.get(owner) else { return Ok(()) };
        // Who was gone before we heard of it is hearsay, which would go round for ever, and so is what it carried.
        let is_told = spread == Spread::Tell && (row.announced || planted(Bug::PassesOnHearsay));
        let (id, epoch) = (row.id, row.epoch);
        let known = self.registers.find(row.registers(), &key);
        let before = known.map_or(0, |known| self.table.register_hash(id, epoch, known));
        let after = self.table.register_hash(id, epoch, &offered);
        let registers = &mut self.registers;
        let merged = self.table.with_registers(owner, |owned| {
            let merged = registers.merge(owned, offered);
            if matches!(merged, Merge::Adopted(_)) {
                owned.fingerprint = owned.fingerprint.wrapping_sub(before).wrapping_add(after);
                owned.fingerprint ^= u64::from(planted(Bug::SumsUpWrongly));
            }
            merged
        });
        match merged {
            Some(Merge::Adopted(place)) => {
                add(&mut self.stats.registers_adopted, 1);
                self.announce_register(owner, key, value);
                if is_told {
                    self.spread_register(place);
                }
                Ok(())
            }
            Some(Merge::Full) => Err(RegisterError::Full),
            Some(Merge::Known) | None => Ok(()),
        }
    }

    fn announce_register(&mut self, owner: MemberIndex, key: Arc<str>, value: Option<Arc<[u8]>>) {
        let Some(row) = self.table.get(owner).filter(|row| row.is_live()) else { return };
        self.events.push(Fact::Updated { member: row.name.clone(), key, value });
    }

    fn has_room_for(&self, offered: &Register) -> bool {
        let row = self.table.get(offered.owner);
        row.is_none_or(|row| self.registers.has_room(row.registers(), &offered.key, offered.value.as_deref()))
    }

    fn drop_oldest_tombstone(&mut self, owner: MemberIndex, stamp: u64) {
        let registers = &mut self.registers;
        let dropped = self.table.with_registers(owner, |owned| registers.drop_oldest_tombstone(owned, stamp));
        let Some(Some((place, register))) = dropped else { return };
        self.gossip.forget_register(place);
        let Some(row) = self.table.get(owner) else { return };
        let hash = self.table.register_hash(row.id, row.epoch, &register);
        self.table.with_registers(owner, |owned| owned.fingerprint = owned.fingerprint.wrapping_sub(hash));
    }

    /// Registers belong to one life: with a new one they start from nothing.
    pub(crate) fn drop_registers(&mut self, index: MemberIndex) {
        self.forget_registers(index);
        self.table.clear_registers(index, &mut self.registers);
    }

    pub(crate) fn forget_registers(&mut self, index: MemberIndex) {
        let Some(row) = self.table.get(index) else { return };
        for &place in row.registers().places() {
            self.gossip.forget_register(place);
        }
    }

    /// Takes the registers of this node along into a later life of it.
    pub(crate) fn carry_registers_over(&mut self, epoch: Epoch) {
        let local = self.table.local();
        let places = local.registers().places().to_vec();
        let hashes = places.iter().filter_map(|&place| {
            let register = self.registers.get(place)?;
            Some(self.table.register_hash(local.id, epoch, register))
        });
        let fingerprint = hashes.fold(0, u64::wrapping_add);
        self.table.with_registers(MemberIndex::LOCAL, |owned| owned.fingerprint = fingerprint);
        for place in places {
            self.spread_register(place);
        }
    }
}
