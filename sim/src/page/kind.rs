//! What a packet is for.

use swim_codec::{HEADER_LEN, Message, Messages};

/// The purpose of a packet. News rides along in packets of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Nothing but news.
    Gossip,
    /// I am here.
    Ack,
    /// Probing through a helper, and the helper's bad news.
    Indirect,
    /// Are you there?
    Ping,
    /// Finding out where two tables differ.
    Compare,
    /// Bytes on a stream: joining, and exchanges of whole tables.
    Stream,
    /// Bytes that are no frame.
    Other,
}

impl Kind {
    /// All there are, in the order of their numbers.
    pub(super) const ALL: [Self; 7] =
        [Self::Gossip, Self::Ack, Self::Indirect, Self::Ping, Self::Compare, Self::Stream, Self::Other];

    /// The purpose of a datagram: of its messages the one that says most.
    pub(super) fn of(datagram: &[u8]) -> Self {
        let body = datagram.get(HEADER_LEN..).unwrap_or_default();
        let messages = Messages::new(body).map_while(Result::ok);
        messages.map(|message| Self::of_message(&message)).max().unwrap_or(Self::Other)
    }

    fn of_message(message: &Message<'_>) -> Self {
        match message {
            Message::Claim(_) | Message::Register(_) => Self::Gossip,
            Message::Ack(_) | Message::Coordinate(_) | Message::Echo(_) => Self::Ack,
            Message::PingReq(_) | Message::Nack(_) => Self::Indirect,
            Message::Ping(_) | Message::Challenge(_) => Self::Ping,
            Message::Sync(_) | Message::Digest(_) | Message::Want(_) => Self::Compare,
        }
    }

    /// Its place in [`Self::ALL`].
    pub(super) fn number(self) -> u8 {
        self as u8
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gossip => "gossip",
            Self::Ack => "ack",
            Self::Indirect => "indirect probe",
            Self::Ping => "ping",
            Self::Compare => "comparison",
            Self::Stream => "stream",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_frame_are_of_no_kind() {
        for bytes in [&[][..], &[0; 10], &[7; 64]] {
            assert_eq!(Kind::of(bytes), Kind::Other);
        }
    }

    #[test]
    fn the_number_of_a_kind_is_its_place() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind.number()), place, "{}", kind.name());
        }
    }
}
