//! Telling what is known of some buckets: claims and registers, in as many frames as it takes.

use swim_codec::{AddrRef, Buckets, FrameWriter, MemberId, Message};

use crate::Config;
use crate::buckets::Walk;
use crate::claim::claim_of;
use crate::register_store::{Registers, message_of};
use crate::table::{MemberIndex, Seen, Table};

/// Datagrams for the records that answer one message; what takes more goes over a stream.
pub(crate) const DATAGRAMS_MAX: usize = 8;
/// What the frame takes of a datagram, at most.
const FRAME_BYTES: usize = 52;
/// What a claim or a register takes beside its texts, at most.
const RECORD_BYTES: usize = 52;

/// Fills a frame with the records that are still to be told, and says how many it took.
pub(crate) fn fill(
    table: &Table,
    registers: &Registers,
    to: Option<MemberId>,
    walk: &mut Walk,
    frame: &mut FrameWriter<'_>,
) -> u64 {
    let mut count = 0;
    while let Some((member, number)) = walk.at(table.buckets()) {
        match record(table, registers, to, member, number) {
            None => walk.next_member(),
            Some(record) if frame.push(&record) => {
                walk.next_record();
                count += 1;
            }
            Some(_) => break,
        }
    }
    count
}

/// Who was gone before we heard of it is not passed on, but to itself: such hearsay would otherwise go round for ever.
fn record<'a>(
    table: &'a Table,
    registers: &'a Registers,
    to: Option<MemberId>,
    member: MemberIndex,
    number: usize,
) -> Option<Message<'a>> {
    let row = table.get(member).filter(|row| row.announced || to == Some(row.id))?;
    let Some(number) = number.checked_sub(1) else { return Some(Message::Claim(claim_of(&row))) };
    let register = registers.get(*row.registers().places().get(number)?)?;
    message_of(register, table).map(Message::Register)
}

/// Whether the records of these buckets fit the datagrams of one answer. Two datagrams in a row are together more
/// than full, else the first record of the second would stand in the first: so half of them always suffice.
pub(crate) fn fit_datagrams(table: &Table, buckets: Buckets, config: &Config) -> bool {
    let room = (usize::from(config.datagram_limit) - FRAME_BYTES) * DATAGRAMS_MAX / 2;
    let members = table.buckets().count(buckets);
    members <= room / RECORD_BYTES && {
        let rows = buckets.iter().flat_map(|bucket| table.buckets().members(bucket).iter());
        rows.filter_map(|member| table.get(member)).map(size).sum::<usize>() <= room
    }
}

/// An upper bound of what the records of a member take.
fn size(row: Seen<'_>) -> usize {
    let name = row.name.as_str().len();
    let path = match row.addr_ref() {
        AddrRef::UnixPath(path) | AddrRef::UnixAbstract(path) => path.len(),
        AddrRef::V4(..) | AddrRef::V6(..) => 0,
    };
    RECORD_BYTES
        + name
        + path
        + row.registers().places().len() * (RECORD_BYTES + name)
        + row.registers().bytes()
}
