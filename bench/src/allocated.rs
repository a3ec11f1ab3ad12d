//! What calls take from the allocator, which makes room in place where it can, as in any program.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What all threads took while something was called.
pub(crate) struct Allocated {
    /// How often.
    pub(crate) count: u64,
    /// What is still held of it.
    pub(crate) bytes: i64,
}

pub(crate) fn measure(call: impl FnOnce()) -> Allocated {
    let region = Region::new(ALLOCATOR);
    call();
    let change = region.change();
    Allocated {
        count: (change.allocations + change.reallocations) as u64,
        bytes: change.bytes_allocated as i64 - change.bytes_deallocated as i64,
    }
}
