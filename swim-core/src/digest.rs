//! Finding out where two tables differ, and telling each other just that.
//!
//! ```text
//!  the tables differ for longer than news travels
//!  │ digest: the sums of all buckets ───────────► peer
//!  │      ◄─── records of the buckets that differ, want
//!  │ records of those that still differ ────────► peer
//! ```
//!
//! Many records go over a stream instead (see `sync`). Whatever is lost on the way, the tables then still differ,
//! and are compared again.

use core::time::Duration;

use alloc::vec::Vec;

use swim_codec::{Addr, Bucket, Buckets, Digest, FrameWriter, MemberId, Message, Want};

use crate::buckets::Walk;
use crate::buggify::Site;
use crate::outbox::{Outgoing, Recipient};
use crate::records;
use crate::seldom::Few;
use crate::stats::{DropReason, add};
use crate::table::MemberIndex;
use crate::{Instant, Node, Transmit};

/// When tables are compared, and with whom.
pub(crate) struct Comparison {
    /// Since when every fingerprint that was seen differed from ours.
    since: Option<Instant>,
    /// Somebody whose fingerprint has differed ever since.
    apart: Option<(MemberId, Instant)>,
    /// Gossip rounds for which a difference may last, if the settle time is longer.
    patience: u32,
    /// Whose want is awaited.
    asked: Option<MemberId>,
    /// Whether somebody was asked because the one before did not answer.
    is_repeated: bool,
    /// Digests that are answered per gossip interval.
    answers: Few,
    /// Somebody who pinged this node without being known to it, and when that was first.
    stranger: Option<(MemberId, Instant)>,
}

/// While claims of this part of the cluster wait to be told, and at least so many, comparing is cheaper than
/// waiting for them: a cluster starts, or two halves of it have met.
const MUCH_SHARE: usize = 4;
const MUCH_MIN: usize = 8;
/// The longest patience, in gossip rounds, with which a node then asks unbidden: it doubles from one, so three are asked.
const EAGER_MAX: u32 = 4;

/// Records for a member, and whether it is asked for its own.
#[derive(Clone, Copy)]
pub(crate) struct Telling {
    pub(crate) to: MemberIndex,
    walk: Walk,
    want: Option<Buckets>,
    /// Datagrams it may still take.
    left: usize,
}

impl Comparison {
    pub(crate) fn new() -> Self {
        Self {
            since: None,
            apart: None,
            patience: u32::MAX,
            asked: None,
            is_repeated: false,
            answers: Few::default(),
            stranger: None,
        }
    }

    /// Whether the last question, or its answer, was lost, and it was not asked again.
    fn is_unanswered(&self) -> bool {
        self.asked.is_some() && !self.is_repeated
    }

    /// What was learned lately is incomplete: the next difference is not waited out.
    pub(crate) fn hurry(&mut self) {
        self.patience = 1;
    }

    /// A difference was looked into, or there was none: the next one is given more time, up to the usual.
    fn ease(&mut self) {
        self.since = None;
        self.patience = self.patience.saturating_mul(2);
    }
}

impl Node {
    /// Tables that differ for longer than news needs to travel are compared.
    pub(crate) fn compare_fingerprint(&mut self, sender: MemberId, theirs: u64) {
        if theirs == self.table.fingerprint() {
            self.comparison.apart.take_if(|(member, _)| *member == sender);
            self.comparison.ease();
        } else {
            self.on_difference(sender);
        }
    }

    #[inline(never)]
    fn on_difference(&mut self, sender: MemberId) {
        if self.switches.fires(Site::OverlooksADifference) {
            return;
        }
        if self.hears_much() {
            self.comparison.hurry();
        }
        let (differs_for, is_unanswered) = (self.differs_for(), self.comparison.is_unanswered());
        // Most differences are gone within a gossip interval, and no patience is shorter.
        let lasts = differs_for >= self.config.gossip_interval && differs_for >= self.patience();
        if self.stays_apart(sender) || lasts || self.switches.fires(Site::ComparesSoon) {
            self.compare_with(sender);
            self.comparison.is_repeated = is_unanswered;
        }
    }

    /// While so much is new nobody knows all of it, and a difference in any probe is reason enough to ask others, one in
    /// each of the next rounds of gossip.
    pub(crate) fn compare_while_much_is_new(&mut self, member: MemberIndex) {
        let is_eager = self.comparison.patience <= EAGER_MAX && self.hears_much();
        if !is_eager && !self.switches.fires(Site::ComparesUnbidden) {
            return;
        }
        if let Some(id) = self.table.get(member).map(|row| row.id) {
            self.compare_with(id);
        }
    }

    fn hears_much(&self) -> bool {
        self.gossip.claims_waiting() >= MUCH_MIN.max(self.table.live() / MUCH_SHARE)
    }

    /// Whether this member has differed for so long, whatever others say meanwhile: of two groups that agree within
    /// themselves, everybody hears from its own all the time.
    fn stays_apart(&mut self, member: MemberId) -> bool {
        let settled = self.config.settle_time(self.table.live()).saturating_mul(2);
        let patience = self.config.heal_interval.max(settled);
        match self.comparison.apart {
            Some((id, since)) if id == member && self.now.since(since) >= patience => {
                self.comparison.apart = None;
                true
            }
            Some((_, since)) if self.now.since(since) < patience.saturating_mul(2) => false,
            Some(_) | None => {
                self.comparison.apart = Some((member, self.now));
                false
            }
        }
    }

    /// Who pings this node knows it, and lives. If it is still unknown here when news has had its time, or held for gone,
    /// tables are exchanged: where two groups agree within themselves and one knows some of the other, no difference ever
    /// lasts, and of a later life of it that ended elsewhere nobody else may have heard.
    pub(crate) fn note_stranger(&mut self, from: &Recipient) {
        let known = self.table.find_id(from.id).and_then(|index| self.table.get(index));
        if known.is_some_and(|row| row.is_live()) || self.is_leaving() {
            return;
        }
        let patience = self.config.settle_time(self.table.live()).saturating_mul(2);
        match self.comparison.stranger {
            Some((id, since)) if id == from.id && self.now.since(since) >= patience => {
                self.comparison.stranger = None;
                self.repair(from.addr.clone(), Bucket::all().collect());
            }
            Some((_, since)) if self.now.since(since) < self.config.heal_interval.max(patience * 2) => {}
            Some(_) | None => self.comparison.stranger = Some((from.id, self.now)),
        }
    }

    /// The count begins up to a round later by chance, so that those who heard of the same change do not all ask at
    /// once.
    fn differs_for(&mut self) -> Duration {
        let jitter = self.config.gossip_interval;
        let since = self.comparison.since.unwrap_or_else(|| self.now + self.rng.duration_up_to(jitter));
        self.comparison.since = Some(since);
        self.now.since(since)
    }

    fn patience(&self) -> Duration {
        let patience = if self.comparison.is_unanswered() { 1 } else { self.comparison.patience };
        let hurried = self.config.gossip_interval.saturating_mul(patience);
        hurried.min(self.config.settle_time(self.table.live()))
    }

    /// Asks a member where its table differs.
    pub(crate) fn compare_with(&mut self, member: MemberId) {
        self.comparison.ease();
        if self.is_leaving() {
            return;
        }
        if let Some(to) = self.table.find_id(member) {
            self.comparison.asked = Some(member);
            self.send(Outgoing::Digest { to });
        }
    }

    pub(crate) fn on_digest(&mut self, asker: &Recipient, digest: &Digest<'_>) {
        let differing = self.table.buckets().differing(digest.sums());
        if differing.is_empty() || self.is_leaving() {
            return;
        }
        let has_room = self.comparison.answers.has_room(self.now, self.config.gossip_interval);
        if !has_room || self.switches.fires(Site::IgnoresADigest) {
            return self.stats.drop(DropReason::TooManyDigests);
        }
        let want = Some(differing).filter(|_| !self.switches.fires(Site::WantsNothing));
        match self.at_its_address(asker) {
            Some(to) => self.tell(to, differing, want),
            // Somebody forgot, restarted elsewhere, or bears another's name. A stream is safe: it costs the address
            // fewer bytes than came from there, and stands only if somebody there wants it.
            None => self.repair(asker.addr.clone(), differing),
        }
    }

    /// What we told is taken in by now: what still differs is news for the asker.
    pub(crate) fn on_want(&mut self, asker: &Recipient, want: &Want<'_>) {
        let asked = self.comparison.asked.take_if(|asked| *asked == asker.id);
        if asked.is_none() || self.switches.fires(Site::ForgetsWhomItAsked) {
            return self.stats.drop(DropReason::UnexpectedAnswer);
        }
        let differing = self.table.buckets().differing(want.sums());
        match self.at_its_address(asker) {
            Some(_) if differing.is_empty() => {}
            Some(to) => self.tell(to, differing, None),
            None => self.stats.drop(DropReason::Stranger),
        }
    }

    /// An address that is not known to be the sender's gets no more bytes than came from it.
    fn at_its_address(&self, asker: &Recipient) -> Option<MemberIndex> {
        let index = self.table.find_id(asker.id)?;
        self.table.get(index).filter(|row| row.addr_ref() == asker.addr.as_ref()).map(|_| index)
    }

    fn tell(&mut self, to: MemberIndex, buckets: Buckets, want: Option<Buckets>) {
        let Some(row) = self.table.get(to) else { return };
        if records::fit_datagrams(&self.table, buckets, &self.config)
            && !self.switches.fires(Site::MendsByStream)
        {
            let left = records::DATAGRAMS_MAX + 1;
            self.send(Outgoing::Records(Telling { to, walk: Walk::new(buckets), want, left }));
        } else {
            self.repair(row.addr(), buckets);
        }
    }

    /// The next datagram of records. The want comes last: by then the receiver has taken in what it was told.
    pub(crate) fn write_telling(&mut self, mut telling: Telling, buf: &mut Vec<u8>) -> Option<Transmit> {
        let row = self.table.get(telling.to)?;
        let (addr, destination): (Addr, _) = (row.addr(), row.id.destination());
        telling.left = telling.left.checked_sub(1)?;
        let header = self.headers.next(destination)?;
        let Self { keyring, table, registers, config, .. } = self;
        let mut frame = keyring.frame(&header, usize::from(config.datagram_limit), buf);
        let to = table.get(telling.to).map(|row| row.id);
        let count = records::fill(table, registers, to, &mut telling.walk, &mut frame);
        let done = telling.walk.at(table.buckets()).is_none() && telling.push_want(table, &mut frame);
        let empty = frame.is_empty();
        frame.seal();
        if empty {
            return None;
        }
        if !done {
            self.outbox.push_front(Outgoing::Records(telling));
        }
        add(&mut self.stats.records_sent, count);
        self.stats.sent(buf.len());
        Some(Transmit::Datagram { to: addr })
    }
}

impl Telling {
    fn push_want(&self, table: &crate::table::Table, frame: &mut FrameWriter<'_>) -> bool {
        let Some(buckets) = self.want else { return true };
        let sums = table.buckets().sums(buckets);
        frame.push(&Message::Want(Want { buckets, sums: sums.bytes() }))
    }
}
