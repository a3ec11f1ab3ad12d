//! Forged datagrams, as fast as this computer sends them, into a member of a live cluster.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Clock};
use std::{io, thread};

use adapter_std::{Events, Handle, Sockets, spawn};
use swim_codec::Suite;
use swim_core::{Addr, DropReason, Fact, Instant, Node};

use crate::part::Effort;
use crate::swim::{Voice, keyring, node};
use crate::table::{Table, digits};

const NODES: u32 = 5;
/// Of a client that has the key, and is no member.
const CLIENT: u32 = 99;
/// Between two questions of the client.
const PAUSE: Duration = Duration::from_millis(10);
/// A question without an answer by then has none.
const PATIENCE: Duration = Duration::from_millis(500);

/// What was seen in some seconds.
struct Seen {
    /// Round trips, the shortest first.
    answered: Vec<Duration>,
    unanswered: usize,
    forged_per_second: f64,
    refused_per_second: f64,
    suspected: usize,
    failed: usize,
}

pub(crate) fn measure(effort: Effort) -> Table {
    let mut table = Table::new(&["", "idle", "flooded"]);
    match compare(Duration::from_secs(effort.pick(5, 30))) {
        Ok(both) => rows(&mut table, &both),
        Err(error) => eprintln!("bench: flood: {error}"),
    }
    table
}

fn rows(table: &mut Table, both: &[Seen; 2]) {
    let mut row = |what: &str, figure: fn(&Seen) -> String| {
        table.push([what.to_owned()].into_iter().chain(both.iter().map(figure)));
    };
    row("forged datagrams per second", |seen| digits(seen.forged_per_second));
    row("of them refused by the member", |seen| digits(seen.refused_per_second));
    row("round trip of an honest question, median, µs", |seen| digits(seen.percentile(50)));
    row("99th percentile, µs", |seen| digits(seen.percentile(99)));
    row("honest questions without an answer, %", |seen| format!("{:.1}", seen.lost_percent()));
    row("suspicions, in all members", |seen| seen.suspected.to_string());
    row("members declared dead", |seen| seen.failed.to_string());
}

impl Seen {
    fn percentile(&self, percent: usize) -> f64 {
        let last = self.answered.len().saturating_sub(1);
        let nth = self.answered.get(last * percent / 100);
        nth.map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
    }

    fn lost_percent(&self) -> f64 {
        100.0 * self.unanswered as f64 / (self.unanswered + self.answered.len()).max(1) as f64
    }
}

type Members = Vec<(Handle<Node>, Events<Node>)>;

#[allow(clippy::disallowed_methods, reason = "it waits for real nodes")]
fn compare(time: Duration) -> io::Result<[Seen; 2]> {
    let mut members = cluster()?;
    let victim = ip(members[0].0.local_addr())?;
    let idle = observe(&mut members, victim, time)?;
    let stop = AtomicBool::new(false);
    let mut flooded = thread::scope(|scope| {
        let flood = scope.spawn(|| flood(victim, &stop));
        let seen = observe(&mut members, victim, time);
        stop.store(true, Ordering::Relaxed);
        let sent = flood.join().map_err(|_| io::Error::other("the flood panicked"))??;
        seen.map(|seen| Seen { forged_per_second: sent as f64 / time.as_secs_f64(), ..seen })
    })?;
    // Those that die in the last second are declared dead later.
    thread::sleep(Duration::from_secs(10));
    flooded.failed += count(&mut members).1;
    members.iter().for_each(|(handle, _)| handle.shutdown());
    Ok([idle, flooded])
}

/// Members that know each other.
#[allow(clippy::disallowed_methods, reason = "it waits for real nodes")]
fn cluster() -> io::Result<Members> {
    let mut members = Members::new();
    for number in 0..NODES {
        let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(io::Error::other)?;
        let addr = sockets.local_addr().clone();
        let node =
            node(number, addr, keyring(Suite::HmacSha256), [number.to_le_bytes()[0]; 32], Instant::ZERO);
        members.push(spawn(node, sockets)?);
        let first = members[0].0.local_addr().clone();
        members[number as usize].0.with(|node, now| node.join(now, &[first]));
    }
    let begun = Clock::now();
    while members.iter().any(|(handle, _)| handle.members().len() < NODES as usize) {
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(io::Error::other("the members do not meet"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(2));
    count(&mut members);
    Ok(members)
}

fn ip(addr: &Addr) -> io::Result<SocketAddr> {
    addr.as_ip().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// Suspicions and deaths since the last count.
fn count(members: &mut Members) -> (usize, usize) {
    let facts: Vec<Fact> = members
        .iter_mut()
        .flat_map(|(_, events)| std::iter::from_fn(|| events.try_next()).map(|event| event.fact))
        .collect();
    let number = |is: fn(&&Fact) -> bool| facts.iter().filter(is).count();
    (
        number(|fact| matches!(fact, Fact::Suspected { .. })),
        number(|fact| matches!(fact, Fact::Failed { .. })),
    )
}

/// Asks the victim again and again. It does not know the client, and answers each question with a challenge.
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn observe(members: &mut Members, victim: SocketAddr, time: Duration) -> io::Result<Seen> {
    let refused = |members: &Members| members[0].0.with(|node, _| node.stats().dropped(DropReason::BadTag));
    let (client, mut voice) =
        (UdpSocket::bind("127.0.0.1:0")?, Voice::of(CLIENT, keyring(Suite::HmacSha256)));
    client.set_read_timeout(Some(PATIENCE))?;
    let (begun, refused_before) = (Clock::now(), refused(members));
    let (mut answered, mut unanswered, mut buf) = (vec![], 0, [0; 2_048]);
    while begun.elapsed() < time {
        let (asked, question) = (Clock::now(), voice.ping());
        client.send_to(&question, victim)?;
        match client.recv(&mut buf) {
            Ok(_) => answered.push(asked.elapsed()),
            Err(_) => unanswered += 1,
        }
        thread::sleep(PAUSE);
    }
    answered.sort();
    let refused_per_second = (refused(members) - refused_before) as f64 / time.as_secs_f64();
    let (suspected, failed) = count(members);
    Ok(Seen { answered, unanswered, forged_per_second: 0.0, refused_per_second, suspected, failed })
}

/// Frames that are right but for the last byte, so that all that can be checked is checked. Answers how many.
fn flood(victim: SocketAddr, stop: &AtomicBool) -> io::Result<u64> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut forged = Voice::of(CLIENT, keyring(Suite::HmacSha256)).ping();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        // A full buffer is the network's ordinary loss.
        sent += u64::from(socket.send_to(&forged, victim).is_ok());
    }
    Ok(sent)
}
