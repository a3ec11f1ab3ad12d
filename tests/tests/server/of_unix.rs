//! What only Unix sockets can do: come without a name, bring descriptors, tell who sends, have a file.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use smol::channel::unbounded;
use swim_core::Addr;
use swim_driver::BindError;
use swim_driver::server::{Credentials, Datagram, Options, RecvError, SendError, Unnamed};

use crate::list;
use crate::log;
use crate::patience::patiently;
use crate::world::{Peer, World, echo, eventually};

pub(crate) const BEHAVIOURS: &[(&str, crate::Behaviour)] = list![
    senders_without_a_name_are_dropped_and_counted,
    senders_without_a_name_may_be_heard_but_not_answered,
    a_datagram_that_is_too_long_is_an_error_and_the_conversation_goes_on,
    descriptors_come_and_go_with_datagrams,
    descriptors_that_nobody_takes_are_closed,
    descriptors_that_nobody_asked_for_do_not_come,
    the_system_says_who_sends,
    whoever_is_not_the_server_cannot_send_to_a_client,
    nobody_is_heard_in_place_of_a_server_that_is_gone,
];

/// Of those that have a file.
pub(crate) const OF_FILES: &[(&str, crate::Behaviour)] = list![
    the_file_has_its_mode_and_is_gone_with_the_server,
    only_the_own_file_is_removed,
    a_file_that_a_dead_process_left_is_taken_over_and_anything_else_is_not,
    names_are_checked_before_anything_is_bound,
];

fn of_std(addr: &Addr) -> SocketAddr {
    match addr {
        Addr::UnixPath(path) => SocketAddr::from_pathname(std::str::from_utf8(path).unwrap()).unwrap(),
        Addr::UnixAbstract(name) => SocketAddr::from_abstract_name(name).unwrap(),
        Addr::Ip(_) => unreachable!("these are Unix sockets"),
    }
}

/// E13: `Ignore` and `Warn` differ in what is logged.
fn senders_without_a_name_are_dropped_and_counted(world: &World) {
    for unnamed in [Unnamed::Ignore, Unnamed::Warn] {
        let server = world.serve_with(Options { unnamed, ..Options::default() }, echo);
        let nobody = UnixDatagram::unbound().unwrap();
        nobody.send_to_addr(b"who am I?", &of_std(server.local_addr())).unwrap();
        eventually(|| server.stats().unnamed == 1);
        assert_eq!(world.client(&server).ask(b"I am"), b"I am");
        // What came later was answered, so there are no more lines to come.
        let lines = log::lines_with(&format!("server={}", server.local_addr()), "its sender has no name");
        assert_eq!(lines, usize::from(unnamed == Unnamed::Warn));
    }
}

/// E10, E13: each is a client of its own, and its one datagram all that will come.
fn senders_without_a_name_may_be_heard_but_not_answered(world: &World) {
    let (heard, hears) = unbounded();
    let options = Options { unnamed: Unnamed::Handle, ..Options::default() };
    let server = world.serve_with(options, move |mut peer: Peer| {
        let heard = heard.clone();
        async move {
            assert!(peer.addr().is_none() && peer.sender().is_none());
            let bytes: Vec<u8> = peer.recv().await?;
            let answered = peer.send(&b"nobody"[..]).expect_err("there is no address");
            let next = peer.recv::<Vec<u8>>().await.expect_err("nobody can go on");
            heard.send((bytes, answered, next)).await?;
            Ok(())
        }
    });
    let nobody = UnixDatagram::unbound().unwrap();
    for _ in 0..2 {
        nobody.send_to_addr(b"listen", &of_std(server.local_addr())).unwrap();
        let heard = patiently(hears.recv()).unwrap();
        assert_eq!(heard.0, b"listen");
        assert!(matches!((heard.1, heard.2), (SendError::Unnamed, RecvError::Closed)));
    }
}

/// E20: cut, and the handler knows.
fn a_datagram_that_is_too_long_is_an_error_and_the_conversation_goes_on(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        loop {
            match peer.recv::<Vec<u8>>().await {
                Ok(bytes) => peer.send(bytes)?,
                Err(error @ RecvError::TooLong { .. }) => peer.send(error.to_string().into_bytes())?,
                Err(error) => return Err(error.into()),
            }
        }
    });
    let mut client = world.client(&server);
    assert_eq!(client.ask(&[7; 70_000]), b"the datagram is longer than 65536 bytes");
    assert_eq!(client.ask(&[7; 65_536]), [7; 65_536]);
    assert!(matches!(client.try_send(vec![7; 10_000_000]), Err(SendError::TooLong)));
}

/// E14, E15: the server writes into a pipe of the client's, and gives it one to read from.
fn descriptors_come_and_go_with_datagrams(world: &World) {
    let options = Options { descriptors: 2, ..Options::default() };
    let server = world.serve_with(options, async |mut peer: Peer| {
        let datagram: Datagram = peer.recv().await?;
        let [first, second]: [_; 2] = datagram.descriptors.try_into().map_err(|_| "two were sent")?;
        File::from(first).write_all(&datagram.bytes)?;
        File::from(second).write_all(b"twice")?;
        let (reader, mut writer) = std::io::pipe()?;
        writer.write_all(b"back")?;
        peer.send(Datagram { descriptors: vec![reader.into()], ..Datagram::new("here") })?;
        Ok(())
    });
    let mut client = world.client_with(&server, None, options);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let descriptors = vec![writer.try_clone().unwrap().into(), writer.into()];
    client.try_send(Datagram { descriptors, ..Datagram::new("once and ") }).unwrap();
    let mut written = String::new();
    reader.read_to_string(&mut written).unwrap();
    assert_eq!(written, "once and twice");
    let answer: Datagram = client.recv();
    assert_eq!(answer.bytes, b"here");
    let [descriptor] = answer.descriptors.try_into().expect("one was sent");
    let mut read = String::new();
    File::from(descriptor).read_to_string(&mut read).unwrap();
    assert_eq!(read, "back");
}

/// E14: whether the handler takes the bytes alone, cannot parse them, or refuses them; and one more than allowed.
fn descriptors_that_nobody_takes_are_closed(world: &World) {
    let options = Options { descriptors: 1, ..Options::default() };
    let server = world.serve_with(options, async |mut peer: Peer| {
        match peer.recv::<swim_driver::server::Json<u8>>().await {
            Ok(_) | Err(RecvError::Parse(_)) => Ok(peer.send(&b"seen"[..])?),
            Err(error) => Err(error.into()),
        }
    });
    let refusing = world.serve_with(options, async |_: Peer| Ok(()));
    let mut client = world.client(&server);
    for body in ["7", "nonsense"] {
        let reader = send_pipes(&client, body, 1);
        assert_eq!(client.recv::<Vec<u8>>(), b"seen");
        assert_is_closed(reader);
    }
    let reader = send_pipes(&client, "7", 2);
    assert_eq!(client.recv::<Vec<u8>>(), b"seen");
    assert_is_closed(reader);
    assert_eq!(server.stats().descriptors_cut, 1);
    assert_is_closed(send_pipes(&world.client(&refusing), "7", 1));
}

/// E14: without the option.
fn descriptors_that_nobody_asked_for_do_not_come(world: &World) {
    let server = world.serve(async |mut peer: Peer| {
        let datagram: Datagram = peer.recv().await?;
        assert!(datagram.descriptors.is_empty() && datagram.credentials.is_none());
        Ok(peer.send(datagram.bytes)?)
    });
    let mut client = world.client(&server);
    let reader = send_pipes(&client, "alone", 1);
    assert_eq!(client.recv::<Vec<u8>>(), b"alone");
    assert_is_closed(reader);
    assert_eq!(server.stats().descriptors_cut, 1);
}

/// Sends copies of the writing end of a pipe; answers with the other end.
fn send_pipes(client: &crate::world::Client, body: &str, count: usize) -> std::io::PipeReader {
    let (reader, writer) = std::io::pipe().unwrap();
    let descriptors = (0..count).map(|_| writer.try_clone().unwrap().into()).collect();
    client.try_send(Datagram { descriptors, ..Datagram::new(body) }).unwrap();
    reader
}

/// Reading ends when nobody can write any more.
fn assert_is_closed(mut reader: std::io::PipeReader) {
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
}

/// E14, E15: unasked, and as the sender claims, which is checked.
fn the_system_says_who_sends(world: &World) {
    let options = Options { credentials: true, ..Options::default() };
    let server = world.serve_with(options, async |mut peer: Peer| {
        loop {
            let datagram: Datagram = peer.recv().await?;
            let credentials = datagram.credentials.ok_or("the system knows them")?;
            peer.send(format!("{credentials:?}").into_bytes())?;
        }
    });
    let mut client = world.client(&server);
    let own = format!("{:?}", Credentials::own());
    assert_eq!(client.ask(b"unasked"), own.as_bytes());
    client.try_send(Datagram { credentials: Some(Credentials::own()), ..Datagram::default() }).unwrap();
    assert_eq!(client.recv::<Vec<u8>>(), own.as_bytes());
    let nobody = Credentials { pid: i32::MAX, ..Credentials::own() };
    let refused = client.try_send(Datagram { credentials: Some(nobody), ..Datagram::default() });
    assert!(matches!(refused, Err(SendError::Refused(_))), "{refused:?}");
}

/// E21.
fn whoever_is_not_the_server_cannot_send_to_a_client(world: &World) {
    let server = world.serve(echo);
    let mut client = world.client(&server);
    let stranger = UnixDatagram::unbound().unwrap();
    let error = stranger.send_to_addr(b"believe me", &of_std(client.local_addr())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(client.ask(b"hello"), b"hello");
}

fn nobody_is_heard_in_place_of_a_server_that_is_gone(world: &World) {
    let server = world.serve(echo);
    let mut client = world.client(&server);
    server.shutdown();
    client.try_send(&b"anybody?"[..]).unwrap_err();
    let stranger = UnixDatagram::unbound().unwrap();
    stranger.send_to_addr(b"believe me", &of_std(client.local_addr())).expect("nothing keeps it from that");
    assert!(matches!(client.recv_within::<Vec<u8>>(Duration::from_millis(5)), Err(RecvError::Timeout)));
    let _again = world.try_serve(server.local_addr(), Options::default(), echo).expect("the address is free");
    stranger.send_to_addr(b"believe me", &of_std(client.local_addr())).expect("once more");
    assert_eq!(client.ask(b"hello"), b"hello");
}

/// E03.
fn the_file_has_its_mode_and_is_gone_with_the_server(world: &World) {
    for mode in [0o600, 0o666] {
        let server = world.serve_with(Options { mode: Some(mode), ..Options::default() }, echo);
        let files: Vec<_> = fs::read_dir(&world.places.folder).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, mode);
        server.shutdown();
        assert_eq!(fs::read_dir(&world.places.folder).unwrap().count(), 0);
    }
}

/// E03.
fn only_the_own_file_is_removed(world: &World) {
    let addr = world.place();
    let server = world.try_serve(&addr, Options::default(), echo).unwrap();
    let path = of_std(&addr).as_pathname().unwrap().to_owned();
    fs::remove_file(&path).unwrap();
    let _other = UnixDatagram::bind(&path).unwrap();
    server.shutdown();
    assert!(path.exists());
}

/// E03.
fn a_file_that_a_dead_process_left_is_taken_over_and_anything_else_is_not(world: &World) {
    let addr = world.place();
    let path = of_std(&addr).as_pathname().unwrap().to_owned();
    drop(UnixDatagram::bind(&path).unwrap());
    let server = world.try_serve(&addr, Options::default(), echo).unwrap();
    assert_eq!(world.client(&server).ask(b"hello"), b"hello");
    server.shutdown();
    fs::write(&path, "precious").unwrap();
    let refused = world.try_serve(&addr, Options::default(), echo).err();
    assert!(matches!(refused, Some(BindError::NotASocket { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

/// E02: too long, empty, and with a NUL; and how they are written.
fn names_are_checked_before_anything_is_bound(world: &World) {
    assert!(Addr::unix_path(&[b'a'; 108]).is_err());
    assert!(Addr::unix_path(b"").is_err());
    assert!(Addr::unix_path(b"a\0b").is_err());
    assert_eq!(Addr::unix_path(b"/p").unwrap().to_string(), "unix:/p");
    assert_eq!(Addr::unix_abstract(b"a\0b").unwrap().to_string(), "unix:@a\\x00b");
    let longest = [&b"swim-server-"[..], &std::process::id().to_le_bytes(), &[b'a'; 91]].concat();
    let longest = Addr::unix_abstract(&longest).unwrap();
    let server = world.try_serve(&longest, Options::default(), echo).unwrap();
    assert_eq!(world.client(&server).ask(b"hello"), b"hello");
}
