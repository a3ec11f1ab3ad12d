//! Nothing that arrives may cost more memory than a small multiple of its size.

/// Runs `call`, which takes in `input` bytes, and sees to it that it allocates at most four times as much and 64 KiB.
pub(crate) fn bounded<R>(input: usize, call: impl FnOnce() -> R) -> R {
    let mut answer = None;
    let used = allocation_counter::measure(|| answer = Some(call()));
    let limit = 4 * input as u64 + (64 << 10);
    assert!(used.bytes_max <= limit, "{input} bytes cost {} bytes of memory", used.bytes_max);
    answer.expect("it ran")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_within_its_bound_passes() {
        assert_eq!(bounded(1_000, || vec![0_u8; 60_000].len()), 60_000);
    }

    #[test]
    #[should_panic = "bytes of memory"]
    fn what_takes_more_is_seen() {
        bounded(1_000, || vec![0_u8; 80_000].len());
    }
}
