//! Files of Unix sockets: who may have them, and who removes them.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, flock};
use socket2::{Domain, SockAddr, Socket};

/// The file of a socket of ours; removed when dropped, if it is still the same file.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: Inode,
}

#[derive(Debug, PartialEq, Eq)]
struct Inode {
    device: u64,
    number: u64,
}

impl SocketFile {
    /// Binds `socket` to `path`, in place of a file that a dead process left there.
    pub(crate) fn bind(socket: &Socket, path: &Path, mode: Option<u32>) -> io::Result<Self> {
        let addr = SockAddr::unix(path)?;
        if let Some(mode) = mode {
            narrow(socket, mode);
        }
        match socket.bind(&addr) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => take_over(socket, path, &addr)?,
            bound => bound?,
        }
        let file = Self { path: path.into(), inode: Inode::at(path)? };
        if let Some(mode) = mode {
            fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        }
        Ok(file)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if Inode::at(&self.path).is_ok_and(|there| there == self.inode) {
            // Whoever else removed it was faster.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// On Linux the file gets the mode of the socket, less the umask: so it is never more open than it will be.
fn narrow(socket: &Socket, mode: u32) {
    // Elsewhere it fails, and the file is open to whoever the umask lets until its mode is set.
    let _ = rustix::fs::fchmod(socket, Mode::from_bits_truncate(mode));
}

/// Removes a file behind which nobody listens and binds in its place. The lock on its folder keeps two who do this at
/// once from removing what the other has just bound.
fn take_over(socket: &Socket, path: &Path, addr: &SockAddr) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    flock(folder.as_fd(), FlockOperation::LockExclusive)?;
    match fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => return Err(io::ErrorKind::AlreadyExists.into()),
        Ok(_) if !is_stale(socket, addr)? => return Err(io::ErrorKind::AddrInUse.into()),
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    socket.bind(addr)
}

/// Whether nobody has this address: a connection is refused. Any other answer comes from somebody who is there.
fn is_stale(socket: &Socket, addr: &SockAddr) -> io::Result<bool> {
    let caller = Socket::new(Domain::UNIX, socket.r#type()?, None)?;
    caller.set_nonblocking(true)?;
    Ok(caller.connect(addr).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused))
}

impl Inode {
    fn at(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|there| Self::of(&there))
    }

    fn of(there: &Metadata) -> Self {
        Self { device: there.dev(), number: there.ino() }
    }
}
