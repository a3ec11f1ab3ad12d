//! The thread that drives a machine.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::event::PollFlags;
use socket2::Socket;
use swim_core::Machine;
use swim_driver::{Driving, Interest, Source, Turn};

use crate::alarm::Alarm;

/// The five steps, until the machine has ended.
pub(crate) struct Driver<M: Machine> {
    alarm: Alarm,
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

impl<M: Machine> Driver<M> {
    pub(crate) fn new(driving: Driving<M>) -> io::Result<Self> {
        Ok(Self { alarm: Alarm::new()?, waits: Vec::new(), driving })
    }

    pub(crate) fn run(mut self) {
        while let Some(mut turn) = self.driving.turn(self.alarm.waker()) {
            feed(&self.waits, &mut turn);
            let Some(deadline) = turn.settle() else { return };
            self.waits.clear();
            self.waits.extend(turn.sources().filter_map(|(source, socket)| Wait::new(&turn, source, socket)));
            drop(turn);
            let watched = self.waits.iter().map(|wait| (wait.socket.as_fd(), wait.flags()));
            let ready = self.alarm.sleep(deadline, self.driving.clock(), watched);
            self.waits.iter_mut().zip(ready).for_each(|(wait, ready)| wait.note(ready));
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
