//! What nodes cost that have nothing to do, in one process:
//!
//! ```text
//! cargo run --release -p tests --example idle -- std|tokio|smol|bare [NODES] [SECONDS]
//! ```
//!
//! The time begins when all know each other and the news of that has been told. `bare` is what the operating system alone
//! takes: threads with a socket each, that send each other as many datagrams of the same size.

#![forbid(unsafe_code)]

#[path = "../support/cpu.rs"]
mod cpu;

use std::error::Error;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use smol::Timer;
use smol::future::block_on;
use swim_core::{Addr, ClusterId, Config, Instant, Key, Keyring, Local, Name, Node};
use swim_driver::{Sockets, epoch_now, seed};
use tokio::runtime::{Builder, Runtime};

use cpu::cpu;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let mut args = std::env::args().skip(1);
    let adapter = args.next().ok_or("say std, tokio, smol or bare")?;
    let nodes: usize = args.next().map_or(Ok(5), |text| text.parse())?;
    let seconds: u32 = args.next().map_or(Ok(60), |text| text.parse())?;

    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let running = if adapter == "bare" {
        bare(nodes)?;
        Vec::new()
    } else {
        cluster(&adapter, &runtime, nodes)?
    };
    pause(10);

    let (before, turns) = (cpu()?, running.iter().map(Running::turns).sum::<u64>());
    pause(seconds);
    let used = (cpu()? - before).as_secs_f64();
    let turns = running.iter().map(Running::turns).sum::<u64>() - turns;
    let node_seconds = nodes as f64 * f64::from(seconds);
    println!(
        "{adapter}: {nodes} idle nodes for {seconds} s: {:.1} µs of CPU and {:.1} turns per node and second, \
         {:.3} of a core and {:.1} MiB in all",
        used * 1e6 / node_seconds,
        turns as f64 / node_seconds,
        used / f64::from(seconds),
        resident()? as f64 / 1024.0
    );
    Ok(())
}

/// Nodes that know each other.
fn cluster(adapter: &str, runtime: &Runtime, nodes: usize) -> Answer<Vec<Running>> {
    let mut running = vec![Running::start(adapter, runtime, 0)?];
    let first = running[0].addr();
    for number in 1..nodes {
        let node = Running::start(adapter, runtime, number)?;
        node.join(&first);
        running.push(node);
    }
    while running.iter().any(|node| node.members() < nodes) {
        pause(1);
    }
    Ok(running)
}

/// Threads that ping their neighbour once a second and answer their other neighbour, out of step as nodes are.
fn bare(nodes: usize) -> Answer<()> {
    let bound = (0..nodes).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)));
    let sockets = bound.collect::<Result<Vec<_>, _>>()?;
    let addrs = sockets.iter().map(UdpSocket::local_addr).collect::<Result<Vec<_>, _>>()?;
    for (number, socket) in sockets.into_iter().enumerate() {
        let neighbour = addrs[(number + 1) % nodes];
        thread::spawn(move || {
            pause_for(Duration::from_secs(1) * u32::try_from(number).unwrap_or(0) / 7);
            ping_and_answer(&socket, neighbour)
        });
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a thread without a driver has a clock of its own")]
fn ping_and_answer(socket: &UdpSocket, neighbour: SocketAddr) -> io::Result<()> {
    let (ping, ack, mut buffer) = ([0; 70], [1; 116], [0; 1_400]);
    let mut due = std::time::Instant::now();
    loop {
        let left = due.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            socket.send_to(&ping, neighbour)?;
            due += Duration::from_secs(1);
            continue;
        }
        socket.set_read_timeout(Some(left))?;
        if let Ok((_, from)) = socket.recv_from(&mut buffer)
            && buffer[0] == 0
        {
            socket.send_to(&ack, from)?;
        }
    }
}

enum Running {
    Blocking(adapter_std::Handle),
    Async(swim_driver::Handle),
}

impl Running {
    fn start(adapter: &str, runtime: &Runtime, number: usize) -> Answer<Self> {
        let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let local = Local {
            cluster: ClusterId::from_name("idle"),
            name: Name::new(&format!("n{number}"))?,
            addr: sockets.local_addr().clone(),
            epoch: epoch_now(),
        };
        let keyring = Keyring::sealed(Key::from_bytes([7; 32]));
        let node = Node::new(Config::lan(), local, keyring, seed()?, Instant::ZERO)?;
        let _within = runtime.enter();
        Ok(match adapter {
            "std" => Self::Blocking(adapter_std::spawn(node, sockets)?.0),
            "tokio" => Self::Async(adapter_tokio::spawn(node, sockets).0),
            "smol" => Self::Async(adapter_smol::spawn(node, sockets).0),
            _ => return Err("say std, tokio, smol or bare".into()),
        })
    }

    fn with<R>(&self, f: impl FnOnce(&mut Node, Instant) -> R) -> R {
        match self {
            Self::Blocking(handle) => handle.with(f),
            Self::Async(handle) => handle.with(f),
        }
    }

    fn addr(&self) -> Addr {
        self.with(|node, _| node.local().addr())
    }

    fn join(&self, seed: &Addr) {
        self.with(|node, now| node.join(now, std::slice::from_ref(seed)));
    }

    fn members(&self) -> usize {
        self.with(|node, _| node.members().len())
    }

    fn turns(&self) -> u64 {
        match self {
            Self::Blocking(handle) => handle.stats().turns,
            Self::Async(handle) => handle.stats().turns,
        }
    }
}

fn pause(seconds: u32) {
    pause_for(Duration::from_secs(seconds.into()));
}

fn pause_for(time: Duration) {
    block_on(Timer::after(time));
}

/// KiB in memory.
fn resident() -> Answer<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
