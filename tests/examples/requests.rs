//! How many requests a server echoes, each of 100 bytes, to one client with 8 of them in flight:
//!
//! ```text
//! cargo run --release -p tests --example requests -- std|tokio|smol [ROUNDS]
//! ```
//!
//! The client is a process of its own, so the CPU time is the server's.

#![forbid(unsafe_code)]

#[path = "../support/cpu.rs"]
mod cpu;

use std::error::Error;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use swim_core::Addr;
use swim_driver::server::{Peer, Stats};
use tokio::runtime::{Builder, Runtime};

use cpu::cpu;

type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

const REQUESTS: u32 = 200_000;
const IN_FLIGHT: u32 = 8;

fn main() -> Answer<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [role, folder] = &args[..]
        && role == "client"
    {
        return client(Path::new(folder));
    }
    let adapter = args.first().ok_or("say std, tokio or smol")?;
    let rounds: usize = args.get(1).map_or(Ok(5), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("swim-requests-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = measure(adapter, rounds, &folder);
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure(adapter: &str, rounds: usize, folder: &Path) -> Answer<()> {
    let addr = Addr::unix_path(folder.join("server").to_str().ok_or("a path of UTF-8")?.as_bytes())?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = Server::start(adapter, &runtime, addr)?;
    let mut rates = Vec::new();
    let before = cpu()?;
    for _ in 0..rounds {
        let output = Command::new(std::env::current_exe()?).arg("client").arg(folder).output()?;
        let seconds: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
        rates.push(f64::from(REQUESTS) / seconds);
    }
    let cpu = (cpu()? - before).as_secs_f64() / (rounds as f64 * f64::from(REQUESTS));
    rates.sort_by(f64::total_cmp);
    println!(
        "{adapter}: {:.1} k requests/s [{:.1}-{:.1}], {:.1} µs of CPU each, {} dropped",
        rates[rounds / 2] / 1e3,
        rates[0] / 1e3,
        rates[rounds - 1] / 1e3,
        cpu * 1e6,
        server.stats().queues_full
    );
    Ok(())
}

/// Sends a request for every answer; prints how many seconds all took.
#[allow(clippy::disallowed_methods, reason = "this measures")]
fn client(folder: &Path) -> Answer<()> {
    let local = folder.join("client");
    let _ = fs::remove_file(&local);
    let socket = UnixDatagram::bind(&local)?;
    socket.connect(folder.join("server"))?;
    let began = Instant::now();
    for _ in 0..IN_FLIGHT {
        socket.send(&[7; 100])?;
    }
    for answered in 1..=REQUESTS {
        assert_eq!(socket.recv(&mut [0; 200])?, 100);
        if answered + IN_FLIGHT <= REQUESTS {
            socket.send(&[7; 100])?;
        }
    }
    println!("{}", began.elapsed().as_secs_f64());
    Ok(())
}

enum Server {
    Blocking(adapter_std::server::Server),
    Async(swim_driver::server::Server),
}

impl Server {
    fn start(adapter: &str, runtime: &Runtime, addr: Addr) -> Answer<Self> {
        let _within = runtime.enter();
        Ok(match adapter {
            "std" => Self::Blocking(adapter_std::server::serve(addr, echo_blocking)?),
            "tokio" => Self::Async(adapter_tokio::server::serve(addr, echo)?),
            "smol" => Self::Async(adapter_smol::server::serve(addr, echo)?),
            other => return Err(format!("there is no adapter {other}").into()),
        })
    }

    fn stats(&self) -> Stats {
        match self {
            Self::Blocking(server) => server.stats(),
            Self::Async(server) => server.stats(),
        }
    }
}

async fn echo(mut peer: Peer) -> Answer<()> {
    loop {
        let bytes: Vec<u8> = peer.recv().await?;
        peer.send(bytes)?;
    }
}

fn echo_blocking(mut peer: adapter_std::server::Peer) -> Answer<()> {
    loop {
        let bytes: Vec<u8> = peer.recv()?;
        peer.send(bytes)?;
    }
}
