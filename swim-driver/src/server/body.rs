//! How values become datagrams, and back.

use std::error::Error;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::datagram::Datagram;

/// What can be received.
///
/// Implemented for raw bytes (`Vec<u8>`), [`Json`], [`Postcard`], and [`Datagram`] for those who want the descriptors
/// and credentials, too; all others close what they do not take.
pub trait Decode: Sized {
    /// What the datagram says, or why it says nothing.
    fn decode(datagram: Datagram) -> Result<Self, Box<dyn Error + Send + Sync>>;
}

/// What can be sent: the same, and `&[u8]`.
pub trait Encode {
    /// The datagram that says it, or why there is none.
    fn encode(self) -> Result<Datagram, Box<dyn Error + Send + Sync>>;
}

/// A value that travels as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A value that travels as [postcard](https://postcard.jamesmunns.com), which is short and fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postcard<T>(pub T);

impl<T: DeserializeOwned> Decode for Json<T> {
    fn decode(datagram: Datagram) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(serde_json::from_slice(&datagram.bytes)?))
    }
}

impl<T: Serialize> Encode for Json<T> {
    fn encode(self) -> Result<Datagram, Box<dyn Error + Send + Sync>> {
        Ok(Datagram::new(serde_json::to_vec(&self.0)?))
    }
}

impl<T: DeserializeOwned> Decode for Postcard<T> {
    /// Bytes behind the value are an error.
    fn decode(datagram: Datagram) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (value, rest) = postcard::take_from_bytes(&datagram.bytes)?;
        if rest.is_empty() { Ok(Self(value)) } else { Err("there are bytes behind the value".into()) }
    }
}

impl<T: Serialize> Encode for Postcard<T> {
    fn encode(self) -> Result<Datagram, Box<dyn Error + Send + Sync>> {
        Ok(Datagram::new(postcard::to_extend(&self.0, Vec::new())?))
    }
}

impl Decode for Vec<u8> {
    fn decode(datagram: Datagram) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(datagram.bytes)
    }
}

impl Encode for Vec<u8> {
    fn encode(self) -> Result<Datagram, Box<dyn Error + Send + Sync>> {
        Ok(Datagram::new(self))
    }
}

impl Encode for &[u8] {
    fn encode(self) -> Result<Datagram, Box<dyn Error + Send + Sync>> {
        Ok(Datagram::new(self))
    }
}

impl Decode for Datagram {
    fn decode(datagram: Datagram) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(datagram)
    }
}

impl Encode for Datagram {
    fn encode(self) -> Result<Datagram, Box<dyn Error + Send + Sync>> {
        Ok(self)
    }
}
