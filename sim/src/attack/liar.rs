//! A member with the key and a valid identity, whose word is not to be trusted (I2).

use std::iter;

use serde::{Deserialize, Serialize};
use swim_codec::{
    Claim, Coordinate, Digest, Echo, Fingerprint, Message, Nonce, PingReq, Register, Sequence, Status, Sync,
    limits,
};
use swim_core::{ClusterId, Epoch, Incarnation, Keyring, Local, Node, REGISTERS_MAX};

use super::Attacker;
use super::forger::{Forger, claim, want_all};
use crate::{Cluster, Letter, Mailbox, NodeId, Seed};

/// What an insider may lie about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lie {
    /// A member does not answer.
    Suspicion,
    /// A member is dead.
    Death,
    /// A member said goodbye.
    Farewell,
    /// A member refuted more often than anybody can.
    AbsurdIncarnation,
    /// A member began the last life that there can be, where it is, or died in that.
    LastLife,
    /// A member began another life where it is, or died in that.
    NextLife,
    /// A member wrote a register.
    Register,
    /// A member wrote more registers than anybody can.
    ManyRegisters,
    /// A member wrote a register in a life that it did not begin.
    UnbornRegister,
    /// A member wrote a register with the largest stamp.
    AbsurdStamp,
    /// The liar is nowhere.
    AbsurdCoordinate,
    /// A member lives where the liar listens.
    Theft,
    /// A member began a later life where the liar listens.
    LaterLife,
    /// Tables differ everywhere.
    Digest,
    /// Everything is wanted.
    Want,
    /// A member shall be pinged.
    PingReq,
    /// A member shall be pinged several times.
    ManyPingReqs,
    /// A datagram begins an exchange that belongs on a stream.
    OutOfPlace,
    /// The liar speaks a version of the protocol that nobody knows.
    Version,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Suspicion,
        Self::Death,
        Self::Farewell,
        Self::AbsurdIncarnation,
        Self::LastLife,
        Self::NextLife,
        Self::Register,
        Self::ManyRegisters,
        Self::UnbornRegister,
        Self::AbsurdStamp,
        Self::AbsurdCoordinate,
        Self::Theft,
        Self::LaterLife,
        Self::Digest,
        Self::Want,
        Self::PingReq,
        Self::ManyPingReqs,
        Self::OutOfPlace,
        Self::Version,
    ];
}

/// The upper half of this byte of a frame is the version.
const VERSION_AT: usize = 2;
const NO_VERSION: u8 = 0x0f;

/// So many registers nobody has room for.
const KEYS: u64 = 2 * REGISTERS_MAX as u64;
/// Requests in one datagram, of which one is to be answered.
const PINGS: usize = 8;
/// Above what anybody wrote so far, and not absurd.
const STAMP: u64 = 1 << 20;

/// Says with each lie that it is alive itself, and answers nothing but challenges, for nobody acts on what a stranger
/// says. It needs no node.
pub struct Liar {
    forger: Forger,
    local: Local,
    lies: Vec<Lie>,
    sequence: Sequence,
    incarnation: Incarnation,
    /// Open since its first act.
    mailbox: Option<Mailbox>,
}

impl Liar {
    /// The member `local`, which tells these lies.
    #[must_use]
    pub fn new(seed: Seed, local: Local, keys: Keyring, lies: &[Lie]) -> Self {
        let cluster: ClusterId = local.cluster;
        let forger = Forger::new(seed, cluster, keys);
        let (sequence, incarnation) = (Sequence::FIRST, Incarnation::default());
        Self { forger, local, lies: lies.to_vec(), sequence, incarnation, mailbox: None }
    }

    /// Who wants to see that the liar speaks now, and what it must hear.
    fn challenger(&mut self, cluster: &mut Cluster<Node>) -> Option<(NodeId, Echo)> {
        let mailbox = self.mailbox.get_or_insert_with(|| cluster.listen(self.local.addr.clone())).clone();
        iter::from_fn(|| mailbox.take()).find_map(|Letter { from, mut bytes }| {
            let frame = self.forger.open(&mut bytes)?;
            match frame.messages().next() {
                Some(Ok(Message::Challenge(challenge))) => Some((from, Echo { cookie: challenge.cookie })),
                _ => None,
            }
        })
    }

    fn lie<'a>(&'a mut self, lie: Lie, about: &'a Node, noise: &'a [u8], echo: Option<Echo>) -> Vec<u8> {
        let sender = self.local.name.id();
        let known = about.local().incarnation();
        let nonce = Nonce::from_u64(self.forger.rng.any());
        let addr = self.local.addr.clone();
        let moved = |epoch| {
            let name = about.local().name().as_str();
            Message::Claim(Claim {
                name,
                addr: addr.as_ref(),
                epoch,
                incarnation: known.next(),
                status: Status::Alive,
            })
        };
        let status = if noise[0].is_multiple_of(2) { Status::Alive } else { Status::Dead { by: sender } };
        let stamp = STAMP + self.incarnation.get();
        let unborn = about.local().epoch().next().unwrap_or_default();
        let other = format!("lie/{}", self.incarnation.get() % KEYS);
        let message = match lie {
            Lie::Suspicion => claim(about, known, Status::Suspect { by: sender }),
            Lie::Death => claim(about, known, Status::Dead { by: sender }),
            Lie::Farewell => claim(about, known, Status::Left),
            Lie::AbsurdIncarnation => claim(about, Incarnation::new(u64::MAX), Status::Dead { by: sender }),
            Lie::LastLife => life(about, Epoch::MAX, status),
            Lie::NextLife => life(about, unborn, status),
            Lie::Register => register(about, known_key(about), about.local().epoch(), stamp),
            Lie::ManyRegisters => register(about, &other, about.local().epoch(), stamp),
            Lie::UnbornRegister => register(about, known_key(about), unborn, stamp),
            Lie::AbsurdStamp => register(about, known_key(about), about.local().epoch(), u64::MAX),
            Lie::AbsurdCoordinate => Message::Coordinate(Coordinate::from_bits([f32::NAN.to_bits(); 11])),
            Lie::Theft => moved(about.local().epoch()),
            Lie::LaterLife => moved(unborn),
            Lie::Digest => Message::Digest(Digest { sums: noise }),
            Lie::Want => want_all(noise),
            Lie::PingReq | Lie::ManyPingReqs => {
                Message::PingReq(PingReq { nonce, target: about.local().name().id() })
            }
            Lie::OutOfPlace => Message::Sync(Sync { fingerprint: Fingerprint::from_u64(stamp) }),
            Lie::Version => claim(about, known, Status::Alive),
        };
        let local = self.local.clone();
        let own = Message::Claim(Claim {
            name: local.name.as_str(),
            addr: local.addr.as_ref(),
            epoch: local.epoch,
            incarnation: self.incarnation,
            status: Status::Alive,
        });
        let times = if lie == Lie::ManyPingReqs { PINGS } else { 1 };
        let lies = iter::repeat_n(message, times);
        let messages: Vec<_> = echo.map(Message::Echo).into_iter().chain([own]).chain(lies).collect();
        let mut bytes = self.forger.frame(sender, local.epoch, self.sequence, &messages);
        if lie == Lie::Version {
            bytes[VERSION_AT] &= NO_VERSION;
        }
        bytes
    }
}

fn life(of: &Node, epoch: Epoch, status: Status) -> Message<'_> {
    let (name, addr) = (of.local().name().as_str(), of.local().addr_ref());
    Message::Claim(Claim { name, addr, epoch, incarnation: Incarnation::default(), status })
}

/// That of a register that it has, or of one that it has not.
fn known_key(of: &Node) -> &str {
    of.local().registers().next().map_or("lie", |(key, _)| key)
}

fn register<'a>(of: &'a Node, key: &'a str, epoch: Epoch, stamp: u64) -> Message<'a> {
    Message::Register(Register { owner: of.local().name().as_str(), epoch, key, stamp, value: Some(b"lie") })
}

impl Attacker for Liar {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        let (Some(anybody), Some(victim)) = (self.forger.pick(cluster), self.forger.pick(cluster)) else {
            return;
        };
        let (to, echo) = self.challenger(cluster).map_or((anybody, None), |(by, echo)| (by, Some(echo)));
        let Some(about) = cluster.machines().get(victim) else { return };
        let Some(&lie) = self.forger.rng.pick(&self.lies) else { return };
        let noise: Vec<u8> = (0..limits::BUCKETS * limits::SUM_LEN).map(|_| self.forger.byte()).collect();
        let bytes = self.lie(lie, about, &noise, echo);
        self.sequence = self.sequence.next().unwrap_or(Sequence::FIRST);
        self.incarnation = self.incarnation.next();
        cluster.inject(self.local.addr.clone(), to, &bytes);
    }
}
