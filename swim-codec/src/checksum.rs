//! CRC-32C: finds damage, proves nothing.

/// By the processor's own instruction, if it has one.
#[cfg(feature = "std")]
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
}

#[cfg(not(feature = "std"))]
pub(crate) use tables::checksum;

#[cfg(any(not(feature = "std"), test))]
mod tables;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn the_sum_of_nine_digits_is_the_one_of_the_standard() {
        for checksum in [super::checksum, super::tables::checksum] {
            assert_eq!(checksum(b"123456789"), 0xe306_9283);
            assert_eq!(checksum(b""), 0);
        }
    }

    proptest! {
        #[test]
        fn however_a_sum_is_computed_it_is_the_same(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&bytes);
            prop_assert_eq!(super::checksum(&bytes), sum);
            prop_assert_eq!(super::tables::checksum(&bytes), sum);
        }
    }
}
