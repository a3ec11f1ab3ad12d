//! Small values that a member carries and only its owner writes.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use swim_codec::limits::{REGISTER_KEY_MAX, REGISTER_VALUE_MAX};

use crate::slab::Slab;
use crate::table::{MemberIndex, Table};

/// Registers that one member may have, the removed ones that are still remembered included.
pub const REGISTERS_MAX: usize = 64;
/// Bytes that the keys and values of one member may have in sum.
pub const REGISTER_BYTES_MAX: usize = 8 * 1024;

/// A place in [`Registers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegisterIndex(u32);

impl RegisterIndex {
    pub(crate) const fn new(index: u32) -> Self {
        Self(index)
    }

    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}

/// One register: the larger [`rank`](Self::rank) wins, and a value of `None` remembers that the owner removed it.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) owner: MemberIndex,
    pub(crate) key: Arc<str>,
    pub(crate) stamp: u64,
    pub(crate) value: Option<Arc<[u8]>>,
}

impl Register {
    /// No owner writes twice with one stamp. Of two that somebody else wrote so, all keep the same one.
    pub(crate) fn rank(&self) -> (u64, Option<&[u8]>) {
        (self.stamp, self.value.as_deref())
    }

    fn bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, |value| value.len())
    }
}

/// The registers of one member, in the order of their keys. They belong to one life of it.
pub(crate) struct Owned {
    pub(crate) fingerprint: u64,
    places: Vec<RegisterIndex>,
    bytes: usize,
}

impl Owned {
    pub(crate) const NONE: Self = Self { fingerprint: 0, places: Vec::new(), bytes: 0 };

    pub(crate) fn places(&self) -> &[RegisterIndex] {
        &self.places
    }

    /// Of keys and values.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// All registers of all members, at dense places.
#[derive(Default)]
pub(crate) struct Registers(Slab<Register>);

/// A register as it goes on the wire; `None` if its owner is forgotten.
pub(crate) fn message_of<'a>(register: &'a Register, table: &'a Table) -> Option<swim_codec::Register<'a>> {
    let owner = table.get(register.owner)?;
    Some(swim_codec::Register {
        owner: owner.name().as_str(),
        epoch: owner.epoch,
        key: &register.key,
        stamp: register.stamp,
        value: register.value.as_deref(),
    })
}

/// What became of a register that was offered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    /// It was news and stands at this place now.
    Adopted(RegisterIndex),
    /// The same register or one of a larger rank is known.
    Known,
    /// The member has as much as it may.
    Full,
}

impl Registers {
    pub(crate) fn get(&self, place: RegisterIndex) -> Option<&Register> {
        self.0.get(place.0)
    }

    pub(crate) fn find(&self, owned: &Owned, key: &str) -> Option<&Register> {
        let found = self.search(owned, key).ok()?;
        self.get(owned.places[found])
    }

    /// Takes a register in, unless a newer one is known or there is no room for it.
    pub(crate) fn merge(&mut self, owned: &mut Owned, offered: Register) -> Merge {
        match self.search(owned, &offered.key) {
            Ok(found) => self.replace(owned, owned.places[found], offered),
            Err(gap) => self.insert(owned, gap, offered),
        }
    }

    /// The removed registers, the oldest first, without which a register that is news has room: none if it has, or if all
    /// of them together are not enough. The owner never gives up a value for what was removed, however old the value
    /// is, so a removal yields to any value, but only to a later removal.
    pub(crate) fn in_the_way(&self, owned: &Owned, offered: &Register) -> Vec<RegisterIndex> {
        let known = self.find(owned, &offered.key);
        let mut sizes = Sizes::with(owned, known, offered);
        if sizes.fit() || known.is_some_and(|known| known.rank() >= offered.rank()) {
            return Vec::new();
        }
        let mut yielding: Vec<_> = (owned.places.iter())
            .filter_map(|&place| Some((self.get(place)?, place)))
            .filter(|(old, _)| old.value.is_none() && old.key != offered.key)
            .filter(|(old, _)| offered.value.is_some() || old.stamp < offered.stamp)
            .collect();
        yielding.sort_unstable_by_key(|(old, _)| old.stamp);
        let enough = yielding.iter().position(|(old, _)| {
            sizes.count -= 1;
            sizes.bytes -= old.bytes();
            sizes.fit()
        });
        yielding[..enough.map_or(0, |last| last + 1)].iter().map(|&(_, place)| place).collect()
    }

    /// Takes out one register.
    pub(crate) fn remove(&mut self, owned: &mut Owned, place: RegisterIndex) {
        if let Some(register) = self.0.remove(place.0) {
            owned.places.retain(|&kept| kept != place);
            owned.bytes -= register.bytes();
        }
    }

    /// Takes out all registers of a member.
    pub(crate) fn clear(&mut self, owned: &Owned) {
        for place in &owned.places {
            self.0.remove(place.0);
        }
    }

    fn search(&self, owned: &Owned, key: &str) -> Result<usize, usize> {
        owned.places.binary_search_by(|&place| self.get(place).map_or("", |register| &register.key).cmp(key))
    }

    fn replace(&mut self, owned: &mut Owned, place: RegisterIndex, offered: Register) -> Merge {
        let Some(known) = self.0.get_mut(place.0) else { return Merge::Known };
        if known.rank() >= offered.rank() {
            return Merge::Known;
        }
        let sizes = Sizes::with(owned, Some(known), &offered);
        if !sizes.fit() {
            return Merge::Full;
        }
        owned.bytes = sizes.bytes;
        *known = offered;
        Merge::Adopted(place)
    }

    fn insert(&mut self, owned: &mut Owned, gap: usize, offered: Register) -> Merge {
        let sizes = Sizes::with(owned, None, &offered);
        if !sizes.fit() {
            return Merge::Full;
        }
        owned.bytes = sizes.bytes;
        let place = RegisterIndex(self.0.insert(offered));
        owned.places.insert(gap, place);
        Merge::Adopted(place)
    }
}

/// How much a member has.
struct Sizes {
    count: usize,
    bytes: usize,
}

impl Sizes {
    /// With a register in place of the one that is known under its key.
    fn with(owned: &Owned, known: Option<&Register>, offered: &Register) -> Self {
        let count = owned.places.len() + usize::from(known.is_none());
        Self { count, bytes: owned.bytes - known.map_or(0, Register::bytes) + offered.bytes() }
    }

    fn fit(&self) -> bool {
        self.count <= REGISTERS_MAX && self.bytes <= REGISTER_BYTES_MAX
    }
}

/// A register was refused; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The key is empty.
    EmptyKey,
    /// The key is longer than [`REGISTER_KEY_MAX`] bytes.
    KeyTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The value is longer than [`REGISTER_VALUE_MAX`] bytes.
    ValueTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// There are [`REGISTERS_MAX`] registers, or their keys and values would take more than
    /// [`REGISTER_BYTES_MAX`] bytes.
    Full,
    /// The node is leaving or has left.
    Leaving,
}

/// The bounds of one register.
pub(crate) fn check(key: &str, value: Option<&[u8]>) -> Result<(), RegisterError> {
    match (key.len(), value.map_or(0, <[u8]>::len)) {
        (0, _) => Err(RegisterError::EmptyKey),
        (len, _) if len > REGISTER_KEY_MAX => Err(RegisterError::KeyTooLong { len }),
        (_, len) if len > REGISTER_VALUE_MAX => Err(RegisterError::ValueTooLong { len }),
        _ => Ok(()),
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyKey => write!(f, "key must have at least 1 byte"),
            Self::KeyTooLong { len } => {
                write!(f, "key must have at most {REGISTER_KEY_MAX} bytes, this one has {len}")
            }
            Self::ValueTooLong { len } => {
                write!(f, "value must have at most {REGISTER_VALUE_MAX} bytes, this one has {len}")
            }
            Self::Full => write!(
                f,
                "a member has at most {REGISTERS_MAX} registers of {REGISTER_BYTES_MAX} bytes in sum, keys included"
            ),
            Self::Leaving => write!(f, "the node is leaving"),
        }
    }
}

impl core::error::Error for RegisterError {}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use super::*;

    fn register(key: &str, stamp: u64, value: Option<&[u8]>) -> Register {
        Register { owner: MemberIndex::LOCAL, key: key.into(), stamp, value: value.map(Into::into) }
    }

    fn value<'a>(registers: &'a Registers, owned: &Owned, key: &str) -> Option<&'a [u8]> {
        registers.find(owned, key)?.value.as_deref()
    }

    #[test]
    fn the_larger_stamp_wins_in_any_order() {
        for stamps in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
            let (mut registers, mut owned) = (Registers::default(), Owned::NONE);
            for stamp in stamps {
                registers.merge(&mut owned, register("k", stamp, Some(&[u8::try_from(stamp).unwrap()])));
            }
            assert_eq!(value(&registers, &owned, "k"), Some(&[3][..]));
        }
    }

    #[test]
    fn a_removal_is_remembered_against_an_older_value() {
        let (mut registers, mut owned) = (Registers::default(), Owned::NONE);
        registers.merge(&mut owned, register("k", 2, None));
        assert_eq!(registers.merge(&mut owned, register("k", 1, Some(b"old"))), Merge::Known);
        assert_eq!(value(&registers, &owned, "k"), None);
    }

    #[test]
    fn a_member_has_so_many_registers_and_no_more() {
        let (mut registers, mut owned) = (Registers::default(), Owned::NONE);
        for i in 0..REGISTERS_MAX {
            assert!(matches!(
                registers.merge(&mut owned, register(&format!("k{i}"), 1, Some(b"v"))),
                Merge::Adopted(_)
            ));
        }
        assert_eq!(registers.merge(&mut owned, register("more", 1, Some(b"v"))), Merge::Full);
        assert!(matches!(registers.merge(&mut owned, register("k0", 2, None)), Merge::Adopted(_)));
        let more = |stamp, value| register("more", stamp, value);
        assert!(registers.in_the_way(&owned, &more(2, None)).is_empty());
        let removed = registers.in_the_way(&owned, &more(1, Some(b"v")));
        assert_eq!(removed, registers.in_the_way(&owned, &more(3, None)));
        assert_eq!(removed.len(), 1);
        registers.remove(&mut owned, removed[0]);
        assert!(matches!(registers.merge(&mut owned, register("more", 3, Some(b"v"))), Merge::Adopted(_)));
    }

    #[test]
    fn a_member_has_so_many_register_bytes_and_no_more() {
        let (mut registers, mut owned) = (Registers::default(), Owned::NONE);
        let large = vec![0; REGISTER_VALUE_MAX];
        let adopted = (0..REGISTERS_MAX)
            .map(|i| registers.merge(&mut owned, register(&format!("{i:02}"), 1, Some(&large))))
            .filter(|merge| *merge != Merge::Full)
            .count();
        assert_eq!(adopted, REGISTER_BYTES_MAX / (REGISTER_VALUE_MAX + 2));
    }

    #[test]
    fn places_are_used_again_after_a_member_is_gone() {
        let (mut registers, mut owned) = (Registers::default(), Owned::NONE);
        for _ in 0..100 {
            registers.merge(&mut owned, register("a", 1, Some(b"1")));
            registers.merge(&mut owned, register("b", 1, Some(b"2")));
            registers.clear(&owned);
            owned = Owned::NONE;
        }
        assert_eq!(registers.0.iter().count(), 0);
        registers.merge(&mut owned, register("c", 1, None));
        assert!(owned.places()[0].get() < 2);
    }

    #[test]
    fn keys_and_values_are_held_to_their_bounds() {
        let long = "k".repeat(REGISTER_KEY_MAX + 1);
        let large = vec![0; REGISTER_VALUE_MAX + 1];
        assert_eq!(check("", None), Err(RegisterError::EmptyKey));
        assert_eq!(check(&long, None), Err(RegisterError::KeyTooLong { len: 65 }));
        assert_eq!(check("k", Some(&large)), Err(RegisterError::ValueTooLong { len: 513 }));
        assert_eq!(check(&long[1..], Some(&large[1..])), Ok(()));
        assert_eq!(check("k", Some(b"")), Ok(()));
    }
}
