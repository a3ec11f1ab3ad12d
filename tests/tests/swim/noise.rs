//! Bytes that no member would send.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use crate::process::{PATIENCE, Swim, has};
use crate::scratch::Scratch;

/// How often each datagram is sent: some may be lost.
const REPEATS: usize = 20;
/// The length in front of a frame on a stream.
const PREFIX: usize = 4;
/// More connections than a node serves at a time.
const CROWD: usize = 100;

/// The frame with which a node with this key greets whoever calls, with its length in front.
fn genuine_frame(key: &str) -> Vec<u8> {
    let mut mallory = Swim::node("mallory", key);
    let frame = said_to(mallory.addr(), &[]);
    assert!(frame.len() > PREFIX + 16, "a prefix, a header and a seal");
    frame
}

/// Writes this on a stream of its own, and answers what the node said until it closed it.
fn said_to(to: SocketAddr, content: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).expect("the node listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // The node may hang up at any moment.
    let _ = stream.write_all(content).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    said
}

/// Garbage, and what becomes of a genuine frame on a bad day.
fn bad_frames(genuine: &[u8]) -> Vec<Vec<u8>> {
    let mut forged = genuine.to_vec();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    vec![
        vec![],
        b"?".to_vec(),
        b"GET / HTTP/1.1\r\nHost: this.is.no.web.server.example.org\r\n\r\n".to_vec(),
        vec![0; 1_400],
        vec![0xff; 65_507],
        genuine[..genuine.len() / 2].to_vec(),
        genuine[..genuine.len() - 1].to_vec(),
        forged,
    ]
}

fn throw_datagrams(to: SocketAddr, frames: &[Vec<u8>]) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    for frame in frames.iter().cycle().take(frames.len() * REPEATS) {
        // A full buffer somewhere is the network's ordinary loss.
        let _ = socket.send_to(frame, to);
    }
}

/// Writes each of these on a stream of its own. To a stranger a node says no more than its greeting.
fn throw_streams(to: SocketAddr, contents: &[Vec<u8>], greeting: usize) {
    for content in contents {
        let said = said_to(to, content);
        assert!(said.len() <= greeting, "nobody answers a stranger");
    }
}

/// With the right length in front.
fn prefixed(frame: &[u8]) -> Vec<u8> {
    let len = u32::try_from(frame.len()).expect("a short frame");
    [&len.to_be_bytes(), frame].concat()
}

#[test]
fn a_node_under_a_hail_of_noise_stays_up_and_counts_it() {
    let scratch = Scratch::new();
    let key = scratch.key("key");
    let mut alice = Swim::node("alice", &key);
    let addr = alice.addr();
    let mut bob = Swim::node("bob", &format!("{key} --join {addr}"));
    bob.wait_for_member("joined", "alice");

    let whole = genuine_frame(&key);
    let frames = bad_frames(&whole[PREFIX..]);
    throw_datagrams(addr, &frames);
    throw_streams(addr, &frames, whole.len());
    throw_streams(addr, &frames.iter().map(|frame| prefixed(frame)).collect::<Vec<_>>(), whole.len());
    throw_streams(addr, &[whole[..whole.len() / 2].to_vec(), vec![0xff; 1 << 20]], whole.len());
    let crowd: Vec<_> =
        (0..CROWD).filter_map(|_| TcpStream::connect_timeout(&addr, Duration::from_secs(1)).ok()).collect();
    throw_datagrams(addr, &frames);
    drop(crowd);

    let mut carol = Swim::node("carol", &format!("{key} --join {addr}"));
    carol.wait_for_member("joined", "bob");
    alice.wait_for_member("joined", "carol");
    let alice = alice.leave();
    assert_eq!((alice.code(), &*alice.stderr), (Some(0), ""));
    assert!(!has(&alice.events(), "failed", "bob") && !has(&alice.events(), "joined", "mallory"));
    let dropped = &alice.stats()["dropped"];
    for reason in ["too_short", "bad_magic", "bad_tag", "frame_too_long"] {
        assert!(dropped[reason].is_u64(), "{reason} is counted: {dropped}");
    }
}
