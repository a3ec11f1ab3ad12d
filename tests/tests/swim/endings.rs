//! Signals, and outputs that nobody reads.

use std::fs::OpenOptions;
use std::io;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::{Swim, has};

/// One is enough to make a node speak once, and two or three to find out that nobody listens.
const NEWCOMERS: usize = 20;

/// Two nodes that know each other.
fn pair() -> (Swim, Swim) {
    let mut alice = Swim::node("alice", "--plain");
    let mut bob = Swim::node("bob", &format!("--plain --join {}", alice.addr()));
    alice.wait_for_member("joined", "bob");
    bob.wait_for_member("joined", "alice");
    (alice, bob)
}

#[test]
fn ctrl_c_is_as_polite_as_sigterm() {
    let (mut alice, bob) = pair();
    bob.signal(Signal::INT);
    assert_eq!(bob.end().code(), Some(0));
    alice.wait_for_member("left", "bob");
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let (_alice, bob) = pair();
    // Both signals wait while the process is stopped, so that it meets them together.
    for signal in [Signal::STOP, Signal::TERM, Signal::INT, Signal::CONT] {
        bob.signal(signal);
    }
    let ended = bob.end();
    assert!(matches!(ended.code(), Some(130 | 143)), "{:?}", ended.status);
    assert!(!ended.events().iter().any(|event| event["event"] == "ended"));
}

#[test]
fn a_node_whose_output_nobody_reads_any_more_leaves_quietly() {
    let (mut alice, mut bob) = pair();
    bob.stop_reading();
    let addr = alice.addr();
    // Each newcomer is an event that bob must tell.
    for number in 0..NEWCOMERS {
        let name = format!("newcomer-{number}");
        let _newcomer = Swim::node(&name, &format!("--plain --join {addr}"));
        alice.wait_for_member("joined", &name);
        if bob.has_ended(Duration::from_secs(1)) {
            break;
        }
    }
    let ended = bob.end();
    assert_eq!((ended.code(), &*ended.stderr), (Some(0), ""));
    alice.wait_for_member("left", "bob");
    assert!(!has(&alice.events(), "failed", "bob"));
}

/// What is printed once, and ends the program.
const PRINTED: [&str; 5] = ["--help", "--version", "run --help", "config --example", "keygen"];

#[test]
fn an_output_that_is_lost_is_an_error() {
    for args in PRINTED {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("a device of the system");
        let ended = Swim::start_into(full, args.split(' ')).end();
        let why = "cannot write to the standard output: No space left on device (os error 28)";
        assert_eq!((ended.code(), ended.stderr), (Some(1), format!("error: {why}")), "{args}");
    }
}

#[test]
fn an_output_that_nobody_reads_is_none() {
    for args in PRINTED {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let ended = Swim::start_into(writer, args.split(' ')).end();
        assert_eq!((ended.code(), &*ended.stderr), (Some(0), ""), "{args}");
    }
}
