//! The rolling hash of a run: two runs are the same run if and only if their hashes are equal.

use std::fmt;
use std::hash::Hasher as _;
use std::net::{IpAddr, SocketAddr};

use siphasher::sip128::{Hasher128 as _, SipHasher13};
use swim_core::{Addr, Instant, StreamId, Transmit};

use crate::{Arrival, Call, NodeId, Sent};

/// A hash over every call, input, output and deadline of a run, in order: the same on every computer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceHash(pub u128);

impl fmt::Display for TraceHash {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is hashed at a time, in bytes: the hasher is slow with a few at once.
const GATHERED_MAX: usize = 4_096;

#[derive(Debug)]
pub(crate) struct Trace {
    hasher: SipHasher13,
    /// What is not hashed yet.
    gathered: Vec<u8>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        let hasher = SipHasher13::new_with_keys(0x7369_6d20_7472_6163, 0x652c_2076_6572_2031);
        Self { hasher, gathered: Vec::new() }
    }

    pub(crate) fn hash(&self) -> TraceHash {
        let mut hasher = self.hasher;
        hasher.write(&self.gathered);
        TraceHash(hasher.finish128().as_u128())
    }

    pub(crate) fn call(&mut self, now: Instant, node: NodeId, call: &Call<'_>) {
        self.number(now.as_nanos());
        self.number(u64::from(node.0));
        match call {
            Call::Start => self.tag(0),
            Call::Datagram { from, bytes } => {
                self.tag(1);
                self.addr(from);
                self.bytes(bytes);
            }
            Call::Stream { stream, arrival } => {
                self.tag(2);
                self.stream(*stream);
                self.arrival(arrival);
            }
            Call::Timeout => self.tag(3),
            Call::Command => self.tag(4),
        }
    }

    pub(crate) fn outcome(&mut self, sent: &[Sent], timeout: Option<Instant>) {
        self.number(sent.len() as u64);
        for sent in sent {
            self.transmit(&sent.transmit);
            self.bytes(&sent.bytes);
        }
        self.number(timeout.map_or(u64::MAX, Instant::as_nanos));
        if self.gathered.len() >= GATHERED_MAX {
            self.hasher.write(&self.gathered);
            self.gathered.clear();
        }
    }

    fn arrival(&mut self, arrival: &Arrival) {
        self.tag(match arrival {
            Arrival::Accepted { .. } => 0,
            Arrival::Connected => 1,
            Arrival::Data(_) => 2,
            Arrival::Written => 3,
            Arrival::Finished => 4,
            Arrival::Failed => 5,
        });
        self.bytes(arrival.bytes());
    }

    fn transmit(&mut self, transmit: &Transmit) {
        match transmit {
            Transmit::Datagram { to } => {
                self.tag(0);
                self.addr(to);
            }
            Transmit::Connect { stream, to } => {
                self.tag(1);
                self.stream(*stream);
                self.addr(to);
            }
            Transmit::Write { stream } => self.tagged_stream(2, *stream),
            Transmit::Finish { stream } => self.tagged_stream(3, *stream),
            Transmit::Abort { stream } => self.tagged_stream(4, *stream),
        }
    }

    fn tagged_stream(&mut self, tag: u8, stream: StreamId) {
        self.tag(tag);
        self.stream(stream);
    }

    fn stream(&mut self, stream: StreamId) {
        match stream {
            StreamId::Dialed(number) => {
                self.tag(0);
                self.number(number);
            }
            StreamId::Accepted(number) => {
                self.tag(1);
                self.number(number);
            }
        }
    }

    fn addr(&mut self, addr: &Addr) {
        match addr {
            Addr::Ip(addr) => self.socket_addr(*addr),
            Addr::UnixPath(path) => {
                self.tag(1);
                self.bytes(path);
            }
            Addr::UnixAbstract(name) => {
                self.tag(2);
                self.bytes(name);
            }
        }
    }

    fn socket_addr(&mut self, addr: SocketAddr) {
        self.tag(0);
        match addr.ip() {
            IpAddr::V4(ip) => self.bytes(&ip.octets()),
            IpAddr::V6(ip) => self.bytes(&ip.octets()),
        }
        self.number(u64::from(addr.port()));
    }

    fn tag(&mut self, tag: u8) {
        self.gathered.push(tag);
    }

    /// As bytes: the hasher's own way with numbers depends on the computer.
    fn number(&mut self, number: u64) {
        self.gathered.extend_from_slice(&number.to_le_bytes());
    }

    /// With their length, so that no two sequences of pieces hash alike.
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.gathered.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_known_sequence_never_changes() {
        let mut trace = Trace::new();
        trace.call(Instant::from_nanos(5), NodeId(1), &Call::Timeout);
        trace.outcome(&[], None);
        assert_eq!(trace.hash().to_string(), "a5104287f64937ff6318764cd826f0bb");
    }

    #[test]
    fn every_part_of_a_call_counts() {
        let hash = |nanos, node, call: Call<'_>, timeout| {
            let mut trace = Trace::new();
            trace.call(Instant::from_nanos(nanos), NodeId(node), &call);
            trace.outcome(&[], timeout);
            trace.hash()
        };
        let hashes = [
            hash(1, 1, Call::Timeout, None),
            hash(2, 1, Call::Timeout, None),
            hash(1, 2, Call::Timeout, None),
            hash(1, 1, Call::Command, None),
            hash(1, 1, Call::Timeout, Some(Instant::ZERO)),
        ];
        let distinct: std::collections::BTreeSet<_> = hashes.into_iter().collect();
        assert_eq!(distinct.len(), hashes.len());
    }
}
