//! What cannot work is refused with one line that says what to do, and with the right exit code.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use crate::process::Swim;
use crate::scratch::Scratch;

/// The command line was wrong.
const USAGE: i32 = 2;
/// Something failed while the program ran.
const FAILED: i32 = 1;

/// Runs the program with these arguments, and checks that it ends with this code and one line that says this.
fn refused(args: &[&str], code: i32, saying: &str) {
    let ended = Swim::run(args);
    assert_eq!(ended.code(), Some(code), "{args:?}: {}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{args:?}: {}", ended.stderr);
    assert!(ended.stderr.starts_with("error: "), "{args:?}: {}", ended.stderr);
    assert!(ended.stderr.contains(saying), "{args:?} must say '{saying}': {}", ended.stderr);
    assert!(ended.lines.is_empty(), "{args:?}: {:?}", ended.lines);
}

/// A node that would run but for `args`.
fn refused_node(args: &[&str], code: i32, saying: &str) {
    let has = |option: &str| args.contains(&option);
    let mut all = vec!["run"];
    if !has("--name") {
        all.extend(["--name", "alice"]);
    }
    if !has("--bind") {
        all.extend(["--bind", "127.0.0.1:0"]);
    }
    if !has("--key-file") {
        all.push("--plain");
    }
    all.extend(args);
    refused(&all, code, saying);
}

#[test]
fn a_port_in_use_is_refused() {
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = udp.local_addr().expect("its address").to_string();
    refused_node(&["--bind", &addr], FAILED, "Choose another port");
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = tcp.local_addr().expect("its address").to_string();
    refused_node(&["--bind", &addr], FAILED, "Choose another port");
}

#[test]
fn an_address_of_another_machine_is_refused() {
    refused_node(&["--bind", "192.0.2.1:0"], FAILED, "an address of this machine");
}

#[test]
fn an_unspecified_address_is_refused_without_one_to_advertise() {
    refused_node(&["--bind", "0.0.0.0:0"], USAGE, "--advertise");
    refused_node(&["--bind", "127.0.0.1:0", "--advertise", "0.0.0.0:1"], USAGE, "--advertise");
}

#[test]
fn a_key_file_that_cannot_be_read_is_refused() {
    let scratch = Scratch::new();
    refused_node(&["--key-file", &scratch.path("nothing")], FAILED, "swim keygen");
    refused_node(&["--key-file", &scratch.path(".")], FAILED, "cannot read the key file");
}

#[test]
fn a_key_file_of_the_wrong_form_is_refused() {
    let scratch = Scratch::new();
    let key = scratch.path("key");
    assert_eq!(Swim::run(["keygen", &key]).code(), Some(0));
    for content in ["", "a secret\n", &"0".repeat(63), &"0".repeat(65), &"x".repeat(64)] {
        // The mode stays as keygen made it, so there is no warning beside the error.
        scratch.file("key", content);
        refused_node(&["--key-file", &key], FAILED, "64 hexadecimal digits");
    }
}

#[test]
fn a_name_that_does_not_resolve_is_refused() {
    refused_node(&["--join", "nowhere.invalid:7001"], FAILED, "cannot find nowhere.invalid:7001");
    refused_node(&["--bind", "nowhere.invalid:7001"], FAILED, "cannot find nowhere.invalid:7001");
}

#[test]
fn an_address_of_the_wrong_form_is_refused() {
    refused_node(&["--join", "127.0.0.1"], USAGE, "HOST:PORT");
    refused_node(&["--join", "127.0.0.1:0"], USAGE, "port 0");
    refused_node(&["--join", "::1:7001"], USAGE, "brackets");
    refused_node(&["--bind", "127.0.0.1:70000"], USAGE, "HOST:PORT");
}

#[test]
fn running_without_authentication_must_be_asked_for() {
    let args = ["run", "--name", "alice", "--bind", "127.0.0.1:0"];
    refused(&args, USAGE, "swim keygen FILE");
    refused(&args, USAGE, "--plain");
}

#[test]
fn a_register_out_of_bounds_is_refused() {
    refused_node(&["--set", "role"], USAGE, "KEY=VALUE");
    refused_node(&["--set", "=web"], USAGE, "at least 1 byte");
    refused_node(&["--set", &format!("{}=web", "k".repeat(65))], USAGE, "at most 64 bytes");
    refused_node(&["--set", &format!("role={}", "v".repeat(513))], USAGE, "at most 512 bytes");
}

#[test]
fn a_name_out_of_bounds_is_refused() {
    refused_node(&["--name", ""], USAGE, "this one is empty");
    refused_node(&["--name", &"n".repeat(256)], USAGE, "this one has 256");
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
    for args in [&["--help"][..], &["demo", "--help"], &["run", "--help"], &["keygen", "--help"]] {
        let help = Swim::run(args);
        assert_eq!(help.code(), Some(0));
        assert!(help.lines.iter().any(|line| line == "Examples:"), "{args:?}");
    }
}
