//! The subkeys of those who were heard lately: deriving one costs more than opening a short frame with it.

use alloc::vec::Vec;

use crate::cipher::Cipher;
use crate::count::Epoch;
use crate::frame::{Header, OpenError};
use crate::id::{ClusterId, MemberId};
use crate::key::{KeyId, Source};
use crate::limits::SUBKEYS_MAX;
use crate::seal::Seal;

/// What a subkey is for: the frames of one sender in one life, under one key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    key: KeyId,
    pub(crate) cluster: ClusterId,
    pub(crate) sender: MemberId,
    pub(crate) epoch: Epoch,
}

impl Life {
    pub(crate) const fn of(key: KeyId, header: &Header) -> Self {
        let Header { cluster, sender, epoch, .. } = *header;
        Self { key, cluster, sender, epoch }
    }
}

/// Subkeys of a set; more members than this share one by chance, and then the one heard longest ago gives way.
const WAYS: usize = 4;
const SETS: usize = SUBKEYS_MAX / WAYS;

/// The subkey of this member and up to [`SUBKEYS_MAX`] of others.
#[derive(Clone)]
pub(crate) struct Subkeys {
    own: Option<Subkey>,
    /// [`SETS`] of them, or none yet; in each the one used last comes first.
    others: Vec<Vec<Subkey>>,
}

type Subkey = (Life, Cipher);

impl Subkeys {
    pub(crate) const fn new() -> Self {
        Self { own: None, others: Vec::new() }
    }

    /// The subkey that this member seals with.
    pub(crate) fn own(&mut self, life: Life, source: &Source) -> &Cipher {
        let own = self.own.take().filter(|subkey| subkey.0 == life);
        let subkey = own.unwrap_or_else(|| (life, source.cipher(&life)));
        &self.own.insert(subkey).1
    }

    /// Opens a frame, and then remembers the subkey: one that is only forged must not push out any.
    pub(crate) fn open<'a>(
        &mut self,
        life: Life,
        source: &Source,
        frame: &'a mut [u8],
    ) -> Result<&'a [u8], OpenError> {
        if let Some(cipher) = self.find(&life) {
            return Seal::Cipher(life.key, cipher).open(frame);
        }
        let subkey = (life, source.cipher(&life));
        let body = Seal::Cipher(life.key, &subkey.1).open(frame)?;
        self.keep(subkey);
        Ok(body)
    }

    /// Wipes all that was derived from a key.
    pub(crate) fn forget(&mut self, key: KeyId) {
        self.own.take_if(|subkey| subkey.0.key == key);
        for set in &mut self.others {
            set.retain(|subkey| subkey.0.key != key);
        }
    }

    fn find(&mut self, life: &Life) -> Option<&Cipher> {
        let set = self.others.get_mut(set_of(life))?;
        let at = set.iter().position(|subkey| subkey.0 == *life)?;
        set.get_mut(..=at)?.rotate_right(1);
        set.first().map(|subkey| &subkey.1)
    }

    fn keep(&mut self, subkey: Subkey) {
        self.others.resize_with(SETS, Vec::new);
        if let Some(set) = self.others.get_mut(set_of(&subkey.0)) {
            set.truncate(WAYS - 1);
            set.insert(0, subkey);
        }
    }
}

/// Ids are hashes already. Who chooses colliding names slows down the opening of his own frames.
fn set_of(life: &Life) -> usize {
    let [.., last] = life.sender.as_bytes();
    usize::from(*last) % SETS
}

#[cfg(test)]
mod tests {
    use hkdf::Hkdf;

    use super::*;
    use crate::count::Sequence;
    use crate::id::Destination;

    fn life(number: u64) -> Life {
        let [.., high, low] = number.to_be_bytes();
        let header = Header {
            cluster: ClusterId::from_name("c"),
            sender: MemberId::from_bytes([high, 0, 0, 0, 0, 0, 0, low]),
            epoch: Epoch::default(),
            sequence: Sequence::FIRST,
            destination: Destination::UNKNOWN,
        };
        Life::of(KeyId::new(1), &header)
    }

    fn remembered(subkeys: &Subkeys) -> usize {
        subkeys.others.iter().map(Vec::len).sum()
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_those_heard_last() {
        let source = Source::ChaCha20Poly1305(Hkdf::new(None, &[1]));
        let mut subkeys = Subkeys::new();
        for number in 0..10_000 {
            subkeys.keep((life(number), source.cipher(&life(number))));
            assert!(remembered(&subkeys) <= SUBKEYS_MAX);
            assert!(subkeys.find(&life(number)).is_some());
        }
        assert_eq!(remembered(&subkeys), SUBKEYS_MAX);
        assert!(subkeys.find(&life(0)).is_none());
        subkeys.forget(KeyId::new(2));
        assert_eq!(remembered(&subkeys), SUBKEYS_MAX);
        subkeys.forget(KeyId::new(1));
        assert_eq!(remembered(&subkeys), 0);
    }

    #[test]
    fn a_forgery_is_not_remembered() {
        let source = Source::Aes256Gcm(Hkdf::new(None, &[1]));
        let mut subkeys = Subkeys::new();
        for number in 0..1_000 {
            assert_eq!(subkeys.open(life(number), &source, &mut [0; 60]), Err(OpenError::BadTag));
        }
        assert_eq!(remembered(&subkeys), 0);
    }
}
