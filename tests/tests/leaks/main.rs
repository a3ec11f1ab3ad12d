//! What the adapters leave behind: nothing. Alone in its process, because threads and descriptors are the process's,
//! and in one test, because tests run at once.

#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

#[path = "../../support/adapter.rs"]
mod adapter;
mod nodes;
#[path = "../../support/patience.rs"]
mod patience;
#[path = "../../support/places.rs"]
#[allow(dead_code, reason = "others name the kinds of sockets in their titles")]
mod places;
#[path = "../../support/runtime.rs"]
mod runtime;
mod servers;
#[path = "../../support/world.rs"]
#[allow(dead_code, reason = "the list of behaviours needs all of it")]
mod world;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::patience::PATIENCE;
use crate::runtime::runtime;

#[test]
fn shutdown_and_leaving_leave_no_thread_task_socket_descriptor_or_file_behind() {
    cycle(0); // starts what the runtimes keep
    let before = left_behind();
    for round in 0..nodes::ENDINGS {
        cycle(round);
        eventually(
            || runtime().metrics().num_alive_tasks() == 0 && left_behind().is_within(&before),
            || format!("{:?} instead of {before:?}", left_behind()),
        );
    }
}

fn cycle(round: usize) {
    nodes::cycle(round);
    servers::cycle();
}

#[derive(Debug)]
struct LeftBehind {
    threads: usize,
    descriptors: usize,
}

fn left_behind() -> LeftBehind {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    LeftBehind { threads: count("/proc/self/task"), descriptors: count("/proc/self/fd") }
}

impl LeftBehind {
    fn is_within(&self, other: &Self) -> bool {
        self.threads <= other.threads && self.descriptors <= other.descriptors
    }
}

/// No file of a socket is left.
fn assert_empty(folder: &Path) {
    let files = || fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
    eventually(|| files().is_empty(), || format!("files are left: {:?}", files()));
}

/// Waits for what nobody tells: the system still lists a thread for a moment after it was joined, and tokio a task after
/// its future was dropped.
#[allow(clippy::disallowed_methods, reason = "nothing to wait for but the state itself")]
fn eventually(is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let pause = Duration::from_millis(5);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if is_so() {
            return;
        }
        thread::sleep(pause);
    }
    panic!("{}", otherwise());
}
