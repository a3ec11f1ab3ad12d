//! Values at dense places, which are used again.

use alloc::vec::Vec;

/// Places are handed out in ascending order, those that became free first, the latest before the others.
pub(crate) struct Slab<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Keeps a value and says where.
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop() {
            self.slots[place as usize] = Some(value);
            return place;
        }
        push_tightly(&mut self.slots, Some(value));
        u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&self, place: u32) -> Option<&T> {
        self.slots.get(place as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.slots.get_mut(place as usize)?.as_mut()
    }

    /// Takes a value out and frees its place.
    pub(crate) fn remove(&mut self, place: u32) -> Option<T> {
        let value = self.slots.get_mut(place as usize)?.take()?;
        self.free.push(place);
        Some(value)
    }

    /// All values, in the order of their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

/// What is kept for every member grows by a thirty-second: a table is larger than its contents by 2 % on average instead
/// of a half.
pub(crate) fn push_tightly<T>(values: &mut Vec<T>, value: T) {
    if values.len() == values.capacity() {
        values.reserve_exact(values.len() / 32 + 4);
    }
    values.push(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_used_again_after_its_value_is_gone() {
        let mut slab = Slab::default();
        assert_eq!([slab.insert('a'), slab.insert('b'), slab.insert('c')], [0, 1, 2]);
        assert_eq!((slab.remove(1), slab.remove(1), slab.get(1)), (Some('b'), None, None));
        assert_eq!(slab.insert('d'), 1);
        assert_eq!(slab.iter().collect::<Vec<_>>(), [&'a', &'d', &'c']);
    }

    #[test]
    fn no_more_than_a_thirty_second_is_kept_in_reserve() {
        let mut values = Vec::new();
        for n in 0..10_000 {
            push_tightly(&mut values, n);
            assert!(values.capacity() <= values.len() + values.len() / 32 + 4);
        }
    }
}
