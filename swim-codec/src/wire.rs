//! Numbers, bytes and text as they stand on the wire, each with one spelling.
//!
//! The spelling is that of [postcard](https://postcard.jamesmunns.com/wire-format), and a test holds it to that. What
//! reads it is our own, because a spelling that is too long has to be refused, and every packet pays for it.

use alloc::vec::Vec;

use crate::body::Malformed;

/// Bytes that are read from the front.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.rest.split_first().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }

    /// A varint: seven bits per byte, the lowest first, and as few bytes as that takes.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let (number, rest) = match self.rest.split_first() {
            Some((&byte @ ..CONTINUES, rest)) => (byte.into(), rest),
            _ => longer_number(self.rest)?,
        };
        self.rest = rest;
        Ok(number)
    }

    /// Bytes behind their length, which has at most 32 bits.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = u32::try_from(self.number()?).map_err(|_| Malformed::Meaningless)?;
        let length = usize::try_from(length).map_err(|_| Malformed::Truncated)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }
}

/// The bit of a byte that says that the number goes on.
const CONTINUES: u8 = 0x80;

/// A number and what is behind it.
fn longer_number(mut rest: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, behind) = rest.split_first().ok_or(Malformed::Truncated)?;
        rest = behind;
        let bits = u64::from(byte & !CONTINUES);
        number |= bits << shift;
        if number >> shift != bits {
            return Err(Malformed::Meaningless);
        }
        match byte {
            0 => return Err(Malformed::Overlong),
            1..CONTINUES => return Ok((number, rest)),
            _ => {}
        }
    }
    Err(Malformed::Meaningless)
}

/// The end of a buffer, and how much may still be appended there.
pub(crate) struct Writer<'b> {
    buf: &'b mut Vec<u8>,
    room: usize,
    fits: bool,
}

impl<'b> Writer<'b> {
    pub(crate) const fn new(room: usize, buf: &'b mut Vec<u8>) -> Self {
        Self { buf, room, fits: true }
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        if self.take_room(bytes.len()) {
            self.buf.extend_from_slice(bytes);
        }
    }

    /// Once something did not fit, there is no room for anything.
    #[inline]
    fn take_room(&mut self, len: usize) -> bool {
        let left = self.room.checked_sub(len);
        self.fits &= left.is_some();
        self.room = left.unwrap_or(0);
        self.fits
    }

    #[inline]
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= CONTINUES.into() {
            self.put(&[low_byte(number) | CONTINUES]);
            number >>= 7;
        }
        self.put(&[low_byte(number)]);
    }

    /// Bytes behind their length.
    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.put(bytes);
    }

    /// A kind, and what `write` appends behind its length. Most messages are so short that their length takes one byte.
    #[inline]
    pub(crate) fn message(&mut self, kind: u8, write: impl FnOnce(&mut Self)) {
        let at = self.buf.len().saturating_add(1);
        self.put(&[kind, 0]);
        let begin = self.buf.len();
        write(self);
        let length = self.buf.len().saturating_sub(begin) as u64;
        match self.buf.get_mut(at) {
            Some(place) if length < CONTINUES.into() => *place = low_byte(length),
            _ => self.put_longer_length(at, length),
        }
    }

    fn put_longer_length(&mut self, at: usize, length: u64) {
        let end = self.buf.len();
        self.number(length >> 7);
        let more = self.buf.len().saturating_sub(end);
        if let Some([first, rest @ ..]) = self.buf.get_mut(at..) {
            *first = low_byte(length) | CONTINUES;
            rest.rotate_right(more);
        }
    }

    /// Whether everything fitted.
    pub(crate) const fn fits(&self) -> bool {
        self.fits
    }
}

fn low_byte(number: u64) -> u8 {
    let [low, ..] = number.to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn written(room: usize, write: impl FnOnce(&mut Writer<'_>)) -> Option<Vec<u8>> {
        let mut buf = vec![];
        let mut writer = Writer::new(room, &mut buf);
        write(&mut writer);
        writer.fits().then_some(buf)
    }

    #[test]
    fn a_number_takes_as_few_bytes_as_it_needs() {
        for (number, len) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u64::MAX, 10)] {
            let bytes = written(10, |writer| writer.number(number)).unwrap();
            assert_eq!(bytes.len(), len);
            assert_eq!(written(len - 1, |writer| writer.number(number)), None);
            let mut reader = Reader::new(&bytes);
            assert_eq!((reader.number(), reader.rest()), (Ok(number), &[][..]));
        }
    }

    #[test]
    fn a_number_beyond_64_bits_is_refused() {
        for last in [0x02, 0x7f, 0xff] {
            let bytes = [&[0xff; 9][..], &[last, 0x00]].concat();
            assert_eq!(Reader::new(&bytes).number(), Err(Malformed::Meaningless));
        }
    }

    #[test]
    fn a_length_of_two_bytes_needs_room_for_both() {
        for len in [0, 1, 127, 128, 300, 16_383, 16_384] {
            let content = vec![7; len];
            let whole = written(usize::MAX, |writer| writer.bytes(&content)).unwrap();
            let whole = [&[5], &whole[..]].concat();
            let put = |room| written(room, |writer| writer.message(5, |writer| writer.put(&content)));
            assert_eq!(put(whole.len()).as_ref(), Some(&whole));
            assert_eq!(put(whole.len() - 1), None);
        }
    }

    proptest! {
        #[test]
        fn a_number_that_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(number) = reader.number() {
                let read = bytes.len() - reader.rest().len();
                prop_assert_eq!(written(10, |writer| writer.number(number)).unwrap(), &bytes[..read]);
            }
        }
    }
}
