//! A node on any adapter, told apart by nobody but this file.

use swim_core::{Event, Instant, Node};
use swim_driver::{IoStats, Sockets};
use tokio::runtime::{Builder, Runtime};

use crate::adapter::Adapter;

/// A node that runs. The handles of tokio and smol are of one type.
pub(crate) enum Handle {
    Blocking(adapter_std::Handle),
    Async { handle: swim_driver::Handle, _runtime: Option<Runtime> },
}

pub(crate) type Events = Box<dyn Iterator<Item = Event>>;

impl Adapter {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|adapter| adapter.as_str() == name)
    }

    pub(crate) fn start(self, node: Node, sockets: Sockets) -> (Handle, Events) {
        let (handle, mut events, runtime) = match self {
            Self::Std => {
                let (handle, events) = adapter_std::spawn(node, sockets).expect("a thread");
                return (Handle::Blocking(handle), Box::new(events));
            }
            Self::Tokio => {
                let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
                let runtime = runtime.expect("a thread");
                let within = runtime.enter();
                let (handle, events) = adapter_tokio::spawn(node, sockets);
                drop(within);
                (handle, events, Some(runtime))
            }
            Self::Smol => {
                let (handle, events) = adapter_smol::spawn(node, sockets);
                (handle, events, None)
            }
        };
        let events = std::iter::from_fn(move || smol::block_on(events.next()));
        (Handle::Async { handle, _runtime: runtime }, Box::new(events))
    }
}

impl Handle {
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Node, Instant) -> R) -> R {
        match self {
            Self::Blocking(handle) => handle.with(f),
            Self::Async { handle, .. } => handle.with(f),
        }
    }

    pub(crate) fn stats(&self) -> IoStats {
        match self {
            Self::Blocking(handle) => handle.stats(),
            Self::Async { handle, .. } => handle.stats(),
        }
    }
}
