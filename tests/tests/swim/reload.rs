//! SIGHUP: settings that change while a node runs.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::dns::Dns;
use crate::process::Swim;
use crate::scratch::Scratch;

/// Writes the file, and asks the node to read it.
fn reload(node: &mut Swim, scratch: &Scratch, content: &str) -> Value {
    scratch.file("swim.toml", content);
    node.signal(Signal::HUP);
    node.wait_for_news("a reload", |event| event["event"] == "reloaded" || event["event"] == "reload_refused")
}

fn start(scratch: &Scratch, content: &str) -> Swim {
    let file = scratch.file("swim.toml", content);
    let mut node = Swim::start(["run", "--json", "--config", &file]);
    node.addr();
    node
}

const BASE: &str = "name = 'alice'\nbind = '127.0.0.1:0'\nplain = true\n";

/// registers are read again, and the others see them.
#[test]
fn registers_and_numbers_change_at_once_and_addresses_with_a_restart() {
    let scratch = Scratch::new();
    let mut alice = start(&scratch, &format!("{BASE}registers = {{ role = 'web', old = '1' }}"));
    let mut bob = Swim::node("bob", &format!("--plain --join {}", alice.addr()));
    bob.wait_for("updated", |event| event["key"] == "old");
    let told = reload(
        &mut alice,
        &scratch,
        "name = 'alice'\nbind = '127.0.0.1:9'\nplain = true\nprobe_interval = '2s'\n\
         registers = { role = 'db' }\ncluster = 'other'",
    );
    assert_eq!(
        told["changed"],
        json!([
            "registers is { \"role\" = \"db\" }, was { \"old\" = \"1\", \"role\" = \"web\" }",
            "probe_interval is \"2s\", was \"1s\"",
        ])
    );
    assert_eq!(told["needs_restart"], json!(["cluster", "bind"]));
    bob.wait_for("updated", |event| event["key"] == "role" && event["value"] == "db");
    bob.wait_for("updated", |event| event["key"] == "old" && event["value"].is_null());
    let told =
        reload(&mut alice, &scratch, &format!("{BASE}probe_interval = '2s'\nregisters = {{ role = 'db' }}"));
    assert_eq!((&told["changed"], &told["needs_restart"]), (&json!([]), &json!([])));
}

#[test]
fn a_mistake_changes_nothing() {
    let scratch = Scratch::new();
    let mut node = start(&scratch, BASE);
    let told =
        reload(&mut node, &scratch, &format!("{BASE}registers = {{ role = 'web' }}\nprobe_interval = '0s'"));
    let file = scratch.path("swim.toml");
    assert_eq!(told["reason"], format!("{file}:5: probe_interval must be at least 1ms"));
    let ended = node.leave();
    assert_eq!(ended.code(), Some(0));
    assert!(!ended.events().iter().any(|event| event["event"] == "updated"));
}

#[test]
fn a_key_is_replaced_while_two_nodes_run() {
    let scratch = Scratch::new();
    for name in ["old", "new"] {
        Swim::run(["keygen", &scratch.path(name)]);
    }
    let (old, new) = (scratch.path("old"), scratch.path("new"));
    let settings = |keys: &str| format!("name = 'alice'\nbind = '127.0.0.1:0'\nkey_file = [{keys}]\n");
    let mut alice = start(&scratch, &settings(&format!("'{old}'")));
    let told = reload(&mut alice, &scratch, &settings(&format!("'{new}', '{old}'")));
    assert_eq!(told["changed"].as_array().map(Vec::len), Some(1), "{told}");
    // One who has the old key alone hears alice no more; one who has both does.
    let mut bob = Swim::node("bob", &format!("--key-file {old} --key-file {new} --join {}", alice.addr()));
    bob.wait_for_member("joined", "alice");
    alice.wait_for_member("joined", "bob");
    let told = reload(&mut alice, &scratch, &settings(&format!("'{new}'")));
    assert_eq!(told["changed"].as_array().map(Vec::len), Some(1), "{told}");
    alice.wait_for("key_mismatch", |event| event["name"] == "bob");
}

#[test]
fn a_key_file_that_holds_another_key_now_is_noticed() {
    let scratch = Scratch::new();
    let key = scratch.path("key");
    Swim::run(["keygen", &key]);
    let settings = format!("name = 'alice'\nbind = '127.0.0.1:0'\nkey_file = '{key}'\n");
    let mut alice = start(&scratch, &settings);
    std::fs::remove_file(&key).expect("the key");
    Swim::run(["keygen", &key]);
    let told = reload(&mut alice, &scratch, &settings);
    assert_eq!(told["changed"], json!(["the keys in their files"]));
    let mut bob = Swim::node("bob", &format!("--key-file {key} --join {}", alice.addr()));
    bob.wait_for_member("joined", "alice");
}

#[test]
fn new_peers_are_called() {
    let scratch = Scratch::new();
    let mut bob = Swim::node("bob", "--plain");
    let mut alice = start(&scratch, BASE);
    reload(&mut alice, &scratch, &format!("{BASE}peers = ['{}']", bob.addr()));
    alice.wait_for_member("joined", "bob");
}

/// discover and dns are read again, and looked up at once.
#[test]
fn new_services_and_name_servers_are_asked() {
    let (scratch, first, second) = (Scratch::new(), Dns::start(), Dns::start());
    let mut bob = Swim::node("bob", "--plain");
    let mut carol = Swim::node("carol", "--plain");
    first.hosts("bob.example.org", &["127.0.0.1"]);
    second.hosts("carol.example.org", &["127.0.0.1"]);
    let content = |dns: &Dns, name: &str, port: u16| {
        format!("{BASE}dns = '{}'\ndiscover = '{name}.example.org:{port}'", dns.addr)
    };
    let mut alice = start(&scratch, &format!("{BASE}dns = '{}'", first.addr));
    let told = reload(&mut alice, &scratch, &content(&first, "bob", bob.addr().port()));
    assert_eq!(told["changed"].as_array().map(Vec::len), Some(1), "{told}");
    alice.wait_for_member("joined", "bob");
    let told = reload(&mut alice, &scratch, &content(&second, "carol", carol.addr().port()));
    assert_eq!(told["changed"].as_array().map(Vec::len), Some(2), "{told}");
    alice.wait_for_member("joined", "carol");
    assert_eq!(told["needs_restart"], json!([]));
}

/// Whoever misspells a name learns it now, and not on the day on which the node needs it.
#[test]
fn new_names_that_are_not_found_are_told_by_a_node_that_knows_others_too() {
    let (scratch, dns) = (Scratch::new(), Dns::start());
    let mut bob = Swim::node("bob", "--plain");
    let known = format!("{BASE}dns = '{}'\npeers = ['{}'", dns.addr, bob.addr());
    let mut alice = start(&scratch, &format!("{known}]"));
    alice.wait_for_member("joined", "bob");
    let new = format!("{known}, 'b.example.org:7946']\ndiscover = 'tasks.wbe'");
    reload(&mut alice, &scratch, &new);
    for name in ["b.example.org:7946", "tasks.wbe"] {
        let told = alice.wait_for_member("not_found", name);
        assert_eq!((&told["reason"], &told["retry_in"]), (&"there is no such name".into(), &30.0.into()));
    }
}

/// The node listens where it did at the start, so what it can reach follows from that.
#[test]
fn new_peers_are_judged_by_where_the_node_listens_and_not_by_where_it_will() {
    let scratch = Scratch::new();
    let mut alice = start(&scratch, BASE);
    let unix = "name = 'alice'\nbind = 'unix:@alice'\nplain = true\npeers = ['unix:@bob']";
    let told = reload(&mut alice, &scratch, unix);
    let why = "cannot join unix:@bob, because bind is an IP address: write it as HOST:PORT. A restart is what \
               changes bind";
    assert_eq!((&told["event"], &told["reason"]), (&json!("reload_refused"), &json!(why)));
    let mut bob = Swim::node("bob", "--plain");
    let mixed = format!("name = 'alice'\nbind = 'unix:@alice'\nplain = true\npeers = ['{}']", bob.addr());
    let told = reload(&mut alice, &scratch, &mixed);
    assert_eq!(told["needs_restart"], json!(["bind"]), "{told}");
    alice.wait_for_member("joined", "bob");
}

#[test]
fn people_are_told_in_one_line() {
    let scratch = Scratch::new();
    let file = scratch.file("swim.toml", BASE);
    let mut node = Swim::start(["run", "--config", &file]);
    node.wait_for_text("listening");
    scratch.file("swim.toml", &format!("{BASE}gossip_fanout = 5\nadvertise = '127.0.0.1:1'"));
    node.signal(Signal::HUP);
    let line = node.wait_for_text("reloaded");
    assert!(line.ends_with("gossip_fanout is 5, was 3; only a restart changes advertise"), "{line}");
}
