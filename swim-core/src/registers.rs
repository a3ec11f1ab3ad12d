//! Taking in the registers that others own, and changing our own.

use alloc::boxed::Box;
use alloc::sync::Arc;

use swim_codec::Epoch;

use crate::Node;
use crate::events::Fact;
use crate::merge::Spread;
use crate::outbox::Outgoing;
use crate::planted::{Bug, planted};
use crate::register_store::{Merge, Register, RegisterError, RegisterIndex};
use crate::stats::{DropReason, add};
use crate::table::MemberIndex;

/// Stamps from here on nobody believes. The bound is the same for all, so no lie that one member heard makes what it
/// writes unbelievable to another.
const STAMP_END: u64 = 1 << 63;
/// Nobody's clock follows those of others beyond this, so each has half of all stamps for what it writes itself.
pub(crate) const STAMP_FOLLOWED_MAX: u64 = 1 << 62;
/// How far one register takes the clock at most. A cluster that sets a thousand registers a second gets here in thirty
/// years; a liar who wants all to be followed has to tell four million lies.
const STAMP_STEP_MAX: u64 = 1 << 40;

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
        if register.stamp >= STAMP_END {
            return self.stats.drop(DropReason::AbsurdStamp);
        }
        self.follow_stamp(register.stamp);
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

    /// Whoever writes later writes with a larger stamp.
    pub(crate) fn follow_stamp(&mut self, seen: u64) {
        let furthest = STAMP_FOLLOWED_MAX.min(self.stamp.saturating_add(STAMP_STEP_MAX));
        self.stamp = self.stamp.max(seen.min(furthest));
    }

    /// There is no room only where somebody wrote in the name of the owner, and who believes that differs from us for good
    /// unless the owner hears of it and writes over it; what was removed gives way by itself. A few per gossip interval, so
    /// that a flood does not become another.
    fn tell_owner(&mut self, register: Register) {
        if register.value.is_some() && self.owner_told.has_room(self.now, self.config.gossip_interval) {
            self.send(Outgoing::Register(Box::new(register)));
        }
    }

    /// Somebody else wrote what only this node may write, and others may believe it: they hear a later word, and where the
    /// clock could not follow, that of a later life.
    fn write_again_over(&mut self, foreign: &swim_codec::Register<'_>) {
        let known = self.registers.find(self.table.local().registers(), foreign.key);
        if known.is_some_and(|known| known.rank() >= (foreign.stamp, foreign.value)) {
            return;
        }
        self.stats.drop(DropReason::ForeignRegister);
        if foreign.stamp > self.stamp {
            return self.outlive(foreign.epoch);
        }
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
        let (key, value) = (offered.key.clone(), offered.value.clone());
        self.make_room_for(&offered);
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

    /// What was removed the longest ago gives way, as many as it takes, or none.
    fn make_room_for(&mut self, offered: &Register) {
        let Some(row) = self.table.get(offered.owner) else { return };
        for place in self.registers.in_the_way(row.registers(), offered) {
            self.drop_register(offered.owner, place);
        }
    }

    fn drop_register(&mut self, owner: MemberIndex, place: RegisterIndex) {
        self.gossip.forget_register(place);
        let (Some(row), Some(register)) = (self.table.get(owner), self.registers.get(place)) else { return };
        let hash = self.table.register_hash(row.id, row.epoch, register);
        let registers = &mut self.registers;
        self.table.with_registers(owner, |owned| {
            owned.fingerprint = owned.fingerprint.wrapping_sub(hash);
            registers.remove(owned, place);
        });
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
