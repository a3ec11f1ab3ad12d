//! Running the program, reading what it says, and never leaving one behind.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::Value;

/// How long anything may take, on the busiest of machines.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

const PROGRAM: &str = env!("CARGO_BIN_EXE_swim-under-test");

/// A running program; killed and reaped when dropped.
pub(crate) struct Swim {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// Hangs up when the process has ended.
    exited: Receiver<Infallible>,
    /// All lines so far.
    pub(crate) lines: Vec<String>,
}

/// How a program ended, and all that it said.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<String>,
    pub(crate) stderr: String,
}

impl Swim {
    /// Starts the program with these arguments.
    pub(crate) fn start<S: AsRef<str>>(args: impl IntoIterator<Item = S>) -> Self {
        Self::start_in(&[], args)
    }

    /// Starts the program with these variables, and no others of its own, in its environment.
    pub(crate) fn start_in<S: AsRef<str>>(
        environment: &[(&str, &str)],
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::spawn(Command::new(PROGRAM), Stdio::piped(), environment, args)
    }

    /// Starts the program with another standard output, of which nothing is read here.
    pub(crate) fn start_into<S: AsRef<str>>(
        stdout: impl Into<Stdio>,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::spawn(Command::new(PROGRAM), stdout.into(), &[], args)
    }

    /// Starts another program that starts this one.
    pub(crate) fn start_wrapped<S: AsRef<str>>(wrap: &[&str], args: impl IntoIterator<Item = S>) -> Self {
        let mut words = wrap.iter().chain(&[PROGRAM]);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words);
        Self::spawn(command, Stdio::piped(), &[], args)
    }

    fn spawn<S: AsRef<str>>(
        mut command: Command,
        stdout: Stdio,
        environment: &[(&str, &str)],
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let inherited = std::env::vars_os().map(|(name, _)| name);
        inherited.filter(|name| name.to_string_lossy().starts_with("SWIM_")).for_each(|name| {
            command.env_remove(name);
        });
        let mut child = command
            .args(args.into_iter().map(|arg| arg.as_ref().to_owned()))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().map_or_else(nothing, lines_of);
        let stderr = lines_of(child.stderr.take().expect("a pipe"));
        let exited = exit_of(pid(&child));
        Self { child, stdout, stderr, exited, lines: Vec::new() }
    }

    /// Starts a node that tells JSON, on a port that the system chooses; `more` may choose another.
    pub(crate) fn node(name: &str, more: &str) -> Self {
        let bind = if more.contains("--bind") { "" } else { "--bind 127.0.0.1:0" };
        let fixed = format!("run --name {name} {bind} --json {more}");
        Self::start(fixed.split_whitespace())
    }

    /// Runs the program to its end.
    pub(crate) fn run<S: AsRef<str>>(args: impl IntoIterator<Item = S>) -> Ended {
        Self::start(args).end()
    }

    /// Runs the program to its end, with these variables.
    pub(crate) fn run_in<S: AsRef<str>>(
        environment: &[(&str, &str)],
        args: impl IntoIterator<Item = S>,
    ) -> Ended {
        Self::start_in(environment, args).end()
    }

    /// Where the node listens: it says so in its first line.
    pub(crate) fn addr(&mut self) -> SocketAddr {
        self.place().parse().expect("an IP address")
    }

    /// As [`Self::addr`], and it may be a Unix socket.
    pub(crate) fn place(&mut self) -> String {
        let listening = self.wait_for("listening", |_| true);
        listening["addr"].as_str().expect("an address").to_owned()
    }

    /// Waits for an event of this kind that satisfies `wanted`, and looks at those that were seen already first.
    pub(crate) fn wait_for(&mut self, event: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let is_it = |value: &Value| value["event"] == event && wanted(value);
        if let Some(seen) = self.events().into_iter().find(&is_it) {
            return seen;
        }
        self.wait_for_news(event, is_it)
    }

    /// Waits for an event about a member.
    pub(crate) fn wait_for_member(&mut self, event: &str, name: &str) -> Value {
        self.wait_for(event, |value| value["name"] == name)
    }

    /// Waits for a line that holds `text`.
    pub(crate) fn wait_for_text(&mut self, text: &str) -> String {
        let deadline = now() + PATIENCE;
        loop {
            let line = self.next_line(deadline, text);
            if line.contains(text) {
                return line;
            }
        }
    }

    /// As [`Self::wait_for_member`], but only what has not been read yet counts.
    pub(crate) fn wait_for_next(&mut self, event: &str, name: &str) -> Value {
        self.wait_for_news(event, |value| value["event"] == event && value["name"] == name)
    }

    /// Waits for the next attempt to join that fails.
    pub(crate) fn wait_for_next_failure(&mut self) -> Value {
        self.wait_for_news("join_failed", |value| value["event"] == "join_failed")
    }

    /// Waits for a line that has not been read yet.
    pub(crate) fn wait_for_news(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let deadline = now() + PATIENCE;
        loop {
            let value = parse(&self.next_line(deadline, what));
            if is_it(&value) {
                return value;
            }
        }
    }

    fn next_line(&mut self, deadline: Instant, what: &str) -> String {
        match self.stdout.recv_timeout(deadline.saturating_duration_since(now())) {
            Ok(line) => {
                self.lines.push(line.clone());
                line
            }
            Err(error) => {
                let stderr: Vec<_> = self.stderr.try_iter().collect();
                panic!("no {what} ({error}) after:\n{}\n{}", self.lines.join("\n"), stderr.join("\n"))
            }
        }
    }

    /// All events that were read so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.lines.iter().map(|line| parse(line)).collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).expect("the program runs");
    }

    /// Sends a signal to the only child of the program that was started.
    pub(crate) fn signal_child(&self, signal: Signal) {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("it runs");
        let child = children.trim().parse().ok().and_then(Pid::from_raw).expect("one child");
        kill_process(child, signal).expect("the program runs");
    }

    /// Whether the program ends within this time.
    pub(crate) fn has_ended(&self, within: Duration) -> bool {
        matches!(self.exited.recv_timeout(within), Err(RecvTimeoutError::Disconnected))
    }

    /// Waits until the program has ended by itself.
    pub(crate) fn end(mut self) -> Ended {
        assert!(self.has_ended(PATIENCE), "the program goes on after:\n{}", self.lines.join("\n"));
        let status = self.child.wait().expect("it has ended");
        let lines = self.lines.drain(..).chain(rest(&self.stdout)).collect();
        Ended { status, lines, stderr: rest(&self.stderr).join("\n") }
    }

    /// Asks the node to leave and waits for its end.
    pub(crate) fn leave(self) -> Ended {
        self.signal(Signal::TERM);
        self.end()
    }

    /// Ends the program as a crash would.
    pub(crate) fn crash(mut self) {
        self.child.kill().expect("the program runs");
    }

    /// Stops reading what the program says. The reader goes when the next line comes, maybe with some more lines.
    pub(crate) fn stop_reading(&mut self) {
        self.stdout = nothing();
    }
}

impl Drop for Swim {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.lines.iter().map(|line| parse(line)).collect()
    }

    /// What the node counted.
    pub(crate) fn stats(&self) -> Value {
        let events = self.events();
        let ended = events.last().filter(|last| last["event"] == "ended");
        ended.unwrap_or_else(|| panic!("the last line tells the counters: {:?}", self.lines))["stats"].clone()
    }
}

/// Whether any of these events is about this member.
pub(crate) fn is_mentioned(events: &[Value], name: &str) -> bool {
    events.iter().any(|event| event["name"] == name || event["by"] == name)
}

/// Whether any of these events is of this kind and about this member.
pub(crate) fn has(events: &[Value], event: &str, name: &str) -> bool {
    events.iter().any(|value| value["event"] == event && value["name"] == name)
}

#[allow(clippy::disallowed_methods, reason = "this is the tests' clock")]
fn now() -> Instant {
    Instant::now()
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

fn nothing() -> Receiver<String> {
    mpsc::channel().1
}

/// The lines of a pipe, as they come. Its reading end closes when the receiver is gone and another line comes.
fn lines_of(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(pipe).lines().map_while(Result::ok);
        for line in lines {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    told
}

/// All lines up to the end of a pipe whose writer has ended.
fn rest(pipe: &Receiver<String>) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        match pipe.recv_timeout(PATIENCE) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Disconnected) => return lines,
            Err(RecvTimeoutError::Timeout) => panic!("the pipe of a program that ended is open"),
        }
    }
}

/// Hangs up when the process has ended, and leaves it to be reaped: until then nobody else gets its number.
fn exit_of(pid: Pid) -> Receiver<Infallible> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        // Fails only for a process that was dropped and reaped already.
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        drop(tell);
    });
    told
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
