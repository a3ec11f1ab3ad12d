//! What became of what was sent.

/// What became of all the datagrams so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Datagrams handed to the network.
    pub sent: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Stopped by a partition.
    pub cut: u64,
    /// Dropped by a rule.
    pub ruled_out: u64,
    /// Longer than the limit.
    pub oversize: u64,
    /// Damaged by a rule.
    pub corrupted: u64,
    /// Copies that a rule made.
    pub duplicated: u64,
    /// Sent to an address that no node has, or had any more when they arrived, or where no machine ran.
    pub unheard: u64,
}
