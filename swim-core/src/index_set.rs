//! Members found by a hash.

use alloc::vec;
use alloc::vec::Vec;

use crate::table::MemberIndex;

/// Open addressing with linear probing, at most three quarters full and at least three fifths: six bytes per member.
///
/// What the members are is kept elsewhere, so every call is told how to find out. The upper half of a hash decides, and
/// the members stand in the order of their hashes, also after the set has grown.
#[derive(Clone, Default)]
pub(crate) struct IndexSet {
    places: Vec<Option<MemberIndex>>,
    len: usize,
}

impl IndexSet {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All places, some of them empty.
    pub(crate) fn places(&self) -> &[Option<MemberIndex>] {
        &self.places
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = MemberIndex> {
        self.places.iter().flatten().copied()
    }

    /// The member with this hash that is the one that is sought.
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(MemberIndex) -> bool) -> Option<MemberIndex> {
        self.places[self.search(hash, is_it)?]
    }

    /// Takes in a member that is not in here.
    pub(crate) fn insert(&mut self, member: MemberIndex, hash: impl Fn(MemberIndex) -> u64) {
        if (self.len + 1) * 4 > self.places.len() * 3 {
            self.widen(&hash);
        }
        self.put(hash(member), member);
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
        while let Some(member) = *self.places.get(at)? {
            if is_it(member) {
                return Some(at);
            }
            at = self.behind(at);
        }
        None
    }

    fn put(&mut self, hash: u64, member: MemberIndex) {
        let mut at = self.home(hash);
        while self.places[at].is_some() {
            at = self.behind(at);
        }
        self.places[at] = Some(member);
    }

    fn widen(&mut self, hash: impl Fn(MemberIndex) -> u64) {
        let wider = vec![None; self.places.len() + self.places.len() / 4 + 2];
        for member in core::mem::replace(&mut self.places, wider).into_iter().flatten() {
            self.put(hash(member), member);
        }
    }

    /// Empties a place, and moves up those who stand behind it only because it was taken.
    fn empty(&mut self, place: usize, hash: impl Fn(MemberIndex) -> u64) {
        let (mut hole, mut at) = (place, self.behind(place));
        while let Some(member) = self.places[at] {
            if self.distance(self.home(hash(member)), at) >= self.distance(hole, at) {
                self.places[hole] = Some(member);
                hole = at;
            }
            at = self.behind(at);
        }
        self.places[hole] = None;
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
                        set.insert(member, hash);
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
                prop_assert!(set.places().len() <= model.len().max(3) * 100);
            }
        }
    }

    #[test]
    fn a_set_takes_at_most_seven_bytes_per_member() {
        let mut set = IndexSet::default();
        let spread = |member: MemberIndex| (u64::from(member.subject())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for number in 0..20_000 {
            set.insert(MemberIndex::new(number), spread);
            let bytes = size_of_val(set.places());
            assert!(number < 100 || bytes <= set.len() * 7, "{bytes} bytes for {number}");
        }
    }
}
