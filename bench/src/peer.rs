//! What a library must be able to do to be measured.

use swim_core::{Addr, Instant, Machine};

/// A member of a cluster, as one of the libraries builds it. All that happens to it goes through [`Machine`], so
/// both run on the same virtual network and clock.
pub trait Peer: Machine + Sized {
    /// Member `number` of a cluster of `nodes`, with the library's settings for a local network.
    fn start(number: u32, nodes: u32, seed: [u8; 32], now: Instant) -> Self;

    /// Goes into the cluster through that member.
    fn join(&mut self, now: Instant, seed: u32);

    /// Member 0 of so many, who knows all others and has nothing to tell.
    fn knowing(members: u32) -> Self;

    /// Members it holds alive, itself included.
    fn members(&self) -> usize;

    /// Whether an event says that a member is gone.
    fn buried(event: &Self::Event) -> Option<u32>;

    /// The costs of single calls in a table of so many members.
    fn calls(members: u32) -> Calls;

    /// A node that is about to hear of so many members.
    fn table(members: u32) -> Box<dyn FnOnce()>;
}

/// Single calls, ready to be made again and again.
pub struct Calls {
    /// A ping without news, taken in and answered.
    pub ping: Box<dyn FnMut()>,
    /// A packet with 60 updates that all are known, taken in.
    pub known: Box<dyn FnMut()>,
    /// A packet filled with news from among all members, each of whom is news.
    pub fill: Box<dyn FnMut()>,
}

/// Updates in the packet of [`Calls::known`].
pub(crate) const KNOWN: u32 = 60;

/// Where member `number` listens.
pub(crate) fn addr(number: u32) -> Addr {
    socket(number).into()
}

pub(crate) fn socket(number: u32) -> std::net::SocketAddr {
    let [_, a, b, c] = number.to_be_bytes();
    (std::net::Ipv4Addr::new(10, a, b, c), 7_000).into()
}

/// Which member listens there.
pub(crate) fn number_at(socket: std::net::SocketAddr) -> u32 {
    match socket.ip() {
        std::net::IpAddr::V4(ip) => u32::from_be_bytes(ip.octets()) & 0xff_ff_ff,
        std::net::IpAddr::V6(_) => u32::MAX,
    }
}
