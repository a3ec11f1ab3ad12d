//! What a node is told.

use std::fmt;

use serde::{Deserialize, Serialize};
use swim_core::{Addr, Config, Instant, Key, Machine as _, Node, StreamId, StreamInput};

use crate::spelling::{self, Keys, Listed, StreamSpelling};

/// One call of a node, as a trace holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call<'a>(#[serde(borrow)] pub(crate) Kind<'a>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind<'a> {
    Datagram {
        #[serde(with = "spelling::addr")]
        from: Addr,
        #[serde(serialize_with = "spelling::bytes")]
        bytes: &'a [u8],
    },
    Stream {
        #[serde(with = "StreamSpelling")]
        stream: StreamId,
        #[serde(borrow)]
        input: Input<'a>,
    },
    Timeout,
    Join(Vec<Listed>),
    Leave,
    Set {
        key: &'a str,
        #[serde(serialize_with = "spelling::bytes")]
        value: &'a [u8],
    },
    Remove {
        key: &'a str,
    },
    Reconfigure(Box<Config>),
    SetKeyring(Keys),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Input<'a> {
    Accepted(#[serde(with = "spelling::addr")] Addr),
    Connected,
    Data(#[serde(serialize_with = "spelling::bytes")] &'a [u8]),
    Written,
    Finished,
    Failed,
}

impl<'a> Input<'a> {
    pub(crate) fn of(input: &'a StreamInput<'_>) -> Self {
        match input {
            StreamInput::Accepted { from } => Self::Accepted(from.clone()),
            StreamInput::Connected => Self::Connected,
            StreamInput::Data(bytes) => Self::Data(bytes),
            StreamInput::Written => Self::Written,
            StreamInput::Finished => Self::Finished,
            StreamInput::Failed => Self::Failed,
        }
    }
}

impl Call<'_> {
    /// Tells it to a node. `Err` is the fingerprint of a key that would be needed.
    pub(crate) fn feed(&self, node: &mut Node, now: Instant, keys: &[Key]) -> Result<(), String> {
        match &self.0 {
            Kind::Datagram { from, bytes } => node.handle_datagram(now, from, &mut bytes.to_vec()),
            Kind::Stream { stream, input } => feed_stream(node, now, *stream, input),
            Kind::Timeout => node.handle_timeout(now),
            Kind::Join(seeds) => {
                let seeds: Vec<Addr> = seeds.iter().map(|Listed(addr)| addr.clone()).collect();
                node.join(now, &seeds);
            }
            Kind::Leave => node.leave(now),
            // Whether it was refused follows from what the node knew, as everything else.
            Kind::Set { key, value } => drop(node.set(now, key, value)),
            Kind::Remove { key } => drop(node.remove(now, key)),
            Kind::Reconfigure(config) => drop(node.reconfigure(now, Config::clone(config))),
            Kind::SetKeyring(known) => *node.keyring_mut() = known.to_keyring(keys)?,
        }
        Ok(())
    }
}

fn feed_stream(node: &mut Node, now: Instant, stream: StreamId, input: &Input<'_>) {
    let mut scratch = Vec::new();
    let input = match input {
        Input::Accepted(from) => StreamInput::Accepted { from: from.clone() },
        Input::Connected => StreamInput::Connected,
        Input::Data(bytes) => {
            scratch.extend_from_slice(bytes);
            StreamInput::Data(&mut scratch)
        }
        Input::Written => StreamInput::Written,
        Input::Finished => StreamInput::Finished,
        Input::Failed => StreamInput::Failed,
    };
    node.handle_stream(now, stream, input);
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Datagram { from, bytes } => write!(f, "a datagram of {} bytes from {from}", bytes.len()),
            Kind::Stream { stream, input } => write!(f, "{}: {input}", Stream(*stream)),
            Kind::Timeout => f.write_str("time passed"),
            Kind::Join(seeds) => {
                f.write_str("the command to join through")?;
                seeds.iter().try_for_each(|Listed(addr)| write!(f, " {addr}"))
            }
            Kind::Leave => f.write_str("the command to leave"),
            Kind::Set { key, value } => write!(f, "the command to set {key} to {} bytes", value.len()),
            Kind::Remove { key } => write!(f, "the command to remove {key}"),
            Kind::Reconfigure(_) => f.write_str("the command to use other numbers"),
            Kind::SetKeyring(Keys::None) => f.write_str("the command to use no keys"),
            Kind::SetKeyring(Keys::Some { fingerprints, .. }) => {
                write!(f, "the command to use the keys {}", fingerprints.join(" "))
            }
        }
    }
}

impl fmt::Display for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(from) => write!(f, "accepted from {from}"),
            Self::Connected => f.write_str("connected"),
            Self::Data(bytes) => write!(f, "{} bytes came", bytes.len()),
            Self::Written => f.write_str("what was written is out"),
            Self::Finished => f.write_str("the other side finished"),
            Self::Failed => f.write_str("it failed"),
        }
    }
}

/// A stream in words.
pub(crate) struct Stream(pub(crate) StreamId);

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            StreamId::Dialed(number) => write!(f, "dialled stream {number}"),
            StreamId::Accepted(number) => write!(f, "accepted stream {number}"),
        }
    }
}
