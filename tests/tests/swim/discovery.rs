//! Finding members by name, with a real name server.

use crate::dns::Dns;
use crate::process::{Swim, has};

/// S08, S09: a service name without a port stands for the port of this node, and its own address is left out.
#[test]
fn the_addresses_of_a_service_are_its_members() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain");
    let port = alice.addr().port();
    dns.hosts("tasks.web", &["127.0.0.1", "127.0.0.2"]);
    let found = format!("--plain --bind 127.0.0.2:{port} --discover tasks.web {}", dns.option());
    let mut bob = Swim::node("bob", &found);
    bob.wait_for("has_joined", |event| event["seed"] == format!("127.0.0.1:{port}"));
    alice.wait_for_member("joined", "bob");
    assert!(
        !bob.leave().events().iter().any(|event| event["event"] == "join_failed"),
        "it never calls itself"
    );
}

/// S08: one that listens everywhere tells the others where DNS finds it.
#[test]
fn a_node_that_listens_everywhere_advertises_its_own_address_among_the_answers() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain");
    dns.hosts("tasks.web", &["192.0.2.7", "127.0.0.1"]);
    let found =
        format!("--plain --bind 0.0.0.0:0 --discover tasks.web --join {} {}", alice.addr(), dns.option());
    let mut bob = Swim::node("bob", &found);
    let port = bob.addr().port();
    let joined = alice.wait_for_member("joined", "bob");
    assert_eq!(joined["addr"], format!("127.0.0.1:{port}"));
}

/// S07, S08: what may pass is told with the time of the next attempt.
#[test]
fn a_node_waits_until_its_own_address_is_listed() {
    let dns = Dns::start();
    dns.hosts("tasks.web", &["192.0.2.7"]);
    let found = format!("--plain --bind 0.0.0.0:0 --discover tasks.web {}", dns.option());
    let mut node = Swim::node("alice", &found);
    let told = node.wait_for("not_found", |_| true);
    assert_eq!(told["name"], "own address");
    assert_eq!(told["reason"], "tasks.web: no address of this machine is among the answers");
    assert_eq!(told["retry_in"], 1.0);
    dns.hosts("tasks.web", &["192.0.2.7", "127.0.0.1"]);
    node.wait_for("listening", |_| true);
}

#[test]
fn srv_records_name_hosts_and_ports() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain");
    let port = alice.addr().port();
    dns.srv("_swim._udp.example.org", &[("gone.example.org", 7), ("a.example.org", port)]);
    dns.hosts("a.example.org", &["127.0.0.1"]);
    let mut bob = Swim::node("bob", &format!("--plain --discover _swim._udp.example.org {}", dns.option()));
    bob.wait_for("has_joined", |event| event["seed"] == format!("127.0.0.1:{port}"));
    alice.wait_for_member("joined", "bob");
}

/// S07, S08: unknown names and names without others are tried again, and told.
#[test]
fn a_lonely_node_looks_its_names_up_until_there_is_somebody() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain");
    let port = alice.addr().port();
    let names = format!("--plain --discover tasks.web:{port} --join b.example.org:{port} {}", dns.option());
    let mut bob = Swim::node("bob", &names);
    for name in [format!("tasks.web:{port}"), format!("b.example.org:{port}")] {
        let told = bob.wait_for("not_found", |event| event["name"] == name);
        assert_eq!((&told["reason"], &told["retry_in"]), (&"there is no such name".into(), &1.0.into()));
        bob.wait_for("not_found", |event| event["name"] == name && event["retry_in"] == 2.0);
    }
    dns.hosts("tasks.web", &[]);
    bob.wait_for("not_found", |event| event["reason"] == "the name has no address");
    dns.hosts("b.example.org", &["127.0.0.1"]);
    bob.wait_for("has_joined", |_| true);
    alice.wait_for_member("joined", "bob");
}

#[test]
fn a_member_that_moves_is_found_under_its_name() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain");
    let port = alice.addr().port();
    dns.hosts("a.example.org", &["127.0.0.9"]);
    let mut bob = Swim::node("bob", &format!("--plain --join a.example.org:{port} {}", dns.option()));
    bob.wait_for("join_failed", |event| event["seed"] == format!("127.0.0.9:{port}"));
    dns.hosts("a.example.org", &["127.0.0.1"]);
    bob.wait_for("has_joined", |event| event["seed"] == format!("127.0.0.1:{port}"));
    alice.wait_for_member("joined", "bob");
}

#[test]
fn a_name_server_that_does_not_answer_ends_nothing() {
    let closed =
        std::net::UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let mut node = Swim::node("alice", &format!("--plain --discover tasks.web --dns {closed}"));
    let told = node.wait_for("not_found", |_| true);
    assert_eq!(told["reason"], "no name server answers");
    let ended = node.leave();
    assert_eq!((ended.code(), has(&ended.events(), "left", "alice")), (Some(0), true));
}

#[test]
fn a_bind_to_a_name_without_an_address_is_refused_in_one_line() {
    let dns = Dns::start();
    dns.hosts("empty.example.org", &[]);
    let ended = Swim::run(
        format!("run --name alice --plain --bind empty.example.org:0 {}", dns.option()).split_whitespace(),
    );
    let why = "the name has no address. Check the spelling, or give an IP address";
    assert_eq!(ended.stderr, format!("error: cannot find empty.example.org:0: {why}"));
    assert_eq!(ended.code(), Some(1));
}
