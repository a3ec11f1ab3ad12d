//! Forged datagrams, as fast as this computer sends them, into a member of a live cluster and into a bare loop.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io, thread};

use swim_codec::Suite;

use crate::part::Effort;
use crate::sockets::honest::{CLIENT, Trips, ask};
use crate::sockets::trial::{Row, by_turns, table};
use crate::sockets::victim::Victim;
use crate::swim::{Voice, keyring};
use crate::table::Table;

/// What was seen in some seconds.
struct Seen {
    trips: Trips,
    forged: u64,
    /// Datagrams that the kernel threw away because the socket's buffer was full.
    overflowed: u64,
}

impl AsRef<Trips> for Seen {
    fn as_ref(&self) -> &Trips {
        &self.trips
    }
}

pub(crate) fn measure(effort: Effort) -> io::Result<Table> {
    let victims =
        [Victim::bare_loop(), Victim::member(Suite::HmacSha256), Victim::member(Suite::ChaCha20Poly1305)];
    let time = Duration::from_secs(effort.pick(2, 5));
    let idle = |victim: &Victim| observe(victim, time);
    let trials = by_turns(victims, effort.seeds, Duration::ZERO, idle, |victim| flooded(victim, time))?;
    let rows = [
        Row::<Seen>("forged datagrams per second", |seen| seen.forged as f64 / seen.trips.time.as_secs_f64()),
        Row::<Seen>("datagrams that the kernel had no room for, %", Seen::overflowed_percent),
    ];
    Ok(table(&trials, "flooded", &rows))
}

impl Seen {
    fn overflowed_percent(&self) -> f64 {
        100.0 * self.overflowed as f64 / (self.forged + self.trips.seconds.len() as u64).max(1) as f64
    }
}

fn flooded(victim: &Victim, time: Duration) -> io::Result<Seen> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let flood = scope.spawn(|| flood(victim, &stop));
        let seen = observe(victim, time);
        stop.store(true, Ordering::Relaxed);
        let forged = flood.join().map_err(|_| io::Error::other("the flood panicked"))??;
        seen.map(|seen| Seen { forged, ..seen })
    })
}

fn observe(victim: &Victim, time: Duration) -> io::Result<Seen> {
    let before = overflowed(victim.addr)?;
    let trips = ask(victim, time)?;
    Ok(Seen { trips, forged: 0, overflowed: overflowed(victim.addr)? - before })
}

/// Answers how many it sent.
fn flood(victim: &Victim, stop: &AtomicBool) -> io::Result<u64> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let forged = forged(victim.suite);
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        sent += u64::from(socket.send_to(&forged, victim.addr).is_ok());
    }
    Ok(sent)
}

/// A frame that is right but for the last byte, so that all that can be checked is checked.
pub(crate) fn forged(suite: Suite) -> Vec<u8> {
    let mut forged = Voice::of(CLIENT, keyring(suite)).ping();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    forged
}

/// Datagrams that a socket on the loopback had no room for since it was opened.
fn overflowed(addr: SocketAddr) -> io::Result<u64> {
    let sockets = fs::read_to_string("/proc/net/udp")?;
    drops(&sockets, addr.port()).ok_or_else(|| io::Error::other("the kernel does not list the socket"))
}

/// The last column of a port's line in /proc/net/udp.
fn drops(sockets: &str, port: u16) -> Option<u64> {
    let here = format!(":{port:04X}");
    let line = sockets.lines().find(|line| {
        line.split_whitespace().nth(1).is_some_and(|local_address| local_address.ends_with(&here))
    })?;
    line.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_dropped_is_found_by_the_port() {
        let sockets = "   sl  local_address rem_address   st tx_queue rx_queue drops\n  \
            12: 0100007F:1F90 00000000:0000 07 00000000:00000000 3\n  \
            13: 0100007F:0035 00000000:1F91 07 00000000:00000000 41\n";
        assert_eq!(drops(sockets, 0x35), Some(41));
        assert_eq!(drops(sockets, 0x1f90), Some(3));
        assert_eq!(drops(sockets, 0x1f91), None);
    }

    #[test]
    fn what_the_kernel_dropped_is_a_share_of_all_that_was_sent() {
        let trips = Trips { seconds: vec![0.001; 100], answered: 97, time: Duration::from_secs(1) };
        assert_eq!(Seen { trips, forged: 900, overflowed: 500 }.overflowed_percent(), 50.0);
    }
}
