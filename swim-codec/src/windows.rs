//! Whose frames are fresh: a memory of what every sender sent last.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::count::{Epoch, Sequence};
use crate::frame::Header;
use crate::id::MemberId;
use crate::window::{Seen, Window};

/// Finds frames that came already, of as many senders as it has room for, in about 200 bytes each.
///
/// Only frames that a key of the cluster sealed may be shown to it ([`Frame::key`](crate::Frame::key)): a plain one
/// with the largest sequence, forged by anybody, would shut up the member it names.
///
/// Nothing is known of a sender until it is [admitted](Self::admit): any frame of it could be one that was recorded
/// when this receiver was not there. When there is no room, one who was not heard for long is forgotten, and
/// must be admitted again.
#[derive(Debug)]
pub struct Windows {
    capacity: usize,
    places: BTreeMap<MemberId, usize>,
    entries: Vec<Entry>,
    /// Where the search for someone to forget goes on.
    hand: usize,
}

#[derive(Debug)]
struct Entry {
    sender: MemberId,
    epoch: Epoch,
    window: Window,
    /// Whether it was heard since the hand came by.
    heard: bool,
}

/// Whether a frame may be believed to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// It comes for the first time.
    Fresh,
    /// Nothing is known of this life of its sender: only an answer to something that nobody could foresee shows that
    /// it is not a recording. See [`Challenger`](crate::Challenger).
    Stranger,
    /// It came already.
    Replayed,
    /// It is more than 1 024 frames late: whether it came already is not known any more.
    TooOld,
    /// The sender has had a later life.
    EarlierLife,
}

impl Windows {
    /// Room for `capacity` senders, at least one. Twice the members that the cluster may have leave room for those who
    /// restart under other names.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        let capacity = if capacity == 0 { 1 } else { capacity };
        Self { capacity, places: BTreeMap::new(), entries: Vec::new(), hand: 0 }
    }

    /// Room for `capacity` senders, if that is more than there is. Nobody is forgotten.
    pub fn make_room(&mut self, capacity: usize) {
        self.capacity = self.capacity.max(capacity);
    }

    /// Judges a frame, and takes note of it if it is fresh.
    pub fn judge(&mut self, header: &Header) -> Freshness {
        let Some(entry) = self.entry(header.sender) else { return Freshness::Stranger };
        if header.epoch > entry.epoch {
            return Freshness::Stranger;
        }
        if header.epoch < entry.epoch {
            return Freshness::EarlierLife;
        }
        match entry.window.see(header.sequence) {
            Seen::Already => Freshness::Replayed,
            Seen::Maybe => Freshness::TooOld,
            Seen::Never => {
                entry.heard = true;
                Freshness::Fresh
            }
        }
    }

    /// Like [`judge`](Self::judge), for a frame whose sender has shown that it speaks now: it is a stranger no more.
    /// What it sent before this frame, and what any earlier life of it sent, is not fresh.
    ///
    /// A frame that is [`TooOld`](Freshness::TooOld) begins a new window as well: else somebody with the key could shut
    /// up a member for ever, by one frame in its name with the largest sequence.
    pub fn admit(&mut self, header: &Header) -> Freshness {
        let freshness = self.judge(header);
        if !matches!(freshness, Freshness::Stranger | Freshness::TooOld) {
            return freshness;
        }
        self.return_to(header);
        Freshness::Fresh
    }

    /// Like [`admit`](Self::admit), but takes the life that sent this frame for the present one, though a later one was
    /// heard: nobody else vouches for that. What the later one sent is not fresh any more.
    pub fn return_to(&mut self, header: &Header) {
        let Header { sender, epoch, sequence, .. } = *header;
        self.put(Entry { sender, epoch, window: Window::starting_at(sequence), heard: true });
    }

    /// The highest sequence that came of the present life of a sender; `None` if nothing is known of it.
    #[must_use]
    pub fn highest(&self, sender: MemberId) -> Option<Sequence> {
        let entry = self.entries.get(*self.places.get(&sender)?)?;
        Some(entry.window.highest())
    }

    /// Whether any life of this sender was admitted, and not forgotten since.
    #[must_use]
    pub fn knows(&self, sender: MemberId) -> bool {
        self.places.contains_key(&sender)
    }

    /// How many senders are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no sender is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn entry(&mut self, sender: MemberId) -> Option<&mut Entry> {
        let place = *self.places.get(&sender)?;
        self.entries.get_mut(place)
    }

    fn put(&mut self, entry: Entry) {
        let known = self.places.get(&entry.sender).copied();
        let place = known.unwrap_or_else(|| self.free_place());
        self.places.insert(entry.sender, place);
        match self.entries.get_mut(place) {
            Some(taken) => *taken = entry,
            None => self.entries.push(entry),
        }
    }

    /// A new place, or that of someone who was not heard for a whole round of the hand.
    fn free_place(&mut self) -> usize {
        if self.entries.len() < self.capacity {
            return self.entries.len();
        }
        loop {
            let place = self.hand;
            self.hand = place.saturating_add(1).checked_rem(self.capacity).unwrap_or(0);
            let Some(entry) = self.entries.get_mut(place) else { return place };
            if !core::mem::take(&mut entry.heard) {
                self.places.remove(&entry.sender);
                return place;
            }
        }
    }
}
