//! Frames as an attacker makes them: any header, any messages, under the keys it has.

use std::net::{Ipv4Addr, SocketAddr};

use swim_codec::{
    Ack, Bucket, Buckets, Claim, Destination, Digest, Fingerprint, Frame, FrameWriter, Header, Message, Nack,
    Nonce, Ping, PingReq, Sequence, Status, Want,
    limits::{BUCKETS, SUM_LEN},
};
use swim_core::{Addr, ClusterId, Epoch, Incarnation, Keyring, MemberId, Node};

use crate::{Cluster, NodeId, Rng, Seed};

/// The longest frame that is forged for a datagram, in bytes.
const FRAME_MAX: usize = 1_400;
/// The longest frame that is forged for a stream, in bytes: twice what an honest node writes.
const STREAM_FRAME_MAX: usize = 64 * 1024;
/// Of a number with 48 bits.
const NUMBER_MAX: u64 = (1 << 48) - 1;

pub(super) struct Forger {
    cluster: ClusterId,
    keyring: Keyring,
    pub(super) rng: Rng,
}

impl Forger {
    pub(super) fn new(seed: Seed, cluster: ClusterId, keyring: Keyring) -> Self {
        Self { cluster, keyring, rng: Rng::new(seed) }
    }

    /// A frame in the name of that life, for everybody.
    pub(super) fn frame(
        &mut self,
        sender: MemberId,
        epoch: Epoch,
        sequence: Sequence,
        messages: &[Message<'_>],
    ) -> Vec<u8> {
        let header = self.header(sender, epoch, sequence);
        let mut bytes = Vec::new();
        fill(self.keyring.frame(&header, FRAME_MAX, &mut bytes), messages);
        bytes
    }

    /// Such a frame for a stream.
    pub(super) fn stream_frame(
        &mut self,
        sender: MemberId,
        epoch: Epoch,
        sequence: Sequence,
        messages: &[Message<'_>],
    ) -> Vec<u8> {
        let header = self.header(sender, epoch, sequence);
        let mut bytes = Vec::new();
        fill(self.keyring.stream_frame(&header, STREAM_FRAME_MAX, &mut bytes), messages);
        bytes
    }

    fn header(&self, sender: MemberId, epoch: Epoch, sequence: Sequence) -> Header {
        Header { cluster: self.cluster, sender, epoch, sequence, destination: Destination::UNKNOWN }
    }

    /// What a frame says, if it is of its cluster and under a key it has.
    pub(super) fn open<'a>(&mut self, frame: &'a mut [u8]) -> Option<Frame<'a>> {
        self.keyring.open(self.cluster, frame).ok()
    }

    /// A well-formed frame of any sender that says anything about a member.
    pub(super) fn any_frame(&mut self, about: &Node) -> Vec<u8> {
        let sender = MemberId::from_bytes(self.rng.any().to_be_bytes());
        let (epoch, sequence) = (self.number(), self.number());
        let epoch = Epoch::new(epoch).unwrap_or_default();
        let sequence = Sequence::new(sequence).unwrap_or(Sequence::FIRST);
        let sums: Vec<u8> = (0..BUCKETS * SUM_LEN).map(|_| self.byte()).collect();
        let message = self.any_message(about, &sums);
        self.frame(sender, epoch, sequence, &[message])
    }

    fn any_message<'a>(&mut self, about: &'a Node, sums: &'a [u8]) -> Message<'a> {
        let nonce = Nonce::from_u64(self.rng.any());
        let fingerprint = Fingerprint::from_u64(self.rng.any());
        match self.rng.below(7) {
            0 => Message::Ping(Ping { nonce, fingerprint }),
            1 => Message::Ack(Ack { nonce, fingerprint }),
            2 => Message::Nack(Nack { nonce }),
            3 => Message::PingReq(PingReq { nonce, target: about.local().name().id() }),
            4 => Message::Digest(Digest { sums }),
            5 => want_all(sums),
            _ => self.any_accusation(about),
        }
    }

    fn any_accusation<'a>(&mut self, about: &'a Node) -> Message<'a> {
        let by = MemberId::from_bytes(self.rng.any().to_be_bytes());
        let status = match self.rng.below(3) {
            0 => Status::Suspect { by },
            1 => Status::Dead { by },
            _ => Status::Left,
        };
        let incarnation = Incarnation::new(about.local().incarnation().get() + self.rng.below(3));
        claim(about, incarnation, status)
    }

    /// A machine that runs, to be the victim or the receiver: of the forger's own cluster, if it has any.
    pub(super) fn pick(&mut self, cluster: &Cluster<Node>) -> Option<NodeId> {
        let (ours, theirs): (Vec<_>, Vec<_>) =
            cluster.machines().iter().partition(|(_, node)| node.cluster() == self.cluster);
        let victims = if ours.is_empty() { theirs } else { ours };
        self.rng.pick(&victims).map(|(node, _)| *node)
    }

    /// An address that is likely nobody's, or that of a node.
    pub(super) fn any_addr(&mut self, cluster: &Cluster<Node>) -> Addr {
        let node = self.pick(cluster).filter(|_| self.rng.chance(0.5));
        let anywhere = Ipv4Addr::new(192, 0, 2, self.byte());
        node.map_or_else(
            || SocketAddr::from((anywhere, 7)).into(),
            |node| cluster.machines().addr(node).clone(),
        )
    }

    pub(super) fn number(&mut self) -> u64 {
        self.rng.number(1..=NUMBER_MAX)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.rng.any().to_be_bytes()[0]
    }
}

fn fill(mut writer: FrameWriter<'_>, messages: &[Message<'_>]) {
    for message in messages {
        let _does_not_fit = writer.push(message);
    }
    writer.seal();
}

/// Everything: what makes a receiver say the most.
pub(super) fn want_all(sums: &[u8]) -> Message<'_> {
    let mut buckets = Buckets::default();
    Bucket::all().for_each(|bucket| buckets.insert(bucket));
    Message::Want(Want { buckets, sums })
}

/// What somebody says of a member, at the address where it is.
pub(super) fn claim(about: &Node, incarnation: Incarnation, status: Status) -> Message<'_> {
    let local = about.local();
    Message::Claim(Claim {
        name: local.name().as_str(),
        addr: local.addr_ref(),
        epoch: local.epoch(),
        incarnation,
        status,
    })
}
