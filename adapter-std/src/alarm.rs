//! What wakes a thread that sleeps in `poll(2)`.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Wake, Waker};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use swim_core::Instant;
use swim_driver::Clock;

/// A pipe; its other end is in the hands of those who wake.
pub(crate) struct Alarm {
    near: UnixStream,
    waker: Waker,
}

struct Far(UnixStream);

impl Wake for Far {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// A full pipe wakes just as well.
    fn wake_by_ref(self: &Arc<Self>) {
        let _ = (&self.0).write(&[0]);
    }
}

impl Alarm {
    pub(crate) fn new() -> io::Result<Self> {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Ok(Self { near, waker: Arc::new(Far(far)).into() })
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Sleeps until `deadline`, until somebody wakes this thread, or until something is ready, and answers what is; a
    /// signal may end it too, which is harmless.
    pub(crate) fn sleep<'a>(
        &self,
        deadline: Instant,
        clock: Clock,
        waits: impl Iterator<Item = (BorrowedFd<'a>, PollFlags)>,
    ) -> Vec<PollFlags> {
        let mut polled = vec![PollFd::from_borrowed_fd(self.near.as_fd(), PollFlags::IN)];
        polled.extend(waits.map(|(fd, flags)| PollFd::from_borrowed_fd(fd, flags)));
        let timeout = Timespec::try_from(deadline.since(clock.now())).ok();
        let _ = poll(&mut polled, timeout.as_ref());
        if !polled[0].revents().is_empty() {
            let _ = (&self.near).read(&mut [0; 16]);
        }
        polled[1..].iter().map(PollFd::revents).collect()
    }
}
