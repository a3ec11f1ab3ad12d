//! The one lock around a machine, and the thread that waits for it.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use swim_core::{Addr, Instant, Machine, Transmit};

use crate::clock::Clock;
use crate::limits::{IoStats, Limits};
use crate::sockets::{self, Sockets};
use crate::streams::{Command, Failed, Streams};

/// Datagrams received per turn, so that streams and users get the lock even in a flood.
const DATAGRAMS_PER_TURN: usize = 64;
/// Connections accepted per turn.
const ACCEPTS_PER_TURN: usize = 16;
/// The largest datagram that UDP can carry.
const DATAGRAM_MAX: usize = 65_535;
/// How long to leave the listener alone when descriptors have run out: it would stay readable meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The longest sleep; some systems refuse to wait longer than 24 days.
const SLEEP_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// What all threads of one machine share.
pub(crate) struct Driver<M: Machine> {
    state: Mutex<State<M>>,
    /// Notified when an event was set aside for the waiter, and at the end.
    pub(crate) changed: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) local_addr: SocketAddr,
}

/// What the one lock protects.
pub(crate) struct State<M: Machine> {
    pub(crate) machine: M,
    /// The way out; `None` once the driver has ended.
    pub(crate) io: Option<Io>,
    pub(crate) stats: IoStats,
    pub(crate) outlet: Outlet<M::Event>,
}

/// Whether somebody waits for an event. Only then is one taken out of the machine: so nobody is woken in vain.
pub(crate) enum Outlet<E> {
    Idle,
    Awaited,
    Full(E),
}

/// The sending halves of everything.
pub(crate) struct Io {
    udp: Arc<UdpSocket>,
    /// Its other end is what the driver's thread polls.
    waker: UnixStream,
    /// When the driver's thread will look at the machine by itself: zero while it does.
    sleeps_until: Instant,
    scratch: Vec<u8>,
    pub(crate) streams: Streams,
}

/// The receiving halves, owned by the driver's thread.
struct Inputs {
    udp: Arc<UdpSocket>,
    tcp: TcpListener,
    wakeups: UnixStream,
    datagram: Box<[u8]>,
    accept_after: Option<Instant>,
}

/// Which inputs may be read without waiting.
#[derive(Default)]
struct Ready {
    datagrams: bool,
    connections: bool,
    wakeups: bool,
}

impl<M: Machine<Event: Send> + Send + 'static> Driver<M> {
    /// Starts the driver's thread.
    pub(crate) fn start(machine: M, sockets: Sockets, limits: Limits) -> io::Result<Arc<Self>> {
        let (waker, wakeups) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        wakeups.set_nonblocking(true)?;
        let udp = Arc::new(sockets.udp);
        let io = Io::new(Arc::clone(&udp), waker);
        let driver = Arc::new(Self {
            state: Mutex::new(State {
                machine,
                io: Some(io),
                stats: IoStats::default(),
                outlet: Outlet::Idle,
            }),
            changed: Condvar::new(),
            threads: Mutex::default(),
            clock: Clock::start(),
            limits,
            local_addr: sockets.local_addr,
        });
        let inputs = Inputs::new(udp, sockets.tcp, wakeups);
        driver.spawn("swim-driver", move |driver| driver.run(inputs))?;
        Ok(driver)
    }

    /// The five steps, until the end.
    fn run(self: &Arc<Self>, mut inputs: Inputs) {
        let mut ready = Ready::default();
        while let Some(deadline) = self.turn(&mut inputs, &ready) {
            ready = inputs.wait(deadline, self.clock);
        }
    }

    /// Feeds what is ready and settles; answers how long to wait, `None` at the end.
    fn turn(self: &Arc<Self>, inputs: &mut Inputs, ready: &Ready) -> Option<Instant> {
        let mut state = self.lock();
        state.wake_up()?;
        let now = self.clock.now();
        if ready.wakeups {
            inputs.drain_wakeups();
        }
        if ready.datagrams {
            inputs.receive(&mut state, now);
        }
        if ready.connections {
            self.accept(inputs, &mut state, now);
        }
        self.expire_streams(&mut state, now);
        self.settle(&mut state, now);
        state.sleep()
    }

    fn accept(self: &Arc<Self>, inputs: &mut Inputs, state: &mut State<M>, now: Instant) {
        for _ in 0..ACCEPTS_PER_TURN {
            match inputs.tcp.accept() {
                Ok((socket, from)) => self.admit(state, now, socket, from),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    state.stats.accept_errors += 1;
                    if out_of_resources(&error) {
                        inputs.accept_after = Some(now + ACCEPT_PAUSE);
                        return;
                    }
                }
            }
        }
    }

    /// Steps 3 to 5, by whichever thread fed the machine.
    pub(crate) fn settle(self: &Arc<Self>, state: &mut State<M>, now: Instant) {
        if state.io.is_none() {
            return;
        }
        state.machine.handle_timeout(now);
        self.flush(state, now);
        self.forward(state);
        match (state.deadline(), &mut state.io) {
            (Some(deadline), Some(io)) => io.wake_by(deadline),
            _ => self.end(state),
        }
    }

    /// Carries out all that the machine wants; its own bounds are what bounds this loop.
    fn flush(self: &Arc<Self>, state: &mut State<M>, now: Instant) {
        let State { machine, io: Some(io), stats, .. } = state else { return };
        while let Some(transmit) = machine.poll_transmit(&mut io.scratch) {
            if let Err(failed) = self.carry_out(transmit, io, stats, now) {
                failed.tell(machine, now);
            }
        }
    }

    fn carry_out(
        self: &Arc<Self>,
        transmit: Transmit,
        io: &mut Io,
        stats: &mut IoStats,
        now: Instant,
    ) -> Result<(), Failed> {
        match transmit {
            Transmit::Datagram { to } => io.send(self.local_addr, &to, stats),
            Transmit::Connect { stream, to } => self.dial(&mut io.streams, stats, now, stream, &to)?,
            Transmit::Write { stream } => {
                io.streams.command(stream, Command::Write(mem::take(&mut io.scratch)))?;
            }
            Transmit::Finish { stream } => io.streams.command(stream, Command::Finish)?,
            Transmit::Abort { stream } => io.streams.cut(stream),
        }
        Ok(())
    }

    /// Hands the next event to the waiter, if there is one of each.
    fn forward(&self, state: &mut State<M>) {
        if matches!(state.outlet, Outlet::Awaited)
            && let Some(event) = state.machine.poll_event()
        {
            state.outlet = Outlet::Full(event);
            self.changed.notify_all();
        }
    }

    /// Runs `body` in a thread of this driver. Only with the lock held and before the end, or [`Self::stop`]
    /// might wait for a thread that waits for it.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        name: &str,
        body: impl FnOnce(&Arc<Self>) + Send + 'static,
    ) -> io::Result<()> {
        let last_words = EndOnPanic(Arc::clone(self));
        let thread = thread::Builder::new().name(name.into()).spawn(move || body(&last_words.0))?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.extract_if(.., |thread| thread.is_finished()).for_each(join);
        threads.push(thread);
        Ok(())
    }
}

impl<M: Machine> Driver<M> {
    /// Takes the one lock. A panic while it was held leaves the machine in no known state, so whoever comes next
    /// ends the driver instead of driving on.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(|poisoned| {
            let mut state = poisoned.into_inner();
            self.end(&mut state);
            state
        })
    }

    /// Closes everything and lets every thread run out. Harmless when repeated.
    fn end(&self, state: &mut State<M>) {
        if let Some(mut io) = state.io.take() {
            io.streams.cut_all();
            self.changed.notify_all();
        }
    }

    /// Ends, and waits until every thread has gone. None of them ever waits for anything but this lock and
    /// descriptors that are closed by now.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        self.end(&mut state);
        drop(state);
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.drain(..).for_each(join);
    }
}

/// A thread that panicked has said so on the standard error output already.
fn join(thread: JoinHandle<()>) {
    let _ = thread.join();
}

/// Ends the driver when one of its threads panics, so that nobody waits for a machine that nobody drives.
struct EndOnPanic<M: Machine>(Arc<Driver<M>>);

impl<M: Machine> Drop for EndOnPanic<M> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut state = self.0.lock();
            self.0.end(&mut state);
        }
    }
}

impl<M: Machine> State<M> {
    /// When the driver's thread must look at the machine or at a stream again; `None` if the machine has ended.
    fn deadline(&self) -> Option<Instant> {
        let machine = self.machine.poll_timeout()?;
        let stream = self.io.as_ref()?.streams.next_deadline();
        Some(stream.map_or(machine, |stream| stream.min(machine)))
    }

    /// Notes that the driver's thread is awake, so nobody need wake it; `None` at the end.
    fn wake_up(&mut self) -> Option<()> {
        self.io.as_mut()?.sleeps_until = Instant::ZERO;
        self.stats.turns += 1;
        Some(())
    }

    /// Notes that the driver's thread goes to sleep now, and until when.
    fn sleep(&mut self) -> Option<Instant> {
        let deadline = self.deadline()?;
        self.io.as_mut()?.sleeps_until = deadline;
        Some(deadline)
    }
}

impl Io {
    fn new(udp: Arc<UdpSocket>, waker: UnixStream) -> Self {
        Self { udp, waker, sleeps_until: Instant::ZERO, scratch: Vec::new(), streams: Streams::default() }
    }

    /// Sends what the scratch buffer holds; the protocol expects loss.
    fn send(&self, local: SocketAddr, to: &Addr, stats: &mut IoStats) {
        match sockets::send(&self.udp, local, to, &self.scratch) {
            Ok(()) => stats.datagrams_sent += 1,
            Err(_) => stats.send_errors += 1,
        }
    }

    /// Wakes the driver's thread if it would sleep past `deadline`. A full pipe wakes it just as well.
    fn wake_by(&mut self, deadline: Instant) {
        if deadline < self.sleeps_until {
            self.sleeps_until = deadline;
            let _ = self.waker.write(&[0]);
        }
    }
}

impl Inputs {
    fn new(udp: Arc<UdpSocket>, tcp: TcpListener, wakeups: UnixStream) -> Self {
        Self { udp, tcp, wakeups, datagram: vec![0; DATAGRAM_MAX].into(), accept_after: None }
    }

    /// Sleeps until `deadline` or until there is input; a signal may wake it too, which is harmless.
    fn wait(&mut self, deadline: Instant, clock: Clock) -> Ready {
        let now = clock.now();
        self.accept_after = self.accept_after.filter(|&after| after > now);
        let deadline = self.accept_after.map_or(deadline, |after| after.min(deadline));
        let mut polled = [
            PollFd::new(&self.wakeups, PollFlags::IN),
            PollFd::new(&self.udp, PollFlags::IN),
            PollFd::new(&self.tcp, PollFlags::IN),
        ];
        let listened_to = if self.accept_after.is_some() { 2 } else { 3 };
        let _ = poll(&mut polled[..listened_to], Some(&timespec(deadline.since(now))));
        let [wakeups, datagrams, connections] = polled.map(|fd| !fd.revents().is_empty());
        Ready { datagrams, connections, wakeups }
    }

    fn drain_wakeups(&mut self) {
        let _ = self.wakeups.read(&mut [0; 16]);
    }

    fn receive<M: Machine>(&mut self, state: &mut State<M>, now: Instant) {
        for _ in 0..DATAGRAMS_PER_TURN {
            match self.udp.recv_from(&mut self.datagram) {
                Ok((len, from)) => {
                    state.stats.datagrams_received += 1;
                    state.machine.handle_datagram(now, &from.into(), &mut self.datagram[..len]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => state.stats.receive_errors += 1,
            }
        }
    }
}

fn timespec(timeout: Duration) -> Timespec {
    // Cannot fail: a day fits.
    Timespec::try_from(timeout.min(SLEEP_MAX)).unwrap_or_default()
}

/// Whether accepting again would fail again at once.
fn out_of_resources(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}
