//! A network namespace: a host of its own, as far as the network is concerned.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use rustix::thread::UnshareFlags;

type Job = Box<dyn FnOnce() + Send>;

/// A thread that lives in a network namespace without a name, and does there what it is told.
///
/// The kernel removes the namespace, its interfaces and its rules with the thread, however the thread ends; children
/// that it starts can ask to be killed then. So nothing is left behind, even if this process is killed.
pub(crate) struct Namespace {
    jobs: Option<Sender<Job>>,
    keeper: Option<JoinHandle<()>>,
}

impl Namespace {
    /// Fails where this process may not make namespaces.
    pub(crate) fn new() -> Result<Self, String> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let (tell, told) = mpsc::channel();
        let keeper = thread::spawn(move || {
            let entered = enter_a_new_one();
            let is_there = entered.is_ok();
            let _ = tell.send(entered);
            if is_there {
                waiting.into_iter().for_each(|job| job());
            }
        });
        let entered = told.recv().expect("the thread tells");
        let namespace = Self { jobs: Some(jobs), keeper: Some(keeper) };
        entered.map(|()| namespace).map_err(|error| format!("cannot make a network namespace: {error}"))
    }

    /// Does something inside and waits for its answer.
    pub(crate) fn run<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> R {
        let (tell, told) = mpsc::channel();
        let job: Job = Box::new(move || drop(tell.send(job())));
        self.jobs.as_ref().expect("until the drop").send(job).expect("the thread lives");
        told.recv().expect("the job was done")
    }

    /// Runs a program inside, with this input, and answers what it prints.
    pub(crate) fn command(&self, line: &str, input: &str) -> Result<String, String> {
        let (line, input) = (line.to_owned(), input.to_owned());
        self.run(move || command(&line, &input))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.jobs = None;
        // Whatever the thread panicked of was told to whom it concerned.
        let _ = self.keeper.take().expect("one drop").join();
    }
}

#[allow(deprecated, reason = "what replaces it is unsafe, for flags that are not used here")]
fn enter_a_new_one() -> rustix::io::Result<()> {
    rustix::thread::unshare(UnshareFlags::NEWNET)
}

fn command(line: &str, input: &str) -> Result<String, String> {
    let failed = |what: &str| format!("`{line}`: {what}");
    let mut words = line.split_whitespace();
    let mut child = Command::new(words.next().unwrap_or_default())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error.to_string()))?;
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).map_err(|error| failed(&error.to_string()))?;
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| failed(&error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(&format!("{} {}", output.status, String::from_utf8_lossy(&output.stderr))))
    }
}
