//! Datagrams in and out, without waiting, and what the errors mean.

use std::io;
use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recvfrom};
use socket2::{Domain, Socket};
use swim_core::Addr;

use crate::address;

/// What one attempt to receive brought.
pub(crate) enum Received {
    Datagram {
        len: usize,
        from: Addr,
    },
    /// From a Unix socket without a name.
    Unnamed,
    /// Nothing now.
    Empty,
    /// Something about the network or an earlier datagram (ICMP); the next attempt may bring a datagram.
    Error,
    /// The socket is of no use any more.
    Broken,
}

pub(crate) fn receive(socket: &Socket, buffer: &mut [u8]) -> Received {
    match recvfrom(socket.as_fd(), buffer, RecvFlags::empty()) {
        Ok((len, _, from)) => match from.and_then(address::from_system) {
            Some(from) => Received::Datagram { len, from },
            None => Received::Unnamed,
        },
        Err(Errno::AGAIN) => Received::Empty,
        Err(error) if is_broken(error) => Received::Broken,
        Err(_) => Received::Error,
    }
}

/// What became of a datagram.
pub(crate) enum Sent {
    Whole,
    /// A buffer is full: ours, or that of a Unix socket on the other side.
    Full,
    Refused,
    Broken,
}

/// Sends at once or not at all.
pub(crate) fn send(socket: &Socket, domain: Domain, to: &Addr, datagram: &[u8]) -> Sent {
    let sent = address::to_system(to, domain).and_then(|to| socket.send_to(datagram, &to));
    match sent.map_err(|error| Errno::from_io_error(&error)) {
        Ok(_) => Sent::Whole,
        Err(Some(Errno::AGAIN | Errno::NOBUFS)) => Sent::Full,
        Err(Some(Errno::BADF | Errno::NOTSOCK)) => Sent::Broken,
        Err(_) => Sent::Refused,
    }
}

/// Whether a socket that answers so will never bring anything again, as after a change of interfaces on some systems.
pub(crate) fn is_broken(error: Errno) -> bool {
    matches!(
        error,
        Errno::BADF
            | Errno::NOTSOCK
            | Errno::INVAL
            | Errno::NOTCONN
            | Errno::OPNOTSUPP
            | Errno::PIPE
            | Errno::NODEV
    )
}

/// Whether accepting again would fail again at once.
pub(crate) fn out_of_resources(error: Errno) -> bool {
    matches!(error, Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
}

/// A socket on its way to `to`, not connected yet.
pub(crate) fn dial(to: &Addr) -> io::Result<Socket> {
    let to = address::listener_of(to)?;
    let domain = address::domain(&to);
    let socket = Socket::new(domain, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address::to_system(&to, domain)?) {
        Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => Err(error),
        Ok(()) | Err(_) => Ok(socket),
    }
}
