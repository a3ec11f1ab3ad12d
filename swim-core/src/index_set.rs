//! Members found by a hash.

use alloc::vec;
use alloc::vec::Vec;

use crate::config::MEMBERS_MAX;
use crate::table::MemberIndex;

/// Open addressing with linear probing, at most four fifths full and at least a half: six bytes per member.
///
/// What the members are is kept elsewhere, so every call is told how to find out: seldom for one that is not sought,
/// since each place holds eleven bits of a hash. The upper half of a hash decides where a member stands, and the members
/// stand in the order of their hashes, also after the set has grown.
#[derive(Clone, Default)]
pub(crate) struct IndexSet {
    places: Vec<Place>,
    len: usize,
}

/// A member and a part of its hash, or nobody.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place(u32);

const NOBODY: Place = Place(0);
/// So many bits hold the number of any member, counted from one.
const MEMBER_BITS: u32 = MEMBERS_MAX.ilog2() + 1;

impl Place {
    fn new(member: MemberIndex, hash: u64) -> Self {
        debug_assert!(member.subject() < MEMBERS_MAX, "no more are kept");
        Self(Self::tag(hash) | (member.subject() + 1))
    }

    fn member(self) -> Option<MemberIndex> {
        let number = self.0 & ((1 << MEMBER_BITS) - 1);
        number.checked_sub(1).map(MemberIndex::new)
    }

    fn may_be_of(self, hash: u64) -> bool {
        self.0 >> MEMBER_BITS == Self::tag(hash) >> MEMBER_BITS
    }

    /// What the home of a hash does not tell.
    #[allow(clippy::cast_possible_truncation, reason = "the lower half")]
    fn tag(hash: u64) -> u32 {
        hash as u32 >> MEMBER_BITS << MEMBER_BITS
    }
}

impl IndexSet {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many places there are, some of them empty.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// Who stands at a place.
    pub(crate) fn at(&self, place: usize) -> Option<MemberIndex> {
        self.places.get(place)?.member()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = MemberIndex> {
        self.places.iter().filter_map(|place| place.member())
    }

    /// The member with this hash that is the one that is sought.
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(MemberIndex) -> bool) -> Option<MemberIndex> {
        self.at(self.search(hash, is_it)?)
    }

    /// Takes in a member that is not in here, with its hash and what tells those of the others.
    pub(crate) fn insert(&mut self, member: MemberIndex, hash: u64, hash_of: impl Fn(MemberIndex) -> u64) {
        if (self.len + 1) * 5 > self.places.len() * 4 {
            self.widen(hash_of);
        }
        self.put(hash, member);
        self.len += 1;
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, member: MemberIndex, hash: impl Fn(MemberIndex) -> u64) {
        if let Some(place) = self.search(hash(member), |other| other == member) {
            self.empty(place, hash);
            self.len -= 1;
        }
    }

    fn search(&self, hash: u64, is_it: impl Fn(MemberIndex) -> bool) -> Option<usize> {
        let mut at = self.home(hash);
        loop {
            let place = self.places.get(at)?;
            let member = place.member()?;
            if place.may_be_of(hash) && is_it(member) {
                return Some(at);
            }
            at = self.behind(at);
        }
    }

    fn put(&mut self, hash: u64, member: MemberIndex) {
        let mut at = self.home(hash);
        while self.places[at] != NOBODY {
            at = self.behind(at);
        }
        self.places[at] = Place::new(member, hash);
    }

    fn widen(&mut self, hash: impl Fn(MemberIndex) -> u64) {
        let wider = vec![NOBODY; self.places.len() + self.places.len() / 2 + 2];
        for place in core::mem::replace(&mut self.places, wider) {
            if let Some(member) = place.member() {
                self.put(hash(member), member);
            }
        }
    }

    /// Empties a place, and moves up those who stand behind it only because it was taken.
    fn empty(&mut self, place: usize, hash: impl Fn(MemberIndex) -> u64) {
        let (mut hole, mut at) = (place, self.behind(place));
        while let Some(member) = self.at(at) {
            if self.distance(self.home(hash(member)), at) >= self.distance(hole, at) {
                self.places[hole] = self.places[at];
                hole = at;
            }
            at = self.behind(at);
        }
        self.places[hole] = NOBODY;
    }

    /// Where the search for a hash begins.
    fn home(&self, hash: u64) -> usize {
        usize::try_from(((hash >> 32) * self.places.len() as u64) >> 32).unwrap_or(0)
    }

    fn behind(&self, at: usize) -> usize {
        if at + 1 == self.places.len() { 0 } else { at + 1 }
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        if from <= to { to - from } else { to + self.places.len() - from }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Few different hashes, some at the very end, so that many stand in each other's way and behind the end.
    fn hash(member: MemberIndex) -> u64 {
        u64::MAX - ((u64::from(member.subject()) % 5) << 60)
    }

    proptest! {
        #[test]
        fn an_index_set_behaves_like_a_set(operations in prop::collection::vec((0u32..40, any::<bool>()), 0..300)) {
            let (mut set, mut model) = (IndexSet::default(), BTreeSet::new());
            for (number, inserts) in operations {
                let member = MemberIndex::new(number);
                match (inserts, model.contains(&member)) {
                    (true, false) => {
                        set.insert(member, hash(member), hash);
                        model.insert(member);
                    }
                    (false, _) => {
                        set.remove(member, hash);
                        model.remove(&member);
                    }
                    (true, true) => {}
                }
                for number in 0..40 {
                    let member = MemberIndex::new(number);
                    let found = set.find(hash(member), |other| other == member);
                    prop_assert_eq!(found.is_some(), model.contains(&member));
                }
                prop_assert_eq!(set.len(), model.len());
                prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), model.clone());
                prop_assert!(set.places() <= model.len().max(3) * 100);
            }
        }
    }

    #[test]
    fn a_set_takes_at_most_eight_bytes_per_member() {
        let mut set = IndexSet::default();
        let spread = |member: MemberIndex| (u64::from(member.subject())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for number in 0..20_000 {
            let member = MemberIndex::new(number);
            set.insert(member, spread(member), spread);
            let bytes = set.places() * size_of::<Place>();
            assert!(number < 100 || bytes <= set.len() * 8, "{bytes} bytes for {number}");
        }
    }
}
