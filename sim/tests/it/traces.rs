//! `sim replay` of what a real node recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use swim_core::{Addr, ClusterId, Config, Epoch, Instant, Key, Keyring, Local, Machine as _, Name, Transmit};
use swim_trace::{Birth, Recorder};

/// A folder with a key and the trace of a node that pinged another, in vain, and left; removed when dropped.
struct Desk(PathBuf);

impl Desk {
    fn new() -> Self {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("key"), "07".repeat(32)).expect("a key");
        record(&folder.join("trace"));
        Self(folder)
    }

    fn trace(&self) -> Vec<u8> {
        fs::read(self.0.join("trace")).expect("a trace")
    }

    fn change(&self, bytes: &[u8]) {
        fs::write(self.0.join("trace"), bytes).expect("a trace");
    }

    fn replay(&self, more: &str) -> Output {
        let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
        sim.current_dir(&self.0).args(["replay", "trace"]).args(more.split_whitespace());
        sim.output().expect("the binary starts")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // What cannot be removed lies in the target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn addr(port: u16) -> Addr {
    std::net::SocketAddr::from(([127, 0, 0, 1], port)).into()
}

fn record(file: &Path) {
    let local = Local {
        cluster: ClusterId::from_name("desk"),
        name: Name::new("alice").expect("a name"),
        addr: addr(7001),
        epoch: Epoch::new(1).expect("an epoch"),
    };
    let (config, keyring) = (Config::lan(), Keyring::sealed(Key::from_bytes([7; 32])));
    let birth = Birth { config, local, keyring, seed: [1; 32], now: Instant::ZERO, snapshot: None };
    let mut alice = Recorder::create(file, 1 << 20, &birth).expect("a recorder");
    alice.join(Instant::ZERO, &[addr(7002)]);
    let (mut now, mut buf) = (Instant::ZERO, Vec::new());
    for round in 0..40 {
        if round == 30 {
            alice.leave(now);
        }
        now = now + Duration::from_millis(500);
        alice.handle_timeout(now);
        while let Some(transmit) = alice.poll_transmit(&mut buf) {
            if let Transmit::Connect { stream, .. } = transmit {
                alice.handle_stream(now, stream, swim_core::StreamInput::Failed);
            }
        }
        while alice.poll_event().is_some() {}
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn a_trace_is_replayed_and_its_events_told_with_their_times() {
    let desk = Desk::new();
    let replayed = desk.replay("--key-file key --events");
    assert_eq!(replayed.status.code(), Some(0), "{}", stderr(&replayed));
    let text = stdout(&replayed);
    assert!(text.starts_with("alice at 127.0.0.1:7001\n"), "{text}");
    assert!(text.contains("+0.500000 s  could not join through 127.0.0.1:7002"), "{text}");
    assert!(text.contains("every answer as recorded; the trace is whole\n"), "{text}");
    let calls = stdout(&desk.replay("--key-file key --calls"));
    assert!(calls.contains("call    the command to join through 127.0.0.1:7002"), "{calls}");
    assert!(calls.contains("answer  dialled stream 0: connect to 127.0.0.1:7002"), "{calls}");
    assert!(calls.contains("event   could not join"), "{calls}");
}

#[test]
fn the_first_difference_is_told() {
    let desk = Desk::new();
    let mut bytes = desk.trace();
    // The name is the node's own, so all that it ever says is another thing under another name.
    let at = bytes.windows(5).position(|window| window == b"alice").expect("the name");
    bytes[at] = b'e';
    desk.change(&bytes);
    let replayed = desk.replay("--key-file key");
    assert_eq!(replayed.status.code(), Some(1));
    let text = stdout(&replayed);
    assert!(text.contains("bad: +") && text.contains(": recorded was "), "{text}");
    let json = stdout(&desk.replay("--key-file key --json"));
    let sum: serde_json::Value = serde_json::from_str(json.lines().last().expect("a sum")).expect("JSON");
    assert_ne!(sum["difference"]["recorded"], sum["difference"]["replayed"]);
    assert_eq!((&sum["name"], &sum["ending"]), (&"elice".into(), &serde_json::Value::Null));
}

#[test]
fn a_torn_trace_is_good_up_to_the_tear() {
    let desk = Desk::new();
    let bytes = desk.trace();
    desk.change(&bytes[..bytes.len() - 2]);
    let replayed = desk.replay("--key-file key");
    assert_eq!(replayed.status.code(), Some(0));
    assert!(stdout(&replayed).contains("; the trace is torn at byte "), "{}", stdout(&replayed));
}

#[test]
fn what_cannot_be_replayed_is_refused_with_what_to_do_instead() {
    let desk = Desk::new();
    let refused = |more: &str, why: &str| {
        let output = desk.replay(more);
        assert_eq!(output.status.code(), Some(2), "{more}");
        assert!(stderr(&output).contains(why), "{more}: {}", stderr(&output));
    };
    let fingerprint = Key::from_bytes([7; 32]).fingerprint();
    refused(
        "",
        &format!("trace: the key with the fingerprint {fingerprint} is needed. Give it with --key-file FILE"),
    );
    refused("--key-file trace", "trace: stream did not contain valid UTF-8");
    refused("--key-file nothing", "nothing: No such file");
    for more in ["--report page.html", "--save folder"] {
        let why = "--report, --trace and --save are for clusters, and this is the trace of one node";
        refused(&format!("--key-file key {more}"), why);
    }
    desk.change(b"swim trace 99\n");
    refused("", "this is a trace of a format that this version does not know");
    desk.change(&[0xff; 9]);
    refused("", "this is neither a run of a sweep nor a trace");
    desk.change(b"rule = 'S1'");
    refused("--key-file key", "--key-file is for traces of real nodes, and this is a run of a sweep");
}
