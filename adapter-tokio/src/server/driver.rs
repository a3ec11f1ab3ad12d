//! The task that receives for all clients.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::Socket;
use swim_driver::Progress;
use swim_driver::server::{Peer, Serving};
use tokio::io::unix::AsyncFd;

use crate::alarm::Alarm;

/// Hands datagrams to the handlers of their senders; ready when the server has ended.
pub(super) struct Driver<S> {
    /// Starts a handler.
    pub(super) start: S,
    pub(super) socket: AsyncFd<Arc<Socket>>,
    pub(super) alarm: Alarm,
    /// Last, so that all descriptors are closed when it tells of the end.
    pub(super) serving: Serving,
}

impl<S: Fn(Peer) + Unpin> Future for Driver<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let progress = self.receive(cx);
        while let Some(peer) = self.serving.next_peer() {
            (self.start)(peer);
        }
        let Some(deadline) = self.serving.settle(cx.waker()) else { return Poll::Ready(()) };
        if progress == Progress::More || !self.alarm.wait(deadline, cx) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<S> Driver<S> {
    /// Until nothing is left, and this task will be woken when there is something, or until others are to come first.
    fn receive(&mut self, cx: &mut Context<'_>) -> Progress {
        while let Poll::Ready(ready) = self.socket.poll_read_ready(cx) {
            let Ok(mut ready) = ready else {
                self.serving.fail();
                break;
            };
            match self.serving.receive() {
                Progress::Drained => ready.clear_ready(),
                Progress::More => return Progress::More,
            }
        }
        Progress::Drained
    }
}
