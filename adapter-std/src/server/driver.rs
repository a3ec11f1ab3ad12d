//! The thread that receives for all clients, and those of their handlers.

use std::error::Error;
use std::future::ready;
use std::io;
use std::iter;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rustix::event::PollFlags;
use swim_driver::Progress;
use swim_driver::server::{self, Serving, attend};

use super::peer::Peer;
use crate::alarm::Alarm;
use crate::block::wait;

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
                        .spawn_scoped(scope, || run(peer, handler));
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

/// Runs a handler. A panic has been told of already, and what it leaves half done is the handler's own.
fn run<E>(peer: server::Peer, handler: &impl Fn(Peer) -> Result<(), E>)
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let handling = attend(peer, |peer| ready(handler(Peer(peer))));
    let _ = catch_unwind(AssertUnwindSafe(|| wait(handling)));
}
