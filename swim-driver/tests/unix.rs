//! Unix sockets: their files, their names, their buffers.

#![cfg(target_os = "linux")]

mod quiet;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use quiet::{Quiet, turn};
use swim_core::Addr;
use swim_driver::server::{self, Connection};
use swim_driver::{BindError, Options, Sockets, UNIX_NAME_MAX, start};

/// A folder of one test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("swim-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("s")
    }

    fn addr(&self) -> Addr {
        addr(&self.socket())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn addr(path: &Path) -> Addr {
    Addr::unix_path(path.to_str().unwrap().as_bytes()).unwrap()
}

/// E03.
#[test]
fn the_files_are_there_while_the_sockets_are() {
    let folder = Folder::new("files");
    let sockets = Sockets::bind(folder.addr()).unwrap();
    assert_eq!(*sockets.local_addr(), folder.addr());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
    drop(sockets);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
}

/// Who finds a file finds somebody there: the file of a closed socket may be another's by the time it is removed.
#[test]
fn the_files_are_gone_before_the_sockets_are_closed() {
    let folder = Folder::new("order");
    let server_addr = addr(&folder.0.join("server"));
    let (_server, _serving) = server::listen(&server_addr, server::Options::default()).unwrap();
    for _ in 0..100 {
        drop_before_a_caller(&folder.socket(), Sockets::bind(folder.addr()).unwrap());
        let client = Connection::open(Some(&folder.addr()), &server_addr, server::Options::default());
        drop_before_a_caller(&folder.socket(), client.unwrap());
    }
}

/// Somebody calls again and again meanwhile, until the file is gone.
fn drop_before_a_caller(path: &Path, socket: impl Send) {
    let calls = AtomicBool::new(false);
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            loop {
                let call = UnixDatagram::unbound().unwrap().connect(path);
                calls.store(true, Relaxed);
                match call.map_err(|error| error.kind()) {
                    Ok(()) | Err(ErrorKind::PermissionDenied) => {}
                    Err(error) => return error,
                }
            }
        });
        while !calls.load(Relaxed) {
            thread::yield_now();
        }
        drop(socket);
        assert_eq!(caller.join().unwrap(), ErrorKind::NotFound);
    });
}

/// E03: what another process has put in place of our file is not ours to remove.
#[test]
fn only_the_own_inode_is_removed() {
    let folder = Folder::new("inode");
    let sockets = Sockets::bind(folder.addr()).unwrap();
    fs::remove_file(folder.socket()).unwrap();
    let _other = UnixDatagram::bind(folder.socket()).unwrap();
    drop(sockets);
    assert!(folder.socket().exists());
}

#[test]
fn files_that_a_dead_process_left_are_taken_over() {
    let folder = Folder::new("stale");
    drop(UnixDatagram::bind(folder.socket()).unwrap());
    drop(UnixListener::bind(folder.0.join("s.stream")).unwrap());
    let _sockets = Sockets::bind(folder.addr()).unwrap();
    UnixDatagram::unbound().unwrap().connect(folder.socket()).unwrap();
}

#[test]
fn files_behind_which_somebody_listens_are_left_alone() {
    let folder = Folder::new("live");
    let first = Sockets::bind(folder.addr()).unwrap();
    let error = Sockets::bind(folder.addr()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(error.to_string(), format!("cannot bind a datagram socket to {}", folder.addr()));
    UnixDatagram::unbound().unwrap().connect(folder.socket()).unwrap();
    drop(first);
    drop(Sockets::bind(folder.addr()).unwrap());

    let _listener = UnixListener::bind(folder.0.join("s.stream")).unwrap();
    let error = Sockets::bind(folder.addr()).unwrap_err();
    assert!(matches!(&error, BindError::Streams { error, .. } if error.kind() == ErrorKind::AddrInUse));
    assert!(!folder.socket().exists(), "what was bound for nothing is removed");
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let folder = Folder::new("other");
    fs::write(folder.socket(), "precious").unwrap();
    let error = Sockets::bind(folder.addr()).unwrap_err();
    assert!(matches!(error, BindError::NotASocket { .. }), "{error}");
    assert_eq!(fs::read_to_string(folder.socket()).unwrap(), "precious");
    let error = Sockets::bind(addr(&folder.0)).unwrap_err();
    assert!(matches!(error, BindError::NotASocket { .. }), "{error}");
}

/// E03.
#[test]
fn the_files_have_the_mode_that_was_asked_for() {
    let folder = Folder::new("mode");
    for mode in [0o600, 0o666] {
        let _sockets = Sockets::bind_with_mode(folder.addr(), mode).unwrap();
        for name in ["s", "s.stream"] {
            let permissions = fs::metadata(folder.0.join(name)).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, mode, "{name}");
        }
    }
}

/// E02: the longest name, and one byte more.
#[test]
fn a_name_that_is_too_long_is_a_clear_error() {
    let name = |len| Addr::unix_abstract(&[b'x'; 107][..len]).unwrap();
    drop(Sockets::bind(name(UNIX_NAME_MAX)).unwrap());
    let error = Sockets::bind(name(UNIX_NAME_MAX + 1)).unwrap_err();
    assert!(matches!(error, BindError::TooLong { max: UNIX_NAME_MAX, .. }));
    assert!(error.to_string().ends_with("is too long: the name of a Unix socket has at most 100 bytes"));
}

#[test]
fn an_abstract_name_in_use_is_a_clear_error() {
    let bytes = [&b"swim\0\xff"[..], &std::process::id().to_le_bytes()].concat();
    let name = Addr::unix_abstract(&bytes).unwrap();
    let _sockets = Sockets::bind(name.clone()).unwrap();
    assert_eq!(Sockets::bind(name).unwrap_err().kind(), ErrorKind::AddrInUse);
}

/// E13: nobody could answer them.
#[test]
fn unnamed_senders_are_dropped_and_counted() {
    let folder = Folder::new("unnamed");
    let sockets = Sockets::bind(folder.addr()).unwrap();
    let (handle, _, driving) = start(Quiet::default(), sockets, Options::default());
    UnixDatagram::unbound().unwrap().send_to(b"who am I", folder.socket()).unwrap();
    let named = UnixDatagram::bind(folder.0.join("named")).unwrap();
    named.send_to(b"hello", folder.socket()).unwrap();
    turn(&driving);
    assert_eq!(handle.stats().unnamed_senders, 1);
    let heard = handle.with(|quiet, _| quiet.heard.clone());
    assert_eq!(heard, [(addr(&folder.0.join("named")), b"hello".to_vec())]);
}

#[test]
fn a_full_buffer_is_counted_and_nobody_waits_for_it() {
    let folder = Folder::new("full");
    let deaf = UnixDatagram::bind(folder.0.join("deaf")).unwrap();
    let sockets = Sockets::bind(folder.addr()).unwrap();
    let (handle, _, _driving) = start(Quiet::default(), sockets, Options::default());
    let to = addr(&folder.0.join("deaf"));
    handle.with(|quiet, _| quiet.to_send.extend((0..10_000).map(|_| to.clone())));
    let stats = handle.stats();
    assert!(stats.buffers_full > 0 && stats.datagrams_sent > 0, "{stats:?}");
    assert_eq!(stats.buffers_full + stats.datagrams_sent, 10_000);
    assert_eq!(stats.send_errors, 0);
    drop(deaf);
    handle.with(|quiet, _| quiet.to_send.push(to));
    assert_eq!(handle.stats().send_errors, 1);
}
