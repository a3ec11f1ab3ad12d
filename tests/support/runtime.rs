//! The runtime of tokio.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// One for all trials, with threads of its own.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    })
}
