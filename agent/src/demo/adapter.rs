//! What the nodes of the demo run on.

use std::io;
use std::iter;

use adapter_std::Sockets;
use clap::ValueEnum;
use smol::block_on;
use swim_core::{Event, Instant, Node};
use tokio::runtime::{Builder, Runtime};

/// What the nodes run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Adapter {
    /// A thread for each node
    Std,
    /// Tasks of tokio
    Tokio,
    /// Tasks of smol
    Smol,
    /// Each of them in turn
    Mixed,
}

/// Starts nodes.
pub(crate) struct Stable {
    adapter: Adapter,
    started: usize,
    tokio: Runtime,
}

/// A node that runs. The handles of tokio and smol are of one type.
pub(crate) enum Handle {
    Blocking(adapter_std::Handle),
    Async(adapter_tokio::Handle),
}

/// What it tells, for a thread to wait for.
pub(crate) type Events = Box<dyn Iterator<Item = Event> + Send>;

impl Stable {
    pub(crate) fn open(adapter: Adapter) -> io::Result<Self> {
        let tokio = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { adapter, started: 0, tokio })
    }

    pub(crate) fn spawn(&mut self, node: Node, sockets: Sockets) -> io::Result<(Handle, Events)> {
        self.started += 1;
        let (handle, mut events) = match self.next_adapter() {
            Adapter::Tokio => {
                let _within = self.tokio.enter();
                adapter_tokio::spawn(node, sockets)
            }
            Adapter::Smol => adapter_smol::spawn(node, sockets),
            Adapter::Std | Adapter::Mixed => {
                let (handle, events) = adapter_std::spawn(node, sockets)?;
                return Ok((Handle::Blocking(handle), Box::new(events)));
            }
        };
        let events = iter::from_fn(move || block_on(events.next()));
        Ok((Handle::Async(handle), Box::new(events)))
    }

    fn next_adapter(&self) -> Adapter {
        match self.adapter {
            Adapter::Mixed => [Adapter::Smol, Adapter::Std, Adapter::Tokio][self.started % 3],
            one => one,
        }
    }
}

impl Handle {
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Node, Instant) -> R) -> R {
        match self {
            Self::Blocking(handle) => handle.with(f),
            Self::Async(handle) => handle.with(f),
        }
    }

    pub(crate) fn shutdown(&self) {
        match self {
            Self::Blocking(handle) => handle.shutdown(),
            Self::Async(handle) => block_on(handle.shutdown()),
        }
    }
}
