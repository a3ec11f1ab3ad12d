//! Virtual streams: ordered bytes between two machines, by the contract of [`Machine`](swim_core::Machine).
//!
//! * Every segment takes one latency of its link, and more where the link loses datagrams; none is lost or
//!   overtaken. The bytes of a write arrive in several pieces, cut at random.
//! * `Written` comes when the peer has the bytes and its acknowledgement came back.
//! * A partition stalls a direction. If it ends within [`STALL_MAX`] the stream goes on, otherwise both ends fail.
//!   A connection across a partition fails after the same time.
//! * A connection to nobody, or to a node that is down, is refused after one round trip.
//! * A crash kills the process, not its host: what it had under way vanishes, and its peers fail after one latency.

mod faults;
mod pair;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use swim_codec::STREAM_PREFIX_LEN;
use swim_core::{Addr, Instant, StreamId};

use crate::pool::Pool;
use crate::{Arrival, Network, NodeId, Rng, Seed};
pub use faults::StreamFaults;
use pair::{Open, Pair, Segment, Side, State};

/// How long a stream waits for a partition to end.
const STALL_MAX: Duration = Duration::from_secs(10);
/// How often a stalled stream tries again.
const STALL_RETRY: Duration = Duration::from_millis(500);
/// The first port that connections go out from; the range ends with the ports.
const EPHEMERAL_PORTS: u16 = 49_152;

/// All streams of a cluster.
#[derive(Debug)]
pub(crate) struct Streams {
    pairs: BTreeMap<u64, Pair>,
    ends: BTreeMap<(NodeId, StreamId), Flow>,
    opened: u64,
    due: Vec<(Instant, Flow)>,
    rng: Rng,
}

/// One direction of one stream: what leaves that side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    pair: u64,
    from: Side,
}

impl Flow {
    fn back(self) -> Self {
        Self { pair: self.pair, from: self.from.other() }
    }
}

/// What a machine hears of which stream.
pub(crate) type Delivery = (NodeId, StreamId, Arrival);

/// What a machine asked for against the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    Identity,
    Unknown,
    Early,
    Overlapping,
    Finished,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "opens a stream under an identity that is in use or not its own to give",
            Self::Unknown => "mentions a stream that never was or is over",
            Self::Early => "uses a stream before its connection stands",
            Self::Overlapping => "writes while a write is under way",
            Self::Finished => "writes or finishes after it finished",
        })
    }
}

/// What machines ask for.
impl Streams {
    pub(crate) fn new(seed: Seed) -> Self {
        let rng = Rng::new(seed);
        Self { pairs: BTreeMap::new(), ends: BTreeMap::new(), opened: 0, due: Vec::new(), rng }
    }

    /// Opens a stream from `node`, which listens at `from`, to whoever is `there`, at that address; `None` if nobody
    /// is.
    pub(crate) fn connect(
        &mut self,
        now: Instant,
        (node, stream): (NodeId, StreamId),
        from: &Addr,
        there: Option<(NodeId, &Addr)>,
        network: &mut Network,
    ) -> Result<(), Breach> {
        if matches!(stream, StreamId::Accepted(_)) || self.ends.contains_key(&(node, stream)) {
            return Err(Breach::Identity);
        }
        let flow = Flow { pair: self.opened, from: Side::Dialer };
        self.opened += 1;
        self.ends.insert((node, stream), flow);
        self.pairs.insert(flow.pair, Pair::new(node, stream, there.map_or(node, |(end, _)| end)));
        match there {
            Some((_, to)) => {
                let segment = Segment::Connect { from: observed(from, flow.pair), to: to.clone() };
                self.send(now, flow, segment, network);
            }
            None => self.send(now, flow.back(), Segment::Reset, network),
        }
        Ok(())
    }

    pub(crate) fn write(
        &mut self,
        now: Instant,
        end: (NodeId, StreamId),
        bytes: &[u8],
        network: &mut Network,
        pool: &mut Pool,
    ) -> Result<(), Breach> {
        let flow = self.flow(end)?;
        self.open(flow)?.write()?;
        let boast = self.happens(network.stream_faults().boastful).then(|| announcing_gigabytes(bytes));
        let mut bytes = boast.as_deref().unwrap_or(bytes);
        loop {
            let longest = bytes.len().min(network.stream_faults().piece.max(1));
            let cut = self.rng.index(longest) + 1;
            let (piece, rest) = bytes.split_at(cut.min(bytes.len()));
            let segment = Segment::Data { bytes: pool.copy_of(piece), last: rest.is_empty() };
            self.send(now, flow, segment, network);
            if self.happens(network.stream_faults().reset) {
                self.break_off(now, flow, network);
                return Ok(());
            }
            if rest.is_empty() {
                return Ok(());
            }
            bytes = rest;
        }
    }

    pub(crate) fn finish(
        &mut self,
        now: Instant,
        end: (NodeId, StreamId),
        network: &mut Network,
    ) -> Result<(), Breach> {
        let flow = self.flow(end)?;
        self.open(flow)?.finish()?;
        self.send(now, flow, Segment::Finish, network);
        self.close_if_over(flow);
        Ok(())
    }

    pub(crate) fn abort(
        &mut self,
        now: Instant,
        end: (NodeId, StreamId),
        network: &mut Network,
    ) -> Result<(), Breach> {
        let flow = self.flow(end)?;
        self.reset(now, flow, network);
        Ok(())
    }

    /// The node's process is gone.
    pub(crate) fn crash(&mut self, now: Instant, node: NodeId, network: &mut Network) {
        let of_node = (node, StreamId::Dialed(0))..=(node, StreamId::Accepted(u64::MAX));
        let flows: Vec<_> = self.ends.range(of_node).map(|(_, flow)| *flow).collect();
        for flow in flows {
            self.reset(now, flow, network);
        }
    }

    /// Which flows must [`arrive`](Self::arrive) when, since the last time this was asked.
    pub(crate) fn due(&mut self) -> impl Iterator<Item = (Instant, Flow)> {
        self.due.drain(..)
    }
}

/// What arrives.
impl Streams {
    /// The next segment of a flow arrives, if that is due and no partition is in the way; `is_there` says whether
    /// anybody is where it was [dialled](Self::dialled) to.
    pub(crate) fn arrive(
        &mut self,
        now: Instant,
        flow: Flow,
        network: &mut Network,
        is_there: bool,
    ) -> Option<Delivery> {
        let segment = self.next_segment(now, flow, network)?;
        let here = flow.back();
        match segment {
            Segment::Connect { from, .. } => self.accept(now, here, from, network, is_there),
            Segment::Accept => self.connected(here),
            Segment::Data { bytes, last } => {
                if last {
                    self.send(now, here, Segment::Acknowledge, network);
                }
                self.hear(here, Arrival::Data(bytes), |_| ())
            }
            Segment::Acknowledge => self.hear(here, Arrival::Written, Open::written),
            Segment::Finish => self.hear(here, Arrival::Finished, Open::peer_finished),
            Segment::Reset | Segment::GiveUp => self.fail(here),
        }
    }

    /// Which node the next segment of a flow is for.
    pub(crate) fn destination(&self, flow: Flow) -> Option<NodeId> {
        self.pairs.get(&flow.pair).map(|pair| pair[flow.from.other()].node)
    }

    /// Who was dialled at which address, where the next segment of a flow is its connection.
    pub(crate) fn dialled(&self, flow: Flow) -> Option<(NodeId, &Addr)> {
        let pair = self.pairs.get(&flow.pair)?;
        match pair[flow.from].under_way.front() {
            Some((_, Segment::Connect { to, .. })) => Some((pair[flow.from.other()].node, to)),
            _ => None,
        }
    }

    fn next_segment(&mut self, now: Instant, flow: Flow, network: &Network) -> Option<Segment> {
        let pair = self.pairs.get_mut(&flow.pair)?;
        let to = pair[flow.from.other()].node;
        let end = &mut pair[flow.from];
        let (_, segment) = end.under_way.front().filter(|(at, _)| *at <= now)?;
        if *segment != Segment::GiveUp && network.is_cut(end.node, to) {
            let since = *end.stalled_since.get_or_insert(now);
            self.stall(now, since, flow);
            return None;
        }
        end.stalled_since = None;
        let (_, segment) = end.under_way.pop_front()?;
        self.due.extend(end.under_way.front().map(|(at, _)| (*at, flow)));
        Some(segment)
    }

    /// Draws only for faults that there are: without any, a run is what it always was.
    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.rng.chance(share)
    }

    /// The connection breaks: each end hears of it behind what was under way to it.
    fn break_off(&mut self, now: Instant, flow: Flow, network: &mut Network) {
        for flow in [flow, flow.back()] {
            self.send(now, flow, Segment::GiveUp, network);
        }
    }

    fn stall(&mut self, now: Instant, since: Instant, flow: Flow) {
        if now.since(since) < STALL_MAX {
            self.due.push((now + STALL_RETRY, flow));
            return;
        }
        for flow in [flow, flow.back()] {
            self.clear(flow);
            self.push(now, flow, Segment::GiveUp);
        }
    }

    fn accept(
        &mut self,
        now: Instant,
        here: Flow,
        from: Addr,
        network: &mut Network,
        is_there: bool,
    ) -> Option<Delivery> {
        let end = &mut self.pairs.get_mut(&here.pair)?[here.from];
        let node = end.node;
        if !is_there {
            self.send(now, here, Segment::Reset, network);
            return None;
        }
        let stream = StreamId::Accepted(here.pair);
        end.state = State::Open(Open::new(stream));
        self.ends.insert((node, stream), here);
        self.send(now, here, Segment::Accept, network);
        Some((node, stream, Arrival::Accepted { from }))
    }

    fn connected(&mut self, here: Flow) -> Option<Delivery> {
        let end = &mut self.pairs.get_mut(&here.pair)?[here.from];
        let State::Dialing(stream) = end.state else { return None };
        end.state = State::Open(Open::new(stream));
        Some((end.node, stream, Arrival::Connected))
    }

    fn hear(&mut self, here: Flow, arrival: Arrival, note: impl FnOnce(&mut Open)) -> Option<Delivery> {
        let end = &mut self.pairs.get_mut(&here.pair)?[here.from];
        let node = end.node;
        let open = end.open().ok()?;
        note(open);
        let stream = open.stream;
        self.close_if_over(here);
        Some((node, stream, arrival))
    }

    fn fail(&mut self, here: Flow) -> Option<Delivery> {
        let node = self.pairs.get(&here.pair)?[here.from].node;
        let stream = self.close(here)?;
        Some((node, stream, Arrival::Failed))
    }
}

/// The parts.
impl Streams {
    fn flow(&self, end: (NodeId, StreamId)) -> Result<Flow, Breach> {
        self.ends.get(&end).copied().ok_or(Breach::Unknown)
    }

    fn open(&mut self, flow: Flow) -> Result<&mut Open, Breach> {
        self.pairs.get_mut(&flow.pair).ok_or(Breach::Unknown)?[flow.from].open()
    }

    fn send(&mut self, now: Instant, flow: Flow, segment: Segment, network: &mut Network) {
        let Some(pair) = self.pairs.get(&flow.pair) else { return };
        let usual = network.stream_delay(pair[flow.from].node, pair[flow.from.other()].node);
        let StreamFaults { stalled, stall, .. } = *network.stream_faults();
        let delay = if self.happens(stalled) { usual.saturating_add(stall) } else { usual };
        self.push(now + delay, flow, segment);
    }

    fn push(&mut self, at: Instant, flow: Flow, segment: Segment) {
        let Some(pair) = self.pairs.get_mut(&flow.pair) else { return };
        let under_way = &mut pair[flow.from].under_way;
        if under_way.is_empty() {
            self.due.push((at, flow));
        }
        under_way.push_back((at, segment));
    }

    fn clear(&mut self, flow: Flow) {
        if let Some(pair) = self.pairs.get_mut(&flow.pair) {
            pair[flow.from].under_way.clear();
        }
    }

    /// Breaks the stream off at this end: what it had under way is lost, and the peer will hear of it.
    fn reset(&mut self, now: Instant, flow: Flow, network: &mut Network) {
        self.clear(flow);
        self.send(now, flow, Segment::Reset, network);
        self.close(flow);
    }

    fn close_if_over(&mut self, flow: Flow) {
        if self.open(flow).is_ok_and(|open| open.is_over()) {
            self.close(flow);
        }
    }

    /// Ends the stream at this end without a word; forgets it when the other end is gone too.
    fn close(&mut self, flow: Flow) -> Option<StreamId> {
        let pair = self.pairs.get_mut(&flow.pair)?;
        let end = &mut pair[flow.from];
        let stream = end.close()?;
        self.ends.remove(&(end.node, stream));
        if pair.is_over() {
            self.pairs.remove(&flow.pair);
        }
        Some(stream)
    }
}

/// What an acceptor sees of a dialler: its host, and a port that nobody listens on.
fn observed(from: &Addr, connection: u64) -> Addr {
    let Addr::Ip(addr) = from else { return from.clone() };
    let ports = u64::from(u16::MAX - EPHEMERAL_PORTS) + 1;
    let offset = u16::try_from(connection % ports).unwrap_or(0);
    SocketAddr::new(addr.ip(), EPHEMERAL_PORTS + offset).into()
}

/// The same frames, of which the first claims to have the largest length that can be written.
fn announcing_gigabytes(frames: &[u8]) -> Vec<u8> {
    let mut frames = frames.to_vec();
    frames.iter_mut().take(STREAM_PREFIX_LEN).for_each(|byte| *byte = u8::MAX);
    frames
}
