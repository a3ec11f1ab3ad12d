//! Looking again and again.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use swim_core::Addr;

use crate::adapter::Handle;
use crate::discovery::backoff::{Backoff, LONGEST};
use crate::discovery::own::Own;
use crate::discovery::round::Round;
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
            let pause = if self.is_alone() { backoff.pause() } else { LONGEST };
            if self.is_alone() {
                self.tell(&round, pause);
            } else {
                backoff = Backoff::new();
            }
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

    fn tell(&self, round: &Round, retry_in: Duration) {
        for (target, why) in &round.failures {
            self.voice.not_found(target, why, retry_in);
        }
        if round.addrs.is_empty() && round.failures.is_empty() {
            let why = "nobody but this node is among the answers";
            let names: Vec<_> = self.targets.services.iter().map(ToString::to_string).collect();
            self.voice.not_found(&names.join(", "), why, retry_in);
        }
    }
}

fn join(handle: &Handle, addrs: &[Addr]) {
    if !addrs.is_empty() {
        tracing::info!(?addrs, "joining");
        handle.join(addrs);
    }
}
