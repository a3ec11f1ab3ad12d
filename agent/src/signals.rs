//! Ctrl-C and SIGTERM.

use std::process;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use crate::adapter::Handle;
use crate::problem::Problem;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How much longer than the node itself may take to leave this process waits for it.
const GRACE: Duration = Duration::from_secs(1);
/// How long the last lines may wait for a reader after that: more than a busy machine needs to write them.
const LAST_LINES: Duration = Duration::from_secs(5);

/// The first signal makes the node leave, the second ends the process at once.
pub(crate) fn leave_on_signal(handle: Handle) -> Result<(), Problem> {
    let signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Problem::failed(format!("cannot listen for signals: {error}")))?;
    let (leave, told_to_leave) = mpsc::channel();
    spawn("swim-signals", move || watch(signals, &leave))?;
    spawn("swim-leave", move || leave_when_told(&handle, &told_to_leave))
}

fn watch(mut signals: Signals, leave: &Sender<()>) {
    let mut arrived = signals.forever();
    if let Some(signal) = arrived.next() {
        tracing::info!(signal, "leaving");
        // Nobody to tell means that the process ends already.
        let _ = leave.send(());
    }
    if let Some(signal) = arrived.next() {
        process::exit(128 + signal);
    }
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

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Problem> {
    let spawned = thread::Builder::new().name(name.into()).spawn(body);
    spawned.map(drop).map_err(|error| Problem::failed(format!("cannot start a thread: {error}")))
}
