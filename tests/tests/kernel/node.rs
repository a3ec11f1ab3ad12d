//! One node as a process: this program again, on a host of the rig.
//!
//! It prints what it learns line by line, see [`crate::view`], and obeys the lines of its input.

use std::io;
use std::net::SocketAddr;
use std::thread;

use rustix::process::{Signal, set_parent_process_death_signal};
use swim_core::{Addr, ClusterId, Config, Fact, Instant, Key, Keyring, Local, Name, Node};
use swim_driver::{Sockets, epoch_now, seed};

use crate::adapter::Adapter;
use crate::packet::address;
use crate::running::Handle;

const PORT: u16 = 7_946;

/// What a process is to be.
pub(crate) struct Role {
    pub(crate) adapter: Adapter,
    pub(crate) host: usize,
    /// The hosts whose nodes it calls.
    pub(crate) seeds: Vec<usize>,
}

/// The name of the node on a host.
pub(crate) fn name(host: usize) -> String {
    format!("n{host}")
}

impl Role {
    /// The first argument of a process that is a node.
    const MARK: &'static str = "--as-a-node";

    pub(crate) fn arguments(&self) -> Vec<String> {
        let seeds = self.seeds.iter().map(usize::to_string);
        let fixed = [Self::MARK.into(), self.adapter.as_str().into(), self.host.to_string()];
        fixed.into_iter().chain(seeds).collect()
    }

    /// What the arguments of this process say that it is, if they say that it is a node.
    pub(crate) fn of_this_process() -> Option<Self> {
        let mut arguments = std::env::args().skip(1);
        arguments.next().filter(|first| first == Self::MARK)?;
        let adapter = Adapter::named(&arguments.next()?)?;
        let host = arguments.next()?.parse().ok()?;
        let seeds = arguments.map(|seed| seed.parse()).collect::<Result<_, _>>().ok()?;
        Some(Self { adapter, host, seeds })
    }

    /// Until the process is killed, which it is at the latest when the thread that started it ends.
    pub(crate) fn play(&self) {
        set_parent_process_death_signal(Some(Signal::KILL)).expect("Linux can do that");
        let sockets = Sockets::bind(place(self.host)).expect("the host's address");
        let local = Local {
            cluster: ClusterId::from_name("kernel"),
            name: Name::new(&name(self.host)).expect("a name"),
            addr: sockets.local_addr().clone(),
            epoch: epoch_now(),
        };
        let keyring = Keyring::sealed(Key::from_bytes([7; 32]));
        let node = Node::new(Config::lan(), local, keyring, seed().expect("entropy"), Instant::ZERO);
        let (handle, events) = self.adapter.start(node.expect("a node"), sockets);
        let seeds: Vec<Addr> = self.seeds.iter().map(|&host| place(host).into()).collect();
        handle.with(|node, now| node.join(now, &seeds));
        thread::spawn(move || {
            io::stdin().lines().map_while(Result::ok).for_each(|line| obey(&handle, &line));
        });
        events.filter_map(|event| line(&event.fact)).for_each(|line| println!("{line}"));
    }
}

fn place(host: usize) -> SocketAddr {
    (address(host), PORT).into()
}

fn obey(handle: &Handle, line: &str) {
    let words: Vec<_> = line.split(' ').collect();
    match words[..] {
        ["set", key, value] => {
            handle.with(|node, now| node.set(now, key, value.as_bytes())).expect("a register");
        }
        ["count"] => {
            let dropped: u64 = handle.with(|node, _| node.stats().drops().map(|(_, count)| count).sum());
            println!("counted {dropped} {}", handle.stats().accept_errors);
        }
        _ => panic!("no command: {line}"),
    }
}

/// The kind, the member, and what else there is to say.
fn line(fact: &Fact) -> Option<String> {
    let line = match fact {
        Fact::Joined { member } => format!("joined {} {}", member.name, member.epoch.get()),
        Fact::Restarted { member } | Fact::SelfRefuted { member } => {
            format!("restarted {} {}", member.name, member.epoch.get())
        }
        Fact::Suspected { member, .. } => format!("suspected {}", member.name),
        Fact::Refuted { member } => format!("refuted {}", member.name),
        Fact::Failed { member, .. } => format!("failed {}", member.name),
        Fact::Left { member } => format!("left {}", member.name),
        Fact::Updated { member, key, value: Some(value) } => {
            format!("updated {member} {key} {}", String::from_utf8_lossy(value))
        }
        Fact::Lagged { missed } => panic!("{missed} events are lost, which nobody expects of so few nodes"),
        _ => return None,
    };
    Some(line)
}
