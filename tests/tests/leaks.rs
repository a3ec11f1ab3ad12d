//! What the adapters leave behind: nothing. Alone in its process, because threads and descriptors are the process's,
//! and in one test, because tests run at once.

#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use smol::block_on;
use swim_core::{Addr, ClusterId, Config, Instant, Keyring, Local, Name, Node};
use swim_driver::{Handle, Sockets, epoch_now, seed};
use tokio::runtime::{Builder, Runtime};

/// How long a thread that has ended may still be listed.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn shutdown_and_leaving_leave_no_thread_task_socket_descriptor_or_file_behind() {
    let folder = std::env::temp_dir().join(format!("swim-leaks-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let tokio = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    cycle(&tokio, &folder.join("warm")); // starts what the runtimes keep
    let before = left_behind();
    for round in 0..3 {
        cycle(&tokio, &folder.join(round.to_string()));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "files of sockets");
        await_nothing_more_than(&before, &tokio);
    }
    fs::remove_dir(&folder).unwrap();
}

/// Starts six nodes, IP and Unix on each adapter, lets them meet, opens streams that nobody uses, and ends all.
fn cycle(tokio: &Runtime, path: &std::path::Path) {
    let on = |place: &str| {
        let file = format!("{}{place}", path.display());
        [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into(), Addr::unix_path(file.as_bytes()).unwrap()]
    };
    let asynchronous: Vec<Handle> = on("a").into_iter().flat_map(|addr| on_both(tokio, &addr)).collect();
    let blocking = on("b").map(|addr| {
        let (node, sockets) = node(addr);
        adapter_std::spawn(node, sockets).unwrap().0
    });
    let mut idle_streams = Vec::new();
    for handle in &asynchronous {
        idle_streams.extend(handle.local_addr().as_ip().map(|ip| TcpStream::connect(ip).unwrap()));
        handle.join(std::slice::from_ref(blocking[0].local_addr()));
    }
    for (number, handle) in asynchronous.iter().enumerate() {
        block_on(async {
            if number % 2 == 0 {
                handle.shutdown().await;
            } else {
                handle.leave().await;
            }
        });
    }
    blocking[0].shutdown();
    blocking[1].leave(PATIENCE);
}

/// The same address once on tokio and, another of its kind, once on smol.
fn on_both(tokio: &Runtime, addr: &Addr) -> [Handle; 2] {
    let beside = match addr {
        Addr::UnixPath(path) => Addr::unix_path(&[path, &b"2"[..]].concat()).unwrap(),
        ip_or_abstract => ip_or_abstract.clone(),
    };
    let (on_tokio, sockets) = node(addr.clone());
    let _within = tokio.enter();
    let first = adapter_tokio::spawn(on_tokio, sockets).0;
    let (on_smol, sockets) = node(beside);
    [first, adapter_smol::spawn(on_smol, sockets).0]
}

fn node(addr: Addr) -> (Node, Sockets) {
    let sockets = Sockets::bind(addr).unwrap();
    let name = format!("n{}", epoch_now().get());
    let local = Local {
        cluster: ClusterId::from_name("leaks"),
        name: Name::new(&name).unwrap(),
        addr: sockets.local_addr().clone(),
        epoch: epoch_now(),
    };
    let node = Node::new(Config::local(), local, Keyring::plain(), seed().unwrap(), Instant::ZERO).unwrap();
    (node, sockets)
}

#[derive(Debug, PartialEq, Eq)]
struct LeftBehind {
    threads: usize,
    descriptors: usize,
}

fn left_behind() -> LeftBehind {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    LeftBehind { threads: count("/proc/self/task"), descriptors: count("/proc/self/fd") }
}

/// The system still lists a thread for a moment after it was joined, and tokio a task after its future was dropped.
#[allow(clippy::disallowed_methods, reason = "nothing to wait for but the state itself")]
fn await_nothing_more_than(before: &LeftBehind, tokio: &Runtime) {
    let pause = Duration::from_millis(5);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        let now = left_behind();
        let tasks = tokio.metrics().num_alive_tasks();
        if tasks == 0 && now.threads <= before.threads && now.descriptors <= before.descriptors {
            return;
        }
        thread::sleep(pause);
    }
    panic!("{:?} and {} tasks instead of {before:?}", left_behind(), tokio.metrics().num_alive_tasks());
}
