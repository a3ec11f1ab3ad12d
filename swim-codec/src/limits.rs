//! The maximum of every length on the wire, checked before anything is allocated.

/// Longest name of a member, in bytes of UTF-8; the shortest is one byte.
pub const NAME_MAX: usize = 255;
/// Longest key of a register, in bytes of UTF-8; the shortest is one byte.
pub const REGISTER_KEY_MAX: usize = 64;
/// Longest value of a register, in bytes; it may be empty.
pub const REGISTER_VALUE_MAX: usize = 512;
/// Longest address of a Unix socket, in bytes: what `sun_path` holds beside one NUL.
pub const UNIX_ADDR_MAX: usize = 107;
/// Largest epoch and largest sequence: both have six bytes in the frame.
pub const U48_MAX: u64 = (1 << 48) - 1;
/// Largest frame on a stream by default, in bytes, without its length prefix.
pub const STREAM_FRAME_MAX: usize = 4 << 20;
/// Parts of a table that have a sum of their own, by the hash of the member's name. With more of them a difference
/// costs fewer records and a comparison more sums; a digest of this many fits the smallest datagram.
pub const BUCKETS: usize = 128;
/// Bytes of one sum.
pub const SUM_LEN: usize = 4;
/// Largest message on the wire, with its kind and length, in bytes: a register with the longest name, key and
/// value. A body with this much room takes any message.
pub const MESSAGE_MAX: usize = 857;
/// Most keys in a keyring: one that seals, and those that only open.
pub const KEYS_MAX: usize = 8;
/// Longest time for which a keyring with keys opens plain frames, in nanoseconds: 30 days.
pub const PLAIN_MAX: u64 = 30 * 24 * 3_600 * 1_000_000_000;
/// Subkeys that a keyring remembers, of the members whose frames it opened last: up to 1 200 bytes each.
pub const SUBKEYS_MAX: usize = 256;
