//! Streams that say nothing, or a byte in a second, into a member of a live cluster: ten thousand, from as many addresses as
//! it takes to have more than one may have from each.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant as Clock};

use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use swim_codec::Suite;

use crate::part::Effort;
use crate::sockets::honest::{Trips, ask};
use crate::sockets::trial::{Row, by_turns, table};
use crate::sockets::victim::Victim;
use crate::table::Table;

/// Addresses from which they come.
const SOURCES: u8 = 250;
/// Between two bytes of a stream.
const BYTE_EVERY: Duration = Duration::from_secs(1);
/// Parts of that time in which as many streams are looked after.
const SLICES: u32 = 100;
/// In which the kernel takes away what is left of ten thousand streams, for which it drops datagrams, too.
const LULL: Duration = Duration::from_secs(2);

/// What was seen in some seconds.
struct Seen {
    trips: Trips,
    /// Streams that were dialled, those again whose former ones the member had ended.
    dialled: u64,
    /// Streams that the member had at most.
    most: usize,
}

impl AsRef<Trips> for Seen {
    fn as_ref(&self) -> &Trips {
        &self.trips
    }
}

pub(crate) fn measure(effort: Effort) -> io::Result<Table> {
    let (count, time) = (effort.pick(1_000, 10_000), Duration::from_secs(effort.pick(2, 5)));
    let victims = [Victim::bare_loop(), Victim::member(Suite::HmacSha256)];
    let idle = |victim: &Victim| Ok(Seen { trips: ask(victim, time)?, dialled: 0, most: victim.streams() });
    let trials = by_turns(victims, effort.seeds, LULL, idle, |victim| siege(victim, count, time))?;
    let rows = [
        Row::<Seen>("streams dialled per second", |seen| seen.dialled as f64 / seen.trips.time.as_secs_f64()),
        Row::<Seen>("streams that the member had at most", |seen| seen.most as f64),
    ];
    Ok(table(&trials, &format!("{count} streams"), &rows))
}

fn siege(victim: &Victim, count: usize, time: Duration) -> io::Result<Seen> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let siege = scope.spawn(|| besiege(victim, count, &stop));
        let trips = ask(victim, time);
        stop.store(true, Ordering::Relaxed);
        let (dialled, most) = siege.join().map_err(|_| io::Error::other("the siege panicked"))??;
        trips.map(|trips| Seen { trips, dialled, most })
    })
}

/// Keeps so many streams open, each of which is looked after once in a second; every other says a byte then. Answers how
/// many were dialled, and how many the member had at most.
#[allow(clippy::disallowed_methods, reason = "the passing of time is what is measured")]
fn besiege(victim: &Victim, count: usize, stop: &AtomicBool) -> io::Result<(u64, usize)> {
    let (mut dialled, mut most) = (0, 0);
    let mut streams: Vec<Option<TcpStream>> = (0..count).map(|_| None).collect();
    let (begun, mut slice) = (Clock::now(), 0u32);
    while !stop.load(Ordering::Relaxed) {
        let (share, first) = (count / SLICES as usize, count / SLICES as usize * (slice % SLICES) as usize);
        for (number, stream) in streams.iter_mut().enumerate().skip(first).take(share) {
            if !stream.as_mut().is_some_and(|stream| is_open(stream, number % 2 == 0)) {
                *stream = Some(dial(victim.addr, number)?);
                dialled += 1;
            }
        }
        most = most.max(victim.streams());
        slice += 1;
        let due = begun + BYTE_EVERY / SLICES * slice;
        thread::sleep(due.saturating_duration_since(Clock::now()));
    }
    Ok((dialled, most))
}

/// Whether the other side holds it open still, as far as can be seen, or felt by saying a byte.
fn is_open(stream: &mut TcpStream, speaks: bool) -> bool {
    let waits = |error: io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected);
    let is_heard = !speaks || stream.write(&[0]).map_or_else(waits, |_| true);
    is_heard && stream.read(&mut [0; 128]).map_or_else(waits, |len| len > 0)
}

/// Without waiting until it is accepted.
fn dial(to: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let source = u8::try_from(number % usize::from(SOURCES)).unwrap_or_default();
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, 1 + source), 0)).into())?;
    socket.set_nonblocking(true)?;
    match socket.connect(&to.into()) {
        Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => Err(error),
        _ => Ok(socket.into()),
    }
}
