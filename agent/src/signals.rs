//! Ctrl-C, SIGTERM and SIGHUP. They are caught from the first moment on: they do not end the first process of a container,
//! which a node often is, unless it does so itself.

use std::process;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::adapter::Handle;
use crate::problem::Problem;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator;

/// How much longer than the node itself may take to leave this process waits for it.
const GRACE: Duration = Duration::from_secs(1);
/// How long the last lines may wait for a reader after that: more than a busy machine needs to write them.
const LAST_LINES: Duration = Duration::from_secs(5);

/// The signals of this process.
pub(crate) struct Signals {
    hangups: Receiver<()>,
    /// Makes the node leave, once there is one.
    leave: Arc<OnceLock<Sender<()>>>,
}

impl Signals {
    /// From now on a SIGHUP waits until somebody asks for it. Ctrl-C and SIGTERM end the process at once, as long as there
    /// is no node who would owe others a goodbye.
    pub(crate) fn catch() -> Result<Self, Problem> {
        let arriving = iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])
            .map_err(|error| Problem::failed(format!("cannot listen for signals: {error}")))?;
        let (hang_up, hangups) = mpsc::channel();
        let leave = Arc::default();
        let node = Arc::clone(&leave);
        spawn("swim-signals", move || watch(arriving, &hang_up, &node))?;
        Ok(Self { hangups, leave })
    }

    /// From now on the first Ctrl-C or SIGTERM makes this node leave, and the second ends the process at once.
    pub(crate) fn leave_with(&self, handle: Handle) -> Result<(), Problem> {
        let (leave, told_to_leave) = mpsc::channel();
        spawn("swim-leave", move || leave_when_told(&handle, &told_to_leave))?;
        self.leave.get_or_init(|| leave);
        Ok(())
    }

    /// Waits for a SIGHUP, and answers whether one came.
    pub(crate) fn hang_up_within(&self, time: Duration) -> bool {
        self.hangups.recv_timeout(time).is_ok()
    }

    /// Every SIGHUP from now on.
    pub(crate) fn into_hangups(self) -> Receiver<()> {
        self.hangups
    }
}

fn watch(mut arriving: iterator::Signals, hang_up: &Sender<()>, leave: &OnceLock<Sender<()>>) {
    let mut is_leaving = false;
    for signal in arriving.forever() {
        match leave.get() {
            _ if signal == SIGHUP => tell(hang_up),
            None => process::exit(0),
            Some(_) if is_leaving => process::exit(128 + signal),
            Some(leave) => {
                tracing::info!(signal, "leaving");
                is_leaving = true;
                tell(leave);
            }
        }
    }
}

fn tell(whom: &Sender<()>) {
    // Nobody to tell means that the process ends already.
    let _ = whom.send(());
}

/// When the node has left, its events end, and with them the process. Only if nobody reads the standard output
/// does this thread have to end it.
fn leave_when_told(handle: &Handle, told: &Receiver<()>) {
    if told.recv().is_err() {
        return;
    }
    handle.leave(patience(handle));
    let _ = told.recv_timeout(LAST_LINES);
    Problem::failed("the node is gone, but its last lines could not be written: nobody reads them").report();
    process::exit(1);
}

/// How long to wait for a goodbye to be told.
pub(crate) fn patience(handle: &Handle) -> Duration {
    handle.with(|node, _| node.config().leave_timeout) + GRACE
}

/// A thread of this process.
pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Problem> {
    let spawned = thread::Builder::new().name(name.into()).spawn(body);
    spawned.map(drop).map_err(|error| Problem::failed(format!("cannot start a thread: {error}")))
}
