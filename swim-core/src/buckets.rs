//! The table in parts, by the hash of the members' names: each with its own sum, and the set of who is in it.
//!
//! The sets are both what finds a member by its id and what makes the records of a few buckets as cheap to find as they
//! are few. A place in one stays meaningful while an exchange pauses and the table changes under it: at worst a member
//! is told twice, or not at all.

use alloc::vec;
use alloc::vec::Vec;

use swim_codec::limits::{BUCKETS, SUM_LEN};
use swim_codec::{Bucket, Buckets, MemberId};

use crate::index_set::IndexSet;
use crate::table::MemberIndex;

/// All buckets of a table.
pub(crate) struct BucketRows {
    buckets: Vec<Rows>,
    /// An odd number, as secret: nobody can choose names that stand in one place.
    factor: u64,
}

#[derive(Clone, Default)]
struct Rows {
    sum: u64,
    members: IndexSet,
}

/// The sums of some buckets as they go on the wire.
pub(crate) struct Sums {
    bytes: [u8; BUCKETS * SUM_LEN],
    len: usize,
}

impl Sums {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl BucketRows {
    pub(crate) fn new(secret: u64) -> Self {
        Self { buckets: vec![Rows::default(); BUCKETS], factor: secret | 1 }
    }

    pub(crate) fn members(&self, bucket: Bucket) -> &IndexSet {
        &self.buckets[bucket.number()].members
    }

    /// Members in these buckets.
    pub(crate) fn count(&self, buckets: Buckets) -> usize {
        buckets.iter().map(|bucket| self.members(bucket).len()).sum()
    }

    pub(crate) fn sums(&self, buckets: Buckets) -> Sums {
        let mut sums = Sums { bytes: [0; BUCKETS * SUM_LEN], len: buckets.len() * SUM_LEN };
        for (to, bucket) in sums.bytes.chunks_exact_mut(SUM_LEN).zip(buckets.iter()) {
            to.copy_from_slice(&self.sum(bucket).to_be_bytes());
        }
        sums
    }

    /// Those of the peer's buckets whose sums are not ours.
    pub(crate) fn differing(&self, theirs: impl Iterator<Item = (Bucket, u32)>) -> Buckets {
        theirs.filter(|&(bucket, sum)| self.sum(bucket) != sum).map(|(bucket, _)| bucket).collect()
    }

    /// Half of what is kept: two different buckets look equal once in 2^32 times, and then until their next change.
    #[allow(clippy::cast_possible_truncation, reason = "the low half of a sum is the sum of the low halves")]
    fn sum(&self, bucket: Bucket) -> u32 {
        self.buckets[bucket.number()].sum as u32
    }

    pub(crate) fn add_up(&mut self, bucket: Bucket, added: u64) {
        let rows = &mut self.buckets[bucket.number()];
        rows.sum = rows.sum.wrapping_add(added);
    }

    /// The member with this id; `id_of` tells the id of one that is in here.
    pub(crate) fn find(&self, id: MemberId, id_of: impl Fn(MemberIndex) -> MemberId) -> Option<MemberIndex> {
        self.members(Bucket::of(id)).find(self.hash(id), |member| id_of(member) == id)
    }

    /// Takes in a member that is in no bucket.
    pub(crate) fn insert(&mut self, member: MemberIndex, id_of: impl Fn(MemberIndex) -> MemberId) {
        let (factor, id) = (self.factor, id_of(member));
        let members = &mut self.buckets[Bucket::of(id).number()].members;
        members.insert(member, hash(factor, id), |member| hash(factor, id_of(member)));
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, member: MemberIndex, id_of: impl Fn(MemberIndex) -> MemberId) {
        let (factor, bucket) = (self.factor, Bucket::of(id_of(member)));
        self.buckets[bucket.number()].members.remove(member, |member| hash(factor, id_of(member)));
    }

    fn hash(&self, id: MemberId) -> u64 {
        hash(self.factor, id)
    }
}

/// Ids are hashes already; a secret factor mixes what a liar may have chosen.
fn hash(factor: u64, id: MemberId) -> u64 {
    u64::from_le_bytes(*id.as_bytes()).wrapping_mul(factor)
}

/// How far the records of some buckets are told.
#[derive(Clone, Copy)]
pub(crate) struct Walk {
    left: Buckets,
    /// The member at hand, by its place in the first bucket that is left.
    place: usize,
    /// The record at hand: its claim, then its registers.
    record: usize,
}

impl Walk {
    pub(crate) const fn new(buckets: Buckets) -> Self {
        Self { left: buckets, place: 0, record: 0 }
    }

    /// The record at hand: whose, and which; `None` when all are told.
    pub(crate) fn at(&mut self, rows: &BucketRows) -> Option<(MemberIndex, usize)> {
        while let Some(bucket) = self.left.first() {
            let members = rows.members(bucket);
            while self.place < members.places() {
                if let Some(member) = members.at(self.place) {
                    return Some((member, self.record));
                }
                self.next_member();
            }
            self.left.remove(bucket);
            self.place = 0;
        }
        None
    }

    pub(crate) fn next_record(&mut self) {
        self.record += 1;
    }

    pub(crate) fn next_member(&mut self) {
        self.place += 1;
        self.record = 0;
    }
}
