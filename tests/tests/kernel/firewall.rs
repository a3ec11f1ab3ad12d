//! What a host's kernel does not let through, told to nftables.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::packet::address;

/// The rules of one host. Packets to itself always pass.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    /// Of a thousand packets that arrive, how many are lost.
    pub(crate) loss: u32,
    /// From whom nothing arrives; they do not notice.
    pub(crate) deaf_to: BTreeSet<usize>,
    /// To whom nothing leaves: the kernel answers whoever sends that he may not.
    pub(crate) mute_to: BTreeSet<usize>,
}

impl Rules {
    /// Replaces all earlier rules at once, as a script for `nft -f`.
    pub(crate) fn script(&self) -> String {
        let mut input = String::new();
        let mut output = String::new();
        for &host in &self.deaf_to {
            let _ = writeln!(input, "ip saddr {} drop", address(host));
        }
        for &host in &self.mute_to {
            let _ = writeln!(output, "ip daddr {} drop", address(host));
        }
        if self.loss > 0 {
            let _ = writeln!(input, "numgen random mod 1000 < {} drop", self.loss);
        }
        format!(
            "add table ip swim\ndelete table ip swim\ntable ip swim {{\n\
             chain input {{ type filter hook input priority 0; iif lo accept\n{input}}}\n\
             chain output {{ type filter hook output priority 0; oif lo accept\n{output}}}\n}}\n"
        )
    }
}
