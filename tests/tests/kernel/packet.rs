//! What the link knows of IPv4 packets.

use std::net::Ipv4Addr;

use rand::RngExt as _;
use rand::rngs::SmallRng;

use crate::rig::HOSTS;

const VERSION_4: u8 = 4;
const UDP: u8 = 17;
const UDP_HEADER: usize = 8;

/// The address of a host.
pub(crate) fn address(host: usize) -> Ipv4Addr {
    let number = u8::try_from(host + 1).expect("few hosts");
    Ipv4Addr::new(10, 77, 0, number)
}

/// The host to which a packet goes, if it goes to one: IPv6 and multicast do not.
pub(crate) fn receiver(packet: &[u8]) -> Option<usize> {
    let to = packet.get(16..20).filter(|_| packet[0] >> 4 == VERSION_4)?;
    (0..HOSTS).find(|&host| address(host).octets() == to)
}

/// Changes some bits behind the headers. A UDP packet then says that it has no checksum, so that the kernel delivers
/// it; of other packets the kernel finds the damage itself.
pub(crate) fn damage(packet: &mut [u8], rng: &mut SmallRng) {
    let header = usize::from(packet[0] & 15) * 4;
    let is_udp = packet[9] == UDP && packet.len() > header + UDP_HEADER;
    if is_udp {
        packet[header + 6..header + 8].fill(0);
    }
    let body = if is_udp { header + UDP_HEADER } else { header };
    if body >= packet.len() {
        return;
    }
    let place = rng.random_range(body..packet.len());
    packet[place] ^= 1 << rng.random_range(0..8);
}
