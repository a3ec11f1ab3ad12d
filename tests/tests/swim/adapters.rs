//! Nodes on every adapter, and on every kind of socket.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};

use crate::process::{Swim, has};
use crate::scratch::Scratch;

const ADAPTERS: [&str; 3] = ["std", "tokio", "smol"];

/// Three nodes, each on another adapter, that listen at these places and know each other; then all leave.
fn cluster_at(places: [&str; 3]) {
    let mut nodes: Vec<Swim> = Vec::new();
    for (adapter, place) in ADAPTERS.into_iter().zip(places) {
        let join = nodes.first_mut().map(|first| format!("--join {}", first.place())).unwrap_or_default();
        nodes.push(Swim::node(adapter, &format!("--plain --adapter {adapter} --bind {place} {join}")));
    }
    for node in &mut nodes {
        ADAPTERS.iter().for_each(|name| drop(node.wait_for_member("joined", name)));
    }
    while let Some(node) = nodes.pop() {
        let name = ADAPTERS[nodes.len()];
        let ended = node.leave();
        assert_eq!((ended.code(), has(&ended.events(), "left", name)), (Some(0), true), "{}", ended.stderr);
        nodes.iter_mut().for_each(|other| drop(other.wait_for_member("left", name)));
    }
}

#[test]
fn nodes_on_different_adapters_form_one_cluster_over_udp_and_tcp() {
    cluster_at(["127.0.0.1:0"; 3]);
}

#[test]
fn nodes_on_different_adapters_form_one_cluster_over_unix_sockets_and_leave_no_file_behind() {
    let scratch = Scratch::new();
    let places = ADAPTERS.map(|name| format!("unix:{}", scratch.path(name)));
    cluster_at(places.each_ref().map(String::as_str));
    let left = fs::read_dir(scratch.path(".")).expect("the folder").count();
    assert_eq!(left, 0, "files of sockets are left");
}

#[test]
fn nodes_on_different_adapters_form_one_cluster_over_abstract_unix_sockets() {
    let places = ADAPTERS.map(|name| format!("unix:@swim-{}-{name}", std::process::id()));
    cluster_at(places.each_ref().map(String::as_str));
}

/// E03: who may send is decided by the file's mode.
#[test]
fn a_file_and_the_environment_name_unix_sockets_and_adapters_as_well() {
    let scratch = Scratch::new();
    let alice_at = format!("unix:{}", scratch.path("alice"));
    let file = scratch.file(
        "swim.toml",
        &format!("name = 'alice'\nbind = '{alice_at}'\nsocket_mode = '600'\nadapter = 'smol'\nplain = true"),
    );
    let mut alice = Swim::start(["run", "--json", "--config", &file]);
    assert_eq!(alice.place(), alice_at);
    for socket in ["alice", "alice.stream"] {
        let there = fs::metadata(scratch.path(socket)).expect("it is bound");
        assert!(there.file_type().is_socket());
        assert_eq!(there.permissions().mode() & 0o777, 0o600, "{socket}");
    }
    let bob_at = format!("unix:{}", scratch.path("bob"));
    let environment = [
        ("SWIM_NAME", "bob"),
        ("SWIM_BIND", &bob_at),
        ("SWIM_ADAPTER", "tokio"),
        ("SWIM_PEERS", &alice_at),
        ("SWIM_PLAIN", "true"),
    ];
    let mut bob = Swim::start_in(&environment, ["run", "--json"]);
    bob.wait_for("has_joined", |event| event["seed"] == *alice_at);
    assert_eq!(alice.wait_for_member("joined", "bob")["addr"], *bob_at);
}

#[test]
fn a_socket_that_a_killed_node_left_behind_is_taken_over() {
    let scratch = Scratch::new();
    let place = format!("--plain --bind unix:{}", scratch.path("alice"));
    let mut first = Swim::node("alice", &place);
    first.place();
    let second = Swim::run(format!("run --name bob {place}").split(' '));
    let taken = "Another process listens there: choose another name";
    assert!(second.code() == Some(1) && second.stderr.ends_with(taken), "{}", second.stderr);
    first.crash();
    Swim::node("alice", &place).place();
}
