//! Keys and the files that hold them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::process::Swim;
use crate::scratch::Scratch;

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn a_key_file_holds_64_digits_and_a_newline_and_is_its_owners_alone() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    let made = Swim::run(["keygen", &path]);
    assert_eq!(made.code(), Some(0), "{}", made.stderr);
    let content = fs::read_to_string(&path).expect("a file");
    assert!(is_key(content.strip_suffix('\n').expect("a newline")), "{content}");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!made.lines.concat().contains(content.trim()), "the key itself is told to nobody");
}

#[test]
fn a_file_that_exists_is_never_overwritten() {
    let scratch = Scratch::new();
    let path = scratch.file("key", "precious");
    let refused = Swim::run(["keygen", &path]);
    assert_eq!(refused.code(), Some(1));
    assert!(refused.stderr.contains("exists and is left as it is"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&path).expect("a file"), "precious");
}

/// A limit on the size of files stands for a disk that is full.
#[test]
fn a_key_for_which_there_is_no_room_leaves_no_file_in_the_way_of_the_next_attempt() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    let no_room = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    let failed = Swim::start_wrapped(&no_room, ["keygen", &path]).end();
    assert_eq!(failed.code(), Some(1), "{}", failed.stderr);
    assert!(failed.stderr.starts_with(&format!("error: cannot write {path}: ")), "{}", failed.stderr);
    let made = Swim::run(["keygen", &path]);
    assert_eq!(made.code(), Some(0), "{}", made.stderr);
}

#[test]
fn without_a_file_the_key_is_printed_and_every_key_is_another() {
    let [one, other] = [(); 2].map(|()| Swim::run(["keygen"]).lines.concat());
    assert!(is_key(&one) && is_key(&other));
    assert_ne!(one, other);
}

#[test]
fn a_key_file_that_others_can_read_is_warned_about_and_used() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    Swim::run(["keygen", &path]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("its owner may");
    let mut node = Swim::node("alice", &format!("--key-file {path}"));
    node.addr();
    let ended = node.leave();
    assert_eq!(ended.code(), Some(0));
    assert!(ended.stderr.contains("chmod 600"), "{}", ended.stderr);
}
