//! What the clusters have in common: they take the number of nodes, say `ready` once everybody knows everybody, and
//! go on until their input ends.

use std::net::SocketAddr;

use tokio::io::AsyncReadExt as _;

/// How many nodes the command asks for.
#[must_use]
pub fn nodes() -> u16 {
    std::env::args().nth(1).and_then(|nodes| nodes.parse().ok()).expect("the number of nodes")
}

/// Where node `number` listens; the loopback has nobody else on it.
#[must_use]
pub fn addr(number: u16) -> SocketAddr {
    ([127, 0, 0, 1], 10_000 + number).into()
}

/// Says so, and waits for the end.
pub async fn ready() {
    println!("ready");
    let _end = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}
