//! Datagrams in and out, with what comes along, without waiting.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrAny, SocketAddrUnix, UCred, recvmsg, sendmsg, sendmsg_addr,
};
use rustix::process::{Gid, Pid, Uid};
use socket2::{Domain, Socket};
use swim_core::Addr;

use super::datagram::{Credentials, Datagram};
use super::error::RecvError;
use super::options::Options;
use crate::{address, datagrams};

/// What the operating system allows per datagram.
pub(super) const DESCRIPTORS_MAX: usize = 253;

/// Where datagrams are received into.
pub(super) struct Inlet {
    bytes: Vec<u8>,
    control: Vec<MaybeUninit<u8>>,
    descriptors: usize,
}

/// What one attempt to receive brought.
pub(super) enum Received {
    Datagram {
        /// `None`: a Unix socket without a name.
        from: Option<Addr>,
        datagram: Result<Datagram, RecvError>,
        /// Whether some descriptors got lost.
        descriptors_cut: bool,
    },
    /// Nothing now.
    Empty,
    /// Something about the network or an earlier datagram (ICMP); the next attempt may bring a datagram.
    Error,
    /// The socket is of no use any more.
    Broken,
}

impl Inlet {
    pub(super) fn new(options: &Options) -> Self {
        let space = match (options.descriptors, options.credentials) {
            (0, false) => 0,
            (count, false) => cmsg_space!(ScmRights(count)),
            (count, true) => cmsg_space!(ScmRights(count), ScmCredentials(1)),
        };
        Self {
            bytes: vec![0; options.datagram_limit],
            control: vec![MaybeUninit::uninit(); space],
            descriptors: options.descriptors,
        }
    }

    pub(super) fn receive(&mut self, socket: &Socket) -> Received {
        let mut control = RecvAncillaryBuffer::new(&mut self.control);
        let mut into = [IoSliceMut::new(&mut self.bytes)];
        let received = match recvmsg(socket, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => received,
            Err(Errno::AGAIN) => return Received::Empty,
            Err(error) if datagrams::is_broken(error) => return Received::Broken,
            Err(_) => return Received::Error,
        };
        let (mut descriptors, credentials) = take(&mut control);
        // Padding makes room for one more than there should be.
        let too_many = descriptors.len() > self.descriptors;
        descriptors.truncate(self.descriptors);
        let datagram = if received.flags.contains(ReturnFlags::TRUNC) {
            Err(RecvError::TooLong { limit: self.bytes.len() })
        } else {
            Ok(Datagram { bytes: self.bytes[..received.bytes].to_vec(), descriptors, credentials })
        };
        Received::Datagram {
            from: received.address.and_then(address::from_system),
            datagram,
            descriptors_cut: too_many || received.flags.contains(ReturnFlags::CTRUNC),
        }
    }
}

fn take(control: &mut RecvAncillaryBuffer<'_>) -> (Vec<OwnedFd>, Option<Credentials>) {
    let (mut descriptors, mut credentials) = (Vec::new(), None);
    for message in control.drain() {
        match message {
            RecvAncillaryMessage::ScmRights(received) => descriptors.extend(received),
            RecvAncillaryMessage::ScmCredentials(UCred { pid, uid, gid }) => {
                credentials =
                    Some(Credentials { pid: pid.as_raw_pid(), uid: uid.as_raw(), gid: gid.as_raw() });
            }
            _ => {}
        }
    }
    (descriptors, credentials)
}

/// Sends at once or not at all: to this address, or `None`: to where the socket is connected to.
pub(super) fn send(socket: &Socket, to: Option<&SocketAddrAny>, datagram: &Datagram) -> Result<(), Errno> {
    let descriptors: Vec<BorrowedFd<'_>> = datagram.descriptors.iter().map(AsFd::as_fd).collect();
    let mut space = Vec::new();
    let mut control = SendAncillaryBuffer::default();
    if !descriptors.is_empty() || datagram.credentials.is_some() {
        space.resize(cmsg_space!(ScmRights(descriptors.len()), ScmCredentials(1)), MaybeUninit::uninit());
        control = SendAncillaryBuffer::new(&mut space);
    }
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
    }
    if let Some(credentials) = datagram.credentials {
        control.push(SendAncillaryMessage::ScmCredentials(to_system(credentials)?));
    }
    let from = [IoSlice::new(&datagram.bytes)];
    match to {
        Some(to) => sendmsg_addr(socket, to, &from, &mut control, SendFlags::NOSIGNAL)?,
        None => sendmsg(socket, &from, &mut control, SendFlags::NOSIGNAL)?,
    };
    Ok(())
}

fn to_system(credentials: Credentials) -> Result<UCred, Errno> {
    Ok(UCred {
        pid: Pid::from_raw(credentials.pid).ok_or(Errno::INVAL)?,
        uid: Uid::from_raw(credentials.uid),
        gid: Gid::from_raw(credentials.gid),
    })
}

/// `addr` for a socket of this domain: an IPv6 socket knows IPv4 addresses in their mapped form only.
pub(super) fn address_for(domain: Domain, addr: &Addr) -> Result<SocketAddrAny, Errno> {
    Ok(match addr {
        Addr::Ip(SocketAddr::V4(v4)) if domain == Domain::IPV6 => {
            SocketAddr::V6(SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0)).into()
        }
        Addr::Ip(ip) => (*ip).into(),
        Addr::UnixPath(path) => SocketAddrUnix::new(address::path_of(path))?.into(),
        Addr::UnixAbstract(name) => SocketAddrUnix::new_abstract_name(name)?.into(),
    })
}
