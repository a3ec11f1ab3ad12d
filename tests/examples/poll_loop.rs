//! Two nodes in one thread with `poll(2)`: `swim-driver` has the sockets, the loop waits for all of them at once.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;
use swim_core::{ClusterId, Config, Fact, Instant, Keyring, Local, Name, Node};
use swim_driver::{Driving, Events, Handle, Interest, Options, Sockets, Source, epoch_now, seed, start};

struct Member {
    handle: Handle,
    events: Events,
    driving: Driving<Node>,
}

/// Something to wait for: at which member, at which of its sockets, and for what.
type Wait = (usize, Source, Arc<Socket>, Interest);
type Ready = (usize, Source, Interest);

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let mut members = [member("alice")?, member("bob")?];
    let bob = members[1].handle.local_addr().clone();
    members[0].handle.join(&[bob]);

    let (mut ready, mut members_met): (Vec<Ready>, u8) = Default::default();
    loop {
        let (mut waits, mut deadlines): (Vec<Wait>, Vec<Duration>) = Default::default();
        for (number, member) in members.iter_mut().enumerate() {
            // Nobody else uses the handles, so nobody needs to wake this thread.
            let Some(mut turn) = member.driving.turn(Waker::noop()) else { continue };
            // Feed.
            for &(_, source, ready) in ready.iter().filter(|ready| ready.0 == number) {
                if ready.read {
                    let _ = turn.read(source);
                }
                if ready.write {
                    let _ = turn.write(source);
                }
            }
            // handle_timeout, flush and forward.
            let Some(deadline) = turn.settle() else { continue };
            deadlines.push(deadline.since(member.driving.clock().now()));
            waits.extend(
                turn.sources()
                    .map(|(source, socket)| (number, source, Arc::clone(socket), turn.interest(source))),
            );
        }
        for Member { handle, events, .. } in &mut members {
            while let Some(event) = events.try_next() {
                println!("{:?}", event.fact);
                if matches!(&event.fact, Fact::Joined { member } if member.name.as_str() == "alice") {
                    members_met += 1; // each sees alice: the one itself, the other her coming
                }
                if members_met == 2 {
                    handle.with(Node::leave);
                    deadlines.clear(); // there is something to send now, whatever was due before
                }
            }
            if handle.has_ended() {
                return Ok(());
            }
        }
        // Wait.
        let left = deadlines.into_iter().min().unwrap_or_default();
        waits.retain(|(.., interest)| interest.read || interest.write);
        ready = wait(&waits, left)?;
    }
}

/// What is ready by then.
fn wait(waits: &[Wait], left: Duration) -> Result<Vec<Ready>, Box<dyn Error>> {
    let flags = |interest: Interest| {
        let read = if interest.read { PollFlags::IN } else { PollFlags::empty() };
        let write = if interest.write { PollFlags::OUT } else { PollFlags::empty() };
        read | write
    };
    let mut polled: Vec<PollFd<'_>> =
        waits.iter().map(|(_, _, socket, interest)| PollFd::new(socket, flags(*interest))).collect();
    poll(&mut polled, Some(&Timespec::try_from(left)?))?;
    let ready = waits.iter().zip(&polled).filter(|(_, polled)| !polled.revents().is_empty());
    // Trying in vain is harmless, so it is enough to know that something is ready.
    Ok(ready.map(|(&(number, source, _, interest), _)| (number, source, interest)).collect())
}

fn member(name: &str) -> Result<Member, Box<dyn Error>> {
    let sockets = Sockets::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let local = Local {
        cluster: ClusterId::from_name("poll"),
        name: Name::new(name)?,
        addr: sockets.local_addr().clone(),
        epoch: epoch_now(),
    };
    let node = Node::new(Config::local(), local, Keyring::plain(), seed()?, Instant::ZERO)?;
    let (handle, events, driving) = start(node, sockets, Options::default());
    Ok(Member { handle, events, driving })
}
