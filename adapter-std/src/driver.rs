//! The thread that drives a machine.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Wake, Waker};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;
use swim_core::{Instant, Machine};
use swim_driver::{Clock, Driving, Interest, Source, Turn};

/// The five steps, until the machine has ended.
pub(crate) struct Driver<M: Machine> {
    alarm: UnixStream,
    waker: Waker,
    waits: Vec<Wait>,
    /// Last, so that all descriptors are closed when it tells of the end.
    driving: Driving<M>,
}

/// A descriptor that is waited for.
struct Wait {
    source: Source,
    socket: Arc<Socket>,
    interest: Interest,
    ready: Interest,
}

/// The end of a pipe; its other end is what the thread waits for.
struct Alarm(UnixStream);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// A full pipe wakes just as well.
    fn wake_by_ref(self: &Arc<Self>) {
        let _ = (&self.0).write(&[0]);
    }
}

impl<M: Machine> Driver<M> {
    pub(crate) fn new(driving: Driving<M>) -> io::Result<Self> {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Ok(Self { alarm: near, waker: Arc::new(Alarm(far)).into(), waits: Vec::new(), driving })
    }

    pub(crate) fn run(mut self) {
        while let Some(mut turn) = self.driving.turn(&self.waker) {
            feed(&self.waits, &mut turn);
            let Some(deadline) = turn.settle() else { return };
            self.waits.clear();
            self.waits.extend(turn.sources().filter_map(|(source, socket)| Wait::new(&turn, source, socket)));
            drop(turn);
            wait(&mut self.waits, &self.alarm, deadline, self.driving.clock());
        }
    }
}

/// Feeds the machine whatever is ready.
fn feed<M: Machine>(waits: &[Wait], turn: &mut Turn<'_, M>) {
    for wait in waits {
        if wait.ready.read {
            let _ = turn.read(wait.source);
        }
        if wait.ready.write {
            let _ = turn.write(wait.source);
        }
    }
}

/// Sleeps until `deadline`, until somebody wakes this thread, or until something is ready; a signal may end it too,
/// which is harmless.
fn wait(waits: &mut [Wait], alarm: &UnixStream, deadline: Instant, clock: Clock) {
    let mut polled = vec![PollFd::new(alarm, PollFlags::IN)];
    polled.extend(waits.iter().map(|wait| PollFd::new(&wait.socket, wait.flags())));
    let timeout = Timespec::try_from(deadline.since(clock.now())).ok();
    let _ = poll(&mut polled, timeout.as_ref());
    let ready: Vec<PollFlags> = polled.iter().map(PollFd::revents).collect();
    if !ready[0].is_empty() {
        let _ = (&mut &*alarm).read(&mut [0; 16]);
    }
    waits.iter_mut().zip(&ready[1..]).for_each(|(wait, &ready)| wait.note(ready));
}

impl Wait {
    /// Without an interest there is no waiting: `poll` would report an error again and again.
    fn new<M: Machine>(turn: &Turn<'_, M>, source: Source, socket: &Arc<Socket>) -> Option<Self> {
        let interest = turn.interest(source);
        let ready = Interest { read: false, write: false };
        (interest != ready).then(|| Self { source, socket: Arc::clone(socket), interest, ready })
    }

    fn flags(&self) -> PollFlags {
        let read = if self.interest.read { PollFlags::IN } else { PollFlags::empty() };
        let write = if self.interest.write { PollFlags::OUT } else { PollFlags::empty() };
        read | write
    }

    /// An error shows whichever way one waits.
    fn note(&mut self, ready: PollFlags) {
        let trouble = ready.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
        self.ready = Interest {
            read: self.interest.read && (trouble || ready.contains(PollFlags::IN)),
            write: self.interest.write && (trouble || ready.contains(PollFlags::OUT)),
        };
    }
}
