//! What still has to be told, least told first.

use alloc::vec::Vec;
use core::mem;

use hashbrown::HashTable;

use crate::planted::{Bug, planted};
use crate::slab::Slab;

/// One place per subject (a member, or a register) that waits, in doubly linked lists by how often it was sent.
///
/// A newer fact about a subject replaces the older one by moving its place to the front list. The fact itself is
/// encoded from the table when it is sent, so what goes out is always the newest. Queueing is O(1), filling a
/// datagram O(facts taken).
#[derive(Default)]
pub(crate) struct Broadcasts {
    places: Slab<Place>,
    by_subject: HashTable<u32>,
    /// The list of what was sent `i` times.
    lists: Vec<List>,
    /// Places taken in the present fill, kept to reuse the allocation.
    taken: Vec<u32>,
}

struct Place {
    subject: u32,
    sent: u16,
    previous: u32,
    next: u32,
}

#[derive(Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

const NOBODY: u32 = u32::MAX;
const EMPTY: List = List { first: NOBODY, last: NOBODY };

/// So many facts in a row that do not fit end the filling of a datagram: the next one hardly fits either.
const MISFITS_MAX: u32 = 4;
/// The memory for so many facts is kept in any case.
const KEPT: usize = 64;

/// Subjects are numbers of our own, which nobody else chooses.
fn hash(subject: u32) -> u64 {
    u64::from(subject).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Broadcasts {
    /// Queues a subject as never sent, whatever its count was.
    pub(crate) fn push(&mut self, subject: u32) {
        self.remove(subject);
        self.enter(subject, 0);
    }

    fn enter(&mut self, subject: u32, sent: u16) {
        let place = self.places.insert(Place { subject, sent, previous: NOBODY, next: NOBODY });
        let Self { places, by_subject, .. } = self;
        by_subject.insert_unique(hash(subject), place, |&place| hash(subject_at(places, place)));
        self.append(place, sent);
    }

    /// Forgets a subject.
    pub(crate) fn remove(&mut self, subject: u32) {
        if let Some(place) = self.find(subject) {
            self.unlink(place);
            self.drop_place(place);
            self.give_back();
        }
    }

    #[cfg(test)]
    fn is_queued(&self, subject: u32) -> bool {
        self.find(subject).is_some()
    }

    /// How many subjects wait.
    pub(crate) fn waiting(&self) -> usize {
        self.by_subject.len()
    }

    /// Offers subjects, least sent first, until `offer` refused several in a row. Where there is a limit, what it accepted
    /// counts as sent once more and is dropped when it was sent so many times. No subject is offered twice.
    pub(crate) fn fill(&mut self, limit: Option<u16>, mut offer: impl FnMut(u32) -> bool) {
        let mut misfits = 0;
        'lists: for list in &self.lists {
            let mut at = list.first;
            while let Some(place) = self.places.get(at) {
                if offer(place.subject) {
                    self.taken.push(at);
                    misfits = 0;
                } else {
                    misfits += 1;
                    if misfits == MISFITS_MAX {
                        break 'lists;
                    }
                }
                at = place.next;
            }
        }
        match limit {
            Some(limit) => self.count_taken(limit),
            None => self.taken.clear(),
        }
    }

    fn count_taken(&mut self, limit: u16) {
        let mut taken = mem::take(&mut self.taken);
        for place in taken.drain(..) {
            let sent = self.unlink(place) + 1;
            if sent < limit || planted(Bug::GossipsForEver) {
                self.append(place, sent);
            } else {
                self.drop_place(place);
            }
        }
        self.taken = taken;
        self.give_back();
    }

    fn find(&self, subject: u32) -> Option<u32> {
        self.by_subject.find(hash(subject), |&place| subject_at(&self.places, place) == subject).copied()
    }

    /// Forgets what is in no list any more.
    fn drop_place(&mut self, place: u32) {
        let subject = subject_at(&self.places, place);
        if let Ok(entry) = self.by_subject.find_entry(hash(subject), |&other| other == place) {
            entry.remove();
        }
        self.places.remove(place);
    }

    /// Gives memory back when most of it is unused: a cluster that starts has much more to tell than ever again.
    fn give_back(&mut self) {
        if self.by_subject.capacity() <= KEPT.max(self.waiting() * 4) {
            return;
        }
        let (lists, places) = (mem::take(&mut self.lists), mem::take(&mut self.places));
        self.by_subject = HashTable::new();
        for (sent, list) in (0..).zip(lists) {
            let mut at = list.first;
            while let Some(place) = places.get(at) {
                self.enter(place.subject, sent);
                at = place.next;
            }
        }
    }

    fn append(&mut self, place: u32, sent: u16) {
        if self.lists.len() <= usize::from(sent) {
            self.lists.resize(usize::from(sent) + 1, EMPTY);
        }
        let list = &mut self.lists[usize::from(sent)];
        let previous = mem::replace(&mut list.last, place);
        match self.places.get_mut(previous) {
            None => list.first = place,
            Some(previous) => previous.next = place,
        }
        if let Some(place) = self.places.get_mut(place) {
            (place.sent, place.previous, place.next) = (sent, previous, NOBODY);
        }
    }

    /// Takes a place out of its list, and says how often it was sent.
    fn unlink(&mut self, place: u32) -> u16 {
        let Some(&Place { sent, previous, next, .. }) = self.places.get(place) else { return 0 };
        let list = &mut self.lists[usize::from(sent)];
        match self.places.get_mut(previous) {
            None => list.first = next,
            Some(previous) => previous.next = next,
        }
        match self.places.get_mut(next) {
            None => list.last = previous,
            Some(next) => next.previous = previous,
        }
        sent
    }
}

fn subject_at(places: &Slab<Place>, place: u32) -> u32 {
    places.get(place).map_or(NOBODY, |place| place.subject)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    /// One datagram with room for `room` facts.
    fn take(broadcasts: &mut Broadcasts, limit: u16, room: usize) -> Vec<u32> {
        let mut taken = vec![];
        broadcasts.fill(Some(limit), |subject| {
            let fits = taken.len() < room;
            if fits {
                taken.push(subject);
            }
            fits
        });
        taken
    }

    #[test]
    fn what_is_told_without_a_limit_counts_as_untold() {
        let mut broadcasts = Broadcasts::default();
        (0..3).for_each(|subject| broadcasts.push(subject));
        for _ in 0..100 {
            let mut told = vec![];
            broadcasts.fill(None, |subject| {
                told.push(subject);
                true
            });
            assert_eq!(told, [0, 1, 2]);
        }
        (0..2).for_each(|_| assert_eq!(take(&mut broadcasts, 2, 3), [0, 1, 2]));
        assert_eq!(broadcasts.waiting(), 0);
    }

    #[test]
    fn what_was_sent_least_goes_first() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.push(1);
        broadcasts.push(2);
        assert_eq!(take(&mut broadcasts, 9, 1), [1]);
        assert_eq!(take(&mut broadcasts, 9, 1), [2]);
        broadcasts.push(3);
        assert_eq!(take(&mut broadcasts, 9, 2)[0], 3);
    }

    #[test]
    fn a_fact_is_sent_as_often_as_the_limit_says() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.push(5);
        let sent = (0..20).map(|_| take(&mut broadcasts, 8, 10).len()).sum::<usize>();
        assert_eq!(sent, 8);
        assert_eq!(broadcasts.waiting(), 0);
    }

    #[test]
    fn a_newer_fact_replaces_the_older_and_starts_again() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.push(5);
        take(&mut broadcasts, 3, 1);
        take(&mut broadcasts, 3, 1);
        for _ in 0..1_000 {
            broadcasts.push(5);
        }
        assert_eq!(broadcasts.waiting(), 1);
        let sent = (0..20).map(|_| take(&mut broadcasts, 3, 10).len()).sum::<usize>();
        assert_eq!(sent, 3);
    }

    #[test]
    fn a_fact_too_large_for_this_datagram_does_not_hold_up_smaller_ones() {
        let mut broadcasts = Broadcasts::default();
        (0..3).for_each(|subject| broadcasts.push(subject));
        let mut taken = vec![];
        broadcasts.fill(Some(8), |subject| {
            let fits = subject != 0;
            if fits {
                taken.push(subject);
            }
            fits
        });
        assert_eq!(taken, [1, 2]);
        assert!(broadcasts.is_queued(0));
    }

    #[test]
    fn a_full_datagram_costs_a_few_offers_whatever_waits() {
        let mut broadcasts = Broadcasts::default();
        (0..10_000).for_each(|subject| broadcasts.push(subject));
        let mut offers = 0;
        broadcasts.fill(Some(8), |_| {
            offers += 1;
            offers <= 30
        });
        assert_eq!(offers, 30 + MISFITS_MAX);
    }

    proptest! {
        #[test]
        fn broadcasts_behave_like_a_map_of_counts(
            operations in prop::collection::vec((0u32..10, 0u8..4, 0usize..5), 0..100),
        ) {
            let mut broadcasts = Broadcasts::default();
            let mut model = BTreeMap::<u32, u16>::new();
            for (subject, operation, room) in operations {
                match operation {
                    0 | 1 => {
                        broadcasts.push(subject);
                        model.insert(subject, 0);
                    }
                    2 => {
                        broadcasts.remove(subject);
                        model.remove(&subject);
                    }
                    _ => {
                        let taken = take(&mut broadcasts, 4, room);
                        let most = taken.iter().map(|subject| model[subject]).max();
                        let left = model.iter().filter(|(subject, _)| !taken.contains(subject));
                        let least = left.map(|(_, &sent)| sent).min();
                        prop_assert!(most.is_none() || least.is_none() || most <= least);
                        prop_assert_eq!(taken.len(), room.min(model.len()));
                        for subject in taken {
                            *model.entry(subject).or_default() += 1;
                        }
                        model.retain(|_, sent| *sent < 4);
                    }
                }
                prop_assert_eq!(broadcasts.waiting(), model.len());
                prop_assert!((0..10).all(|s| broadcasts.is_queued(s) == model.contains_key(&s)));
            }
        }
    }
}
