//! The task that drives a machine.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use smol::Async;
use socket2::Socket;
use swim_core::Machine;
use swim_driver::{Driving, Progress, Source, Turn};

use crate::alarm::Alarm;

/// Turns before other tasks get their turn.
const TURNS_AT_ONCE: usize = 16;

/// The five steps, as a future that is ready when the machine has ended.
pub(crate) struct Driver<M: Machine> {
    sockets: Sockets,
    alarm: Alarm,
    /// Last, so that all descriptors are closed when it tells of the end.
    driving: Driving<M>,
}

/// All that is waited for, known to smol.
#[derive(Default)]
struct Sockets(BTreeMap<Source, Async<Arc<Socket>>>);

impl<M: Machine> Driver<M> {
    pub(crate) fn new(driving: Driving<M>) -> Self {
        Self { sockets: Sockets::default(), alarm: Alarm::new(driving.clock()), driving }
    }
}

impl<M: Machine> Future for Driver<M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { sockets, alarm, driving } = &mut *self;
        for _ in 0..TURNS_AT_ONCE {
            let Some(mut turn) = driving.turn(cx.waker()) else { return Poll::Ready(()) };
            let more = sockets.feed(&mut turn, cx);
            let Some(deadline) = turn.settle() else { return Poll::Ready(()) };
            sockets.follow(&mut turn);
            drop(turn);
            if !more && alarm.wait(deadline, cx) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Sockets {
    /// Feeds the machine whatever is ready; answers whether there may be more. Where there is none, what comes will wake
    /// this task.
    fn feed<M: Machine>(&self, turn: &mut Turn<'_, M>, cx: &mut Context<'_>) -> bool {
        let mut more = false;
        for (&source, socket) in &self.0 {
            let interest = turn.interest(source);
            if interest.read {
                more |= drain(cx, |cx| socket.poll_readable(cx), || turn.read(source));
            }
            if interest.write {
                more |= drain(cx, |cx| socket.poll_writable(cx), || turn.write(source));
            }
        }
        more
    }

    /// Lets go of what is no longer a source, and gets to know what is one now.
    fn follow<M: Machine>(&mut self, turn: &mut Turn<'_, M>) {
        self.0.retain(|&source, known| {
            turn.socket(source).is_some_and(|socket| Arc::ptr_eq(socket, known.get_ref()))
        });
        let new = turn.sources().filter(|(source, _)| !self.0.contains_key(source));
        let new: Vec<_> = new.map(|(source, socket)| (source, Arc::clone(socket))).collect();
        for (source, socket) in new {
            match Async::new_nonblocking(socket) {
                Ok(known) => drop(self.0.insert(source, known)),
                Err(_) => turn.fail(source),
            }
        }
    }
}

/// Takes one step if the socket is ready; answers whether there may be another. If not, being asked once more it wakes this
/// task, which so needs no second turn.
fn drain(
    cx: &mut Context<'_>,
    poll: impl Fn(&mut Context<'_>) -> Poll<io::Result<()>>,
    step: impl FnOnce() -> Progress,
) -> bool {
    poll(cx).is_ready() && (step() == Progress::More || poll(cx).is_ready())
}
