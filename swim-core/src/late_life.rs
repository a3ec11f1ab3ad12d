//! A life so late that no clock explains it is believed of whoever answers in it, and of nobody else.
//!
//! ```text
//!  member               this node                  somebody who says so, or says to be the member
//!  │                     │ ◄──────────────────────────────── claim │
//!  │ ◄───────────── ping │                                            asked up to three times
//!  │ ack ──────────────► │  the life in which it answers is believed, whatever was claimed
//! ```
//!
//! It is asked where it is known, and where it is said to be if nobody answers there.
//!
//! No epoch is above all that may be told, so what the member itself cannot outlive must not be believed of it.

use alloc::boxed::Box;

use swim_codec::{Addr, Claim, Epoch, Incarnation, MemberId, Name, Status};

use crate::Node;
use crate::buggify::Site;
use crate::claim::Word;
use crate::conflict::Matter;
use crate::merge::Spread;
use crate::stats::DropReason;
use crate::timers::Timer;

/// Who is said to live so late; it may be known by that alone.
pub(crate) struct LateLife {
    name: Name,
    /// Where it is asked.
    addr: Addr,
    /// Where it is said to be, if it is asked elsewhere first.
    claimed: Option<Addr>,
    spread: Spread,
}

impl LateLife {
    pub(crate) fn addr(&self) -> &Addr {
        &self.addr
    }

    /// The same to be asked where it is said to be, if that was not done yet.
    pub(crate) fn elsewhere(self) -> Option<Self> {
        self.claimed.map(|addr| Self { addr, claimed: None, ..self })
    }
}

impl Node {
    /// Asks the member, a few per interval, so that a flood does not become one of pings.
    pub(crate) fn look_into_life(&mut self, name: Name, claim: &Claim<'_>, spread: Spread) {
        self.stats.drop(DropReason::AbsurdEpoch);
        let leaves_alone = self.is_leaving() || self.switches.fires(Site::LeavesOwnersAlone);
        if leaves_alone || !self.lives_asked.has_room(self.now, self.config.probe_interval) {
            return;
        }
        let who = name.id();
        // That it answered to another question may be long ago, and says nothing of its life.
        let settled = self.conflicts.drop_settled(who);
        settled.into_iter().for_each(|place| self.timers.clear(Timer::Conflict(place)));
        let row = self.table.find_id(who).and_then(|index| self.table.get(index));
        let known = row.filter(|row| row.is_live() && row.addr_ref() != claim.addr).map(|row| row.addr());
        let claimed = claim.addr.to_addr();
        let life = match known {
            Some(addr) => LateLife { name, addr, claimed: Some(claimed), spread },
            None => LateLife { name, addr: claimed, claimed: None, spread },
        };
        self.ask(who, Matter::LateLife(Box::new(life)));
    }

    /// It answers, so it began that life, and lives.
    pub(crate) fn on_life_answered(&mut self, who: MemberId, epoch: Epoch, life: &LateLife) {
        let LateLife { name, addr, spread, .. } = life;
        let (name, addr) = (name.as_str(), addr.as_ref());
        let began = Claim { name, addr, epoch, incarnation: Incarnation::default(), status: Status::Alive };
        self.on_claim(who, &began, *spread, Word::Answer);
    }
}
