//! Traces of nodes that are driven by hand.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use swim_core::{
    Addr, ClusterId, Config, Epoch, Event, Instant, Key, Keyring, Local, Machine, Name, Node, StreamId,
    StreamInput, Transmit,
};
use swim_trace::{
    Birth, Ending, RecordError, Recorder, ReplayError, Replayed, Seen, Stopped, Trace, TraceError,
};

const NO_LIMIT: u64 = 1 << 30;

/// A folder of one test; removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("swim-trace-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("trace")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key() -> Key {
    Key::from_bytes([7; 32])
}

fn addr(port: u16) -> Addr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()
}

fn birth(name: &str, port: u16) -> Birth {
    let (cluster, name) = (ClusterId::from_name("traces"), Name::new(name).expect("a name"));
    Birth {
        config: Config::lan(),
        local: Local { cluster, name, addr: addr(port), epoch: Epoch::new(5).expect("an epoch") },
        keyring: Keyring::sealed(key()),
        seed: [u8::try_from(port).expect("a small port"); 32],
        now: Instant::from_nanos(11),
        snapshot: None,
    }
}

/// Two nodes that send each other all they want; one of them is recorded.
struct Pair {
    recorder: Recorder,
    other: Node,
    now: Instant,
    /// The datagrams that came to the recorded one.
    heard: Vec<Vec<u8>>,
}

impl Pair {
    fn start(file: &Path, limit: u64) -> Self {
        let recorder = Recorder::create(file, limit, &birth("alice", 1)).expect("a recorder");
        let other = birth("bob", 2).node().expect("a node");
        Self { recorder, other, now: Instant::from_nanos(11), heard: Vec::new() }
    }

    /// Runs both, as drivers would on a network without faults.
    fn run(&mut self, rounds: u32) {
        for _ in 0..rounds {
            self.now = self.now + Duration::from_millis(100);
            self.recorder.handle_timeout(self.now);
            self.other.handle_timeout(self.now);
            for _ in 0..4 {
                deliver(&mut self.recorder, &mut self.other, &addr(1), self.now);
                self.heard.extend(deliver(&mut self.other, &mut self.recorder, &addr(2), self.now));
            }
            while self.recorder.poll_event().is_some() {}
        }
    }
}

/// Hands all that one machine sends to another, and answers the datagrams among that.
fn deliver(
    from: &mut impl Machine<Event = Event>,
    to: &mut impl Machine,
    at: &Addr,
    now: Instant,
) -> Vec<Vec<u8>> {
    let (mut buf, mut datagrams) = (Vec::new(), Vec::new());
    while let Some(transmit) = from.poll_transmit(&mut buf) {
        match transmit {
            Transmit::Datagram { .. } => {
                datagrams.push(buf.clone());
                to.handle_datagram(now, at, &mut buf);
            }
            Transmit::Connect { stream, .. } => {
                to.handle_stream(now, other_end(stream), StreamInput::Accepted { from: at.clone() });
                from.handle_stream(now, stream, StreamInput::Connected);
            }
            Transmit::Write { stream } => {
                to.handle_stream(now, other_end(stream), StreamInput::Data(&mut buf.clone()));
                from.handle_stream(now, stream, StreamInput::Written);
            }
            Transmit::Finish { stream } => to.handle_stream(now, other_end(stream), StreamInput::Finished),
            Transmit::Abort { stream } => to.handle_stream(now, other_end(stream), StreamInput::Failed),
        }
    }
    datagrams
}

fn other_end(stream: StreamId) -> StreamId {
    match stream {
        StreamId::Dialed(number) => StreamId::Accepted(number),
        StreamId::Accepted(number) => StreamId::Dialed(number),
    }
}

/// A trace of a whole life, with commands of every kind.
fn recorded(file: &Path) {
    let mut pair = Pair::start(file, NO_LIMIT);
    let now = pair.now;
    pair.recorder.join(now, &[addr(2)]);
    pair.other.join(now, &[addr(1)]);
    pair.recorder.set(now, "role", b"web").expect("a register");
    pair.recorder.set(now, "", b"refused").expect_err("no key");
    pair.run(100);
    pair.recorder.remove(pair.now, "role").expect("a register");
    pair.recorder.reconfigure(pair.now, Config::local()).expect("numbers");
    pair.recorder.set_keyring(pair.now, Keyring::sealed(key()));
    pair.run(100);
    assert_eq!(names(&pair.recorder), ["alice", "bob"]);
    pair.recorder.leave(pair.now);
    pair.run(50);
    assert!(pair.recorder.has_left());
}

fn names(node: &Node) -> Vec<String> {
    node.members().map(|member| member.name().to_string()).collect()
}

fn replay(bytes: &[u8]) -> Replayed {
    Trace::parse(bytes).expect("a trace").replay(&[key()], |_, _| {}).expect("all keys are there")
}

#[test]
fn a_fresh_node_that_is_told_the_same_answers_the_same() {
    let scratch = Scratch::new();
    recorded(&scratch.file());
    let bytes = fs::read(scratch.file()).expect("a trace");
    let trace = Trace::parse(&bytes).expect("a trace");
    assert_eq!((trace.name(), trace.other_version()), ("alice", None));
    let (mut calls, mut events) = (0, 0);
    let replayed = trace.replay(&[Key::from_bytes([1; 32]), key()], |_, seen| match seen {
        Seen::Call(_) => calls += 1,
        Seen::Event(_) => events += 1,
        Seen::Output(_) => {}
    });
    let replayed = replayed.expect("all keys are there");
    assert_eq!(replayed.verdict, Ok(Ending::Whole));
    assert_eq!(replayed.calls, calls);
    assert!(calls > 250 && events > 0, "{calls} calls, {events} events");
    assert!(replayed.node.has_left());
}

#[test]
fn a_trace_has_no_key_and_needs_it() {
    let scratch = Scratch::new();
    recorded(&scratch.file());
    let bytes = fs::read(scratch.file()).expect("a trace");
    assert!(!bytes.windows(16).any(|window| window == [7; 16]), "the key stands in the trace");
    let refused = Trace::parse(&bytes).expect("a trace").replay(&[], |_, _| {}).map(drop);
    let fingerprint = key().fingerprint().to_string();
    assert!(matches!(refused, Err(ReplayError::NoKey(named)) if named == fingerprint));
}

#[test]
fn a_datagram_that_was_changed_is_told_as_the_first_difference() {
    let scratch = Scratch::new();
    let mut pair = Pair::start(&scratch.file(), NO_LIMIT);
    pair.other.join(pair.now, &[addr(1)]);
    pair.run(100);
    let bytes = fs::read(scratch.file()).expect("a trace");
    assert_eq!(replay(&bytes).verdict, Ok(Ending::Whole));
    // A ping is then not answered, and an ack not taken for one.
    let datagram = &pair.heard[pair.heard.len() / 2];
    let at = bytes.windows(datagram.len()).position(|window| window == datagram).expect("it stands there");
    let mut changed = bytes.clone();
    changed[at + datagram.len() - 1] ^= 1;
    let difference = replay(&changed).verdict.expect_err("the answer is another one");
    assert!(difference.at > at, "{difference}");
    assert!(difference.after.starts_with("a datagram of"), "{difference}");
    assert_ne!(difference.recorded, difference.replayed);
}

#[test]
fn a_torn_trace_is_replayed_up_to_the_tear() {
    let scratch = Scratch::new();
    recorded(&scratch.file());
    let bytes = fs::read(scratch.file()).expect("a trace");
    let whole = replay(&bytes);
    let mut calls = Vec::new();
    for len in bytes.len() - 300..bytes.len() {
        let torn = replay(&bytes[..len]);
        match torn.verdict {
            Ok(Ending::Torn { at }) => assert!(at < len),
            verdict => assert_eq!(verdict, Ok(Ending::Whole), "cut between two frames"),
        }
        calls.push(torn.calls);
    }
    assert!(calls.is_sorted() && calls.last() <= Some(&whole.calls));
    assert!(calls.first() < Some(&whole.calls), "some calls were cut off");
}

#[test]
fn whatever_the_bytes_are_nothing_but_an_error_comes_of_it() {
    let scratch = Scratch::new();
    recorded(&scratch.file());
    let bytes = fs::read(scratch.file()).expect("a trace");
    for at in (0..bytes.len()).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        if let Ok(trace) = Trace::parse(&damaged) {
            // Only that it ends matters here.
            let _ = trace.replay(&[key()], |_, _| {});
        }
    }
}

#[test]
fn a_full_trace_ends_in_order_and_the_node_goes_on() {
    let scratch = Scratch::new();
    let limit = 4_000;
    let mut pair = Pair::start(&scratch.file(), limit);
    pair.recorder.join(pair.now, &[addr(2)]);
    pair.run(200);
    assert!(matches!(pair.recorder.stopped(), Some(Stopped::Full(4_000))));
    assert_eq!(names(&pair.recorder).len(), 2, "the node lives on");
    let bytes = fs::read(scratch.file()).expect("a trace");
    assert!((3_000..=limit).contains(&(bytes.len() as u64)), "{}", bytes.len());
    assert_eq!(replay(&bytes).verdict, Ok(Ending::Full));
}

#[test]
fn a_trace_is_never_longer_than_its_limit() {
    let scratch = Scratch::new();
    let header = {
        drop(Pair::start(&scratch.file(), NO_LIMIT));
        fs::metadata(scratch.file()).expect("a trace").len()
    };
    for limit in 0..header + 64 {
        let file = scratch.file().with_file_name(limit.to_string());
        let mut recorder = Recorder::create(&file, limit, &birth("alice", 1)).expect("a node");
        recorder.join(Instant::from_nanos(12), &[addr(2)]);
        let has_stopped = recorder.stopped().is_some();
        drop(recorder);
        match fs::metadata(&file) {
            Ok(trace) => assert!(trace.len() <= limit && limit >= header, "{limit}"),
            Err(_) => assert!(has_stopped && limit < header + 8, "{limit}"),
        }
    }
}

#[test]
fn a_limit_without_room_for_how_the_node_began_leaves_older_traces_alone() {
    let scratch = Scratch::new();
    drop(Pair::start(&scratch.file(), NO_LIMIT));
    let before = fs::read(scratch.file()).expect("a trace");
    let recorder = Recorder::create(&scratch.file(), 64, &birth("alice", 1)).expect("a node");
    assert!(matches!(recorder.stopped(), Some(Stopped::Full(64))));
    drop(recorder);
    assert_eq!(fs::read(scratch.file()).expect("a trace"), before);
    assert!(!scratch.file().with_extension("last").exists());
}

#[test]
fn the_trace_of_the_life_before_is_kept_and_nobody_else_can_read_a_trace() {
    let scratch = Scratch::new();
    recorded(&scratch.file());
    let first = fs::read(scratch.file()).expect("a trace");
    let _second = Pair::start(&scratch.file(), NO_LIMIT);
    assert_eq!(fs::read(scratch.file().with_file_name("trace.last")).expect("the first"), first);
    let mode = fs::metadata(scratch.file()).expect("the second").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = Recorder::create(&scratch.0, NO_LIMIT, &birth("alice", 1));
    assert!(
        matches!(folder, Err(RecordError::File(error)) if error.kind() == std::io::ErrorKind::IsADirectory)
    );
}

#[test]
fn a_file_that_is_no_trace_stays_where_and_as_it_is() {
    let scratch = Scratch::new();
    let last = scratch.file().with_file_name("trace.last");
    for foreign in [scratch.file(), last] {
        fs::write(&foreign, "precious").expect("a file");
        let refused = Recorder::create(&scratch.file(), NO_LIMIT, &birth("alice", 1));
        assert!(matches!(refused, Err(RecordError::Foreign(path)) if path == foreign));
        assert_eq!(fs::read(&foreign).expect("it is there"), b"precious");
        fs::remove_file(&foreign).expect("it is there");
    }
    // A crash may have left as little as this.
    for torn in ["", "swim tr"] {
        fs::write(scratch.file(), torn).expect("a file");
        Recorder::create(&scratch.file(), NO_LIMIT, &birth("alice", 1)).expect("a recorder");
    }
}

#[test]
fn a_life_that_began_with_a_snapshot_is_replayed_with_it() {
    let scratch = Scratch::new();
    let mut before = birth("alice", 1).node().expect("a node");
    before.set(Instant::ZERO, "role", b"web").expect("a register");
    let again = Birth { snapshot: Some(before.snapshot()), ..birth("alice", 1) };
    let mut recorder = Recorder::create(&scratch.file(), NO_LIMIT, &again).expect("a recorder");
    let mut buf = Vec::new();
    recorder.handle_timeout(Instant::from_nanos(20_000_000_000));
    while recorder.poll_transmit(&mut buf).is_some() {}
    let replayed = replay(&fs::read(scratch.file()).expect("a trace"));
    assert_eq!(replayed.verdict, Ok(Ending::Whole));
    assert_eq!(replayed.node.local().register("role"), Some(&b"web"[..]));
}

#[test]
fn other_files_are_told_from_traces() {
    assert_eq!(Trace::parse(b"version = \"0.1.0\"\n").err(), Some(TraceError::NoTrace));
    assert_eq!(Trace::parse(b"swim trace 2\n...").err(), Some(TraceError::OtherFormat));
    assert_eq!(Trace::parse(b"swim trace 1\n").err(), Some(TraceError::Header { version: None }));
    assert!(!Trace::recognise(b"swim") && Trace::recognise(b"swim trace 9\n"));
}

#[test]
fn a_birth_that_is_printed_does_not_tell_its_seed() {
    let birth = Birth { seed: [0xa7; 32], ..birth("alice", 1) };
    let scratch = Scratch::new();
    drop(Recorder::create(&scratch.file(), NO_LIMIT, &birth).expect("a recorder"));
    let bytes = fs::read(scratch.file()).expect("a file");
    let trace = Trace::parse(&bytes).expect("a trace");
    for printed in [format!("{birth:?}"), format!("{trace:?}")] {
        assert!(printed.contains("alice"), "{printed}");
        assert!(!printed.contains("167, 167") && !printed.to_lowercase().contains("a7a7"), "{printed}");
    }
}

#[test]
fn the_last_events_of_a_recorder_are_in_its_file() {
    let scratch = Scratch::new();
    let mut recorder = Recorder::create(&scratch.file(), NO_LIMIT, &birth("alice", 1)).expect("a recorder");
    let told = std::iter::from_fn(|| recorder.poll_event()).count();
    drop(recorder);
    let (bytes, mut events) = (fs::read(scratch.file()).expect("a file"), 0);
    let trace = Trace::parse(&bytes).expect("a trace");
    let count = |_: Instant, seen: &Seen<'_>| events += usize::from(matches!(seen, Seen::Event(_)));
    trace.replay(&[key()], count).expect("all keys are there");
    assert!(told > 0 && events == told, "{events} of {told}");
}
