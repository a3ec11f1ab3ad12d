//! The contract between a protocol and whatever drives it.

use alloc::vec::Vec;

use swim_codec::Addr;

use crate::Instant;

/// A protocol without IO: a driver tells it what happened and asks it what to do.
///
/// Every driver is the same five steps, again and again:
///
/// 1. **wait** until a socket has input or [`poll_timeout`](Self::poll_timeout) has come;
/// 2. **feed** the input to [`handle_datagram`](Self::handle_datagram) or [`handle_stream`](Self::handle_stream);
/// 3. **[`handle_timeout`](Self::handle_timeout)** with the present time;
/// 4. **flush**: carry out what [`poll_transmit`](Self::poll_transmit) answers until it answers `None`;
/// 5. **forward** what [`poll_event`](Self::poll_event) answers to the application.
///
/// Several inputs may be fed before a flush, and a flush may stop and go on later, at the price of a slower protocol: what a
/// machine then says is true when it is asked, and of a stream that ended meanwhile it says nothing. Calling anything early
/// is harmless; calling late makes the protocol slower, never wrong. If `now` is earlier than in a call before, it counts as
/// unchanged.
pub trait Machine {
    /// What the machine tells its application.
    type Event;

    /// A datagram arrived. `from` is the source address that the socket observed. The bytes are scratch space
    /// afterwards: a sealed body is decrypted in place.
    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]);

    /// Something happened to a stream. Input for a stream that the machine no longer knows is ignored. A driver may
    /// report [`StreamInput::Failed`] from within its flush, so a machine tries again by a deadline, not at once.
    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>);

    /// Time passed. Does nothing but note the time when [`poll_timeout`](Self::poll_timeout) is not due.
    fn handle_timeout(&mut self, now: Instant);

    /// What to send next. The machine clears `buf` first; the bytes of [`Transmit::Datagram`] and [`Transmit::Write`] are
    /// in it afterwards. The content of a datagram is chosen now, so a driver that polls late sends fresh news.
    #[must_use]
    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit>;

    /// What to tell the application next.
    #[must_use]
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// When [`handle_timeout`](Self::handle_timeout) must be called at the latest: a time that has already come
    /// while [`poll_transmit`](Self::poll_transmit) has something, so that a forgetful driver is late and never
    /// stuck. `None` when the machine has ended and will do nothing ever again: the driver then drops what
    /// streams are left and closes its sockets. Events may still wait.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;
}

/// One stream of a machine, unique for the life of the machine: never used again after the stream's end.
///
/// Each side of the contract numbers the streams that it opens, so the two cannot clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// Opened by the machine with [`Transmit::Connect`].
    Dialed(u64),
    /// Accepted by the driver and announced with [`StreamInput::Accepted`].
    Accepted(u64),
}

/// What happened to a stream.
///
/// A stream is one exchange: the acceptor greets, the dialler writes frames and finishes, the acceptor answers and
/// finishes. It has ended when both sides finished, or when it failed or was aborted; neither side mentions it after that.
#[derive(Debug, PartialEq, Eq)]
pub enum StreamInput<'a> {
    /// The driver accepted a connection from this address.
    Accepted {
        /// The address that the socket observed; its port is not the one that the peer listens on.
        from: Addr,
    },
    /// The connection asked for with [`Transmit::Connect`] stands.
    Connected,
    /// Bytes arrived, in order, in any chunking. They are scratch space afterwards.
    Data(&'a mut [u8]),
    /// All bytes of the last [`Transmit::Write`] are handed on; the next may come. This is the flow control: a
    /// machine has at most one write outstanding per stream.
    Written,
    /// The peer finished: no more data will come. The own direction is still open.
    Finished,
    /// The connection could not be made or broke; the stream is gone.
    Failed,
}

/// What the driver shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transmit {
    /// Send the buffer as one datagram. If the socket refuses, drop it: the protocol expects loss.
    Datagram {
        /// Where to.
        to: Addr,
    },
    /// Open a stream; answer [`StreamInput::Connected`] or [`StreamInput::Failed`].
    Connect {
        /// The new stream, always [`StreamId::Dialed`].
        stream: StreamId,
        /// Where to.
        to: Addr,
    },
    /// Write the whole buffer to the stream, then answer [`StreamInput::Written`].
    Write {
        /// Which stream.
        stream: StreamId,
    },
    /// Close the own direction once all that was written is out.
    Finish {
        /// Which stream.
        stream: StreamId,
    },
    /// Drop the stream at once, whatever is still under way.
    Abort {
        /// Which stream.
        stream: StreamId,
    },
}
