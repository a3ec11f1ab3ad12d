//! The crate `foca`, driven the way its documentation asks for.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use foca::{
    Codec as _, Foca, Header, Identity, Member, Message, NoCustomBroadcast, Notification, PostcardCodec,
    Runtime, Timer,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde::{Deserialize, Serialize};
use swim_core::{Addr, Instant, Machine, StreamId, StreamInput, Transmit};

use crate::peer::{Calls, KNOWN, Peer, number_at, socket};

/// A socket address, and a number that rises with each life, so that one who was buried by mistake comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Id {
    addr: SocketAddr,
    life: u32,
}

impl Identity for Id {
    type Addr = SocketAddr;

    fn renew(&self) -> Option<Self> {
        Some(Self { life: self.life + 1, ..self.clone() })
    }

    fn addr(&self) -> SocketAddr {
        self.addr
    }

    fn win_addr_conflict(&self, adversary: &Self) -> bool {
        self.life > adversary.life
    }
}

/// A member as `foca` builds it.
pub(crate) struct FocaPeer {
    foca: Foca<Id, PostcardCodec, SmallRng, NoCustomBroadcast>,
    outside: Outside,
}

/// What `foca` wants done, until the driver asks.
struct Outside {
    now: Instant,
    timers: BinaryHeap<Due>,
    set: u64,
    packets: VecDeque<(SocketAddr, Vec<u8>)>,
    spare: Vec<Vec<u8>>,
    events: VecDeque<FocaEvent>,
}

/// A timer. The greatest is due first, and of those the one that was set first.
#[derive(PartialEq, Eq)]
struct Due {
    at: Instant,
    set: u64,
    timer: Timer<Id>,
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.set).cmp(&(self.at, self.set))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What `foca` tells of its members.
pub(crate) enum FocaEvent {
    Up,
    Down(u32),
}

impl Runtime<Id> for &mut Outside {
    fn notify(&mut self, notification: Notification<'_, Id>) {
        match notification {
            Notification::MemberUp(_) => self.events.push_back(FocaEvent::Up),
            Notification::MemberDown(id) => self.events.push_back(FocaEvent::Down(number_at(id.addr))),
            _ => {}
        }
    }

    fn send_to(&mut self, to: Id, data: &[u8]) {
        let mut packet = self.spare.pop().unwrap_or_default();
        packet.clear();
        packet.extend_from_slice(data);
        self.packets.push_back((to.addr, packet));
    }

    fn submit_after(&mut self, timer: Timer<Id>, after: Duration) {
        self.set += 1;
        self.timers.push(Due { at: self.now + after, set: self.set, timer });
    }
}

impl Machine for FocaPeer {
    type Event = FocaEvent;

    fn handle_datagram(&mut self, now: Instant, _: &Addr, datagram: &mut [u8]) {
        self.outside.now = now;
        // Messages for a former life, and from the buried, are errors that change nothing.
        let _refused = self.foca.handle_data(datagram, &mut self.outside);
    }

    fn handle_stream(&mut self, _: Instant, _: StreamId, _: StreamInput<'_>) {}

    fn handle_timeout(&mut self, now: Instant) {
        self.outside.now = now;
        while self.outside.timers.peek().is_some_and(|due| due.at <= now) {
            let Some(due) = self.outside.timers.pop() else { break };
            let _refused = self.foca.handle_timer(due.timer, &mut self.outside);
        }
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        let (to, packet) = self.outside.packets.pop_front()?;
        buf.clear();
        buf.extend_from_slice(&packet);
        self.outside.spare.push(packet);
        Some(Transmit::Datagram { to: to.into() })
    }

    fn poll_event(&mut self) -> Option<FocaEvent> {
        self.outside.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let next = self.outside.timers.peek().map(|due| due.at);
        // One that is alone has no timers, and is not at its end.
        Some(next.unwrap_or(Instant::from_nanos(u64::MAX)))
    }
}

impl FocaPeer {
    /// One that listens there, in a cluster of so many.
    pub(crate) fn at(addr: SocketAddr, nodes: u32, seed: [u8; 32], now: Instant) -> Self {
        let config = foca::Config::new_lan(NonZeroU32::new(nodes).expect("at least one"));
        let foca = Foca::new(Id { addr, life: 0 }, config, SmallRng::from_seed(seed), PostcardCodec);
        let outside = Outside {
            now,
            timers: BinaryHeap::new(),
            set: 0,
            packets: VecDeque::new(),
            spare: Vec::new(),
            events: VecDeque::new(),
        };
        Self { foca, outside }
    }

    /// Learns that these are there, without telling anybody.
    pub(crate) fn learn(&mut self, now: Instant, others: impl Iterator<Item = SocketAddr>) {
        self.outside.now = now;
        let members = others.map(|addr| Member::alive(Id { addr, life: 0 }));
        self.foca.apply_many(members, false, &mut self.outside).expect("new members");
    }

    fn apply(&mut self, members: impl Iterator<Item = u32>, telling: bool) {
        let members = members.map(|number| Member::alive(id(number)));
        self.foca.apply_many(members, telling, &mut self.outside).expect("new members");
        self.outside.events.clear();
        self.outside.packets.clear();
    }

    fn knowing_all(members: u32, telling: bool) -> Self {
        let mut peer = Self::start(0, members, [1; 32], Instant::ZERO);
        peer.apply(1..members, telling);
        assert_eq!(peer.members(), members as usize);
        peer
    }
}

fn id(number: u32) -> Id {
    Id { addr: socket(number), life: 0 }
}

/// A ping from member 1 to member 0 that bears news of these.
fn ping(news: impl ExactSizeIterator<Item = u32>) -> Vec<u8> {
    let (mut codec, mut packet) = (PostcardCodec, Vec::new());
    let header = Header { src: id(1), src_incarnation: 0, dst: id(0), message: Message::Ping(1) };
    codec.encode_header(&header, &mut packet).expect("a short header");
    if news.len() > 0 {
        packet.extend_from_slice(&u16::try_from(news.len()).expect("few").to_be_bytes());
    }
    for number in news {
        codec.encode_member(&Member::alive(id(number)), &mut packet).expect("a short record");
    }
    packet
}

fn answering(mut peer: FocaPeer, mut question: Vec<u8>) -> Box<dyn FnMut()> {
    let (from, mut buf) = (socket(1).into(), Vec::new());
    Box::new(move || {
        peer.handle_datagram(Instant::ZERO, &from, &mut question);
        while peer.poll_transmit(&mut buf).is_some() {}
    })
}

impl Peer for FocaPeer {
    fn start(number: u32, nodes: u32, seed: [u8; 32], now: Instant) -> Self {
        Self::at(socket(number), nodes, seed, now)
    }

    fn join(&mut self, now: Instant, seed: u32) {
        self.outside.now = now;
        self.foca.announce(id(seed), &mut self.outside).expect("a short packet");
    }

    fn knowing(members: u32) -> Self {
        Self::knowing_all(members, false)
    }

    fn members(&self) -> usize {
        self.foca.num_members() + 1
    }

    fn buried(event: &FocaEvent) -> Option<u32> {
        match event {
            FocaEvent::Up => None,
            FocaEvent::Down(number) => Some(*number),
        }
    }

    fn calls(members: u32) -> Calls {
        let known = (0..KNOWN).map(|i| 1 + i * ((members - 1) / KNOWN));
        let nothing = || ping(std::iter::empty());
        Calls {
            ping: answering(Self::knowing_all(members, false), nothing()),
            known: answering(Self::knowing_all(members, false), ping(known)),
            fill: answering(Self::knowing_all(members, true), nothing()),
        }
    }

    fn table(members: u32) -> Box<dyn FnOnce()> {
        let mut peer = Self::start(0, members, [1; 32], Instant::ZERO);
        Box::new(move || peer.apply(1..members, true))
    }
}
