//! The others, as far as a node under test notices them: they have the key, and hear what it says.

use std::collections::BTreeMap;

use swim_codec::{
    Ack, Challenge, Cookie, Echo, Fingerprint, Header, Keyring, Message, Nonce, STREAM_PREFIX_LEN, Sequence,
};
use swim_core::{Addr, Machine as _, Node, StreamId, Transmit};

use crate::frames::{cluster, framed, header, keyring, sealed, sealed_for_stream};
use crate::node::local;

pub(crate) struct Peers {
    sequence: Sequence,
    /// What the node asked last, by where.
    asked: BTreeMap<Addr, Nonce>,
    /// What it wants to see, by where and by stream.
    cookies: BTreeMap<Addr, Cookie>,
    greeted: BTreeMap<StreamId, Cookie>,
}

impl Peers {
    pub(crate) const fn new() -> Self {
        Self {
            sequence: Sequence::FIRST,
            asked: BTreeMap::new(),
            cookies: BTreeMap::new(),
            greeted: BTreeMap::new(),
        }
    }

    /// Takes note of a datagram or of what a stream brings, opened with the keys of the node.
    pub(crate) fn hear(&mut self, keyring: &mut Keyring, transmit: &Transmit, bytes: &[u8]) {
        let frame = match transmit {
            Transmit::Datagram { .. } => bytes,
            _ => first_frame(bytes),
        };
        let mut frame = frame.to_vec();
        let Ok(opened) = keyring.open(cluster(), &mut frame) else { return };
        for message in opened.messages().map_while(Result::ok) {
            match (transmit, message) {
                (Transmit::Datagram { to }, Message::Ping(ping)) => {
                    self.asked.insert(to.clone(), ping.nonce);
                }
                (Transmit::Datagram { to }, Message::Challenge(challenge)) => {
                    self.cookies.insert(to.clone(), challenge.cookie);
                }
                (Transmit::Write { stream }, Message::Challenge(challenge)) => {
                    self.greeted.insert(*stream, challenge.cookie);
                }
                _ => {}
            }
        }
    }

    /// A datagram of member `number` from `addr` that shows, if it can, that it speaks now, and says what is in a body.
    pub(crate) fn datagram(
        &mut self,
        keyring: &mut Keyring,
        number: u8,
        addr: &Addr,
        body: &[u8],
    ) -> Vec<u8> {
        let mut messages = Vec::new();
        if let Some(cookie) = self.cookies.remove(addr) {
            messages.push(Message::Echo(Echo { cookie }));
        }
        if let Some(nonce) = self.asked.remove(addr) {
            messages.push(Message::Ack(Ack { nonce, fingerprint: Fingerprint::default() }));
        }
        let header = self.header(number);
        with_body(body, messages, |messages| sealed(keyring, &header, messages))
    }

    /// The same on a stream, where both sides challenge.
    pub(crate) fn on_stream(
        &mut self,
        keyring: &mut Keyring,
        number: u8,
        stream: StreamId,
        body: &[u8],
    ) -> Vec<u8> {
        let ours = Challenge { nonce: Nonce::from_u64(0), cookie: Cookie::from_bytes([1; 8]) };
        let echo = self.greeted.remove(&stream).map(|cookie| Message::Echo(Echo { cookie }));
        let messages = match (stream, echo) {
            (StreamId::Dialed(_), None) => vec![Message::Challenge(ours)],
            (StreamId::Dialed(_), Some(echo)) => vec![echo],
            (StreamId::Accepted(_), None) => vec![],
            (StreamId::Accepted(_), Some(echo)) => vec![echo, Message::Challenge(ours)],
        };
        let header = self.header(number);
        with_body(body, messages, |messages| sealed_for_stream(keyring, &header, messages))
    }

    fn header(&mut self, number: u8) -> Header {
        let local = local(number);
        self.sequence = self.sequence.next().unwrap_or(Sequence::FIRST);
        Header { sender: local.name.id(), epoch: local.epoch, sequence: self.sequence, ..header() }
    }
}

/// Writes a frame with these messages and the well-formed ones of a body.
fn with_body(body: &[u8], first: Vec<Message<'_>>, write: impl FnOnce(&[Message<'_>]) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = framed(body);
    let frame = keyring(0).open(cluster(), &mut bytes).expect("the tag is right").messages();
    write(&first.into_iter().chain(frame.map_while(Result::ok)).collect::<Vec<_>>())
}

fn first_frame(stream: &[u8]) -> &[u8] {
    let Some((length, rest)) = stream.split_first_chunk::<STREAM_PREFIX_LEN>() else { return &[] };
    usize::try_from(u32::from_be_bytes(*length))
        .ok()
        .and_then(|length| rest.get(..length))
        .unwrap_or_default()
}

/// Everything that a node has to send.
pub(crate) fn drain(node: &mut Node, mut each: impl FnMut(&mut Node, &Transmit, &[u8])) {
    let (mut buf, mut sent) = (Vec::new(), 0);
    while let Some(transmit) = node.poll_transmit(&mut buf) {
        sent += 1;
        assert!(sent < 10_000, "no end of packets at one time");
        each(node, &transmit, &buf);
    }
}
