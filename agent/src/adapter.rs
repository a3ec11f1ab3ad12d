//! What carries the protocol: nodes on any adapter, told apart by nobody but this file.

use std::io;
use std::iter;
use std::time::Duration;

use adapter_std::{IoStats, Membership, Options, Sockets};
use clap::ValueEnum;
use smol::Timer;
use smol::future::{FutureExt, block_on};
use swim_core::{Addr, Event, Instant, Machine};
use swim_trace::Recorder;
use tokio::runtime::{Builder, Runtime};

/// What carries the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Adapter {
    /// A thread for each node
    Std,
    /// Tasks of tokio
    Tokio,
    /// Tasks of smol
    Smol,
}

/// Starts nodes, and is there as long as they run.
#[derive(Default)]
pub(crate) struct Stable {
    tokio: Option<Runtime>,
}

/// A node that runs. The handles of tokio and smol are of one type.
pub(crate) enum Handle<M: Machine = Recorder> {
    Blocking(adapter_std::Handle<M>),
    Async(adapter_tokio::Handle<M>),
}

/// What it tells, for a thread to wait for.
pub(crate) type Events = Box<dyn Iterator<Item = Event> + Send>;

impl Stable {
    pub(crate) fn spawn<M>(
        &mut self,
        adapter: Adapter,
        member: M,
        sockets: Sockets,
    ) -> io::Result<(Handle<M>, Events)>
    where
        M: Membership + Send + 'static,
    {
        let (handle, mut events) = match adapter {
            Adapter::Tokio => {
                let _within = self.tokio()?.enter();
                adapter_tokio::spawn(member, sockets)
            }
            Adapter::Smol => adapter_smol::spawn(member, sockets),
            Adapter::Std => {
                let (handle, events) = adapter_std::spawn_with(member, sockets, Options::default())?;
                return Ok((Handle::Blocking(handle), Box::new(events)));
            }
        };
        let events = iter::from_fn(move || block_on(events.next()));
        Ok((Handle::Async(handle), Box::new(events)))
    }

    /// Its threads are there only if somebody wants them.
    fn tokio(&mut self) -> io::Result<&Runtime> {
        if self.tokio.is_none() {
            self.tokio = Some(Builder::new_multi_thread().worker_threads(1).enable_all().build()?);
        }
        self.tokio.as_ref().ok_or_else(|| io::Error::other("tokio does not start"))
    }
}

impl<M: Membership> Handle<M> {
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut M, Instant) -> R) -> R {
        match self {
            Self::Blocking(handle) => handle.with(f),
            Self::Async(handle) => handle.with(f),
        }
    }

    pub(crate) fn local_addr(&self) -> &Addr {
        match self {
            Self::Blocking(handle) => handle.local_addr(),
            Self::Async(handle) => handle.local_addr(),
        }
    }

    pub(crate) fn stats(&self) -> IoStats {
        match self {
            Self::Blocking(handle) => handle.stats(),
            Self::Async(handle) => handle.stats(),
        }
    }

    pub(crate) fn join(&self, seeds: &[Addr]) {
        match self {
            Self::Blocking(handle) => handle.join(seeds),
            Self::Async(handle) => handle.join(seeds),
        }
    }

    /// Leaves, waits until that is told but no longer than `patience`, and ends.
    pub(crate) fn leave(&self, patience: Duration) {
        match self {
            Self::Blocking(handle) => drop(handle.leave(patience)),
            Self::Async(handle) => {
                let late = async {
                    Timer::after(patience).await;
                    false
                };
                block_on(handle.leave().or(late));
                block_on(handle.shutdown());
            }
        }
    }

    pub(crate) fn shutdown(&self) {
        match self {
            Self::Blocking(handle) => handle.shutdown(),
            Self::Async(handle) => block_on(handle.shutdown()),
        }
    }
}

impl<M: Machine> Clone for Handle<M> {
    fn clone(&self) -> Self {
        match self {
            Self::Blocking(handle) => Self::Blocking(handle.clone()),
            Self::Async(handle) => Self::Async(handle.clone()),
        }
    }
}
