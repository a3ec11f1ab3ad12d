//! A node's process, as its parent sees it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use crate::clock::now;
use crate::namespace::Namespace;
use crate::node::Role;

/// Ticks of `/proc/PID/stat` a second, on every kernel there is.
const TICKS: u64 = 100;

/// A line that a node told.
pub(crate) struct Report {
    pub(crate) host: usize,
    /// Which life of the node on this host.
    pub(crate) life: usize,
    pub(crate) at: Instant,
    pub(crate) line: String,
}

/// Killed and reaped when dropped.
pub(crate) struct Process {
    child: Child,
    orders: ChildStdin,
}

impl Process {
    /// Starts a node on its host; what it tells goes to `reports` as that life's.
    pub(crate) fn start(namespace: &Namespace, role: &Role, life: usize, reports: Sender<Report>) -> Self {
        let arguments = role.arguments();
        let host = role.host;
        let child = namespace.run(move || {
            let program = std::env::current_exe()?;
            Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
        });
        let mut child = child.expect("this program starts again");
        let orders = child.stdin.take().expect("a pipe");
        let told = BufReader::new(child.stdout.take().expect("a pipe"));
        thread::spawn(move || {
            for line in told.lines().map_while(Result::ok) {
                // Fails when nobody is interested any more.
                let _ = reports.send(Report { host, life, at: now(), line });
            }
        });
        Self { child, orders }
    }

    pub(crate) fn order(&mut self, line: &str) {
        writeln!(self.orders, "{line}").expect("the node listens");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the node runs");
    }

    /// From now on it gets no descriptor that it does not have already.
    pub(crate) fn take_descriptors(&self) {
        let used = fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the node runs");
        let numbers: Vec<u64> =
            used.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        let unused = (0..).find(|number| !numbers.contains(number)).expect("some number is free");
        self.limit_descriptors(unused);
    }

    pub(crate) fn give_descriptors(&self) {
        self.limit_descriptors(1_024);
    }

    fn limit_descriptors(&self, number: u64) {
        let limit = Rlimit { current: Some(number), maximum: Some(1_024) };
        prlimit(Some(self.pid()), Resource::Nofile, limit).expect("the node runs");
    }

    /// How long it has used a processor so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the node runs");
        let behind_the_name = stat.rsplit(')').next().expect("a line");
        let ticks = behind_the_name.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().expect("ticks")).sum();
        Duration::from_millis(ticks * 1_000 / TICKS)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    /// As `kill -9` does it.
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
