//! A program without an operating system, around a node.
//!
//! A program has one panic handler. This one brings its own, so if any crate below it links std, which brings one
//! too, the compiler refuses with "found duplicate lang item `panic_impl`".

#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::net::SocketAddr;
use core::panic::PanicInfo;

use swim_core::{ClusterId, Config, Epoch, Instant, Keyring, Local, Machine, Name, Node};

/// Uses enough of a node that everything is linked.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> bool {
    let Ok(name) = Name::new("node") else { return false };
    let addr = SocketAddr::from(([127, 0, 0, 1], 7_000)).into();
    let local = Local { cluster: ClusterId::from_name("bare"), name, addr, epoch: Epoch::default() };
    let Ok(mut node) = Node::new(Config::local(), local, Keyring::plain(), [0; 32], Instant::ZERO) else {
        return false;
    };
    node.handle_timeout(Instant::ZERO);
    node.poll_transmit(&mut Vec::new()).is_none() && node.poll_event().is_some()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Nothing is ever run here, so nothing is ever allocated.
struct NoMemory;

#[global_allocator]
static NO_MEMORY: NoMemory = NoMemory;

// SAFETY: allocation always fails, which the contract allows, and so nothing is ever deallocated.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
