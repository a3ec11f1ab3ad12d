//! Where the nodes of a run listen.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use swim_codec::limits::UNIX_ADDR_MAX;
use swim_core::Addr;

const PORT: u16 = 7946;

/// Of which families the addresses of nodes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
    /// Unix sockets, every other in the file system, and the others with the longest abstract names that there can be.
    Unix,
    /// All of these, so that a node that moves may come to be of another family.
    Mixed,
}

impl Addresses {
    /// Where the node with this number listens.
    pub(crate) fn of(self, number: usize) -> Addr {
        let short = u32::try_from(number).expect("fewer than 2^32 nodes");
        match self {
            Self::V4 => SocketAddr::from((Ipv4Addr::from(0x0a00_0001 + short), PORT)).into(),
            Self::V6 => SocketAddr::from((Ipv6Addr::from((0xfd << 120) + u128::from(short)), PORT)).into(),
            Self::Unix if number.is_multiple_of(2) => {
                Addr::unix_path(format!("/run/swim/{number}").as_bytes()).expect("short")
            }
            Self::Unix => {
                Addr::unix_abstract(format!("{number:0UNIX_ADDR_MAX$}").as_bytes()).expect("within bounds")
            }
            Self::Mixed => [Self::V4, Self::V6, Self::Unix][number % 3].of(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_has_an_address_of_its_own() {
        for addresses in [Addresses::V4, Addresses::V6, Addresses::Unix, Addresses::Mixed] {
            let numbers = (0..1_000).chain((1 << 16)..(1 << 16) + 1_000);
            let all: BTreeSet<_> = numbers.map(|number| addresses.of(number)).collect();
            assert_eq!(all.len(), 2_000, "{addresses:?}");
        }
    }
}
