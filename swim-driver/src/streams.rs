//! Streams: connections that are read and written when they are ready, and what bounds them.
//!
//! A stream is in the table exactly as long as the machine may be told about it.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::mem;
use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use socket2::{SockRef, Socket};
use std::net::Shutdown;
use swim_core::{Addr, Instant, StreamId};

use crate::datagrams::dial;
use crate::limits::Limits;

/// All streams that have not ended.
#[derive(Default)]
pub(crate) struct Streams {
    table: BTreeMap<StreamId, Stream>,
    accepted: u64,
}

pub(crate) struct Stream {
    pub(crate) socket: Arc<Socket>,
    sending: Sending,
    /// Whether the peer has not finished.
    receiving: bool,
    deadline: Instant,
    bytes_left: u64,
}

/// The own direction.
enum Sending {
    Connecting,
    Idle,
    Writing { bytes: Vec<u8>, done: usize, finish: bool },
    Finished,
}

/// What happened to a stream when it was ready.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// Not ready after all.
    Nothing,
    /// Some bytes are on their way, and more are waiting.
    Partly,
    Connected,
    Written,
    /// So many bytes are in the buffer.
    Data(usize),
    Finished,
    TooLong,
    Failed,
}

impl Streams {
    pub(crate) fn dial(
        &mut self,
        limits: &Limits,
        now: Instant,
        stream: StreamId,
        to: &Addr,
    ) -> io::Result<()> {
        self.room(limits)?;
        self.insert(limits, now, stream, dial(to)?, Sending::Connecting);
        Ok(())
    }

    pub(crate) fn admit(&mut self, limits: &Limits, now: Instant, socket: Socket) -> io::Result<StreamId> {
        self.room(limits)?;
        socket.set_nonblocking(true)?;
        ready_for_frames(&socket);
        self.accepted += 1;
        let stream = StreamId::Accepted(self.accepted);
        self.insert(limits, now, stream, socket, Sending::Idle);
        Ok(stream)
    }

    /// An eighth of all is for streams that are dialled here.
    pub(crate) fn may_accept(&self, limits: &Limits) -> bool {
        let accepted = self.table.keys().filter(|stream| matches!(stream, StreamId::Accepted(_))).count();
        accepted < limits.streams - limits.streams / 8
    }

    fn room(&self, limits: &Limits) -> io::Result<()> {
        let room = self.table.len() < limits.streams;
        room.then_some(()).ok_or_else(|| io::ErrorKind::QuotaExceeded.into())
    }

    fn insert(&mut self, limits: &Limits, now: Instant, stream: StreamId, socket: Socket, sending: Sending) {
        let &Limits { stream_time, stream_bytes, .. } = limits;
        let socket = Arc::new(socket);
        let deadline = now + stream_time;
        self.table
            .insert(stream, Stream { socket, sending, receiving: true, deadline, bytes_left: stream_bytes });
    }

    /// Begins a write. More than one at a time is more than the contract allows.
    pub(crate) fn write(&mut self, stream: StreamId, bytes: Vec<u8>) -> Result<(), StreamId> {
        let Some(known) = self.table.get_mut(&stream) else { return Ok(()) };
        let Sending::Idle = known.sending else { return Err(stream) };
        known.sending = Sending::Writing { bytes, done: 0, finish: false };
        Ok(())
    }

    /// Closes the own direction, once what was written is out.
    pub(crate) fn finish(&mut self, stream: StreamId) -> Result<(), StreamId> {
        let Some(known) = self.table.get_mut(&stream) else { return Ok(()) };
        match &mut known.sending {
            Sending::Idle => known.shut_down().map_err(|_| stream)?,
            Sending::Writing { finish: finish @ false, .. } => *finish = true,
            Sending::Connecting | Sending::Writing { .. } | Sending::Finished => return Err(stream),
        }
        self.drop_if_over(stream);
        Ok(())
    }

    /// Drops a stream; the machine knows, or is about to be told.
    pub(crate) fn cut(&mut self, stream: StreamId) {
        self.table.remove(&stream);
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.table.values().map(|stream| stream.deadline).min()
    }

    pub(crate) fn first_expired(&self, now: Instant) -> Option<StreamId> {
        self.table.iter().find(|(_, stream)| stream.deadline <= now).map(|(&stream, _)| stream)
    }

    pub(crate) fn get(&self, stream: StreamId) -> Option<&Stream> {
        self.table.get(&stream)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.table.iter().map(|(&id, stream)| (id, stream))
    }

    /// Reads once.
    pub(crate) fn read(&mut self, stream: StreamId, buffer: &mut [u8]) -> Step {
        let Some(known) = self.table.get_mut(&stream) else { return Step::Nothing };
        let step = known.read(buffer);
        self.drop_if_over(stream);
        step
    }

    /// Concludes a dial, or writes once.
    pub(crate) fn advance(&mut self, stream: StreamId) -> Step {
        let Some(known) = self.table.get_mut(&stream) else { return Step::Nothing };
        let step = known.advance();
        self.drop_if_over(stream);
        step
    }

    fn drop_if_over(&mut self, stream: StreamId) {
        if self.table.get(&stream).is_some_and(Stream::is_over) {
            self.table.remove(&stream);
        }
    }
}

impl Stream {
    pub(crate) fn wants_to_read(&self) -> bool {
        self.receiving && !matches!(self.sending, Sending::Connecting)
    }

    pub(crate) fn wants_to_write(&self) -> bool {
        matches!(self.sending, Sending::Connecting | Sending::Writing { .. })
    }

    fn is_over(&self) -> bool {
        !self.receiving && matches!(self.sending, Sending::Finished)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Step {
        match (&*self.socket).read(buffer) {
            Ok(0) => {
                self.receiving = false;
                Step::Finished
            }
            Ok(len) => match self.bytes_left.checked_sub(len as u64) {
                Some(left) => {
                    self.bytes_left = left;
                    Step::Data(len)
                }
                None => Step::TooLong,
            },
            Err(error) => not_now(&error),
        }
    }

    fn advance(&mut self) -> Step {
        match &mut self.sending {
            Sending::Connecting => self.conclude_dial(),
            Sending::Writing { bytes, done, .. } => {
                match send(self.socket.as_fd(), &bytes[*done..], SendFlags::NOSIGNAL) {
                    Ok(len) => {
                        *done += len;
                        if *done < bytes.len() { Step::Partly } else { self.conclude_write() }
                    }
                    Err(error) => not_now(&error.into()),
                }
            }
            Sending::Idle | Sending::Finished => Step::Nothing,
        }
    }

    fn conclude_dial(&mut self) -> Step {
        match self.socket.take_error() {
            Ok(None) if self.socket.peer_addr().is_err() => Step::Nothing,
            Ok(None) => {
                ready_for_frames(&self.socket);
                self.sending = Sending::Idle;
                Step::Connected
            }
            Ok(Some(_)) | Err(_) => Step::Failed,
        }
    }

    fn conclude_write(&mut self) -> Step {
        if let Sending::Writing { finish: true, .. } = mem::replace(&mut self.sending, Sending::Idle) {
            return self.shut_down().map_or(Step::Failed, |()| Step::Written);
        }
        Step::Written
    }

    fn shut_down(&mut self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)?;
        self.sending = Sending::Finished;
        Ok(())
    }
}

/// Small frames shall not wait for each other. It is no matter if they do.
fn ready_for_frames(socket: &Socket) {
    let _ = SockRef::from(socket).set_tcp_nodelay(true);
}

fn not_now(error: &io::Error) -> Step {
    match Errno::from_io_error(error) {
        Some(Errno::AGAIN | Errno::INTR) => Step::Nothing,
        _ => Step::Failed,
    }
}
