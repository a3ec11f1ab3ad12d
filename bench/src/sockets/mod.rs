//! What is measured on the sockets of this computer, in real time.

pub(crate) mod flood;
pub(crate) mod guest;
pub(crate) mod honest;
pub(crate) mod host;
pub(crate) mod pings;
pub(crate) mod real;
pub(crate) mod streams;
mod trial;
pub(crate) mod victim;
