//! The table in parts, by the hash of the members' names: each with its own sum, and the list of who is in it.
//!
//! The lists cost four bytes per member (and as many in its row, to be taken out in O(1)), and make the records of a
//! few buckets as cheap to find as they are few. They are plain vectors, so that a place in one stays meaningful
//! while an exchange pauses and the table changes under it: at worst a member is told twice or not at all.

use alloc::vec;
use alloc::vec::Vec;

use swim_codec::limits::{BUCKETS, SUM_LEN};
use swim_codec::{Bucket, Buckets};

use crate::table::MemberIndex;

/// All buckets of a table.
pub(crate) struct BucketRows(Vec<Rows>);

#[derive(Clone, Default)]
struct Rows {
    sum: u64,
    members: Vec<MemberIndex>,
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
    pub(crate) fn new() -> Self {
        Self(vec![Rows::default(); BUCKETS])
    }

    pub(crate) fn members(&self, bucket: Bucket) -> &[MemberIndex] {
        &self.0[bucket.number()].members
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
        self.0[bucket.number()].sum as u32
    }

    pub(crate) fn add_up(&mut self, bucket: Bucket, added: u64) {
        let rows = &mut self.0[bucket.number()];
        rows.sum = rows.sum.wrapping_add(added);
    }

    /// Appends a member and says where it stands.
    pub(crate) fn insert(&mut self, bucket: Bucket, member: MemberIndex) -> u32 {
        let members = &mut self.0[bucket.number()].members;
        members.push(member);
        u32::try_from(members.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes out the member that stands there, and says who stands there now.
    pub(crate) fn remove(&mut self, bucket: Bucket, slot: u32) -> Option<MemberIndex> {
        let members = &mut self.0[bucket.number()].members;
        if (slot as usize) < members.len() {
            members.swap_remove(slot as usize);
        }
        members.get(slot as usize).copied()
    }
}

/// How far the records of some buckets are told.
#[derive(Clone, Copy)]
pub(crate) struct Walk {
    left: Buckets,
    /// The member at hand, by its place in the first bucket that is left.
    slot: usize,
    /// The record at hand: its claim, then its registers.
    record: usize,
}

impl Walk {
    pub(crate) const fn new(buckets: Buckets) -> Self {
        Self { left: buckets, slot: 0, record: 0 }
    }

    /// The record at hand: whose, and which; `None` when all are told.
    pub(crate) fn at(&mut self, rows: &BucketRows) -> Option<(MemberIndex, usize)> {
        while let Some(bucket) = self.left.first() {
            if let Some(&member) = rows.members(bucket).get(self.slot) {
                return Some((member, self.record));
            }
            self.left.remove(bucket);
            self.slot = 0;
        }
        None
    }

    pub(crate) fn next_record(&mut self) {
        self.record += 1;
    }

    pub(crate) fn next_member(&mut self) {
        self.slot += 1;
        self.record = 0;
    }
}
