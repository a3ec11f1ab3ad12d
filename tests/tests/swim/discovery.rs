//! Finding members by name, with a real name server.

use rustix::process::Signal;
use serde_json::json;

use crate::dns::Dns;
use crate::process::{Swim, has};
use crate::scratch::Scratch;

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

/// S08: what a name server cannot tell now it may tell later.
#[test]
fn a_name_server_that_fails_is_asked_again() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain");
    let port = alice.addr().port();
    dns.fails("tasks.web");
    let mut bob = Swim::node("bob", &format!("--plain --discover tasks.web:{port} {}", dns.option()));
    let told = bob.wait_for("not_found", |_| true);
    assert_eq!(told["reason"], "the name server says: Server Failure");
    dns.hosts("tasks.web", &["127.0.0.1"]);
    bob.wait_for("has_joined", |_| true);
}

/// S08: AAAA records, for a node that listens on IPv6.
#[test]
fn members_are_found_by_their_ipv6_addresses() {
    let dns = Dns::start();
    let mut alice = Swim::node("alice", "--plain --bind [::1]:0");
    let port = alice.addr().port();
    dns.hosts("tasks.web", &["::1"]);
    let found = format!("--plain --bind [::]:0 --discover tasks.web:{port} --advertise [::1]:0");
    let mut bob = Swim::node("bob", &format!("{found} {}", dns.option()));
    bob.wait_for("has_joined", |event| event["seed"] == format!("[::1]:{port}"));
    let joined = alice.wait_for_member("joined", "bob");
    assert_eq!(joined["addr"], format!("[::1]:{}", bob.addr().port()));
}

/// S08: a node that listens on every address of both families may be listed by one of IPv6.
#[test]
fn a_node_finds_its_own_ipv6_address_among_the_answers() {
    let dns = Dns::start();
    dns.hosts("tasks.web", &["192.0.2.7", "2001:db8::7", "::1"]);
    let mut alice = Swim::node("alice", "--plain --bind [::1]:0");
    let join = format!("--plain --bind [::]:0 --discover tasks.web --join {} {}", alice.addr(), dns.option());
    let mut bob = Swim::node("bob", &join);
    let joined = alice.wait_for_member("joined", "bob");
    assert_eq!(joined["addr"], format!("[::1]:{}", bob.addr().port()));
}

/// S07: a name to bind to that a name server cannot tell is waited for; one that is unknown is refused, see below.
#[test]
fn a_bind_to_a_name_waits_for_a_name_server_that_fails() {
    let dns = Dns::start();
    dns.fails("a.example.org");
    let mut node = Swim::node("alice", &format!("--plain --bind a.example.org:0 {}", dns.option()));
    let told = node.wait_for("not_found", |_| true);
    assert_eq!((&told["name"], &told["retry_in"]), (&"a.example.org:0".into(), &1.0.into()));
    dns.hosts("a.example.org", &["127.0.0.1"]);
    assert_eq!(node.addr().ip().to_string(), "127.0.0.1");
}

/// A node that waits for its own address, as the first process of a container or as any other.
fn waiting(wrap: &[&str], dns: &Dns) -> Swim {
    dns.hosts("tasks.web", &["192.0.2.7"]);
    let args = format!("run --name a --json --plain --bind 0.0.0.0:0 --discover tasks.web {}", dns.option());
    let mut node = Swim::start_wrapped(wrap, args.split(' '));
    node.wait_for("not_found", |event| event["name"] == "own address");
    node
}

#[test]
fn a_node_that_waits_for_its_own_address_ends_when_it_is_told_to() {
    let dns = Dns::start();
    for signal in [Signal::TERM, Signal::INT] {
        let node = waiting(&[], &dns);
        node.signal(signal);
        let ended = node.end();
        assert_eq!((ended.code(), &*ended.stderr), (Some(0), ""));
    }
}

/// The system ends no first process of a container by a signal that the process does not catch.
#[test]
fn a_node_that_is_the_first_process_of_a_container_ends_while_it_waits() {
    let wrap = ["unshare", "--map-root-user", "--user", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let possible = std::process::Command::new(wrap[0]).args(&wrap[1..]).arg("true").output();
    let Some(_) = possible.ok().filter(|output| output.status.success()) else {
        return println!("skipped: this machine makes no namespaces of processes");
    };
    let node = waiting(&wrap, &Dns::start());
    node.signal_child(Signal::TERM);
    let ended = node.end();
    assert_eq!((ended.code(), &*ended.stderr), (Some(0), ""));
}

#[test]
fn a_node_that_waits_for_its_own_address_reads_its_settings_again() {
    let (scratch, dns) = (Scratch::new(), Dns::start());
    dns.hosts("tasks.web", &["127.0.0.1"]);
    let content = |discover: &str, more: &str| {
        let dns = dns.addr;
        format!(
            "name = 'a'\nbind = '0.0.0.0:0'\nplain = true\ndns = '{dns}'\ndiscover = '{discover}'\n{more}"
        )
    };
    let file = scratch.file("swim.toml", &content("tasks.wbe", ""));
    let mut node = Swim::start(["run", "--json", "--config", &file]);
    node.wait_for("not_found", |_| true);
    scratch.file("swim.toml", &content("tasks.web", "plain = false"));
    node.signal(Signal::HUP);
    let refused = node.wait_for("reload_refused", |_| true);
    assert_eq!(refused["reason"], format!("{file}:6: this setting is given twice: remove one of the two"));
    scratch.file("swim.toml", &content("tasks.web", "cluster = 'other'"));
    node.signal(Signal::HUP);
    let told = node.wait_for("reloaded", |_| true);
    let changed = ["cluster is \"other\", was \"swim\"", "discover is [\"tasks.web\"], was [\"tasks.wbe\"]"];
    assert_eq!((&told["changed"], &told["needs_restart"]), (&json!(changed), &json!([])));
    let listening = node.wait_for("listening", |_| true);
    assert_eq!(listening["cluster"], "other");
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
