//! Everybody whom this node knows, at dense places.
//!
//! A row is made small, because there is one for every member in every node: what few members have stands elsewhere.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::Hasher as _;
use core::net::SocketAddr;
use core::num::NonZeroU32;
use core::ops::Deref;

use siphasher::sip::SipHasher13;
use swim_codec::{Addr, AddrRef, Bucket, ClusterId, Epoch, Incarnation, MemberId, Name, State, Status};

use crate::buckets::BucketRows;
use crate::claim::Precedence;
use crate::coordinate::Neighbour;
use crate::index_set::IndexSet;
use crate::lately::Lately;
use crate::planted::{Bug, planted};
use crate::register_store::{Owned, Register, Registers};
use crate::ring::{Moved, Ring};
use crate::rng::Rng;
use crate::slab::{Slab, push_tightly};
use crate::{Instant, Peer};

/// A member's place in the [`Table`]. It is used again after the member is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MemberIndex(NonZeroU32);

impl MemberIndex {
    /// This node itself.
    pub(crate) const LOCAL: Self = Self::new(0);

    pub(crate) const fn new(index: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    /// The number under which a member's claim is broadcast.
    pub(crate) const fn subject(self) -> u32 {
        self.0.get() - 1
    }
}

/// What is believed of one member, as far as every row has it.
pub(crate) struct Row {
    pub(crate) name: Name,
    pub(crate) id: MemberId,
    pub(crate) epoch: Epoch,
    pub(crate) incarnation: Incarnation,
    /// When the state became what it is.
    pub(crate) since: Instant,
    /// Where the rest is, [`NOWHERE`] if there is none.
    rest: u32,
    /// Where it stands in the ring, or among the departed; [`NOWHERE`] for the local row.
    place: u32,
    /// Where it listens, unless the rest says something else.
    v4: ([u8; 4], [u8; 2]),
    state: State,
    /// Whether the application knows of it: a member that was gone when this node first heard of it is
    /// remembered against old news, but never shown and never passed on.
    pub(crate) announced: bool,
}

const NOWHERE: u32 = u32::MAX;

/// What few members have, and whoever acked a ping of this node.
struct Rest {
    /// An address that is not of IPv4.
    addr: Option<Box<Addr>>,
    /// Who suspected it, or found it dead.
    by: MemberId,
    /// Whether the application was told that only streams reach it.
    datagrams_blocked: bool,
    registers: Option<Box<Owned>>,
    /// Where it is, once it acked a ping of this node.
    neighbour: Option<Neighbour>,
}

impl Rest {
    const fn new(by: MemberId) -> Self {
        Self { addr: None, by, datagrams_blocked: false, registers: None, neighbour: None }
    }
}

static NO_REGISTERS: Owned = Owned::NONE;

/// A member in the table: all that is believed of it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    row: &'a Row,
    rest: Option<&'a Rest>,
}

impl Deref for Seen<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        self.row
    }
}

impl Row {
    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn is_live(&self) -> bool {
        is_live(self.state)
    }

    pub(crate) fn precedence(&self) -> Precedence {
        Precedence { epoch: self.epoch, incarnation: self.incarnation, state: self.state }
    }
}

impl<'a> Seen<'a> {
    pub(crate) fn name(&self) -> &'a Name {
        &self.row.name
    }

    pub(crate) fn addr_ref(&self) -> AddrRef<'a> {
        match self.rest.and_then(|rest| rest.addr.as_deref()) {
            Some(addr) => addr.as_ref(),
            None => AddrRef::V4(self.row.v4.0, u16::from_be_bytes(self.row.v4.1)),
        }
    }

    /// Where it listens. Costs no allocation.
    pub(crate) fn addr(&self) -> Addr {
        match self.rest.and_then(|rest| rest.addr.as_deref()) {
            Some(addr) => addr.clone(),
            None => Addr::Ip(SocketAddr::from((self.row.v4.0, u16::from_be_bytes(self.row.v4.1)))),
        }
    }

    pub(crate) fn status(&self) -> Status {
        let by = self.rest.map_or(self.row.id, |rest| rest.by);
        match self.row.state {
            State::Alive => Status::Alive,
            State::Suspect => Status::Suspect { by },
            State::Dead => Status::Dead { by },
            State::Left => Status::Left,
        }
    }

    /// Its registers, of the life that is known.
    pub(crate) fn registers(&self) -> &'a Owned {
        self.owned().unwrap_or(&NO_REGISTERS)
    }

    fn owned(&self) -> Option<&'a Owned> {
        self.rest?.registers.as_deref()
    }

    pub(crate) fn neighbour(&self) -> Option<&'a Neighbour> {
        self.rest?.neighbour.as_ref()
    }

    pub(crate) fn datagrams_blocked(&self) -> bool {
        self.rest.is_some_and(|rest| rest.datagrams_blocked)
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer {
            name: self.row.name.clone(),
            addr: self.addr(),
            epoch: self.row.epoch,
            incarnation: self.row.incarnation,
            state: self.row.state,
        }
    }
}

/// A row as a claim wants it to be.
#[derive(Clone)]
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

fn is_live(state: State) -> bool {
    state <= State::Suspect
}

/// The hash of a name, in one table alone.
#[derive(Clone, Copy)]
pub(crate) struct NameHash(u64);

/// The members: found by name and by id in O(1), picked at random in O(1), summed up in one fingerprint.
pub(crate) struct Table {
    rows: Slab<Row>,
    rests: Slab<Rest>,
    by_name: IndexSet,
    /// Keyed by chance, so that nobody can choose names that collide.
    look_up: SipHasher13,
    ring: Ring,
    departed: Vec<MemberIndex>,
    failed_lately: Lately,
    left_lately: Lately,
    fingerprint: u64,
    buckets: BucketRows,
    /// Keyed by the cluster, so that equal tables have equal fingerprints everywhere in it.
    summing: SipHasher13,
}

impl Table {
    /// A table with this node alone.
    pub(crate) fn new(cluster: ClusterId, name: Name, belief: Belief, now: Instant, rng: &mut Rng) -> Self {
        let cluster = u64::from_le_bytes(*cluster.as_bytes());
        let look_up = SipHasher13::new_with_keys(rng.u64(), rng.u64());
        let mut table = Self {
            rows: Slab::default(),
            rests: Slab::default(),
            by_name: IndexSet::default(),
            look_up,
            ring: Ring::default(),
            departed: Vec::new(),
            failed_lately: Lately::default(),
            left_lately: Lately::default(),
            fingerprint: 0,
            buckets: BucketRows::new(look_up.hash(b"id")),
            summing: SipHasher13::new_with_keys(cluster, 0),
        };
        let hash = table.hash_of(name.as_str());
        table.add((name.id(), name, hash), belief, now);
        table
    }

    pub(crate) fn get(&self, index: MemberIndex) -> Option<Seen<'_>> {
        self.rows.get(index.subject()).map(|row| self.seen(row))
    }

    fn seen<'a>(&'a self, row: &'a Row) -> Seen<'a> {
        Seen { row, rest: self.rests.get(row.rest) }
    }

    pub(crate) fn local(&self) -> Seen<'_> {
        self.get(MemberIndex::LOCAL).expect("the local row is never removed")
    }

    pub(crate) fn find(&self, name: &str) -> Option<MemberIndex> {
        self.find_hashed(self.hash_of(name), name)
    }

    /// What a name is found by: worth keeping while it is looked up and then added.
    pub(crate) fn hash_of(&self, name: &str) -> NameHash {
        NameHash(self.look_up.hash(name.as_bytes()))
    }

    pub(crate) fn find_hashed(&self, NameHash(hash): NameHash, name: &str) -> Option<MemberIndex> {
        self.by_name.find(hash, |index| row_at(&self.rows, index).name.as_str() == name)
    }

    pub(crate) fn find_id(&self, id: MemberId) -> Option<MemberIndex> {
        self.buckets.find(id, id_in(&self.rows))
    }

    /// Whether whoever has this id is known to be at that address.
    pub(crate) fn is_at(&self, id: MemberId, addr: &Addr) -> bool {
        let known = self.find_id(id).and_then(|index| self.get(index));
        known.is_some_and(|row| row.addr_ref() == addr.as_ref())
    }

    /// Who is believed to be anything but alive.
    pub(crate) fn find_accused(&self, id: MemberId) -> Option<(MemberIndex, Seen<'_>)> {
        let index = self.find_id(id)?;
        Some((index, self.get(index).filter(|row| row.state() != State::Alive)?))
    }

    /// Live members other than this node, in the order in which they are probed.
    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Members that failed or left and are still remembered.
    pub(crate) fn departed(&self) -> &[MemberIndex] {
        &self.departed
    }

    /// Those who failed last.
    pub(crate) fn failed_lately(&self) -> &Lately {
        &self.failed_lately
    }

    /// Those who left last.
    pub(crate) fn left_lately(&self) -> &Lately {
        &self.left_lately
    }

    /// Everybody who is remembered, this node included.
    pub(crate) fn len(&self) -> usize {
        1 + self.ring.len() + self.departed.len()
    }

    /// Everybody who is remembered, this node first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Seen<'_>> {
        self.rows.iter().map(|row| self.seen(row))
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
        (id, name, hash): (MemberId, Name, NameHash),
        belief: Belief,
        now: Instant,
        rng: &mut Rng,
    ) -> Option<MemberIndex> {
        if self.find_id(id).is_some() {
            return None;
        }
        let index = self.add((id, name, hash), belief, now);
        self.enlist(index, rng);
        Some(index)
    }

    /// Believes something else of a known member.
    pub(crate) fn update(&mut self, index: MemberIndex, belief: Belief, now: Instant, rng: &mut Rng) {
        let Some(before) = self.get(index) else { return };
        let (was_live, is_live) = (before.is_live(), is_live(belief.status.state()));
        let stays = planted(Bug::KeepsTheDeadInTheRing) && belief.status.state() == State::Dead;
        let changed = was_live != is_live && index != MemberIndex::LOCAL && !stays;
        if changed {
            self.delist(index);
        }
        self.change(index, |row, rests| {
            if row.state != belief.status.state() {
                row.since = now;
            }
            row.believe(belief, rests);
        });
        if changed {
            self.enlist(index, rng);
        }
    }

    /// Believes something else of a live member that stays one.
    pub(crate) fn set_status(&mut self, index: MemberIndex, status: Status) {
        self.change(index, |row, rests| row.set_status(status, rests));
    }

    /// The application is about to be told of it.
    pub(crate) fn show(&mut self, index: MemberIndex) {
        if let Some(row) = self.rows.get_mut(index.subject()) {
            row.announced = true;
        }
    }

    pub(crate) fn set_datagrams_blocked(&mut self, index: MemberIndex, blocked: bool) {
        if let Some(rest) = self.rest_mut(index) {
            rest.datagrams_blocked = blocked;
        }
    }

    pub(crate) fn neighbour_mut(&mut self, index: MemberIndex) -> Option<&mut Option<Neighbour>> {
        Some(&mut self.rest_mut(index)?.neighbour)
    }

    /// Changes the registers of a member, and the fingerprint with them.
    pub(crate) fn with_registers<R>(
        &mut self,
        index: MemberIndex,
        change: impl FnOnce(&mut Owned) -> R,
    ) -> Option<R> {
        self.change(index, |row, rests| {
            let registers = &mut row.rest_mut(rests)?.registers;
            Some(change(registers.get_or_insert_with(|| Box::new(Owned::NONE))))
        })
        .flatten()
    }

    /// Forgets the registers of a member.
    pub(crate) fn clear_registers(&mut self, index: MemberIndex, registers: &mut Registers) {
        let owned = self.change(index, |row, rests| rests.get_mut(row.rest)?.registers.take());
        if let Some(Some(owned)) = owned {
            registers.clear(&owned);
        }
    }

    fn rest_mut(&mut self, index: MemberIndex) -> Option<&mut Rest> {
        self.rows.get_mut(index.subject())?.rest_mut(&mut self.rests)
    }

    /// Changes a row and keeps the fingerprint right. Must not change whether the member is live while it stands
    /// in a list.
    fn change<R>(
        &mut self,
        index: MemberIndex,
        change: impl FnOnce(&mut Row, &mut Slab<Rest>) -> R,
    ) -> Option<R> {
        let row = self.rows.get_mut(index.subject())?;
        let before = summed(&self.summing, row, &self.rests);
        let result = change(row, &mut self.rests);
        let added = summed(&self.summing, row, &self.rests).wrapping_sub(before);
        let bucket = Bucket::of(row.id);
        self.add_up(bucket, added);
        Some(result)
    }

    fn add_up(&mut self, bucket: Bucket, added: u64) {
        self.fingerprint = self.fingerprint.wrapping_add(added);
        self.buckets.add_up(bucket, added);
    }

    /// What a register adds to the fingerprint of its owner.
    pub(crate) fn register_hash(&self, owner: MemberId, epoch: Epoch, register: &Register) -> u64 {
        let mut hasher = self.summing;
        hasher.write(owner.as_bytes());
        hasher.write(&epoch.get().to_le_bytes());
        hasher.write(&register.stamp.to_le_bytes());
        hasher.write(register.key.as_bytes());
        // Bytes that no key has.
        hasher.write(&[if register.value.is_some() { 0xff } else { 0xfe }]);
        hasher.write(register.value.as_deref().unwrap_or_default());
        hasher.finish()
    }

    /// Forgets a member and frees its registers.
    pub(crate) fn remove(&mut self, index: MemberIndex, registers: &mut Registers) {
        let Some(row) = self.get(index).filter(|_| index != MemberIndex::LOCAL) else { return };
        let id = row.id;
        self.delist(index);
        self.clear_registers(index, registers);
        self.by_name.remove(index, name_hash(&self.rows, &self.look_up));
        self.buckets.remove(index, id_in(&self.rows));
        let Some(row) = self.rows.remove(index.subject()) else { return };
        self.add_up(Bucket::of(id), summed(&self.summing, &row, &self.rests).wrapping_neg());
        self.rests.remove(row.rest);
    }

    fn add(
        &mut self,
        (id, name, NameHash(hash)): (MemberId, Name, NameHash),
        belief: Belief,
        now: Instant,
    ) -> MemberIndex {
        let mut row = Row {
            id,
            name,
            epoch: belief.epoch,
            incarnation: belief.incarnation,
            since: now,
            rest: NOWHERE,
            place: NOWHERE,
            v4: Default::default(),
            state: belief.status.state(),
            announced: false,
        };
        row.believe(belief, &mut self.rests);
        self.add_up(Bucket::of(row.id), summed(&self.summing, &row, &self.rests));
        let index = MemberIndex::new(self.rows.insert(row));
        self.by_name.insert(index, hash, name_hash(&self.rows, &self.look_up));
        self.buckets.insert(index, id_in(&self.rows));
        index
    }

    /// Puts a row into the list where it belongs.
    fn enlist(&mut self, index: MemberIndex, rng: &mut Rng) {
        let Some(row) = self.rows.get_mut(index.subject()) else { return };
        if row.is_live() {
            let rows = &mut self.rows;
            self.ring.insert(index, rng, |moved| note(rows, moved));
        } else {
            row.place = u32::try_from(self.departed.len()).unwrap_or(u32::MAX);
            let lately =
                if row.state == State::Left { &mut self.left_lately } else { &mut self.failed_lately };
            lately.push(index);
            push_tightly(&mut self.departed, index);
        }
    }

    /// Takes a row out of the list where it is.
    fn delist(&mut self, index: MemberIndex) {
        let Some(row) = self.rows.get(index.subject()) else { return };
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

impl Row {
    fn believe(&mut self, belief: Belief, rests: &mut Slab<Rest>) {
        self.epoch = belief.epoch;
        self.incarnation = belief.incarnation;
        self.set_addr(belief.addr, rests);
        self.set_status(belief.status, rests);
    }

    fn set_addr(&mut self, addr: Addr, rests: &mut Slab<Rest>) {
        // A family that it was of before must not show in the fingerprint.
        if !planted(Bug::SumsUpFormerAddresses) {
            self.v4 = Default::default();
        }
        if let Addr::Ip(SocketAddr::V4(v4)) = addr {
            self.v4 = (v4.ip().octets(), v4.port().to_be_bytes());
            if let Some(rest) = rests.get_mut(self.rest) {
                rest.addr = None;
            }
        } else if let Some(rest) = self.rest_mut(rests) {
            rest.addr = Some(Box::new(addr));
        }
    }

    fn set_status(&mut self, status: Status, rests: &mut Slab<Rest>) {
        self.state = status.state();
        if let Status::Suspect { by } | Status::Dead { by } = status
            && let Some(rest) = self.rest_mut(rests)
        {
            rest.by = by;
        }
    }

    fn rest_mut<'a>(&mut self, rests: &'a mut Slab<Rest>) -> Option<&'a mut Rest> {
        if self.rest == NOWHERE {
            self.rest = rests.insert(Rest::new(self.id));
        }
        rests.get_mut(self.rest)
    }
}

/// A row of a member that stands in an index.
fn row_at(rows: &Slab<Row>, index: MemberIndex) -> &Row {
    rows.get(index.subject()).expect("who stands in an index has a row")
}

fn id_in(rows: &Slab<Row>) -> impl Fn(MemberIndex) -> MemberId {
    |index| row_at(rows, index).id
}

fn name_hash(rows: &Slab<Row>, look_up: &SipHasher13) -> impl Fn(MemberIndex) -> u64 {
    |index| look_up.hash(row_at(rows, index).name.as_str().as_bytes())
}

fn note(rows: &mut Slab<Row>, moved: Moved) {
    if let Some(row) = rows.get_mut(moved.member.subject()) {
        row.place = moved.to;
    }
}

/// What a row adds to the fingerprint. The address is part of it for the sake of namesakes that began in the same
/// millisecond.
fn summed(summing: &SipHasher13, row: &Row, rests: &Slab<Rest>) -> u64 {
    if !row.is_live() {
        return 0;
    }
    let mut bytes = [0; 30];
    bytes[..8].copy_from_slice(row.id.as_bytes());
    bytes[8..16].copy_from_slice(&row.epoch.get().to_le_bytes());
    bytes[16..24].copy_from_slice(&row.incarnation.get().to_le_bytes());
    bytes[24..28].copy_from_slice(&row.v4.0);
    bytes[28..].copy_from_slice(&row.v4.1);
    let mut hasher = *summing;
    hasher.write(&bytes);
    let rest = rests.get(row.rest);
    match rest.and_then(|rest| rest.addr.as_deref()).map(Addr::as_ref) {
        Some(AddrRef::V6(octets, port)) => {
            hasher.write(&octets);
            hasher.write(&port.to_be_bytes());
        }
        Some(AddrRef::UnixPath(bytes) | AddrRef::UnixAbstract(bytes)) => hasher.write(bytes),
        Some(AddrRef::V4(..)) | None => {}
    }
    let registers = rest.and_then(|rest| rest.registers.as_ref());
    hasher.finish().wrapping_add(registers.map_or(0, |owned| owned.fingerprint))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use swim_codec::Buckets;

    use alloc::format;

    use super::*;
    use crate::rng::Rng;

    fn belief(incarnation: u64, state: u8, addr: u8) -> Belief {
        let by = MemberId::from_bytes([7; 8]);
        let addrs = [
            SocketAddr::from(([10, 0, 0, 1], 1)).into(),
            SocketAddr::from(([10, 0, 0, 2], 1)).into(),
            SocketAddr::from(([1; 16], 1)).into(),
            Addr::unix_path(b"path").expect("a valid address"),
        ];
        Belief {
            addr: addrs[usize::from(addr)].clone(),
            epoch: Epoch::default(),
            incarnation: Incarnation::new(incarnation),
            status: [Status::Alive, Status::Suspect { by }, Status::Dead { by }, Status::Left]
                [usize::from(state)],
        }
    }

    fn table() -> (Table, Rng) {
        let mut rng = Rng::new([1; 32]);
        let name = Name::new("local").expect("a valid name");
        (Table::new(ClusterId::from_name("c"), name, belief(0, 0, 0), Instant::ZERO, &mut rng), rng)
    }

    /// A table that never believed anything but what is believed now.
    fn anew(known: &Table) -> Table {
        let (mut table, mut rng) = table();
        for row in known.rows().filter(|row| row.id != known.local().id) {
            let (name, registers) = (row.name().clone(), row.registers().fingerprint);
            let belief = Belief {
                addr: row.addr(),
                epoch: row.epoch,
                incarnation: row.incarnation,
                status: row.status(),
            };
            let hash = table.hash_of(name.as_str());
            let index = table.insert((name.id(), name, hash), belief, Instant::ZERO, &mut rng);
            table.with_registers(index.expect("it is new"), |owned| owned.fingerprint = registers);
        }
        table
    }

    /// The sums of all buckets from nothing but the rows, and that every row stands in its bucket once.
    fn recomputed(table: &Table) -> BucketRows {
        let mut buckets = BucketRows::new(0);
        for row in table.rows.iter() {
            let (index, bucket) = (table.find(row.name.as_str()).expect("it has a row"), Bucket::of(row.id));
            assert_eq!(table.find_id(row.id), Some(index));
            assert_eq!(table.buckets.members(bucket).iter().filter(|&other| other == index).count(), 1);
            buckets.add_up(bucket, summed(&table.summing, row, &table.rests));
            buckets.insert(index, id_in(&table.rows));
        }
        buckets
    }

    proptest! {
        #[test]
        fn the_sums_of_the_buckets_are_those_of_the_rows_whatever_was_believed_before(
            operations in prop::collection::vec((0..400u32, 0..3u8, 0..5u64, 0..4u8, 0..4u8), 0..300),
        ) {
            let ((mut table, mut rng), mut registers) = (table(), Registers::default());
            for (member, operation, incarnation, state, addr) in operations {
                let name = Name::new(&format!("member-{member}")).expect("a valid name");
                let belief = belief(incarnation, state, addr);
                match (table.find(name.as_str()), operation) {
                    (None, _) => {
                        let hash = table.hash_of(name.as_str());
                        table.insert((name.id(), name, hash), belief, Instant::ZERO, &mut rng);
                    }
                    (Some(index), 0) => table.remove(index, &mut registers),
                    (Some(index), 1) => table.update(index, belief, Instant::ZERO, &mut rng),
                    (Some(index), _) => { table.with_registers(index, |owned| owned.fingerprint = incarnation); }
                }
            }
            let expected = recomputed(&table);
            let (sums, theirs) = (table.buckets.sums(Buckets::ALL), expected.sums(Buckets::ALL));
            prop_assert_eq!(sums.bytes(), theirs.bytes());
            prop_assert_eq!(table.fingerprint(), anew(&table).fingerprint());
            prop_assert_eq!(table.buckets.count(Buckets::ALL), expected.count(Buckets::ALL));
        }
    }
}
