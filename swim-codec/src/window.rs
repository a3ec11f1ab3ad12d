//! Which sequences of one life came already.

use crate::count::Sequence;

/// Sequences up to the highest that are told apart; older ones may have been seen.
const WINDOW: u64 = 1_024;
const BITS: u64 = u64::BITS as u64;
/// One more than the window fills: the highest sequence may be anywhere in its word.
const WORDS: usize = 17;
const RING: u64 = WORDS as u64;

/// The highest sequence seen, and which of the last 1 024 were.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    highest: Sequence,
    /// A ring: bit `s % 64` of word `s / 64 % WORDS` stands for the sequence `s`.
    words: [u64; WORDS],
}

/// What a window knows of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Never,
    Already,
    /// It is too long ago to know.
    Maybe,
}

impl Window {
    /// `first` and all before it count as seen.
    pub(crate) fn starting_at(first: Sequence) -> Self {
        let below = bit(first.get()).wrapping_sub(1);
        let mut window = Self { highest: first, words: [u64::MAX; WORDS] };
        *window.word(first.get()) = below | bit(first.get());
        window
    }

    pub(crate) const fn highest(&self) -> Sequence {
        self.highest
    }

    /// Says what was known of a sequence, and takes note of it.
    pub(crate) fn see(&mut self, sequence: Sequence) -> Seen {
        if self.highest.get().saturating_sub(sequence.get()) >= WINDOW {
            return Seen::Maybe;
        }
        self.advance_to(sequence);
        let sequence = sequence.get();
        let word = self.word(sequence);
        let known = *word & bit(sequence) != 0;
        *word |= bit(sequence);
        if known { Seen::Already } else { Seen::Never }
    }

    /// Clears the words between the highest sequence and a higher one.
    fn advance_to(&mut self, sequence: Sequence) {
        let (last, next) = (self.highest.get() / BITS, sequence.get() / BITS);
        for word in (last.saturating_add(1)..=next).take(WORDS) {
            *self.word(word.saturating_mul(BITS)) = 0;
        }
        self.highest = self.highest.max(sequence);
    }

    #[expect(clippy::indexing_slicing, reason = "a remainder of WORDS")]
    fn word(&mut self, sequence: u64) -> &mut u64 {
        &mut self.words[(sequence / BITS % RING) as usize]
    }
}

const fn bit(sequence: u64) -> u64 {
    1 << (sequence % BITS)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn sequence(value: u64) -> Sequence {
        Sequence::new(value).unwrap()
    }

    /// Everything that was ever seen.
    struct Model {
        first: u64,
        seen: BTreeSet<u64>,
    }

    impl Model {
        fn see(&mut self, sequence: u64) -> Seen {
            let highest = self.seen.last().map_or(self.first, |&last| last.max(self.first));
            if sequence + 1_024 <= highest {
                Seen::Maybe
            } else if sequence <= self.first || !self.seen.insert(sequence) {
                Seen::Already
            } else {
                Seen::Never
            }
        }
    }

    /// Small and large steps to and fro, also across many times the window and up to the last sequence.
    fn any_walk() -> impl Strategy<Value = (u64, Vec<i64>)> {
        let step = prop_oneof![6 => -3..4i64, 4 => -1_100..1_200i64, 1 => -9_000..9_000i64];
        let start = prop_oneof![1..3_000u64, (1u64 << 48) - 3_000..1 << 48];
        (start, prop::collection::vec(step, 0..400))
    }

    proptest! {
        #[test]
        fn a_window_agrees_with_a_list_of_all_that_came((first, steps) in any_walk()) {
            let mut window = Window::starting_at(sequence(first));
            let mut model = Model { first, seen: BTreeSet::new() };
            let mut at = first;
            for step in steps {
                at = at.saturating_add_signed(step).clamp(1, Sequence::MAX.get());
                prop_assert_eq!(window.see(sequence(at)), model.see(at), "{}", at);
            }
        }
    }

    #[test]
    fn the_window_is_1_024_wide_wherever_it_stands() {
        for first in (1..200).chain([Sequence::MAX.get() - 5_000]) {
            let mut window = Window::starting_at(sequence(first));
            assert_eq!(window.see(sequence(first + 1_025)), Seen::Never);
            assert_eq!(window.see(sequence(first + 1)), Seen::Maybe);
            assert_eq!(window.see(sequence(first + 2)), Seen::Never);
            for at in first + 3..first + 1_025 {
                assert_eq!(window.see(sequence(at)), Seen::Never);
                assert_eq!(window.see(sequence(at)), Seen::Already);
            }
        }
    }

    #[test]
    fn a_jump_to_the_last_sequence_takes_no_longer_than_any() {
        let mut window = Window::starting_at(Sequence::FIRST);
        assert_eq!(window.see(Sequence::MAX), Seen::Never);
        assert_eq!(window.see(Sequence::MAX), Seen::Already);
        assert_eq!(window.see(sequence(2)), Seen::Maybe);
    }
}
