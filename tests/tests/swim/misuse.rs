//! What is wrong with the machine or with the form of a command; `mistakes` has what is wrong with values.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use crate::process::Swim;

/// The command line was wrong.
const USAGE: i32 = 2;
/// Something failed while the program ran.
const FAILED: i32 = 1;

/// Where a node that would run cannot listen.
fn refused_there(bind: &str) {
    let ended = Swim::run(["run", "--name", "alice", "--plain", "--bind", bind]);
    assert_eq!(ended.code(), Some(FAILED), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("error: cannot "), "{}", ended.stderr);
    assert!(
        ended.stderr.ends_with("Choose another port, or port 0 for any that is free"),
        "{}",
        ended.stderr
    );
    assert_eq!((ended.stderr.lines().count(), ended.lines), (1, vec![]));
}

#[test]
fn a_port_in_use_is_refused() {
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = udp.local_addr().expect("its address").to_string();
    refused_there(&addr);
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = tcp.local_addr().expect("its address").to_string();
    refused_there(&addr);
}

#[test]
fn what_is_missing_or_unknown_is_answered_with_the_usage() {
    for args in [&["run"][..], &["run", "--nmae", "a"], &["swim"], &[], &["demo", "--nodes", "2"]] {
        let ended = Swim::run(args);
        assert_eq!(ended.code(), Some(USAGE), "{args:?}");
        assert!(!ended.stderr.is_empty() && !ended.stderr.contains("panicked"), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn every_command_explains_itself_with_examples() {
    for args in [
        &["--help"][..],
        &["demo", "--help"],
        &["run", "--help"],
        &["config", "--help"],
        &["keygen", "--help"],
    ] {
        let help = Swim::run(args);
        assert_eq!(help.code(), Some(0));
        assert!(help.lines.iter().any(|line| line == "Examples:"), "{args:?}");
    }
}
