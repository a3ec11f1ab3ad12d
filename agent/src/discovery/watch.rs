//! Looking again and again.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::mem;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use swim_core::Addr;

use crate::adapter::Handle;
use crate::discovery::backoff::{Backoff, LONGEST};
use crate::discovery::own::Own;
use crate::discovery::round::{Failure, Round};
use crate::discovery::service::Service;
use crate::place::Place;
use crate::problem::Problem;
use crate::run::voice::Voice;
use crate::signals::spawn;

/// What is looked up, and where.
#[derive(Clone)]
pub(crate) struct Targets {
    pub(crate) peers: Vec<Place>,
    pub(crate) services: Vec<Service>,
    pub(crate) dns: Vec<SocketAddr>,
}

/// Looks up names in a thread of its own until it is dropped.
pub(crate) struct Discovery {
    _until_dropped: Sender<Infallible>,
}

impl Discovery {
    /// Calls the peers that are addresses at once and looks for the others. `None` if there are no others.
    pub(crate) fn start(handle: &Handle, voice: &Voice, targets: Targets) -> Result<Option<Self>, Problem> {
        let addrs: Vec<_> = targets.peers.iter().filter_map(Place::addr).collect();
        join(handle, &addrs);
        let named = targets.peers.into_iter().filter(|peer| peer.addr().is_none()).collect::<Vec<_>>();
        if named.is_empty() && targets.services.is_empty() {
            return Ok(None);
        }
        // Names lead to IP addresses, which a node on Unix sockets cannot call.
        let Some(bound) = handle.local_addr().as_ip() else { return Ok(None) };
        let (until_dropped, dropped) = mpsc::channel();
        let watch = Watch {
            own: Own { bound, advertised: handle.with(|node, _| node.local().addr()) },
            handle: handle.clone(),
            voice: voice.clone(),
            targets: Targets { peers: named, ..targets },
            called: BTreeSet::new(),
            failing: Failing::default(),
        };
        spawn("swim-discovery", move || watch.run(&dropped))?;
        Ok(Some(Self { _until_dropped: until_dropped }))
    }
}

struct Watch {
    handle: Handle,
    voice: Voice,
    targets: Targets,
    own: Own,
    /// Those of the last answers whom the node was told to call: it calls them again by itself.
    called: BTreeSet<SocketAddr>,
    failing: Failing,
}

impl Watch {
    fn run(mut self, dropped: &Receiver<Infallible>) {
        let mut backoff = Backoff::new();
        loop {
            let mut round = Round::look_up(&self.targets, self.own.bound);
            if dropped.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
                return;
            }
            self.call(&mut round);
            let news = self.failing.take(&round.failures);
            let pause = if self.is_alone() {
                let pause = backoff.pause();
                self.tell_all(&round, pause);
                pause
            } else {
                backoff = Backoff::new();
                self.tell(&news, LONGEST);
                LONGEST
            };
            if dropped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Joins through whoever is new.
    fn call(&mut self, round: &mut Round) {
        let own = &self.own;
        round.addrs.retain(|&addr| !own.is_at(addr));
        self.called.retain(|addr| round.addrs.contains(addr));
        let known: BTreeSet<Addr> =
            self.handle.with(|node, _| node.members().map(|member| member.addr()).collect());
        let fresh: Vec<_> = round
            .addrs
            .iter()
            .copied()
            .filter(|&addr| !known.contains(&addr.into()) && self.called.insert(addr))
            .map(Addr::from)
            .collect();
        join(&self.handle, &fresh);
    }

    fn is_alone(&self) -> bool {
        self.handle.with(|node, _| node.members().len() <= 1)
    }

    /// A node that is alone says each time why.
    fn tell_all(&self, round: &Round, retry_in: Duration) {
        self.tell(&round.failures, retry_in);
        if round.addrs.is_empty() && round.failures.is_empty() {
            let why = "nobody but this node is among the answers";
            let names: Vec<_> = self.targets.services.iter().map(ToString::to_string).collect();
            self.voice.not_found(&names.join(", "), why, retry_in);
        }
    }

    fn tell(&self, failures: &[Failure], retry_in: Duration) {
        for Failure { target, why } in failures {
            self.voice.not_found(target, why, retry_in);
        }
    }
}

/// What the last round could not look up: with others around that is told once.
#[derive(Default)]
struct Failing(BTreeSet<String>);

impl Failing {
    /// Takes the place of the last round, and answers what failed in this one only.
    fn take(&mut self, failures: &[Failure]) -> Vec<Failure> {
        let targets = failures.iter().map(|failure| failure.target.clone()).collect();
        let last = mem::replace(&mut self.0, targets);
        failures.iter().filter(|failure| !last.contains(&failure.target)).cloned().collect()
    }
}

fn join(handle: &Handle, addrs: &[Addr]) {
    if !addrs.is_empty() {
        tracing::info!(?addrs, "joining");
        handle.join(addrs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fails_is_news_again_once_it_was_found() {
        let failures = |names: &[&str]| -> Vec<Failure> {
            names.iter().map(|&name| Failure { target: name.into(), why: "it is gone".into() }).collect()
        };
        let mut failing = Failing::default();
        let rounds: [(&[&str], &[&str]); 5] = [
            (&["a"], &["a"]),
            (&["a", "b"], &["b"]),
            (&["a", "b"], &[]),
            (&["b"], &[]),
            (&["a", "b"], &["a"]),
        ];
        for (failed, news) in rounds {
            assert_eq!(failing.take(&failures(failed)), failures(news), "{failed:?}");
        }
    }
}
