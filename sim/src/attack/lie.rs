//! What somebody with the key may say that is not so.

use serde::{Deserialize, Serialize};
use swim_codec::{
    Claim, Coordinate, Digest, Fingerprint, Message, Nonce, PingReq, Register, Status, Sync,
    limits::{BUCKETS, SUM_LEN},
};
use swim_core::{Epoch, Incarnation, Local, Node, REGISTERS_MAX};

use super::forger::{Forger, claim, want_all};

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
    /// A member wrote a register with a stamp far above all others, and with each lie farther.
    FarStamp,
    /// The liar wrote such a register itself.
    OwnFarStamp,
    /// A member says of itself that it refuted more often than anybody can.
    InItsNameAbsurdIncarnation,
    /// A member says of itself that it began a life so late that no clock explains it, which is hardly late enough for that
    /// or the last but one that there can be.
    InItsNameLateLife,
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
    pub const ALL: [Self; 23] = [
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
        Self::FarStamp,
        Self::OwnFarStamp,
        Self::InItsNameAbsurdIncarnation,
        Self::InItsNameLateLife,
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

    /// Whether the liar pretends to be the member about which it lies.
    pub(super) fn is_in_its_name(self) -> bool {
        matches!(self, Self::InItsNameAbsurdIncarnation | Self::InItsNameLateLife)
    }
}

/// So many registers nobody has room for.
const KEYS: u64 = 2 * REGISTERS_MAX as u64;
/// Above what anybody wrote so far, and not absurd.
const STAMP: u64 = 1 << 20;
/// By so much at least a far stamp is above others: no clock follows a register farther.
const STEP: u64 = 1 << 40;
/// Far stamps end here, which nobody believes.
const FAR: u64 = 1 << 63;
/// Milliseconds by which clocks may be apart.
const CLOCKS_APART_MAX: u64 = 1 << 41;

/// Somebody who lies about a member, and what that takes.
pub(super) struct Telling<'a> {
    liar: &'a Local,
    about: &'a Node,
    /// How often the liar spoke before.
    time: u64,
    nonce: Nonce,
    noise: Vec<u8>,
    key: String,
}

impl<'a> Telling<'a> {
    pub(super) fn new(liar: &'a Local, about: &'a Node, time: u64, forger: &mut Forger) -> Self {
        let noise: Vec<u8> = (0..BUCKETS * SUM_LEN).map(|_| forger.byte()).collect();
        let nonce = Nonce::from_u64(forger.rng.any());
        Self { liar, about, time, nonce, noise, key: format!("lie/{}", time % KEYS) }
    }

    pub(super) fn message(&self, lie: Lie) -> Message<'_> {
        let Self { liar, about, .. } = self;
        let (by, known, stamp) = (liar.name.id(), about.local().incarnation(), STAMP + self.time);
        let (born, unborn) = (about.local().epoch(), about.local().epoch().next().unwrap_or_default());
        let status = if self.noise[0].is_multiple_of(2) { Status::Alive } else { Status::Dead { by } };
        match lie {
            Lie::Suspicion => claim(about, known, Status::Suspect { by }),
            Lie::Death => claim(about, known, Status::Dead { by }),
            Lie::Farewell => claim(about, known, Status::Left),
            Lie::AbsurdIncarnation => claim(about, Incarnation::new(u64::MAX), Status::Dead { by }),
            Lie::LastLife => life(about, Epoch::MAX, status),
            Lie::NextLife => life(about, unborn, status),
            Lie::Register => register(about, known_key(about), born, stamp),
            Lie::ManyRegisters => register(about, &self.key, born, stamp),
            Lie::UnbornRegister => register(about, known_key(about), unborn, stamp),
            Lie::AbsurdStamp => register(about, known_key(about), born, u64::MAX),
            Lie::FarStamp => register(about, known_key(about), born, self.far_stamp()),
            Lie::OwnFarStamp => Message::Register(Register {
                owner: liar.name.as_str(),
                epoch: liar.epoch,
                key: &self.key,
                stamp: self.far_stamp(),
                value: Some(b"lie"),
            }),
            Lie::InItsNameAbsurdIncarnation => claim(about, self.absurd_incarnation(known), Status::Alive),
            Lie::InItsNameLateLife => life(about, self.late_life(born), Status::Alive),
            Lie::AbsurdCoordinate => Message::Coordinate(Coordinate::from_bits([f32::NAN.to_bits(); 11])),
            Lie::Theft => self.theft(born),
            Lie::LaterLife => self.theft(unborn),
            Lie::Digest => Message::Digest(Digest { sums: &self.noise }),
            Lie::Want => want_all(&self.noise),
            Lie::PingReq | Lie::ManyPingReqs => {
                Message::PingReq(PingReq { nonce: self.nonce, target: about.local().name().id() })
            }
            Lie::OutOfPlace => Message::Sync(Sync { fingerprint: Fingerprint::from_u64(stamp) }),
            Lie::Version => claim(about, known, Status::Alive),
        }
    }

    /// Some steps above what was written so far, or just below all that nobody believes.
    fn far_stamp(&self) -> u64 {
        let steps = self.time + 1;
        if self.noise[1].is_multiple_of(4) { FAR - steps } else { STEP * steps.min(FAR / STEP - 1) }
    }

    fn absurd_incarnation(&self, known: Incarnation) -> Incarnation {
        let least = known.get().saturating_add((1 << 20) + 1);
        Incarnation::new(if self.noise[1].is_multiple_of(2) { u64::MAX } else { least })
    }

    fn late_life(&self, born: Epoch) -> Epoch {
        let apart = CLOCKS_APART_MAX * u64::from(self.noise[1] % 4);
        let late = born.get().saturating_add(apart).saturating_add(self.time + 1);
        if apart == 0 { Epoch::new(Epoch::MAX.get() - 1) } else { Epoch::new(late) }.unwrap_or(Epoch::MAX)
    }

    /// The member lives where the liar is.
    fn theft(&self, epoch: Epoch) -> Message<'_> {
        let (name, addr) = (self.about.local().name().as_str(), self.liar.addr.as_ref());
        let incarnation = self.about.local().incarnation().next();
        Message::Claim(Claim { name, addr, epoch, incarnation, status: Status::Alive })
    }
}

/// The liar is alive; the only thing that it says which is so.
pub(super) fn own_claim(liar: &Local, incarnation: Incarnation) -> Message<'_> {
    let (name, addr, epoch) = (liar.name.as_str(), liar.addr.as_ref(), liar.epoch);
    Message::Claim(Claim { name, addr, epoch, incarnation, status: Status::Alive })
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
