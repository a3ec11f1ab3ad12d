//! A cluster in a process of its own, with a loopback of its own, measured from outside: the same yardstick for
//! everybody, whatever language it is written in.
//!
//! Its program takes the number of nodes, says `ready` when everybody knows everybody, and goes on until its input
//! ends.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the members have to get to know each other.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running cluster.
pub(crate) struct Guest {
    child: Child,
}

/// What it has used since it began.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// CPU of all its threads.
    pub(crate) cpu: Duration,
    /// Packets on its loopback: UDP, and TCP where it uses that.
    pub(crate) packets: u64,
    /// Their bytes, headers included.
    pub(crate) bytes: u64,
    /// Memory it has now.
    pub(crate) resident: u64,
}

impl Guest {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(program: &Path, arguments: &[String]) -> io::Result<Self> {
        let child = Command::new("unshare")
            .args(["--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut guest = Self { child };
        let output = guest.child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        // This thread ends with its process at the latest.
        let (said, ready) = mpsc::channel();
        thread::spawn(move || {
            let ready = BufReader::new(output).lines().any(|line| line.is_ok_and(|line| line == "ready"));
            said.send(ready)
        });
        match ready.recv_timeout(PATIENCE) {
            Ok(true) => Ok(guest),
            Ok(false) => Err(io::Error::other("it ended before it was ready")),
            Err(_) => Err(io::Error::other(format!("not ready within {PATIENCE:?}"))),
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the passing of time is what is measured")]
    pub(crate) fn rest(&self, duration: Duration) {
        thread::sleep(duration);
    }

    pub(crate) fn usage(&self) -> io::Result<Usage> {
        let proc = PathBuf::from(format!("/proc/{}", self.child.id()));
        let [bytes, packets] = traffic(&fs::read_to_string(proc.join("net/dev"))?).ok_or(bad("net/dev"))?;
        Ok(Usage { cpu: cpu(&proc.join("task"))?, packets, bytes, resident: resident(&proc)? })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Of all threads that there are. What threads that have ended used is not in it.
fn cpu(tasks: &Path) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(tasks)? {
        // It may end between the two calls.
        let Ok(stat) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        nanos += first_number(&stat).ok_or(bad("schedstat"))?;
    }
    Ok(Duration::from_nanos(nanos))
}

fn resident(proc: &Path) -> io::Result<u64> {
    let status = fs::read_to_string(proc.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(1_024 * line.and_then(first_number).ok_or(bad("status"))?)
}

/// Bytes and packets that the loopback received.
fn traffic(devices: &str) -> Option<[u64; 2]> {
    let line = devices.lines().find_map(|line| line.trim_start().strip_prefix("lo:"))?;
    let mut numbers = line.split_whitespace().map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
}

fn first_number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

fn bad(file: &str) -> io::Error {
    io::Error::other(format!("/proc has another form of {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_is_what_the_loopback_received() {
        let devices = "Inter-| Receive\n face |bytes packets\n  eth0: 9 9 9\n    lo:  1200      7    0 0\n";
        assert_eq!(traffic(devices), Some([1_200, 7]));
        assert_eq!(traffic("eth0: 1 2"), None);
    }
}
