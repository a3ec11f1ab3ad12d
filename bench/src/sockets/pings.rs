//! One core answers pings over UDP: how much of that is the kernel's work?

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant as Clock};

use adapter_std::{Sockets, spawn};
use rustix::time::{ClockId, clock_gettime};
use swim_codec::{Keyring, Suite};
use swim_core::{Instant, Machine as _, Node};

use crate::part::Effort;
use crate::swim::{Voice, keyring, node};
use crate::table::{Table, digits, median, succeeded};

/// Pings that are under way at a time: enough that the server never waits, few enough for its socket.
const WINDOW: usize = 64;
/// After so long without an answer something is wrong.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who answers.
#[derive(Clone, Copy)]
enum Server {
    /// A thread that sends back what it receives.
    Bare,
    /// A node in the same loop.
    Loop(Option<Suite>),
    /// A node on the adapter.
    Adapter(Option<Suite>),
}

/// Answers per second, of the clock and of the server's CPU.
#[derive(Clone, Copy)]
struct Rate {
    wall: f64,
    cpu: f64,
}

const SERVERS: [(&str, Server); 7] = [
    ("receive and send back, nothing else", Server::Bare),
    ("a node in that loop, plain", Server::Loop(None)),
    ("a node in that loop, HMAC-SHA256", Server::Loop(Some(Suite::HmacSha256))),
    ("a node in that loop, AES-256-GCM", Server::Loop(Some(Suite::Aes256Gcm))),
    ("a node in that loop, ChaCha20-Poly1305", Server::Loop(Some(Suite::ChaCha20Poly1305))),
    ("a node on adapter-std, plain", Server::Adapter(None)),
    ("a node on adapter-std, HMAC-SHA256", Server::Adapter(Some(Suite::HmacSha256))),
];

pub(crate) fn measure(effort: Effort) -> Table {
    let pings = effort.pick(20_000, 200_000);
    let mut rates = [const { Vec::new() }; SERVERS.len()];
    for _ in 0..effort.seeds {
        for (rates, (_, server)) in rates.iter_mut().zip(SERVERS) {
            rates.push(server.answer(pings));
        }
    }
    let middle = |rates: &[&Rate], of: fn(&Rate) -> f64| median(rates.iter().map(|rate| of(rate)).collect());
    let bare = succeeded(&rates[0]).unwrap_or_default();
    let mut table = Table::new(&["", "pings/s", "share", "pings per CPU second", "share"]);
    for (rates, (name, _)) in rates.iter().zip(SERVERS) {
        let rates = match succeeded(rates) {
            Ok(rates) => rates,
            Err(why) => {
                table.push_missing(name, &why);
                continue;
            }
        };
        let figures = [|rate: &Rate| rate.wall, |rate: &Rate| rate.cpu].map(|of| {
            let rate = middle(&rates, of);
            [digits(rate), format!("{:.0} %", 100.0 * rate / middle(&bare, of))]
        });
        table.push([name.to_owned()].into_iter().chain(figures.into_iter().flatten()));
    }
    table
}

impl Server {
    /// Answers so many pings.
    fn answer(self, pings: usize) -> io::Result<Rate> {
        let client = UdpSocket::bind("127.0.0.1:0")?;
        client.set_read_timeout(Some(PATIENCE))?;
        match self {
            Self::Bare => alone(&client, &questions(None, pings), send_back),
            Self::Loop(suite) => alone(&client, &questions(suite, pings), move |socket| {
                answer(socket, new_node(socket.local_addr()?, suite))
            }),
            Self::Adapter(suite) => {
                let questions = questions(suite, pings);
                let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let sockets = Sockets::bind(any).map_err(io::Error::other)?;
                let server = sockets.local_addr().as_ip().ok_or(io::ErrorKind::AddrNotAvailable)?;
                let (handle, _events) = spawn(new_node(server, suite), sockets)?;
                let rate = ask(&client, server, &questions);
                handle.shutdown();
                rate
            }
        }
    }
}

fn questions(suite: Option<Suite>, pings: usize) -> Vec<Vec<u8>> {
    let mut voice = Voice::new(ring(suite));
    (0..pings).map(|_| voice.ping()).collect()
}

fn ring(suite: Option<Suite>) -> Keyring {
    suite.map_or(Keyring::plain(), keyring)
}

fn new_node(addr: SocketAddr, suite: Option<Suite>) -> Node {
    node(0, addr.into(), ring(suite), [1; 32], Instant::ZERO)
}

/// Asks a server that has a thread for itself.
fn alone(
    client: &UdpSocket,
    questions: &[Vec<u8>],
    serve: impl FnOnce(&UdpSocket) -> io::Result<()> + Send + 'static,
) -> io::Result<Rate> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let server = socket.local_addr()?;
    let thread = thread::spawn(move || serve(&socket));
    let rate = ask(client, server, questions);
    client.send_to(&[], server)?; // the end
    thread.join().map_err(|_| io::Error::other("the server panicked"))??;
    rate
}

fn send_back(socket: &UdpSocket) -> io::Result<()> {
    let mut buf = [0; 2_048];
    loop {
        let (len, from) = socket.recv_from(&mut buf)?;
        if len == 0 {
            return Ok(());
        }
        socket.send_to(&buf[..len], from)?;
    }
}

/// The five steps, without streams.
#[allow(clippy::disallowed_methods, reason = "it is a driver")]
fn answer(socket: &UdpSocket, mut node: Node) -> io::Result<()> {
    let (clock, mut buf, mut out) = (Clock::now(), [0; 2_048], Vec::new());
    loop {
        let (len, from) = socket.recv_from(&mut buf)?;
        if len == 0 {
            return Ok(());
        }
        let now = Instant::ZERO + clock.elapsed();
        node.handle_datagram(now, &from.into(), &mut buf[..len]);
        node.handle_timeout(now);
        while let Some(transmit) = node.poll_transmit(&mut out) {
            if let swim_core::Transmit::Datagram { to } = transmit
                && let Some(to) = to.as_ip()
            {
                socket.send_to(&out, to)?;
            }
        }
        while node.poll_event().is_some() {}
    }
}

/// Sends them all and waits for as many answers.
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn ask(client: &UdpSocket, server: SocketAddr, questions: &[Vec<u8>]) -> io::Result<Rate> {
    let (begun, busy) = (Clock::now(), others_busy());
    let (mut buf, mut waiting) = ([0; 2_048], questions.iter());
    for question in waiting.by_ref().take(WINDOW) {
        client.send_to(question, server)?;
    }
    for _ in questions {
        client.recv(&mut buf)?;
        if let Some(question) = waiting.next() {
            client.send_to(question, server)?;
        }
    }
    let answers = questions.len() as f64;
    Ok(Rate {
        wall: answers / begun.elapsed().as_secs_f64(),
        cpu: answers / (others_busy() - busy).as_secs_f64(),
    })
}

/// CPU time of all threads of this process but the one that asks.
fn others_busy() -> Duration {
    let read = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
    read(ClockId::ProcessCPUTime).saturating_sub(read(ClockId::ThreadCPUTime))
}
