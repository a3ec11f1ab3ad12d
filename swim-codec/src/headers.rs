//! The headers of one life: no two of them are equal.

use crate::count::{Epoch, Sequence};
use crate::frame::Header;
use crate::id::{ClusterId, Destination, MemberId};

/// Gives out every sequence of a life once.
///
/// A pair of epoch and sequence that came twice would let others take a frame for a replay, and under a seal that
/// encrypts it would give away what both frames say. So this is not `Clone`, a life should have an epoch that no life
/// before had, see [`Epoch::after`], and it begins with a sequence that was [drawn](Sequence::drawn): where an epoch comes
/// twice all the same, the pairs do not.
#[derive(Debug)]
pub struct Headers {
    cluster: ClusterId,
    sender: MemberId,
    epoch: Epoch,
    next: Option<Sequence>,
}

impl Headers {
    /// The headers of the life of `sender` that `epoch` stands for, from `first` on.
    #[must_use]
    pub const fn new(cluster: ClusterId, sender: MemberId, epoch: Epoch, first: Sequence) -> Self {
        Self { cluster, sender, epoch, next: Some(first) }
    }

    /// The next one; `None` for ever after the sequence 2⁴⁸ - 1.
    pub const fn next(&mut self, destination: Destination) -> Option<Header> {
        let Some(sequence) = self.next else { return None };
        self.next = sequence.next();
        let Self { cluster, sender, epoch, .. } = *self;
        Some(Header { cluster, sender, epoch, sequence, destination })
    }

    /// Takes another epoch from the next header on. The sequences go on, so it may even be one that was used before.
    pub const fn live_on(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MemberId = MemberId::from_bytes([1; 8]);

    fn headers(first: Sequence) -> Headers {
        Headers::new(ClusterId::from_name("c"), ID, Epoch::default(), first)
    }

    #[test]
    fn a_life_counts_from_where_it_begins() {
        for first in [Sequence::FIRST, Sequence::drawn(u64::MAX)] {
            let mut headers = headers(first);
            assert_eq!(headers.next(Destination::UNKNOWN).unwrap().sequence, first);
            assert_eq!(headers.next(Destination::UNKNOWN).unwrap().sequence.get(), first.get() + 1);
        }
    }

    #[test]
    fn a_life_ends_with_its_last_sequence() {
        let mut headers = headers(Sequence::MAX);
        assert_eq!(headers.next(ID.destination()).unwrap().sequence, Sequence::MAX);
        assert_eq!(headers.next(ID.destination()), None);
        assert_eq!(headers.next(ID.destination()), None);
    }

    #[test]
    fn another_epoch_begins_no_sequence_anew() {
        let (mut headers, later) = (headers(Sequence::FIRST), Epoch::new(7).unwrap());
        let before = headers.next(Destination::UNKNOWN).unwrap();
        headers.live_on(later);
        let after = headers.next(Destination::UNKNOWN).unwrap();
        assert_eq!((after.epoch, Some(after.sequence)), (later, before.sequence.next()));
    }

    #[test]
    fn a_life_has_room_for_half_of_all_sequences_wherever_it_begins() {
        assert_eq!(Sequence::drawn(0), Sequence::FIRST);
        assert_eq!(Sequence::drawn(1 << 18).get(), 2);
        assert_eq!(Sequence::drawn(u64::MAX).get(), (1 << 47) - 1);
    }
}
