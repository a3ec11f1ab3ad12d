//! Streams: a blocking TCP connection with a thread that reads and a thread that writes.
//!
//! A stream is in the table exactly as long as the machine may be told about it. Its threads ask the table
//! before they feed anything, so taking it out is all that its end needs; cutting the connection wakes them.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use swim_core::{Addr, Instant, Machine, StreamId, StreamInput};

use crate::driver::{Driver, State};
use crate::limits::{IoStats, Limits};
use crate::sockets;

/// One write and one finish: the contract allows no more at once.
const COMMANDS_MAX: usize = 2;
/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// All streams that have not ended.
#[derive(Default)]
pub(crate) struct Streams {
    links: BTreeMap<StreamId, Link>,
    accepted: u64,
}

struct Link {
    socket: Arc<TcpStream>,
    commands: SyncSender<Command>,
    deadline: Instant,
    bytes_left: u64,
    half_closed: bool,
}

/// What the writing thread shall do next.
pub(crate) enum Command {
    Write(Vec<u8>),
    Finish,
}

/// The stream is gone, and the machine does not know yet.
pub(crate) struct Failed(StreamId);

impl Failed {
    pub(crate) fn tell<M: Machine>(self, machine: &mut M, now: Instant) {
        machine.handle_stream(now, self.0, StreamInput::Failed);
    }
}

impl Streams {
    /// When the first stream has lived too long.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.links.values().map(|link| link.deadline).min()
    }

    /// Passes a command to the writing thread. More than the contract allows is the end of the stream.
    pub(crate) fn command(&mut self, stream: StreamId, command: Command) -> Result<(), Failed> {
        let Some(link) = self.links.get(&stream) else { return Ok(()) };
        link.commands.try_send(command).map_err(|_| {
            self.cut(stream);
            Failed(stream)
        })
    }

    /// Drops a stream and wakes its threads.
    pub(crate) fn cut(&mut self, stream: StreamId) {
        if let Some(link) = self.links.remove(&stream) {
            // Fails only if the connection has broken already.
            let _ = link.socket.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn cut_all(&mut self) {
        while let Some((&stream, _)) = self.links.first_key_value() {
            self.cut(stream);
        }
    }

    fn knows(&self, stream: StreamId) -> bool {
        self.links.contains_key(&stream)
    }

    fn first_expired(&self, now: Instant) -> Option<StreamId> {
        self.links.iter().find(|(_, link)| link.deadline <= now).map(|(&stream, _)| stream)
    }

    fn next_accepted(&mut self) -> StreamId {
        self.accepted += 1;
        StreamId::Accepted(self.accepted)
    }

    /// One side has finished; the second time, the stream is over.
    fn half_close(&mut self, stream: StreamId) {
        if let Some(link) = self.links.get_mut(&stream)
            && std::mem::replace(&mut link.half_closed, true)
        {
            self.links.remove(&stream);
        }
    }

    /// Takes `len` bytes from what the stream may still receive, if there is that much left.
    fn charge(&mut self, stream: StreamId, len: usize) -> bool {
        let Some(link) = self.links.get_mut(&stream) else { return false };
        let left = link.bytes_left.checked_sub(len as u64);
        link.bytes_left = left.unwrap_or(0);
        left.is_some()
    }
}

impl<M: Machine<Event: Send> + Send + 'static> Driver<M> {
    /// Opens a stream that the machine asked for.
    pub(crate) fn dial(
        self: &Arc<Self>,
        streams: &mut Streams,
        stats: &mut IoStats,
        now: Instant,
        stream: StreamId,
        to: &Addr,
    ) -> Result<(), Failed> {
        let dialled = self.room(streams).and_then(|()| {
            let socket = Arc::new(sockets::dial(to)?);
            let commands = self.start_writing(stream, &socket)?;
            streams.links.insert(stream, self.link(now, socket, commands));
            Ok(())
        });
        count_opened(stats, &dialled);
        dialled.map_err(|_| Failed(stream))
    }

    /// Opens a stream that a peer asked for. Refused, it is closed and the machine never hears of it.
    pub(crate) fn admit(
        self: &Arc<Self>,
        state: &mut State<M>,
        now: Instant,
        socket: TcpStream,
        from: SocketAddr,
    ) {
        let State { machine, io: Some(io), stats, .. } = state else { return };
        let stream = io.streams.next_accepted();
        let admitted = self.room(&io.streams).and_then(|()| {
            make_blocking(&socket)?;
            let socket = Arc::new(socket);
            let commands = self.start_writing(stream, &socket)?;
            self.start_reading(stream, &socket)?;
            io.streams.links.insert(stream, self.link(now, socket, commands));
            Ok(())
        });
        count_opened(stats, &admitted);
        if admitted.is_ok() {
            machine.handle_stream(now, stream, StreamInput::Accepted { from: from.into() });
        }
    }

    /// Drops every stream that has lived too long.
    pub(crate) fn expire_streams(&self, state: &mut State<M>, now: Instant) {
        while let Some(stream) = state.io.as_ref().and_then(|io| io.streams.first_expired(now)) {
            state.stats.streams_expired += 1;
            state.tell(now, stream, StreamInput::Failed);
        }
    }

    fn room(&self, streams: &Streams) -> io::Result<()> {
        let room = streams.links.len() < self.limits.streams;
        room.then_some(()).ok_or_else(|| io::ErrorKind::QuotaExceeded.into())
    }

    fn link(&self, now: Instant, socket: Arc<TcpStream>, commands: SyncSender<Command>) -> Link {
        let Limits { stream_time, stream_bytes, .. } = self.limits;
        Link { socket, commands, deadline: now + stream_time, bytes_left: stream_bytes, half_closed: false }
    }
}

/// The two threads of a stream.
impl<M: Machine<Event: Send> + Send + 'static> Driver<M> {
    fn start_writing(
        self: &Arc<Self>,
        stream: StreamId,
        socket: &Arc<TcpStream>,
    ) -> io::Result<SyncSender<Command>> {
        let (commands, queue) = sync_channel(COMMANDS_MAX);
        let socket = Arc::clone(socket);
        self.spawn("swim-write", move |driver| driver.write(stream, &socket, &queue))?;
        Ok(commands)
    }

    fn start_reading(self: &Arc<Self>, stream: StreamId, socket: &Arc<TcpStream>) -> io::Result<()> {
        let socket = Arc::clone(socket);
        self.spawn("swim-read", move |driver| driver.read(stream, &socket))
    }

    /// Connects if need be, then writes until the own side is finished or the stream is out of the table, which
    /// drops the other end of the queue.
    fn write(self: &Arc<Self>, stream: StreamId, socket: &Arc<TcpStream>, queue: &Receiver<Command>) {
        if matches!(stream, StreamId::Dialed(_)) {
            self.conclude_dial(stream, socket);
        }
        while let Ok(command) = queue.recv() {
            match command {
                Command::Write(bytes) => {
                    let written = (&**socket).write_all(&bytes);
                    self.feed(stream, written.map_or(StreamInput::Failed, |()| StreamInput::Written));
                }
                Command::Finish => return self.finish(stream, socket),
            }
        }
    }

    /// Reads until the peer has finished or the stream is out of the table.
    fn read(self: &Arc<Self>, stream: StreamId, mut socket: &TcpStream) {
        let mut chunk = vec![0; CHUNK];
        loop {
            let input = match socket.read(&mut chunk) {
                Ok(0) => StreamInput::Finished,
                Ok(len) => StreamInput::Data(&mut chunk[..len]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => StreamInput::Failed,
            };
            let last = !matches!(input, StreamInput::Data(_));
            if !self.feed(stream, input) || last {
                return;
            }
        }
    }

    /// Waits for the dial to succeed or fail. Needs no time limit: being cut ends it too.
    fn conclude_dial(self: &Arc<Self>, stream: StreamId, socket: &Arc<TcpStream>) {
        let connected = await_connection(socket);
        let mut state = self.lock();
        if !state.knows(stream) {
            return;
        }
        let reading = connected.and_then(|()| self.start_reading(stream, socket));
        let now = self.clock.now();
        state.tell(now, stream, reading.map_or(StreamInput::Failed, |()| StreamInput::Connected));
        self.settle(&mut state, now);
    }

    /// Feeds the machine if it still knows the stream; answers whether it did.
    fn feed(self: &Arc<Self>, stream: StreamId, input: StreamInput<'_>) -> bool {
        let mut state = self.lock();
        let known = state.knows(stream);
        if known {
            let now = self.clock.now();
            state.tell(now, stream, input);
            self.settle(&mut state, now);
        }
        known
    }

    /// Closes the own direction and notes it in one go, so that a peer's answer finds it noted.
    fn finish(self: &Arc<Self>, stream: StreamId, socket: &TcpStream) {
        let mut state = self.lock();
        match (&mut state.io, socket.shutdown(Shutdown::Write)) {
            (Some(io), Ok(())) => io.streams.half_close(stream),
            (_, Ok(())) => {}
            (_, Err(_)) => {
                drop(state);
                self.feed(stream, StreamInput::Failed);
            }
        }
    }
}

impl<M: Machine> State<M> {
    fn knows(&self, stream: StreamId) -> bool {
        self.io.as_ref().is_some_and(|io| io.streams.knows(stream))
    }

    /// Tells the machine what happened to a stream, and keeps the table in step.
    fn tell(&mut self, now: Instant, stream: StreamId, mut input: StreamInput<'_>) {
        let Some(io) = &mut self.io else { return };
        if let StreamInput::Data(bytes) = &input
            && !io.streams.charge(stream, bytes.len())
        {
            self.stats.streams_oversized += 1;
            input = StreamInput::Failed;
        }
        match input {
            StreamInput::Failed => io.streams.cut(stream),
            StreamInput::Finished => io.streams.half_close(stream),
            StreamInput::Accepted { .. }
            | StreamInput::Connected
            | StreamInput::Data(_)
            | StreamInput::Written => {}
        }
        self.machine.handle_stream(now, stream, input);
    }
}

fn count_opened(stats: &mut IoStats, opened: &io::Result<()>) {
    match opened {
        Ok(()) => stats.streams_opened += 1,
        Err(_) => stats.streams_refused += 1,
    }
}

/// Waits until a dialled socket is connected, then makes it a blocking one.
fn await_connection(socket: &TcpStream) -> io::Result<()> {
    let mut polled = [PollFd::new(socket, PollFlags::OUT)];
    while poll(&mut polled, None) == Err(Errno::INTR) {}
    match socket.take_error()? {
        Some(error) => Err(error),
        None => make_blocking(socket),
    }
}

fn make_blocking(socket: &TcpStream) -> io::Result<()> {
    socket.set_nonblocking(false)?;
    socket.set_nodelay(true)
}
