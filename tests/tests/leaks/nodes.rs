//! Nodes and their streams.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;

use smol::block_on;
use swim_core::{Addr, ClusterId, Config, Instant, Keyring, Local, Name, Node};
use swim_driver::{Handle, Sockets, epoch_now, seed};
use tokio::runtime::Runtime;

use crate::PATIENCE;

/// Starts six nodes, IP and Unix on each adapter, lets them meet, opens streams that nobody uses, and ends all.
pub(crate) fn cycle(tokio: &Runtime, path: &Path) {
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
