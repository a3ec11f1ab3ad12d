//! The headers of one life: no two of them are equal.

use crate::count::{Epoch, Sequence};
use crate::frame::Header;
use crate::id::{ClusterId, Destination, MemberId};

/// Gives out every sequence of a life once.
///
/// A pair of epoch and sequence that came twice would let others take a frame for a replay, and under a seal that
/// encrypts it would give away what both frames say. So this is not `Clone`, and a life needs an epoch that no life
/// before had: see [`Epoch::after`].
#[derive(Debug)]
pub struct Headers {
    cluster: ClusterId,
    sender: MemberId,
    epoch: Epoch,
    next: Option<Sequence>,
}

impl Headers {
    /// The headers of the life of `sender` that `epoch` stands for.
    #[must_use]
    pub const fn new(cluster: ClusterId, sender: MemberId, epoch: Epoch) -> Self {
        Self { cluster, sender, epoch, next: Some(Sequence::FIRST) }
    }

    /// The next one; `None` for ever after 2⁴⁸ - 1 of them. The member then needs a new life.
    pub const fn next(&mut self, destination: Destination) -> Option<Header> {
        let Some(sequence) = self.next else { return None };
        self.next = sequence.next();
        let Self { cluster, sender, epoch, .. } = *self;
        Some(Header { cluster, sender, epoch, sequence, destination })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_ends_with_its_last_sequence() {
        let id = MemberId::from_bytes([1; 8]);
        let mut headers = Headers::new(ClusterId::from_name("c"), id, Epoch::default());
        assert_eq!(headers.next(Destination::UNKNOWN).unwrap().sequence, Sequence::FIRST);
        assert_eq!(headers.next(Destination::UNKNOWN).unwrap().sequence.get(), 2);
        headers.next = Some(Sequence::MAX);
        assert_eq!(headers.next(id.destination()).unwrap().sequence, Sequence::MAX);
        assert_eq!(headers.next(id.destination()), None);
        assert_eq!(headers.next(id.destination()), None);
    }
}
