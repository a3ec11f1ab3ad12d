//! Which fields a message has on the wire, in which order, and how each is spelled.

use crate::addr::AddrRef;
use crate::body::Malformed;
use crate::buckets::Buckets;
use crate::challenge::Cookie;
use crate::count::{Epoch, Incarnation};
use crate::id::{ClusterId, Fingerprint, MemberId, Nonce};
use crate::message::{
    Ack, Challenge, Claim, Coordinate, DIMENSIONS, Digest, Echo, Nack, Ping, PingReq, Register, Status, Sync,
    Want,
};
use crate::snapshot::Origin;
use crate::wire::{Reader, Writer};

/// A value that stands on the wire. Whatever is read is written in the same bytes.
pub(crate) trait Fields<'a>: Sized {
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed>;
    fn write(&self, to: &mut Writer<'_>);
}

/// A struct is its fields, one after the other.
macro_rules! structs {
    ($($struct:ty { $($field:ident),+ })+) => {$(
        impl<'a> Fields<'a> for $struct {
            #[inline]
            fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
                Ok(Self { $($field: Fields::read(from)?),+ })
            }

            fn write(&self, to: &mut Writer<'_>) {
                $(self.$field.write(to);)+
            }
        }
    )+};
}

structs! {
    Ping { nonce, fingerprint }
    PingReq { nonce, target }
    Ack { nonce, fingerprint }
    Nack { nonce }
    Claim<'a> { name, addr, epoch, incarnation, status }
    Register<'a> { owner, epoch, key, stamp, value }
    Sync { fingerprint }
    Digest<'a> { sums }
    Want<'a> { buckets, sums }
    Coordinate { vector, height, adjustment, error }
    Challenge { nonce, cookie }
    Echo { cookie }
    Origin<'a> { cluster, name, epoch, incarnation, stamp }
}

/// An identifier is its bytes.
macro_rules! identifiers {
    ($($id:ident)+) => {$(
        impl<'a> Fields<'a> for $id {
            #[inline]
            fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
                Ok(Self::from_bytes(from.array()?))
            }

            fn write(&self, to: &mut Writer<'_>) {
                to.put(self.as_bytes());
            }
        }
    )+};
}

identifiers!(ClusterId MemberId Nonce Fingerprint Cookie Buckets);

impl<'a> Fields<'a> for AddrRef<'a> {
    #[inline(always)]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(match from.number()? {
            0 => Self::V4(from.array()?, Fields::read(from)?),
            1 => Self::V6(from.array()?, Fields::read(from)?),
            2 => Self::UnixPath(from.bytes()?),
            3 => Self::UnixAbstract(from.bytes()?),
            _ => return Err(Malformed::Meaningless),
        })
    }

    fn write(&self, to: &mut Writer<'_>) {
        match self {
            Self::V4(octets, port) => {
                to.number(0);
                to.put(octets);
                port.write(to);
            }
            Self::V6(octets, port) => {
                to.number(1);
                to.put(octets);
                port.write(to);
            }
            Self::UnixPath(path) => {
                to.number(2);
                to.bytes(path);
            }
            Self::UnixAbstract(name) => {
                to.number(3);
                to.bytes(name);
            }
        }
    }
}

impl<'a> Fields<'a> for Status {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(match from.number()? {
            0 => Self::Alive,
            1 => Self::Suspect { by: Fields::read(from)? },
            2 => Self::Dead { by: Fields::read(from)? },
            3 => Self::Left,
            _ => return Err(Malformed::Meaningless),
        })
    }

    fn write(&self, to: &mut Writer<'_>) {
        match self {
            Self::Alive => to.number(0),
            Self::Suspect { by } => {
                to.number(1);
                by.write(to);
            }
            Self::Dead { by } => {
                to.number(2);
                by.write(to);
            }
            Self::Left => to.number(3),
        }
    }
}

impl<'a> Fields<'a> for Epoch {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        Self::new(from.number()?).ok_or(Malformed::Meaningless)
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.number(self.get());
    }
}

impl<'a> Fields<'a> for Incarnation {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        from.number().map(Self::new)
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.number(self.get());
    }
}

impl<'a> Fields<'a> for &'a str {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        core::str::from_utf8(from.bytes()?).map_err(|_| Malformed::Meaningless)
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.bytes(self.as_bytes());
    }
}

impl<'a> Fields<'a> for &'a [u8] {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        from.bytes()
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.bytes(self);
    }
}

impl<'a> Fields<'a> for Option<&'a [u8]> {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        match from.byte()? {
            0 => Ok(None),
            1 => from.bytes().map(Some),
            _ => Err(Malformed::Meaningless),
        }
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.put(&[u8::from(self.is_some())]);
        if let Some(bytes) = self {
            to.bytes(bytes);
        }
    }
}

impl<'a> Fields<'a> for u64 {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        from.number()
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.number(*self);
    }
}

impl<'a> Fields<'a> for u16 {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        Self::try_from(from.number()?).map_err(|_| Malformed::Meaningless)
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.number((*self).into());
    }
}

impl<'a> Fields<'a> for f32 {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        from.array().map(Self::from_le_bytes)
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.put(&self.to_le_bytes());
    }
}

impl<'a> Fields<'a> for [f32; DIMENSIONS] {
    #[inline]
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        let mut floats = [0.0; DIMENSIONS];
        for float in &mut floats {
            *float = Fields::read(from)?;
        }
        Ok(floats)
    }

    fn write(&self, to: &mut Writer<'_>) {
        to.put(self.map(f32::to_le_bytes).as_flattened());
    }
}
