//! An allocator that looks at what is given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of a secret that are enough to know it by.
const ENOUGH: usize = 6;

/// What is sought: every piece of every secret, sorted.
static SOUGHT: RwLock<Vec<[u8; ENOUGH]>> = RwLock::new(Vec::new());
static IS_WATCHING: AtomicBool = AtomicBool::new(false);
static FOUND: AtomicUsize = AtomicUsize::new(0);

/// Looks for these from now on.
pub fn seek(secrets: &[[u8; 32]]) {
    let pieces = secrets.iter().flat_map(|secret| secret.windows(ENOUGH));
    let mut sought: Vec<[u8; ENOUGH]> = pieces.map(|piece| piece.try_into().expect("as long")).collect();
    sought.sort_unstable();
    *SOUGHT.write().expect("one thread") = sought;
}

/// In how many blocks that `call` gave back a secret was found.
pub fn watched(what: &str, call: impl FnOnce()) -> usize {
    FOUND.store(0, Ordering::Relaxed);
    IS_WATCHING.store(true, Ordering::Relaxed);
    call();
    IS_WATCHING.store(false, Ordering::Relaxed);
    let found = FOUND.load(Ordering::Relaxed);
    println!("  {what}: {found}");
    found
}

struct Watch;

#[global_allocator]
static WATCH: Watch = Watch;

thread_local! {
    static IS_LOOKING: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: hands all calls to the allocator of the system. A block that grows is a new one, so the old one is seen.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeros, so that nothing is found in it that an earlier owner left, and every byte may be read.
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if IS_WATCHING.load(Ordering::Relaxed) && !IS_LOOKING.replace(true) {
            // SAFETY: the block is whole and initialised until it is given back.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            let sought = SOUGHT.read().expect("one thread");
            let is_sought =
                |bytes: &[u8]| sought.binary_search_by(|known| known.as_slice().cmp(bytes)).is_ok();
            if bytes.windows(ENOUGH).any(is_sought) {
                FOUND.fetch_add(1, Ordering::Relaxed);
            }
            IS_LOOKING.set(false);
        }
        // SAFETY: as the caller's.
        unsafe { System.dealloc(block, layout) }
    }
}
