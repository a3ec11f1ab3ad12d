//! The wire of swim.
#![no_std]
extern crate alloc;
mod addr;
pub mod limits;
pub use addr::{Addr, AddrRef, InvalidUnixAddr};
