//! A machine that is easy to predict, and helpers around it.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sim::{Arrival, Cluster, NodeId, Rng, Seed};
use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};

/// Reports all it hears, and does what it is told.
pub(crate) struct Toy {
    out: VecDeque<(Transmit, Vec<u8>)>,
    heard: VecDeque<Heard>,
    next: Instant,
    dialed: u64,
    mood: Mood,
}

/// What a toy does of its own accord.
enum Mood {
    /// Nothing.
    Calm,
    /// Every few milliseconds it sends a datagram to somebody and sometimes opens a stream; what it hears on a
    /// stream it sends back.
    Busy { peers: Vec<Addr>, rng: Box<Rng> },
    /// It wants to be woken, again and again.
    Stuck,
}

/// What a toy heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Datagram { from: Addr, text: String },
    Stream(StreamId, Arrival),
}

impl Toy {
    pub(crate) fn calm(_seed: [u8; 32], now: Instant) -> Self {
        let next = now + Duration::from_secs(3600);
        Self { out: VecDeque::new(), heard: VecDeque::new(), next, dialed: 0, mood: Mood::Calm }
    }

    pub(crate) fn busy(seed: [u8; 32], now: Instant, nodes: u16) -> Self {
        let mood =
            Mood::Busy { peers: (0..nodes).map(addr).collect(), rng: Box::new(Rng::new(Seed::from(seed))) };
        Self { mood, next: now, ..Self::calm(seed, now) }
    }

    pub(crate) fn stuck(seed: [u8; 32], now: Instant) -> Self {
        Self { mood: Mood::Stuck, next: now, ..Self::calm(seed, now) }
    }

    pub(crate) fn send(&mut self, to: Addr, text: &str) {
        self.out.push_back((Transmit::Datagram { to }, text.into()));
    }

    pub(crate) fn connect(&mut self, to: Addr) -> StreamId {
        let stream = StreamId::Dialed(self.dialed);
        self.dialed += 1;
        self.out.push_back((Transmit::Connect { stream, to }, Vec::new()));
        stream
    }

    pub(crate) fn write(&mut self, stream: StreamId, bytes: &[u8]) {
        self.out.push_back((Transmit::Write { stream }, bytes.into()));
    }

    pub(crate) fn finish(&mut self, stream: StreamId) {
        self.out.push_back((Transmit::Finish { stream }, Vec::new()));
    }

    pub(crate) fn abort(&mut self, stream: StreamId) {
        self.out.push_back((Transmit::Abort { stream }, Vec::new()));
    }

    fn tick(&mut self, now: Instant) {
        let Mood::Busy { peers, rng } = &mut self.mood else { return };
        let (to, wait) = (peers[rng.index(peers.len())].clone(), rng.number(1_000_000..=9_000_000));
        let dials = rng.chance(0.2);
        self.next = now + Duration::from_nanos(wait);
        if dials {
            self.connect(to);
        } else {
            self.send(to, &format!("tick {wait}"));
        }
    }

    fn react(&mut self, stream: StreamId, input: &Arrival) {
        match (stream, input) {
            (StreamId::Dialed(_), Arrival::Connected) => self.write(stream, &[7; 300]),
            (StreamId::Accepted(_), Arrival::Finished) => self.write(stream, b"and you"),
            (_, Arrival::Written) => self.finish(stream),
            _ => {}
        }
    }
}

impl Machine for Toy {
    type Event = Heard;

    fn handle_datagram(&mut self, _now: Instant, from: &Addr, datagram: &mut [u8]) {
        let text = String::from_utf8_lossy(datagram).into_owned();
        datagram.fill(0);
        self.heard.push_back(Heard::Datagram { from: from.clone(), text });
    }

    fn handle_stream(&mut self, _now: Instant, stream: StreamId, input: StreamInput<'_>) {
        let arrival = owned(input);
        if matches!(self.mood, Mood::Busy { .. }) {
            self.react(stream, &arrival);
        }
        self.heard.push_back(Heard::Stream(stream, arrival));
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.next <= now {
            self.tick(now);
        }
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        buf.clear();
        let (transmit, bytes) = self.out.pop_front()?;
        buf.extend(bytes);
        Some(transmit)
    }

    fn poll_event(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(if self.out.is_empty() { self.next } else { Instant::ZERO })
    }
}

fn owned(input: StreamInput<'_>) -> Arrival {
    match input {
        StreamInput::Accepted { from } => Arrival::Accepted { from },
        StreamInput::Connected => Arrival::Connected,
        StreamInput::Data(bytes) => Arrival::Data(bytes.to_vec()),
        StreamInput::Written => Arrival::Written,
        StreamInput::Finished => Arrival::Finished,
        StreamInput::Failed => Arrival::Failed,
    }
}

/// The address of the node with that number.
pub(crate) fn addr(number: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 1000 + number)).into()
}

/// Calm toys, numbered from 0.
pub(crate) fn calm<const N: usize>(cluster: &mut Cluster<Toy>) -> [NodeId; N] {
    std::array::from_fn(|number| cluster.add(addr(u16::try_from(number).unwrap()), Toy::calm))
}

/// Toys that never rest, numbered from 0.
pub(crate) fn busy(seed: u64, nodes: u16) -> Cluster<Toy> {
    let mut cluster = Cluster::new(seed);
    for number in 0..nodes {
        cluster.add(addr(number), |seed, now| Toy::busy(seed, now, nodes));
    }
    cluster
}

/// The datagrams that a node heard, in order.
pub(crate) fn texts(cluster: &Cluster<Toy>, node: NodeId) -> Vec<&str> {
    let of_node = cluster.events().iter().filter(|seen| seen.node == node);
    let texts = of_node.filter_map(|seen| match &seen.event {
        Heard::Datagram { text, .. } => Some(text.as_str()),
        Heard::Stream(..) => None,
    });
    texts.collect()
}

/// What a node heard of streams, pieces of data joined.
pub(crate) fn arrivals(cluster: &Cluster<Toy>, node: NodeId) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    for seen in cluster.events().iter().filter(|seen| seen.node == node) {
        let Heard::Stream(_, arrival) = &seen.event else { continue };
        match (arrivals.last_mut(), arrival) {
            (Some(Arrival::Data(joined)), Arrival::Data(more)) => joined.extend_from_slice(more),
            _ => arrivals.push(arrival.clone()),
        }
    }
    arrivals
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
