//! Everybody whom this node knows, at dense places.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::Hasher as _;

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;
use swim_codec::{Addr, Bucket, ClusterId, Epoch, Incarnation, MemberId, Name, State, Status};

use crate::buckets::BucketRows;
use crate::claim::Precedence;
use crate::coordinate::Neighbour;
use crate::planted::{Bug, planted};
use crate::register_store::{Owned, Registers};
use crate::ring::{Moved, Ring};
use crate::rng::Rng;
use crate::{Instant, Peer};

/// A member's place in the [`Table`]. It is used again after the member is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MemberIndex(u32);

impl MemberIndex {
    /// This node itself.
    pub(crate) const LOCAL: Self = Self(0);

    pub(crate) const fn new(index: u32) -> Self {
        Self(index)
    }

    pub(crate) const fn get(self) -> usize {
        self.0 as usize
    }

    /// The number under which a member's claim is broadcast.
    pub(crate) const fn subject(self) -> u32 {
        self.0
    }
}

/// What is believed of one member.
pub(crate) struct Row {
    pub(crate) name: Name,
    pub(crate) id: MemberId,
    pub(crate) addr: Addr,
    pub(crate) epoch: Epoch,
    pub(crate) incarnation: Incarnation,
    pub(crate) status: Status,
    /// When the state became what it is.
    pub(crate) since: Instant,
    /// Whether the application knows of it: a member that was gone when this node first heard of it is
    /// remembered against old news, but never shown and never passed on.
    pub(crate) announced: bool,
    pub(crate) registers: Owned,
    /// Where it is, once it acked a ping of this node.
    pub(crate) neighbour: Option<Box<Neighbour>>,
    /// Whether the application was told that only streams reach it.
    pub(crate) datagrams_blocked: bool,
    /// Where it stands in the ring, or among the departed.
    place: u32,
    /// Where it stands in its bucket.
    slot: u32,
}

impl Row {
    pub(crate) fn state(&self) -> State {
        self.status.state()
    }

    pub(crate) fn is_live(&self) -> bool {
        is_live(&self.status)
    }

    pub(crate) fn precedence(&self) -> Precedence {
        Precedence { epoch: self.epoch, incarnation: self.incarnation, state: self.state() }
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer {
            name: self.name.clone(),
            addr: self.addr.clone(),
            epoch: self.epoch,
            incarnation: self.incarnation,
            state: self.state(),
        }
    }
}

/// A row as a claim wants it to be.
pub(crate) struct Belief {
    pub(crate) addr: Addr,
    pub(crate) epoch: Epoch,
    pub(crate) incarnation: Incarnation,
    pub(crate) status: Status,
}

impl Belief {
    pub(crate) fn precedence(&self) -> Precedence {
        Precedence { epoch: self.epoch, incarnation: self.incarnation, state: self.status.state() }
    }
}

fn is_live(status: &Status) -> bool {
    status.state() <= State::Suspect
}

/// The members: found by name and by id in O(1), picked at random in O(1), summed up in one fingerprint.
pub(crate) struct Table {
    rows: Vec<Option<Row>>,
    free: Vec<MemberIndex>,
    by_name: HashTable<MemberIndex>,
    by_id: HashTable<MemberIndex>,
    /// Keyed by chance, so that nobody can choose names that collide.
    look_up: SipHasher13,
    /// An odd number, as secret.
    id_factor: u64,
    ring: Ring,
    departed: Vec<MemberIndex>,
    fingerprint: u64,
    buckets: BucketRows,
    /// Keyed by the cluster, so that equal tables have equal fingerprints everywhere in it.
    summing: SipHasher13,
}

/// Ids are hashes already; a secret factor mixes what a liar may have chosen, and the middle of the product, which
/// depends on most of the id, decides the place.
fn id_hash(factor: u64, id: MemberId) -> u64 {
    u64::from_le_bytes(*id.as_bytes()).wrapping_mul(factor).rotate_left(32)
}

/// The local row is in no list but its bucket.
const NOWHERE: u32 = u32::MAX;

impl Table {
    /// A table with this node alone.
    pub(crate) fn new(cluster: ClusterId, name: Name, belief: Belief, now: Instant, rng: &mut Rng) -> Self {
        let cluster = u64::from_le_bytes(*cluster.as_bytes());
        let look_up = SipHasher13::new_with_keys(rng.u64(), rng.u64());
        let mut table = Self {
            rows: Vec::new(),
            free: Vec::new(),
            by_name: HashTable::new(),
            by_id: HashTable::new(),
            look_up,
            id_factor: look_up.hash(b"id") | 1,
            ring: Ring::default(),
            departed: Vec::new(),
            fingerprint: 0,
            buckets: BucketRows::new(),
            summing: SipHasher13::new_with_keys(cluster, 0),
        };
        table.add(name, belief, now);
        table
    }

    pub(crate) fn get(&self, index: MemberIndex) -> Option<&Row> {
        self.rows.get(index.get())?.as_ref()
    }

    pub(crate) fn local(&self) -> &Row {
        self.get(MemberIndex::LOCAL).expect("the local row is never removed")
    }

    pub(crate) fn find(&self, name: &str) -> Option<MemberIndex> {
        let is_it = |&index: &MemberIndex| self.get(index).is_some_and(|row| row.name.as_str() == name);
        self.by_name.find(self.look_up.hash(name.as_bytes()), is_it).copied()
    }

    pub(crate) fn find_id(&self, id: MemberId) -> Option<MemberIndex> {
        let is_it = |&index: &MemberIndex| self.get(index).is_some_and(|row| row.id == id);
        self.by_id.find(id_hash(self.id_factor, id), is_it).copied()
    }

    /// Live members other than this node, in the order in which they are probed.
    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Members that failed or left and are still remembered.
    pub(crate) fn departed(&self) -> &[MemberIndex] {
        &self.departed
    }

    /// Everybody who is remembered, this node included.
    pub(crate) fn len(&self) -> usize {
        1 + self.ring.len() + self.departed.len()
    }

    /// Everybody who is remembered, this node first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    /// Not part of the fingerprint, so it may change without [`change`](Self::change).
    pub(crate) fn neighbour_mut(&mut self, index: MemberIndex) -> Option<&mut Option<Box<Neighbour>>> {
        Some(&mut self.rows.get_mut(index.get())?.as_mut()?.neighbour)
    }

    /// Live members, this node included: the n of the protocol's formulas.
    pub(crate) fn live(&self) -> usize {
        1 + self.ring.len()
    }

    /// Equal where all claims about live members and all their registers are equal. Doubt and death are left out:
    /// they travel by gossip and run out at different times.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The same for each bucket of members, and who is in it.
    pub(crate) fn buckets(&self) -> &BucketRows {
        &self.buckets
    }

    /// The next member to probe.
    pub(crate) fn next_to_probe(&mut self, rng: &mut Rng) -> Option<MemberIndex> {
        let rows = &mut self.rows;
        self.ring.next(rng, |moved| note(rows, moved))
    }

    /// A member nobody here knew. `None` if its id is that of another name.
    pub(crate) fn insert(
        &mut self,
        name: Name,
        belief: Belief,
        now: Instant,
        rng: &mut Rng,
    ) -> Option<MemberIndex> {
        if self.find_id(name.id()).is_some() {
            return None;
        }
        let index = self.add(name, belief, now);
        self.enlist(index, rng);
        Some(index)
    }

    /// Believes something else of a known member.
    pub(crate) fn update(&mut self, index: MemberIndex, belief: Belief, now: Instant, rng: &mut Rng) {
        let Some(before) = self.get(index) else { return };
        let (was_live, is_live) = (before.is_live(), is_live(&belief.status));
        let stays = planted(Bug::KeepsTheDeadInTheRing) && belief.status.state() == State::Dead;
        let changed = was_live != is_live && index != MemberIndex::LOCAL && !stays;
        if changed {
            self.delist(index);
        }
        self.change(index, |row| {
            if row.state() != belief.status.state() {
                row.since = now;
            }
            row.addr = belief.addr;
            row.epoch = belief.epoch;
            row.incarnation = belief.incarnation;
            row.status = belief.status;
        });
        if changed {
            self.enlist(index, rng);
        }
    }

    /// Changes a row and keeps the fingerprint right. Must not change whether the member is live while it stands
    /// in a list.
    pub(crate) fn change<R>(&mut self, index: MemberIndex, change: impl FnOnce(&mut Row) -> R) -> Option<R> {
        let row = self.rows.get_mut(index.get())?.as_mut()?;
        let before = summed(&self.summing, row);
        let result = change(row);
        let added = summed(&self.summing, row).wrapping_sub(before);
        let bucket = Bucket::of(row.id);
        self.add_up(bucket, added);
        Some(result)
    }

    fn add_up(&mut self, bucket: Bucket, added: u64) {
        self.fingerprint = self.fingerprint.wrapping_add(added);
        self.buckets.add_up(bucket, added);
    }

    /// What a register adds to the fingerprint of its owner.
    pub(crate) fn register_hash(&self, owner: MemberId, epoch: Epoch, key: &str, stamp: u64) -> u64 {
        let mut hasher = self.summing;
        hasher.write(owner.as_bytes());
        hasher.write(&epoch.get().to_le_bytes());
        hasher.write(&stamp.to_le_bytes());
        hasher.write(key.as_bytes());
        hasher.finish()
    }

    /// Forgets a member and frees its registers.
    pub(crate) fn remove(&mut self, index: MemberIndex, registers: &mut Registers) {
        if index == MemberIndex::LOCAL || self.get(index).is_none() {
            return;
        }
        self.delist(index);
        let Some(mut row) = self.rows[index.get()].take() else { return };
        let bucket = Bucket::of(row.id);
        self.add_up(bucket, summed(&self.summing, &row).wrapping_neg());
        self.leave_bucket(bucket, row.slot);
        registers.clear(&mut row.registers);
        self.unindex(index, &row);
        self.free.push(index);
    }

    fn add(&mut self, name: Name, belief: Belief, now: Instant) -> MemberIndex {
        let row = Row {
            id: name.id(),
            name,
            addr: belief.addr,
            epoch: belief.epoch,
            incarnation: belief.incarnation,
            status: belief.status,
            since: now,
            announced: false,
            registers: Owned::new(belief.epoch),
            neighbour: None,
            datagrams_blocked: false,
            place: NOWHERE,
            slot: NOWHERE,
        };
        let index = self.free.pop().unwrap_or_else(|| self.grow());
        let bucket = Bucket::of(row.id);
        let row = Row { slot: self.buckets.insert(bucket, index), ..row };
        self.add_up(bucket, summed(&self.summing, &row));
        self.rows[index.get()] = Some(row);
        self.index(index);
        index
    }

    fn leave_bucket(&mut self, bucket: Bucket, slot: u32) {
        if let Some(moved) = self.buckets.remove(bucket, slot)
            && let Some(row) = self.rows[moved.get()].as_mut()
        {
            row.slot = slot;
        }
    }

    fn grow(&mut self) -> MemberIndex {
        self.rows.push(None);
        MemberIndex(u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX))
    }

    fn index(&mut self, index: MemberIndex) {
        let Self { rows, by_name, by_id, look_up, id_factor, .. } = self;
        let row_of = |index: &MemberIndex| rows[index.get()].as_ref();
        let name_hash =
            |index: &MemberIndex| row_of(index).map_or(0, |row| look_up.hash(row.name.as_str().as_bytes()));
        let id_hash = |index: &MemberIndex| row_of(index).map_or(0, |row| id_hash(*id_factor, row.id));
        by_name.insert_unique(name_hash(&index), index, name_hash);
        by_id.insert_unique(id_hash(&index), index, id_hash);
    }

    fn unindex(&mut self, index: MemberIndex, row: &Row) {
        let (name_hash, id_hash) =
            (self.look_up.hash(row.name.as_str().as_bytes()), id_hash(self.id_factor, row.id));
        if let Ok(entry) = self.by_name.find_entry(name_hash, |&other| other == index) {
            entry.remove();
        }
        if let Ok(entry) = self.by_id.find_entry(id_hash, |&other| other == index) {
            entry.remove();
        }
    }

    /// Puts a row into the list where it belongs.
    fn enlist(&mut self, index: MemberIndex, rng: &mut Rng) {
        let Some(row) = self.rows[index.get()].as_mut() else { return };
        if row.is_live() {
            let rows = &mut self.rows;
            self.ring.insert(index, rng, |moved| note(rows, moved));
        } else {
            row.place = u32::try_from(self.departed.len()).unwrap_or(u32::MAX);
            self.departed.push(index);
        }
    }

    /// Takes a row out of the list where it is.
    fn delist(&mut self, index: MemberIndex) {
        let Some(row) = self.rows[index.get()].as_ref() else { return };
        let place = row.place as usize;
        if row.is_live() {
            let rows = &mut self.rows;
            self.ring.remove(place, |moved| note(rows, moved));
        } else {
            self.departed.swap_remove(place);
            if let Some(&moved) = self.departed.get(place) {
                note(&mut self.rows, Moved { member: moved, to: u32::try_from(place).unwrap_or(u32::MAX) });
            }
        }
    }
}

fn note(rows: &mut [Option<Row>], moved: Moved) {
    if let Some(row) = rows[moved.member.get()].as_mut() {
        row.place = moved.to;
    }
}

/// What a row adds to the fingerprint.
fn summed(summing: &SipHasher13, row: &Row) -> u64 {
    if !row.is_live() {
        return 0;
    }
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(row.id.as_bytes());
    bytes[8..16].copy_from_slice(&row.epoch.get().to_le_bytes());
    bytes[16..].copy_from_slice(&row.incarnation.get().to_le_bytes());
    summing.hash(&bytes).wrapping_add(row.registers.fingerprint)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use swim_codec::Buckets;

    use alloc::format;

    use super::*;
    use crate::rng::Rng;

    fn belief(incarnation: u64, state: u8) -> Belief {
        let by = MemberId::from_bytes([7; 8]);
        Belief {
            addr: core::net::SocketAddr::from(([10, 0, 0, 1], 1)).into(),
            epoch: Epoch::default(),
            incarnation: Incarnation::new(incarnation),
            status: [Status::Alive, Status::Suspect { by }, Status::Dead { by }, Status::Left]
                [usize::from(state)],
        }
    }

    fn table() -> (Table, Rng) {
        let mut rng = Rng::new([1; 32]);
        let name = Name::new("local").expect("a valid name");
        (Table::new(ClusterId::from_name("c"), name, belief(0, 0), Instant::ZERO, &mut rng), rng)
    }

    /// The sums of all buckets from nothing but the rows, and that every row stands in its bucket once.
    fn recomputed(table: &Table) -> BucketRows {
        let mut buckets = BucketRows::new();
        for (at, row) in table.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let index = MemberIndex::new(u32::try_from(at).expect("few"));
            let bucket = Bucket::of(row.id);
            assert_eq!(table.buckets.members(bucket).get(row.slot as usize), Some(&index));
            buckets.add_up(bucket, summed(&table.summing, row));
            buckets.insert(bucket, index);
        }
        buckets
    }

    proptest! {
        #[test]
        fn the_sums_of_the_buckets_are_those_of_the_rows(
            operations in prop::collection::vec((0..400u32, 0..3u8, 0..5u64, 0..4u8), 0..300),
        ) {
            let ((mut table, mut rng), mut registers) = (table(), Registers::default());
            for (member, operation, incarnation, state) in operations {
                let name = Name::new(&format!("member-{member}")).expect("a valid name");
                let belief = belief(incarnation, state);
                match (table.find(name.as_str()), operation) {
                    (None, _) => { table.insert(name, belief, Instant::ZERO, &mut rng); }
                    (Some(index), 0) => table.remove(index, &mut registers),
                    (Some(index), 1) => table.update(index, belief, Instant::ZERO, &mut rng),
                    (Some(index), _) => { table.change(index, |row| row.registers.fingerprint = incarnation); }
                }
            }
            let expected = recomputed(&table);
            let (sums, theirs) = (table.buckets.sums(Buckets::ALL), expected.sums(Buckets::ALL));
            prop_assert_eq!(sums.bytes(), theirs.bytes());
            prop_assert_eq!(table.buckets.count(Buckets::ALL), expected.count(Buckets::ALL));
        }
    }
}
