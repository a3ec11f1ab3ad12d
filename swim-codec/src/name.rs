//! The name of a member.

use core::borrow::Borrow;
use core::fmt;

use smol_str::SmolStr;

use crate::id::MemberId;
use crate::limits::NAME_MAX;

/// The name of a member, unique in its cluster: 1 to [`NAME_MAX`] bytes of UTF-8.
///
/// Cloning never allocates, and up to 23 bytes are held in place. Names compare byte by byte: nothing is trimmed, folded or normalised.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(SmolStr);

impl Name {
    /// Takes `name` as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] if it is empty or longer than [`NAME_MAX`] bytes.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        match name.len() {
            0 => Err(InvalidName::Empty),
            1..=NAME_MAX => Ok(Self(name.into())),
            len => Err(InvalidName::TooLong { len }),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The short form that frames carry. Hashes the name at every call.
    #[must_use]
    pub fn id(&self) -> MemberId {
        MemberId::from_name(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a text cannot be the name of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidName {
    /// It has no bytes.
    Empty,
    /// It has more than [`NAME_MAX`] bytes.
    TooLong {
        /// How many bytes it has.
        len: usize,
    },
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a name has 1 to {NAME_MAX} bytes, this one is empty"),
            Self::TooLong { len } => write!(f, "a name has 1 to {NAME_MAX} bytes, this one has {len}"),
        }
    }
}

impl core::error::Error for InvalidName {}
