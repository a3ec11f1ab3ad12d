//! What a node knows, kept in a file for its next life.

use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::adapter::Handle;
use crate::config::Settings;
use crate::files::{beside, folder_of, followed, unkept};
use crate::problem::{Problem, warn};

/// A million members with some registers come to less.
const SIZE_MAX: u64 = 1 << 30;

/// The snapshot in the file; `None`, with a warning unless there never was one, means to start empty.
pub(crate) fn read(file: &Path) -> Option<Vec<u8>> {
    match read_bounded(file) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            unused(file, &error.to_string());
            None
        }
    }
}

/// Says that the file is of no use.
pub(crate) fn unused(file: &Path, why: &str) {
    warn(&format!("the state in {} is of no use, so this node starts empty: {why}", file.display()));
}

fn read_bounded(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(SIZE_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes the state now and then, in a thread of its own until it is dropped.
pub(crate) struct Keeper {
    file: PathBuf,
    handle: Handle,
    until_dropped: Sender<Infallible>,
    writer: JoinHandle<()>,
}

impl Keeper {
    /// Writes it once before it returns: the epoch of this life must not be used again, and a file that cannot be
    /// written is told at once. `None` if the settings name no file.
    pub(crate) fn start(settings: &Settings, handle: &Handle) -> Result<Option<Self>, Problem> {
        let Some(file) = settings.state.clone() else { return Ok(None) };
        write(&file, handle).map_err(|error| unkept(&file, &error))?;
        let (until_dropped, dropped) = mpsc::channel();
        let (path, node, interval) = (file.clone(), handle.clone(), settings.state_interval);
        let writer = thread::Builder::new()
            .name("swim-state".into())
            .spawn(move || write_again(&path, &node, interval, &dropped))
            .map_err(|error| Problem::failed(format!("cannot start a thread: {error}")))?;
        Ok(Some(Self { file, handle: handle.clone(), until_dropped, writer }))
    }

    /// Writes it for the last time, alone: two at once would rename the same new file.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        drop(self.until_dropped);
        // A writer that panicked has said so.
        let _ = self.writer.join();
        write(&self.file, &self.handle).map_err(|error| unkept(&self.file, &error))
    }
}

/// A disk that is full for hours is told once.
fn write_again(file: &Path, handle: &Handle, interval: Duration, dropped: &Receiver<Infallible>) {
    let mut told = false;
    while dropped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        match write(file, handle) {
            Ok(()) => told = false,
            Err(error) if !told => {
                warn(&unkept(file, &error).to_string());
                told = true;
            }
            Err(_) => {}
        }
    }
}

fn write(file: &Path, handle: &Handle) -> io::Result<()> {
    let snapshot = handle.with(|node, _| node.snapshot());
    replace(file, &snapshot)
}

/// Whoever reads the file finds all of the old content or all of the new one, whenever the power fails. A link stays.
fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let file = &followed(file);
    let new = beside(file, ".new");
    let mut opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    opened.write_all(content)?;
    opened.sync_all()?;
    fs::rename(&new, file)?;
    File::open(folder_of(file))?.sync_all()
}
