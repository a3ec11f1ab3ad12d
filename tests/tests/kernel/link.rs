//! The link between the hosts: their packets leave through TUN interfaces, and this thread carries them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{read, write};
use rustix::pipe::{PipeFlags, pipe_with};
use tappers::Tun;

use crate::clock::now;
use crate::packet::{damage, receiver};
use crate::rig::HOSTS;

/// The interfaces carry no more.
const PACKET_MAX: usize = 1_500;

/// What happens to the packets of one direction. Loss is the kernel's to do, see `firewall`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    pub(crate) delay: Duration,
    /// At most so much earlier or later than `delay`, evenly; so packets overtake each other.
    pub(crate) jitter: Duration,
    /// Of a thousand packets, how many come twice, with a delay of their own.
    pub(crate) doubled: u32,
    /// Of a thousand packets, how many are changed.
    pub(crate) damaged: u32,
}

/// One for each sender and receiver.
type Map = Arc<Mutex<[[Weather; HOSTS]; HOSTS]>>;

/// Carries packets until it is dropped.
pub(crate) struct Link {
    map: Map,
    /// Its end is what the thread ends by.
    until_dropped: Option<OwnedFd>,
    carrier: Option<JoinHandle<()>>,
}

impl Link {
    pub(crate) fn new(interfaces: Vec<Tun>, seed: u64) -> Self {
        let map = Map::default();
        // Nodes that are started meanwhile must not keep it open.
        let (dropped, until_dropped) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
        let carrier = Carrier {
            interfaces,
            map: Arc::clone(&map),
            rng: SmallRng::seed_from_u64(seed),
            under_way: BinaryHeap::new(),
            carried: 0,
        };
        let carrier = thread::spawn(move || carrier.run(&dropped));
        Self { map, until_dropped: Some(until_dropped), carrier: Some(carrier) }
    }

    pub(crate) fn set(&self, from: usize, to: usize, weather: Weather) {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)[from][to] = weather;
    }

    pub(crate) fn set_all(&self, weather: Weather) {
        *self.map.lock().unwrap_or_else(PoisonError::into_inner) = [[weather; HOSTS]; HOSTS];
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.until_dropped = None;
        // Without it no packet arrives any more, which nobody overlooks.
        let _ = self.carrier.take().expect("one drop").join();
    }
}

/// The thread's own.
struct Carrier {
    interfaces: Vec<Tun>,
    map: Map,
    rng: SmallRng,
    under_way: BinaryHeap<Reverse<Parcel>>,
    /// Packets with one moment of arrival come in the order in which they left.
    carried: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Parcel {
    due: Instant,
    number: u64,
    to: usize,
    packet: Vec<u8>,
}

impl Carrier {
    fn run(mut self, dropped: &OwnedFd) {
        loop {
            let ready = self.wait(dropped);
            if !ready[HOSTS].is_empty() {
                return;
            }
            for from in (0..HOSTS).filter(|&from| ready[from].contains(PollFlags::IN)) {
                self.collect(from);
            }
            self.deliver();
        }
    }

    /// Until a packet leaves a host, or should arrive.
    fn wait(&self, dropped: &OwnedFd) -> Vec<PollFlags> {
        let mut polled: Vec<_> =
            self.interfaces.iter().map(|interface| PollFd::new(interface, PollFlags::IN)).collect();
        polled.push(PollFd::new(dropped, PollFlags::empty()));
        let next = self.under_way.peek().map(|Reverse(parcel)| parcel.due.saturating_duration_since(now()));
        let timeout = next.and_then(|next| Timespec::try_from(next).ok());
        // A signal ends it early, which is harmless.
        let _ = poll(&mut polled, timeout.as_ref());
        polled.iter().map(PollFd::revents).collect()
    }

    /// Takes what leaves a host.
    fn collect(&mut self, from: usize) {
        let mut buffer = [0; PACKET_MAX];
        while let Ok(length) = read(&self.interfaces[from], &mut buffer) {
            if let Some(to) = receiver(&buffer[..length]) {
                self.send(from, to, &buffer[..length]);
            }
        }
    }

    fn send(&mut self, from: usize, to: usize, packet: &[u8]) {
        let weather = self.map.lock().unwrap_or_else(PoisonError::into_inner)[from][to];
        let copies = if self.happens(weather.doubled) { 2 } else { 1 };
        for _ in 0..copies {
            let mut packet = packet.to_vec();
            if self.happens(weather.damaged) {
                damage(&mut packet, &mut self.rng);
            }
            let early = weather.delay.saturating_sub(weather.jitter);
            let due = now() + self.rng.random_range(early..=weather.delay + weather.jitter);
            self.carried += 1;
            self.under_way.push(Reverse(Parcel { due, number: self.carried, to, packet }));
        }
    }

    fn happens(&mut self, per_mille: u32) -> bool {
        self.rng.random_ratio(per_mille, 1_000)
    }

    fn deliver(&mut self) {
        let now = now();
        while self.under_way.peek().is_some_and(|Reverse(parcel)| parcel.due <= now) {
            let Some(Reverse(parcel)) = self.under_way.pop() else { return };
            // An interface that is down takes nothing: the packet is lost, as on a cable that is pulled.
            let _ = write(&self.interfaces[parcel.to], &parcel.packet);
        }
    }
}
