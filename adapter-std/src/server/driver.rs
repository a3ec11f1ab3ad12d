//! The thread that receives for all clients, and those of their handlers.

use std::error::Error;
use std::io;
use std::iter;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rustix::event::PollFlags;
use swim_driver::Progress;
use swim_driver::server::{self, Serving};

use super::peer::Peer;
use crate::alarm::Alarm;

/// Hands datagrams to the handlers of their senders, until the server has ended and they have returned.
pub(super) struct Driver<F> {
    handler: F,
    alarm: Alarm,
    /// Last, so that all descriptors are closed when it tells of the end.
    serving: Serving,
}

impl<F, E> Driver<F>
where
    F: Fn(Peer) -> Result<(), E> + Sync,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    pub(super) fn new(handler: F, serving: Serving) -> io::Result<Self> {
        Ok(Self { handler, alarm: Alarm::new()?, serving })
    }

    pub(super) fn run(mut self) {
        let Self { handler, alarm, serving } = &mut self;
        let handler = &*handler;
        thread::scope(|scope| {
            loop {
                let progress = serving.receive();
                while let Some(peer) = serving.next_peer() {
                    // Without a thread nobody takes the peer, and so the datagram is refused.
                    let _ = thread::Builder::new()
                        .name("swim-handler".into())
                        .spawn_scoped(scope, || attend(handler, peer));
                }
                let Some(deadline) = serving.settle(alarm.waker()) else { return };
                if progress == Progress::Drained {
                    let socket = (serving.socket().as_fd(), PollFlags::IN);
                    alarm.sleep(deadline, serving.clock(), iter::once(socket));
                }
            }
        });
    }
}

/// Runs a handler, and logs its error.
fn attend<E>(handler: &impl Fn(Peer) -> Result<(), E>, peer: server::Peer)
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let report = peer.report();
    // What a panic leaves half done is the handler's own, and the panic has been told of already.
    if let Ok(Err(error)) = catch_unwind(AssertUnwindSafe(|| handler(Peer(peer)))) {
        report.failed(error);
    }
}
