//! Where sockets are bound.

use std::cell::Cell;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use swim_core::Addr;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Udp6,
    UnixPath,
    UnixAbstract,
}

impl Transport {
    pub(crate) const ALL: [Self; 4] = [Self::Udp, Self::Udp6, Self::UnixPath, Self::UnixAbstract];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Udp6 => "udp6",
            Self::UnixPath => "unix",
            Self::UnixAbstract => "abstract",
        }
    }
}

/// The places of one trial.
pub(crate) struct Places {
    transport: Transport,
    id: String,
    /// For the files of Unix sockets; removed with the places.
    pub(crate) folder: PathBuf,
    taken: Cell<usize>,
}

impl Places {
    pub(crate) fn new(transport: Transport) -> Self {
        static TRIALS: AtomicUsize = AtomicUsize::new(0);
        let number = TRIALS.fetch_add(1, Ordering::Relaxed);
        let id = format!("swim-{}-{number}", std::process::id());
        // Short, for the names of sockets are.
        let folder = std::env::temp_dir().join(&id);
        fs::create_dir_all(&folder).expect("a folder for sockets");
        Self { transport, id, folder, taken: Cell::new(0) }
    }

    /// A place where nobody is.
    pub(crate) fn next(&self) -> Addr {
        let number = self.taken.replace(self.taken.get() + 1);
        let file = self.folder.join(number.to_string());
        match self.transport {
            Transport::Udp => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into(),
            Transport::Udp6 => SocketAddr::from((Ipv6Addr::LOCALHOST, 0)).into(),
            Transport::UnixPath => Addr::unix_path(file.to_str().expect("UTF-8").as_bytes()).expect("short"),
            // Such a name may hold any bytes.
            Transport::UnixAbstract => {
                Addr::unix_abstract(format!("{}\0\n{number}", self.id).as_bytes()).expect("short")
            }
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        // A trial that failed may leave sockets there.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
