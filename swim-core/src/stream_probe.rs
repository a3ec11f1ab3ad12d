//! Asking a silent member over a stream: a network that loses datagrams alone is worth a report, but no reason to
//! bury anybody.

use swim_codec::{MemberId, Nonce};

use crate::buggify::Site;
use crate::events::Fact;
use crate::probe::Probe;
use crate::stats::add;
use crate::sync::Why;
use crate::table::MemberIndex;
use crate::timers::Timer;
use crate::{Node, StreamId};

/// What became of the stream of a probe.
#[derive(Clone, Copy)]
pub(crate) enum StreamProbe {
    /// None was opened: it is too soon, or there was no place for one.
    Unasked,
    Asked(StreamId),
    /// The member itself speaks on it.
    Greeted(StreamId),
    Answered,
    Failed,
}

impl StreamProbe {
    /// The stream, while its answer is awaited.
    pub(crate) fn under_way(self) -> Option<StreamId> {
        match self {
            Self::Asked(stream) | Self::Greeted(stream) => Some(stream),
            Self::Unasked | Self::Answered | Self::Failed => None,
        }
    }
}

/// How many probes of one member in a row only a stream answered.
#[derive(Clone, Copy, Default)]
pub(crate) struct Blocked(u8);

impl Blocked {
    /// Datagrams are lost by chance, too: so many such probes in a row are none.
    const PROBES: u8 = 3;
}

impl Node {
    pub(crate) fn probe_by_stream(&mut self) {
        let Some(Probe { target, id, nonce, .. }) = self.probe else { return };
        let Some(to) = self.table.get(target).map(|row| row.addr()) else { return };
        let Some(stream) = self.dial(Why::Probe { target: id, nonce }, to) else { return };
        self.probe.iter_mut().for_each(|probe| probe.stream = StreamProbe::Asked(stream));
        add(&mut self.stats.probes_by_stream, 1);
    }

    /// Somebody at the other end of a probe's stream has said who it is.
    pub(crate) fn on_stream_greeted(&mut self, nonce: Nonce, by: Option<MemberId>) {
        let probe = self.probe.as_mut().filter(|probe| probe.nonce == nonce && by == Some(probe.id));
        if let Some(stream) = probe.map(|probe| &mut probe.stream)
            && let StreamProbe::Asked(id) = *stream
        {
            *stream = StreamProbe::Greeted(id);
        }
    }

    /// Whether the verdict waits, once, for a member that has begun to speak on the stream: a network that loses much
    /// makes streams slow, too. In doubt the interval is so much longer that the stream has had its time.
    pub(crate) fn await_stream(&mut self) -> bool {
        let Some(probe) = self.probe.as_mut().filter(|_| self.health.doubt() == 0) else { return false };
        let StreamProbe::Greeted(stream) = probe.stream else { return false };
        if self.switches.fires(Site::WaitsForNoStream) {
            return false;
        }
        probe.stream = StreamProbe::Asked(stream);
        self.timers.set(Timer::Probe, self.now + self.config.probe_timeout);
        true
    }

    /// An ack came over a stream; whether it is the one that was asked for there.
    pub(crate) fn on_stream_ack(&mut self, asked: (MemberId, Nonce), answer: (MemberId, Nonce)) -> bool {
        let answers = asked == answer;
        for probe in self.probe.iter_mut().filter(|probe| answers && probe.nonce == answer.1) {
            probe.stream = StreamProbe::Answered;
        }
        answers
    }

    pub(crate) fn on_stream_probe_failed(&mut self, nonce: Nonce) {
        if let Some(probe) = self.probe.as_mut().filter(|probe| probe.nonce == nonce) {
            if probe.stream.under_way().is_some() {
                probe.stream = StreamProbe::Failed;
            }
            self.conclude_if_hopeless();
        }
    }

    /// The member lives, but none of the datagrams came through: it is probed again, and after a few times in a row
    /// the application is told, once until a datagram comes through.
    pub(crate) fn on_reached_by_stream_alone(&mut self, probe: &Probe) -> Option<(MemberIndex, Blocked)> {
        let row = self.table.get(probe.target);
        let row = row.filter(|row| row.id == probe.id && row.is_live() && !row.datagrams_blocked())?;
        let blocked = Blocked(probe.blocked.0 + 1);
        if blocked.0 < Blocked::PROBES {
            return Some((probe.target, blocked));
        }
        self.events.push(Fact::DatagramsBlocked { member: row.peer() });
        self.table.set_datagrams_blocked(probe.target, true);
        None
    }

    pub(crate) fn on_reached_by_datagram(&mut self, member: MemberIndex) {
        if self.table.get(member).is_some_and(|row| row.datagrams_blocked()) {
            self.table.set_datagrams_blocked(member, false);
        }
    }
}
