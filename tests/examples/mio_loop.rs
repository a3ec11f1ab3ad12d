//! A node in an event loop of your own, here that of mio: `swim-driver` has the sockets, the loop waits.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::task::Wake;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use swim_core::{ClusterId, Config, Fact, Instant, Keyring, Local, Name, Node};
use swim_driver::{Options, Progress, Sockets, Source, epoch_now, seed, start};

/// What wakes the loop when another thread has used the handle.
struct Waker(mio::Waker);

impl Wake for Waker {
    fn wake(self: Arc<Self>) {
        // Fails only when the loop has gone.
        let _ = self.0.wake();
    }
}

/// A source, and what mio has said of it since it was last drained: mio tells of each change once.
struct Known {
    source: Source,
    socket: Arc<socket2::Socket>,
    readable: bool,
    writable: bool,
}

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let (bob, bobs) = node("bob")?;
    let (bob, _events) = adapter_std::spawn(bob, bobs)?; // somebody to meet

    let (alice, sockets) = node("alice")?;
    let (handle, mut told, driving) = start(alice, sockets, Options::default());
    handle.join(std::slice::from_ref(bob.local_addr()));

    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(64));
    let mut known: BTreeMap<Token, Known> = BTreeMap::new();
    let waker = Arc::new(Waker(mio::Waker::new(poll.registry(), Token(0))?)).into();
    let mut tokens = 0;
    while let Some(mut turn) = driving.turn(&waker) {
        // Feed.
        for one in known.values_mut() {
            if one.readable && turn.interest(one.source).read {
                one.readable = turn.read(one.source) == Progress::More;
            }
            if one.writable && turn.interest(one.source).write {
                one.writable = turn.write(one.source) == Progress::More;
            }
        }
        // handle_timeout, flush and forward.
        let Some(deadline) = turn.settle() else { break };
        // Who is gone, who is new.
        known.retain(|_, one| turn.socket(one.source).is_some_and(|socket| Arc::ptr_eq(socket, &one.socket)));
        for (source, socket) in turn.sources() {
            if known.values().all(|one| one.source != source) {
                tokens += 1;
                let both = Interest::READABLE | Interest::WRITABLE;
                poll.registry().register(&mut SourceFd(&socket.as_raw_fd()), Token(tokens), both)?;
                let one = Known { source, socket: Arc::clone(socket), readable: false, writable: false };
                known.insert(Token(tokens), one);
            }
        }
        let unread = known.values().any(|one| one.readable && turn.interest(one.source).read);
        drop(turn);

        while let Some(event) = told.try_next() {
            println!("{:?}", event.fact);
            if matches!(&event.fact, Fact::Joined { member } if member.name.as_str() == "bob") {
                handle.with(Node::leave); // which ends the loop when it is told
            }
        }
        // Wait.
        let left = if unread { Default::default() } else { deadline.since(driving.clock().now()) };
        poll.poll(&mut events, Some(left))?;
        for event in &events {
            if let Some(one) = known.get_mut(&event.token()) {
                one.readable |= event.is_readable();
                one.writable |= event.is_writable();
            }
        }
    }
    assert!(handle.with(|node, _| node.has_left()));
    Ok(())
}

fn node(name: &str) -> Result<(Node, Sockets), Box<dyn Error>> {
    let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let local = Local {
        cluster: ClusterId::from_name("mio"),
        name: Name::new(name)?,
        addr: sockets.local_addr().clone(),
        epoch: epoch_now(),
    };
    Ok((Node::new(Config::local(), local, Keyring::plain(), seed()?, Instant::ZERO)?, sockets))
}
