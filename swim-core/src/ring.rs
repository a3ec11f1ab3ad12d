//! The live members in the order in which they are probed.

use alloc::vec::Vec;

use crate::rng::Rng;
use crate::slab::push_tightly;
use crate::table::MemberIndex;

/// Everybody is probed once per round, in an order shuffled anew each round (SWIM §4.3): between two probes of
/// one member lie at most 2n − 1 others.
///
/// The shuffle is Fisher and Yates's, done one step per probe. `order[..done]` had its turn in this round,
/// `order[done..]` waits for it. The table keeps each member's place, so entering and leaving are O(1).
#[derive(Default)]
pub(crate) struct Ring {
    order: Vec<MemberIndex>,
    done: usize,
}

/// A member's place changed.
#[derive(Clone, Copy)]
pub(crate) struct Moved {
    pub(crate) member: MemberIndex,
    pub(crate) to: u32,
}

impl Ring {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn get(&self, place: usize) -> Option<MemberIndex> {
        self.order.get(place).copied()
    }

    /// One member, all equally likely.
    pub(crate) fn random(&self, rng: &mut Rng) -> Option<MemberIndex> {
        self.get(rng.below(self.order.len()))
    }

    /// Enters a member at a random place of the present round: had it always to wait for its turn, a stream of
    /// newcomers could make the round endless.
    pub(crate) fn insert(&mut self, member: MemberIndex, rng: &mut Rng, mut moved: impl FnMut(Moved)) {
        let last = self.order.len();
        push_tightly(&mut self.order, member);
        moved(self.place(last));
        if rng.below(last + 1) < self.done {
            self.swap(last, self.done, &mut moved);
            self.done += 1;
        }
    }

    /// Takes out the member at `place`.
    pub(crate) fn remove(&mut self, place: usize, mut moved: impl FnMut(Moved)) {
        let mut hole = place;
        if hole < self.done {
            self.done -= 1;
            self.swap(hole, self.done, &mut moved);
            hole = self.done;
        }
        self.swap(hole, self.order.len() - 1, &mut moved);
        self.order.pop();
    }

    /// The member whose turn it is.
    pub(crate) fn next(&mut self, rng: &mut Rng, mut moved: impl FnMut(Moved)) -> Option<MemberIndex> {
        if self.done == self.order.len() {
            self.done = 0;
        }
        let waiting = self.order.len() - self.done;
        self.swap(self.done, self.done + rng.below(waiting), &mut moved);
        let member = self.get(self.done)?;
        self.done += 1;
        Some(member)
    }

    fn swap(&mut self, a: usize, b: usize, moved: &mut impl FnMut(Moved)) {
        if a != b {
            self.order.swap(a, b);
            moved(self.place(a));
            moved(self.place(b));
        }
    }

    fn place(&self, place: usize) -> Moved {
        Moved { member: self.order[place], to: u32::try_from(place).unwrap_or(u32::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::{prop, prop_assert, proptest};

    use super::*;

    /// A ring with the places that the table would keep.
    struct Placed {
        ring: Ring,
        places: BTreeMap<MemberIndex, u32>,
        rng: Rng,
    }

    impl Placed {
        fn new(members: u32) -> Self {
            let mut placed = Self { ring: Ring::default(), places: BTreeMap::new(), rng: Rng::new([9; 32]) };
            (0..members).for_each(|member| placed.insert(member));
            placed
        }

        fn insert(&mut self, member: u32) {
            let places = &mut self.places;
            self.ring.insert(MemberIndex::new(member), &mut self.rng, |moved| {
                places.insert(moved.member, moved.to);
            });
        }

        fn remove(&mut self, member: u32) {
            let Some(place) = self.places.remove(&MemberIndex::new(member)) else { return };
            let places = &mut self.places;
            self.ring.remove(place as usize, |moved| {
                places.insert(moved.member, moved.to);
            });
            self.places.remove(&MemberIndex::new(member));
        }

        fn next(&mut self) -> Option<MemberIndex> {
            let places = &mut self.places;
            self.ring.next(&mut self.rng, |moved| {
                places.insert(moved.member, moved.to);
            })
        }

        fn places_are_right(&self) -> bool {
            self.places.len() == self.ring.len()
                && self.places.iter().all(|(&member, &place)| self.ring.get(place as usize) == Some(member))
        }
    }

    #[test]
    fn everybody_has_one_turn_per_round() {
        let mut placed = Placed::new(20);
        for _ in 0..20 {
            placed.next();
        }
        for _ in 0..50 {
            let round: BTreeSet<_> = (0..20).filter_map(|_| placed.next()).collect();
            assert_eq!(round.len(), 20);
        }
    }

    #[test]
    fn between_two_turns_of_one_member_lie_at_most_2n_minus_2_others() {
        let mut placed = Placed::new(7);
        let mut last = BTreeMap::new();
        for turn in 0..7_000u32 {
            let member = placed.next().expect("the ring is not empty");
            if let Some(before) = last.insert(member, turn) {
                assert!(turn - before < 2 * 7, "{member:?} waited {} turns", turn - before);
            }
        }
    }

    #[test]
    fn every_order_is_as_likely_as_any_other() {
        let mut placed = Placed::new(3);
        let mut seen = BTreeMap::<Vec<_>, u32>::new();
        for _ in 0..3 {
            placed.next();
        }
        for _ in 0..6_000 {
            let round = (0..3).filter_map(|_| placed.next()).collect();
            *seen.entry(round).or_default() += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|&count| (850..1_150).contains(&count)), "{seen:?}");
    }

    #[test]
    fn an_endless_stream_of_newcomers_starves_nobody() {
        let mut placed = Placed::new(10);
        let old: BTreeSet<_> = (0..10).map(MemberIndex::new).collect();
        let mut waiting = old.clone();
        let mut newcomers = 10..;
        for _ in 0..400 {
            placed.insert(newcomers.next().expect("endless"));
            placed.next().map(|member| waiting.remove(&member));
        }
        assert!(waiting.is_empty(), "{waiting:?} waited for 400 turns");
    }

    #[test]
    fn an_empty_ring_has_no_next_and_no_random_member() {
        let mut placed = Placed::new(0);
        assert_eq!(placed.next(), None);
        assert_eq!(placed.ring.random(&mut placed.rng), None);
    }

    proptest! {
        #[test]
        fn places_stay_right_through_any_history(
            operations in prop::collection::vec((0u32..12, 0u8..3), 0..200),
        ) {
            let mut placed = Placed::new(0);
            for (member, operation) in operations {
                match operation {
                    0 if !placed.places.contains_key(&MemberIndex::new(member)) => placed.insert(member),
                    1 => placed.remove(member),
                    _ => { placed.next(); }
                }
                prop_assert!(placed.places_are_right());
            }
        }
    }
}
