//! What is wrong with the machine or with the form of a command; `mistakes` has what is wrong with values.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use crate::process::Swim;
use crate::scratch::Scratch;

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
fn what_is_missing_or_unknown_is_told_in_one_line() {
    let mistakes = [
        ("run --nmae a", "unexpected argument '--nmae' found; tip: a similar argument exists: '--name'"),
        ("run --name", "a value is required for '--name <NAME>' but none was supplied"),
        (
            "run --name a --name b",
            "the argument '--name <NAME>' cannot be used multiple times; keep one of them",
        ),
        ("run extra", "unexpected argument 'extra' found; --help tells what there is"),
        (
            "demo --adapter foo",
            "invalid value 'foo' for '--adapter <ADAPTER>'; [possible values: std, tokio, smol, mixed]",
        ),
        ("demo --nodes 2", "invalid value '2' for '--nodes <N>': 2 is not in 3..=50"),
        ("kegen", "unrecognized subcommand 'kegen'; tip: a similar subcommand exists: 'keygen'"),
        ("swim", "unrecognized subcommand 'swim'; --help tells what there is"),
        ("config --chek", "unexpected argument '--chek' found; tip: a similar argument exists: '--check'"),
        (
            "config",
            "the following required arguments were not provided: <--check|--example|--show>; --help tells what \
             there is",
        ),
        ("config --check --show", "the argument '--check' cannot be used with '--show'; keep one of them"),
    ];
    for (args, line) in mistakes {
        let ended = Swim::run(args.split(' '));
        assert_eq!((ended.code(), ended.stderr), (Some(USAGE), format!("error: {line}")), "{args}");
        assert_eq!(ended.lines, [""; 0], "{args}");
    }
}

#[test]
fn a_command_that_is_missing_is_answered_with_the_help() {
    let ended = Swim::run([""; 0]);
    assert_eq!(ended.code(), Some(USAGE));
    assert!(ended.stderr.contains("Usage:") && ended.stderr.contains("Examples:"), "{}", ended.stderr);
}

#[test]
fn a_key_that_cannot_be_written_is_told_with_what_to_do() {
    let scratch = Scratch::new();
    let folder = scratch.path("folder");
    std::fs::create_dir(&folder).expect("a folder");
    let missing = scratch.path("missing/key");
    for (path, line) in [
        (&missing, format!("error: cannot write {missing}: its folder does not exist: make it first")),
        (&folder, format!("error: {folder} exists and is left as it is. Name a file in it")),
    ] {
        let ended = Swim::run(["keygen", path]);
        assert_eq!((ended.code(), ended.stderr), (Some(FAILED), line));
    }
}

#[test]
fn a_level_of_logging_that_there_is_not_is_warned_about() {
    let levels = "there are error, warn, info, debug and trace, and agent=debug for a part of the program";
    for (given, line) in [
        ("debg", format!("warning: SWIM_LOG is not used: 'debg': {levels}")),
        ("agent=debug,debg", format!("warning: SWIM_LOG is not used: 'debg': {levels}")),
        ("debug", String::new()),
        ("agent=debug", String::new()),
        ("", String::new()),
    ] {
        let ended = Swim::run_in(&[("SWIM_LOG", given)], ["config", "--show"]);
        assert_eq!((ended.code(), ended.stderr), (Some(0), line), "{given}");
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
