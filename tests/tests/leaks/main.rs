//! What the adapters leave behind: nothing. Alone in its process, because threads and descriptors are the process's,
//! and in one test, because tests run at once.

#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

mod nodes;
mod servers;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// How long a thread that has ended may still be listed.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn shutdown_and_leaving_leave_no_thread_task_socket_descriptor_or_file_behind() {
    let folder = std::env::temp_dir().join(format!("swim-leaks-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let tokio = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    cycle(&tokio, &folder, "warm"); // starts what the runtimes keep
    let before = left_behind();
    for round in 0..3 {
        cycle(&tokio, &folder, &round.to_string());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "files of sockets");
        await_nothing_more_than(&before, &tokio);
    }
    fs::remove_dir(&folder).unwrap();
}

fn cycle(tokio: &Runtime, folder: &Path, round: &str) {
    nodes::cycle(tokio, &folder.join(round));
    servers::cycle(tokio, &folder.join(round));
}

#[derive(Debug, PartialEq, Eq)]
struct LeftBehind {
    threads: usize,
    descriptors: usize,
}

fn left_behind() -> LeftBehind {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    LeftBehind { threads: count("/proc/self/task"), descriptors: count("/proc/self/fd") }
}

/// The system still lists a thread for a moment after it was joined, and tokio a task after its future was dropped.
#[allow(clippy::disallowed_methods, reason = "nothing to wait for but the state itself")]
fn await_nothing_more_than(before: &LeftBehind, tokio: &Runtime) {
    let pause = Duration::from_millis(5);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        let now = left_behind();
        let tasks = tokio.metrics().num_alive_tasks();
        if tasks == 0 && now.threads <= before.threads && now.descriptors <= before.descriptors {
            return;
        }
        thread::sleep(pause);
    }
    panic!("{:?} and {} tasks instead of {before:?}", left_behind(), tokio.metrics().num_alive_tasks());
}
