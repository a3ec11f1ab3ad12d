//! A node that is written down.

use std::error::Error;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use swim_core::{
    Addr, Config, ConfigError, Event, Instant, Keyring, Machine, Node, RegisterError, RestoreError, StreamId,
    StreamInput, Transmit,
};

use crate::birth::{Birth, Header};
use crate::call::{Input, Kind};
use crate::output::Output;
use crate::place;
use crate::spelling::{Keys, Listed};
use crate::tape::{Beginning, Stopped, Tape};

/// A [`Node`] whose every call and answer is written to a file, if it has one.
///
/// It is a machine with the commands of a node, so any driver runs it, and it can be looked at as a node. There is no
/// way to change the node that is not written down.
pub struct Recorder {
    node: Node,
    recording: Recording,
}

enum Recording {
    Off,
    On(Box<Tape>),
    Stopped(Stopped),
}

/// Why there is no recorder.
#[derive(Debug)]
pub enum RecordError {
    /// The node cannot begin like that.
    Node(RestoreError),
    /// The file cannot be made.
    File(io::Error),
    /// This file is in the way: it is no trace, so it stays as it is.
    Foreign(PathBuf),
}

impl Recorder {
    /// Begins a node and a trace of it.
    ///
    /// The file is readable by its owner alone. A trace that is there already is kept under its name and `.last`, since it
    /// may be of a life that crashed; a file that is no trace is refused. Every call waits until the file has it, so it
    /// belongs on a local disk. When it has `limit` bytes, or the disk is full, the recording [stops](Self::stopped) and the
    /// node goes on; where not even how the node begins would fit, it never starts and files stay as they are.
    ///
    /// # Errors
    ///
    /// [`RecordError`] says whether the node or the file is the trouble.
    pub fn create(path: &Path, limit: u64, birth: &Birth) -> Result<Self, RecordError> {
        let node = birth.node().map_err(RecordError::Node)?;
        let beginning = Beginning::of(&Header::of(birth)).map_err(RecordError::File)?;
        if !beginning.fits(limit) {
            return Ok(Self { node, recording: Recording::Stopped(Stopped::Full(limit)) });
        }
        place::vacate(path)?;
        let tape = Tape::create(path, limit, beginning).map_err(RecordError::File)?;
        Ok(Self { node, recording: Recording::On(Box::new(tape)) })
    }

    /// Whether [`create`](Self::create) finds nothing in its way at this path. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`RecordError::File`] and [`RecordError::Foreign`], as [`create`](Self::create) would answer.
    pub fn check(path: &Path) -> Result<(), RecordError> {
        place::check(path)
    }

    /// Why the recording stopped before the node ended, if it did.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stopped> {
        match &self.recording {
            Recording::Off | Recording::On(_) => None,
            Recording::Stopped(why) => Some(why),
        }
    }

    fn write(&mut self, write: impl FnOnce(&mut Tape, &Node) -> Result<(), Stopped>) {
        if let Recording::On(tape) = &mut self.recording
            && let Err(why) = write(tape, &self.node)
        {
            self.recording = Recording::Stopped(why);
        }
    }
}

impl From<Node> for Recorder {
    /// Without a file, for a program that records only if it is asked to.
    fn from(node: Node) -> Self {
        Self { node, recording: Recording::Off }
    }
}

impl Deref for Recorder {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}

/// The commands of a node.
impl Recorder {
    /// [`Node::join`].
    pub fn join(&mut self, now: Instant, seeds: &[Addr]) {
        self.write(|tape, _| tape.call(now, Kind::Join(seeds.iter().cloned().map(Listed).collect())));
        self.node.join(now, seeds);
    }

    /// [`Node::leave`].
    pub fn leave(&mut self, now: Instant) {
        self.write(|tape, _| tape.call(now, Kind::Leave));
        self.node.leave(now);
    }

    /// [`Node::set`].
    pub fn set(&mut self, now: Instant, key: &str, value: &[u8]) -> Result<(), RegisterError> {
        self.write(|tape, _| tape.call(now, Kind::Set { key, value }));
        self.node.set(now, key, value)
    }

    /// [`Node::remove`].
    pub fn remove(&mut self, now: Instant, key: &str) -> Result<(), RegisterError> {
        self.write(|tape, _| tape.call(now, Kind::Remove { key }));
        self.node.remove(now, key)
    }

    /// [`Node::reconfigure`].
    pub fn reconfigure(&mut self, now: Instant, config: Config) -> Result<(), ConfigError> {
        self.write(|tape, _| tape.call(now, Kind::Reconfigure(Box::new(config.clone()))));
        self.node.reconfigure(now, config)
    }

    /// Goes on with other keys; what is written down are their fingerprints. See [`Node::keyring_mut`].
    pub fn set_keyring(&mut self, now: Instant, keyring: Keyring) {
        self.write(|tape, _| tape.call(now, Kind::SetKeyring(Keys::of(&keyring))));
        *self.node.keyring_mut() = keyring;
    }
}

impl Machine for Recorder {
    type Event = Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        self.write(|tape, _| tape.call(now, Kind::Datagram { from: from.clone(), bytes: datagram }));
        self.node.handle_datagram(now, from, datagram);
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        self.write(|tape, _| tape.call(now, Kind::Stream { stream, input: Input::of(&input) }));
        self.node.handle_stream(now, stream, input);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.write(|tape, _| tape.call(now, Kind::Timeout));
        self.node.handle_timeout(now);
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        let transmit = self.node.poll_transmit(buf);
        self.write(|tape, node| {
            tape.output(Output::of_transmit(transmit.as_ref(), buf, node.poll_timeout()))
        });
        transmit
    }

    fn poll_event(&mut self) -> Option<Event> {
        let event = self.node.poll_event();
        self.write(|tape, _| tape.output(Output::of_event(event.as_ref())));
        event
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.node.poll_timeout()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("name", self.node.local().name()).finish_non_exhaustive()
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(error) => error.fmt(f),
            Self::File(error) => write!(f, "the trace cannot be written: {error}"),
            Self::Foreign(path) => write!(
                f,
                "{} is no trace of swim and is left as it is: choose another name, or remove it",
                path.display()
            ),
        }
    }
}

impl Error for RecordError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Node(error) => Some(error),
            Self::File(error) => Some(error),
            Self::Foreign(_) => None,
        }
    }
}
