//! The toy machine on any adapter, told apart by nobody but this file.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use smol::Timer;
use smol::future::{FutureExt, block_on};
use swim_core::{Addr, Instant};
use swim_driver::{IoStats, Limits, Options, Sockets};

use crate::adapter::Adapter;
use crate::runtime::runtime;
use crate::toy::{Seen, Toy};

/// Long enough for anything that ought to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What is run on each adapter.
pub(crate) type Behaviour = fn(Adapter);

pub(crate) enum Handle {
    Blocking(adapter_std::Handle<Toy>),
    Async(swim_driver::Handle<Toy>),
}

pub(crate) enum Events {
    Blocking(adapter_std::Events<Toy>),
    Async(swim_driver::Events<Toy>),
}

pub(crate) fn start(on: Adapter, sockets: Sockets, limits: Limits) -> (Handle, Events) {
    let (toy, options) = (Toy::default(), Options { limits, farewell: None });
    let (handle, events) = match on {
        Adapter::Std => {
            let (handle, events) = adapter_std::spawn_with(toy, sockets, options).expect("a thread");
            return (Handle::Blocking(handle), Events::Blocking(events));
        }
        Adapter::Tokio => {
            let _within = runtime().enter();
            adapter_tokio::spawn_with(toy, sockets, options)
        }
        Adapter::Smol => adapter_smol::spawn_with(toy, sockets, options),
    };
    (Handle::Async(handle), Events::Async(events))
}

pub(crate) fn toy(on: Adapter) -> (Handle, Events) {
    toy_with(on, Limits::default())
}

pub(crate) fn toy_with(on: Adapter, limits: Limits) -> (Handle, Events) {
    start(on, Sockets::bind(localhost()).expect("the test needs a free port"), limits)
}

impl Handle {
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Toy, Instant) -> R) -> R {
        match self {
            Self::Blocking(handle) => handle.with(f),
            Self::Async(handle) => handle.with(f),
        }
    }

    pub(crate) fn stats(&self) -> IoStats {
        match self {
            Self::Blocking(handle) => handle.stats(),
            Self::Async(handle) => handle.stats(),
        }
    }

    pub(crate) fn shutdown(&self) {
        match self {
            Self::Blocking(handle) => handle.shutdown(),
            Self::Async(handle) => block_on(handle.shutdown()),
        }
    }

    fn local_addr(&self) -> &Addr {
        match self {
            Self::Blocking(handle) => handle.local_addr(),
            Self::Async(handle) => handle.local_addr(),
        }
    }
}

impl Events {
    pub(crate) fn try_next(&mut self) -> Option<Seen> {
        match self {
            Self::Blocking(events) => events.try_next(),
            Self::Async(events) => events.try_next(),
        }
    }

    /// The next event, if there is one within this time.
    pub(crate) fn next_timeout(&mut self, timeout: Duration) -> Option<Seen> {
        match self {
            Self::Blocking(events) => events.next_timeout(timeout),
            Self::Async(events) => block_on(events.next().or(async {
                Timer::after(timeout).await;
                None
            })),
        }
    }
}

impl Iterator for Events {
    type Item = Seen;

    fn next(&mut self) -> Option<Seen> {
        match self {
            Self::Blocking(events) => events.next(),
            Self::Async(events) => block_on(events.next()),
        }
    }
}

pub(crate) fn localhost() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub(crate) fn addr(handle: &Handle) -> Addr {
    handle.local_addr().clone()
}

/// Its address, for sockets of the test's own.
pub(crate) fn ip(handle: &Handle) -> SocketAddr {
    handle.local_addr().as_ip().expect("an IP address")
}

/// The next event, which must come.
pub(crate) fn next(events: &mut Events) -> Seen {
    events.next_timeout(PATIENCE).expect("an event within the test's patience")
}

/// Waits until `done`, a question that nothing announces the answer of, says so.
pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let moment = Duration::from_millis(2);
    for _ in 0..PATIENCE.as_millis() / moment.as_millis() {
        if done() {
            return;
        }
        pause(moment);
    }
    panic!("never: {what}");
}

pub(crate) fn pause(time: Duration) {
    block_on(Timer::after(time));
}
