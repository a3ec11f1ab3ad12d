//! Nodes on any adapter and any kind of socket, told apart by nobody but this file.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};

use swim_core::{
    Addr, ClusterId, Config, Event, Fact, Instant, Key, Keyring, Local, Name, Node, Peer, Roster,
};
use swim_driver::{IoStats, Options, Sockets, epoch_now, seed};

use crate::adapter::Adapter;
use crate::patience::{PATIENCE, patiently};
use crate::places::{Places, Transport};
use crate::runtime::runtime;

/// What the nodes of a cluster run on.
#[derive(Clone, Copy)]
pub(crate) enum Cast {
    All(Adapter),
    /// One after the other on each.
    Mixed,
}

impl Cast {
    pub(crate) const ALL: [Self; 4] =
        [Self::All(Adapter::Std), Self::All(Adapter::Tokio), Self::All(Adapter::Smol), Self::Mixed];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::All(adapter) => adapter.as_str(),
            Self::Mixed => "mixed",
        }
    }

    fn adapter(self, number: usize) -> Adapter {
        match self {
            Self::All(adapter) => adapter,
            Self::Mixed => Adapter::ALL[number % Adapter::ALL.len()],
        }
    }
}

/// Where one trial happens.
pub(crate) struct World {
    cast: Cast,
    pub(crate) places: Places,
    started: Cell<usize>,
}

/// How a node is started; the same for all but for what a trial is about.
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) keyring: Keyring,
    /// Where it binds; `None`: anywhere.
    pub(crate) bind: Option<Addr>,
    /// Where it says that it is, on the same port; `None`: where it is bound.
    pub(crate) advertised: Option<IpAddr>,
    pub(crate) farewell: Option<fn(&mut Node, Instant)>,
}

impl Default for Settings {
    fn default() -> Self {
        let keyring = Keyring::sealed(Key::from_bytes([7; 32]));
        Self { config: quick(), keyring, bind: None, advertised: None, farewell: None }
    }
}

/// Ten times as fast as one machine needs, and as patient with members that get no processor time.
fn quick() -> Config {
    let mut config = Config::local();
    config.probe_interval /= 10;
    config.probe_timeout /= 4;
    config.gossip_interval /= 10;
    config.suspicion_multiplier *= 10;
    config
}

impl World {
    pub(crate) fn new(transport: Transport, cast: Cast) -> Self {
        Self { cast, places: Places::new(transport), started: Cell::new(0) }
    }

    /// A node as all others.
    pub(crate) fn node(&self, name: &str) -> Member {
        self.node_with(name, Settings::default())
    }

    pub(crate) fn node_with(&self, name: &str, settings: Settings) -> Member {
        let Settings { config, keyring, bind, advertised, farewell } = settings;
        let sockets = Sockets::bind(bind.unwrap_or_else(|| self.places.next())).expect("a free address");
        let local = Local {
            cluster: ClusterId::from_name("conformance"),
            name: Name::new(name).expect("a name"),
            addr: advertised_by(&sockets, advertised),
            epoch: epoch_now(),
        };
        let node = Node::new(config, local, keyring, seed().expect("entropy"), Instant::ZERO);
        let options = Options { farewell, ..Options::default() };
        let number = self.started.replace(self.started.get() + 1);
        Member::start(self.cast.adapter(number), node.expect("a node"), sockets, options)
    }

    /// Nodes that know each other, and have told nothing since.
    pub(crate) fn cluster<const N: usize>(&self, names: [&str; N]) -> [Member; N] {
        let mut members = names.map(|name| self.node(name));
        let seed = members[0].addr();
        members[1..].iter().for_each(|member| member.join(&seed));
        for member in &mut members {
            member.wait_for_members(N);
            while member.events.try_next().is_some() {}
        }
        members
    }
}

fn advertised_by(sockets: &Sockets, ip: Option<IpAddr>) -> Addr {
    match (sockets.local_addr(), ip) {
        (Addr::Ip(bound), Some(ip)) => SocketAddr::from((ip, bound.port())).into(),
        (bound, _) => bound.clone(),
    }
}

/// One node of a trial, on whatever adapter.
pub(crate) struct Member {
    pub(crate) handle: Handle,
    pub(crate) events: Events,
}

/// The handles of tokio and smol are of one type.
#[derive(Clone)]
pub(crate) enum Handle {
    Blocking(adapter_std::Handle),
    Async(swim_driver::Handle),
}

pub(crate) enum Events {
    Blocking(adapter_std::Events),
    Async(swim_driver::Events),
}

impl Member {
    fn start(adapter: Adapter, node: Node, sockets: Sockets, options: Options) -> Self {
        let (handle, events) = match adapter {
            Adapter::Std => {
                let (handle, events) =
                    adapter_std::spawn_with(node, sockets, options).expect("a thread and a descriptor");
                return Self { handle: Handle::Blocking(handle), events: Events::Blocking(events) };
            }
            Adapter::Tokio => {
                let _within = runtime().enter();
                adapter_tokio::spawn_with(node, sockets, options)
            }
            Adapter::Smol => adapter_smol::spawn_with(node, sockets, options),
        };
        Self { handle: Handle::Async(handle), events: Events::Async(events) }
    }

    pub(crate) fn addr(&self) -> Addr {
        self.handle.with(|node| node.local().addr())
    }

    pub(crate) fn join(&self, seed: &Addr) {
        let seeds = std::slice::from_ref(seed);
        match &self.handle {
            Handle::Blocking(handle) => handle.join(seeds),
            Handle::Async(handle) => handle.join(seeds),
        }
    }

    /// Waits for the next fact of this kind, which must come.
    pub(crate) fn wait_for(&mut self, wanted: impl Fn(&Fact) -> bool) -> Fact {
        loop {
            let event = self.events.next().expect("an event, and not the end");
            if wanted(&event.fact) {
                return event.fact;
            }
        }
    }

    pub(crate) fn wait_for_members(&mut self, count: usize) {
        while self.handle.members().len() != count {
            let _ = self.events.next().expect("an event, and not the end");
        }
    }
}

impl Handle {
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Node) -> R) -> R {
        self.with_time(|node, _| f(node))
    }

    pub(crate) fn with_time<R>(&self, f: impl FnOnce(&mut Node, Instant) -> R) -> R {
        match self {
            Self::Blocking(handle) => handle.with(f),
            Self::Async(handle) => handle.with(f),
        }
    }

    pub(crate) fn members(&self) -> Vec<Peer> {
        match self {
            Self::Blocking(handle) => handle.members(),
            Self::Async(handle) => handle.members(),
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.members().iter().map(|peer| peer.name.to_string()).collect();
        names.sort();
        names
    }

    pub(crate) fn stats(&self) -> IoStats {
        match self {
            Self::Blocking(handle) => handle.stats(),
            Self::Async(handle) => handle.stats(),
        }
    }

    pub(crate) fn local_addr(&self) -> Addr {
        match self {
            Self::Blocking(handle) => handle.local_addr().clone(),
            Self::Async(handle) => handle.local_addr().clone(),
        }
    }

    pub(crate) fn set(&self, key: &str, value: &[u8]) {
        self.with_time(|node, now| node.set(now, key, value)).expect("a register");
    }

    pub(crate) fn leave(&self) -> bool {
        match self {
            Self::Blocking(handle) => handle.leave(PATIENCE),
            Self::Async(handle) => patiently(handle.leave()),
        }
    }

    pub(crate) fn shutdown(&self) {
        match self {
            Self::Blocking(handle) => handle.shutdown(),
            Self::Async(handle) => patiently(handle.shutdown()),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Self::Blocking(handle) => handle.has_ended(),
            Self::Async(handle) => handle.has_ended(),
        }
    }

    pub(crate) fn end(&self) {
        match self {
            Self::Blocking(handle) => handle.end(),
            Self::Async(handle) => handle.end(),
        }
    }

    pub(crate) fn gone(&self) {
        match self {
            Self::Blocking(handle) => handle.gone(),
            Self::Async(handle) => patiently(handle.gone()),
        }
    }

    /// Waits until somebody who watches sees what is wanted.
    pub(crate) fn watch_until(&self, wanted: impl Fn(&Roster) -> bool) -> Roster {
        match self {
            Self::Blocking(handle) => handle.watch().find(wanted).expect("it is seen before the end"),
            Self::Async(handle) => patiently(async {
                let mut watch = handle.watch();
                loop {
                    let roster = watch.next().await.expect("it is seen before the end");
                    if wanted(&roster) {
                        return roster;
                    }
                }
            }),
        }
    }
}

impl Events {
    /// The next event, `None` behind the last one. One of both must come.
    pub(crate) fn next(&mut self) -> Option<Event> {
        match self {
            Self::Blocking(events) => events.next_timeout(PATIENCE),
            Self::Async(events) => patiently(events.next()),
        }
    }

    pub(crate) fn try_next(&mut self) -> Option<Event> {
        match self {
            Self::Blocking(events) => events.try_next(),
            Self::Async(events) => events.try_next(),
        }
    }
}
