//! A node on each host of a rig, and what they know of each other.

use std::fmt::Write as _;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::adapter::Adapter;
use crate::clock::now;
use crate::node::{Role, name};
use crate::process::{Process, Report};
use crate::rig::{HOSTS, Rig};
use crate::view::{Counted, View};

/// How long a node has to answer its parent.
const PATIENCE: Duration = Duration::from_secs(120);
/// Lines that are shown when a wait fails.
const LAST_LINES: usize = 60;

/// All nodes on one adapter. Everything ends and is removed when it is dropped.
pub(crate) struct Cluster {
    // First, because hosts can go only when nobody is on them.
    nodes: [Option<Process>; HOSTS],
    pub(crate) rig: Rig,
    adapter: Adapter,
    views: [View; HOSTS],
    lives: [usize; HOSTS],
    reports: (Sender<Report>, Receiver<Report>),
    log: Vec<Report>,
    begun: Instant,
}

/// A moment in what was told.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Mark(usize);

/// A node declared another dead.
#[derive(Debug)]
pub(crate) struct Burial {
    pub(crate) by: usize,
    pub(crate) whom: usize,
    pub(crate) at: Mark,
}

impl Cluster {
    pub(crate) fn new(rig: Rig, adapter: Adapter) -> Self {
        Self {
            nodes: Default::default(),
            rig,
            adapter,
            views: Default::default(),
            lives: [0; HOSTS],
            reports: mpsc::channel(),
            log: Vec::new(),
            begun: now(),
        }
    }

    /// Starts a node, which calls those of `seeds`, and knows nothing of an earlier life.
    pub(crate) fn start(&mut self, host: usize, seeds: &[usize]) {
        self.lives[host] += 1;
        self.views[host] = View::default();
        let role = Role { adapter: self.adapter, host, seeds: seeds.to_vec() };
        let reports = self.reports.0.clone();
        self.nodes[host] = Some(Process::start(self.rig.host(host), &role, self.lives[host], reports));
    }

    /// Starts these, which call the first two, and waits until all know all; answers how long that took.
    pub(crate) fn form(&mut self, hosts: impl IntoIterator<Item = usize>, within: Duration) -> Duration {
        hosts.into_iter().for_each(|host| self.start(host, &[0, 1]));
        self.wait("all know all", within, Self::all_know_all)
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self, host: usize) {
        self.nodes[host] = None;
    }

    pub(crate) fn node(&self, host: usize) -> &Process {
        self.nodes[host].as_ref().expect("it was started")
    }

    pub(crate) fn set(&mut self, host: usize, key: &str, value: &str) {
        self.order(host, &format!("set {key} {value}"));
    }

    /// Asks a node that has not been asked yet in this life.
    pub(crate) fn count(&mut self, host: usize) -> Counted {
        self.order(host, "count");
        self.wait("the counters", PATIENCE, |cluster| cluster.views[host].counted().is_some());
        self.views[host].counted().expect("waited for")
    }

    fn order(&mut self, host: usize, line: &str) {
        self.nodes[host].as_mut().expect("it was started").order(line);
    }

    /// The hosts with a node.
    fn running(&self) -> impl Iterator<Item = usize> + Clone {
        (0..HOSTS).filter(|&host| self.nodes[host].is_some())
    }

    /// Whether each running node sees each alive.
    pub(crate) fn all_know_all(&self) -> bool {
        self.running().all(|host| self.knows(host, self.running()))
    }

    /// Whether the node on `host` sees these alive, in their latest life.
    fn knows(&self, host: usize, mut others: impl Iterator<Item = usize>) -> bool {
        let view = &self.views[host];
        others.all(|other| {
            let life = self.views[other].epoch(&name(other));
            view.is_alive(&name(other)) && view.epoch(&name(other)) == life
        })
    }

    /// Whether all of `observers` that run take all of `members` for gone.
    pub(crate) fn are_gone(&self, members: &[usize], observers: &[usize]) -> bool {
        let mut observers = self.running().filter(|host| observers.contains(host));
        observers.all(|host| members.iter().all(|&member| self.views[host].is_gone(&name(member))))
    }

    pub(crate) fn all_see(&self, owner: usize, key: &str, value: &str) -> bool {
        self.running().all(|host| self.views[host].register(&name(owner), key) == Some(value))
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    /// Who was declared dead since then.
    pub(crate) fn burials_since(&self, mark: Mark) -> impl Iterator<Item = Burial> {
        self.log.iter().enumerate().skip(mark.0).filter_map(|(index, report)| {
            let member = report.line.strip_prefix("failed ")?;
            let whom = (0..HOSTS).find(|&host| name(host) == member)?;
            Some(Burial { by: report.host, whom, at: Mark(index) })
        })
    }

    /// Takes in what is told for so long.
    pub(crate) fn hold(&mut self, duration: Duration) {
        let end = now() + duration;
        while self.take_in(end) {}
    }

    /// Takes in what is told until something is so, and answers how long it took. Panics when the time is over.
    pub(crate) fn wait(&mut self, what: &str, within: Duration, is_so: impl Fn(&Self) -> bool) -> Duration {
        let start = now();
        while !is_so(self) {
            assert!(self.take_in(start + within), "not within {within:?}: {what}\n{}", self.story());
        }
        now() - start
    }

    /// The next line; false when there is none until the deadline.
    fn take_in(&mut self, deadline: Instant) -> bool {
        match self.reports.1.recv_timeout(deadline.saturating_duration_since(now())) {
            Ok(report) => {
                if report.life == self.lives[report.host] && self.nodes[report.host].is_some() {
                    self.views[report.host].fold(&report.line);
                    self.log.push(report);
                }
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => unreachable!("this end holds a sender"),
        }
    }

    /// What everybody sees, and what was told last.
    pub(crate) fn story(&self) -> String {
        let mut story = String::new();
        for host in self.running() {
            let _ = writeln!(story, "{} sees{}", name(host), self.views[host]);
        }
        for report in &self.log[self.log.len().saturating_sub(LAST_LINES)..] {
            let at = report.at.saturating_duration_since(self.begun).as_secs_f64();
            let _ = writeln!(story, "{at:>8.3} {} {}", name(report.host), report.line);
        }
        story
    }
}
