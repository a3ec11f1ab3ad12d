//! The sum by the tables of the crate `crc`, where there is no std to ask the processor what it can. That crate's own loop
//! checks every place it reads at, and takes up to fifteen bytes one by one; most packets are so short that this is a third
//! of what a sum costs.

use crc::{CRC_32_ISCSI, Crc, Table};

/// One for each byte of a block, the first for the last byte.
static TABLES: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let (halves, rest) = rest.as_chunks::<8>();
    let (bytes, _) = rest.as_chunks::<1>();
    let sum = blocks.iter().fold(u32::MAX, take_in);
    let sum = halves.iter().fold(sum, take_in);
    !bytes.iter().fold(sum, take_in)
}

/// The sum behind a block, of which the sum before it changes the first four bytes.
#[inline(always)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a block has a table for each byte"
)]
fn take_in<const N: usize>(sum: u32, block: &[u8; N]) -> u32 {
    let before = sum.to_le_bytes();
    let mut next = if N < before.len() { sum >> (8 * N) } else { 0 };
    for (at, byte) in block.iter().enumerate() {
        let byte = byte ^ before.get(at).copied().unwrap_or(0);
        next ^= TABLES.table()[N - 1 - at][usize::from(byte)];
    }
    next
}
