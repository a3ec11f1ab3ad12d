//! How long a test waits.

use std::time::Duration;

use smol::Timer;
use smol::future::{FutureExt, block_on};

/// How long anything may take, on the busiest of machines.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn patiently<T>(future: impl Future<Output = T>) -> T {
    let late = async {
        Timer::after(PATIENCE).await;
        panic!("it takes longer than {PATIENCE:?}")
    };
    block_on(future.or(late))
}
