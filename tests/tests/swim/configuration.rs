//! Where settings come from.

use crate::process::{Ended, Swim};
use crate::scratch::Scratch;

/// The effective settings.
fn shown(environment: &[(&str, &str)], args: &[&str]) -> Ended {
    let ended = Swim::run_in(environment, [&["config", "--show"], args].concat());
    assert_eq!(ended.code(), Some(0), "{}", ended.stderr);
    ended
}

fn line<'a>(ended: &'a Ended, key: &str) -> &'a str {
    let is_it = |line: &&String| line.trim_start_matches("# ").starts_with(&format!("{key} "));
    ended.lines.iter().find(is_it).unwrap_or_else(|| panic!("no {key}: {:?}", ended.lines))
}

/// S04, S05, S06: each setting comes from whoever is nearest to the user.
#[test]
fn the_command_line_goes_before_the_environment_before_the_file() {
    let scratch = Scratch::new();
    let file = scratch.file(
        "swim.toml",
        "name = 'file'\npeers = ['127.0.0.1:1', '127.0.0.1:2']\ncluster = 'file'\n\nprobe_interval = '3s'\n",
    );
    let environment =
        [("SWIM_NAME", "environment"), ("SWIM_PEERS", "127.0.0.1:3, 127.0.0.1:4"), ("SWIM_CLUSTER", "e")];
    let all = shown(&environment, &[&file, "--name", "option"]);
    assert_eq!(line(&all, "name"), "name = \"option\"  # --name");
    assert_eq!(line(&all, "peers"), "peers = [\"127.0.0.1:3\", \"127.0.0.1:4\"]  # SWIM_PEERS");
    assert_eq!(line(&all, "cluster"), "cluster = \"e\"  # SWIM_CLUSTER");
    assert_eq!(line(&all, "probe_interval"), format!("probe_interval = \"3s\"  # {file}:5"));
    assert_eq!(line(&all, "gossip_fanout"), "gossip_fanout = 3  # default");
    assert_eq!(line(&all, "bind"), "# bind is not set");
}

/// S05: the file wins over the variable, line breaks at its end do not count, and what cannot be read falls back.
#[test]
fn a_variable_may_name_a_file_that_holds_the_value() {
    let scratch = Scratch::new();
    let name = scratch.file("name", "from a file\r\n");
    let all = shown(&[("SWIM_NAME", "plain"), ("SWIM_NAME_FILE", &name)], &[]);
    assert_eq!(line(&all, "name"), "name = \"from a file\"  # SWIM_NAME_FILE");
    let nothing = scratch.path("nothing");
    let all = shown(&[("SWIM_NAME", "plain"), ("SWIM_NAME_FILE", &nothing)], &[]);
    assert_eq!(line(&all, "name"), "name = \"plain\"  # SWIM_NAME");
    assert_eq!(
        all.stderr,
        format!(
            "warning: SWIM_NAME_FILE: cannot read {nothing}: there is no such file. SWIM_NAME is used instead"
        )
    );
}

/// S01: the preset gives the numbers that nobody gives.
#[test]
fn a_preset_gives_the_numbers_that_nobody_gives() {
    let all = shown(&[("SWIM_PRESET", "wan"), ("SWIM_PROBE_TIMEOUT", "1s")], &[]);
    assert_eq!(line(&all, "probe_interval"), "probe_interval = \"5s\"  # default");
    assert_eq!(line(&all, "probe_timeout"), "probe_timeout = \"1s\"  # SWIM_PROBE_TIMEOUT");
}

#[test]
fn the_example_is_in_order_and_says_the_defaults() {
    let scratch = Scratch::new();
    let example = Swim::run(["config", "--example"]).lines.join("\n");
    let file = scratch.file("swim.toml", &example);
    let checked = Swim::run(["config", "--check", &file]);
    assert_eq!(checked.code(), Some(0), "{}", checked.stderr);
    assert_eq!(checked.lines, [format!("{file} is fine; a node also needs: name, bind, key_file")]);
    let value_of = |line: &String| line.split("  # ").next().map(str::to_owned);
    let values = |args: &[&str]| shown(&[], args).lines.iter().map(value_of).collect::<Vec<_>>();
    assert_eq!(values(&[&file]), values(&[]));
    // The numbers that a preset decides are commented out, and are those of the default preset.
    let excluded = ["secret", "socket_mode"];
    let fits = |line: &&str| !excluded.iter().any(|key| line.starts_with(key));
    let uncommented: Vec<_> = example.lines().map(uncomment).filter(fits).collect();
    let file = scratch.file("all.toml", &uncommented.join("\n"));
    scratch.key("cluster.key");
    let all = shown(&[], &[&file]);
    let defaults = shown(&[], &[]);
    for default in defaults.lines.iter().filter(|line| line.ends_with("# default")) {
        let value = value_of(default);
        assert!(all.lines.iter().any(|line| value_of(line) == value), "{default}");
    }
    let unset = all.lines.iter().filter(|line| line.ends_with("is not set"));
    let expected = ["# socket_mode is not set", "# secret is not set"];
    assert_eq!(unset.collect::<Vec<_>>(), expected, "those that do not go with the others");
}

fn uncomment(line: &str) -> &str {
    let setting = line.strip_prefix("# ").filter(|rest| {
        rest.split_once(" = ")
            .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    });
    setting.unwrap_or(line)
}

#[test]
fn no_command_prints_a_secret() {
    let scratch = Scratch::new();
    let secret = "5ec2e7".repeat(11)[..64].to_owned();
    let file =
        scratch.file("swim.toml", &format!("secret = ['{secret}']\nname = 'alice'\nbind = '127.0.0.1:0'"));
    let broken = format!("{}x", &secret[..63]);
    let commands = [
        (vec!["config", "--check", &file], "", 0),
        (vec!["config", "--show", &file], "", 0),
        (vec!["config", "--show"], &*secret, 0),
        (vec!["config", "--check"], &*broken, 2),
    ];
    for (args, variable, code) in commands {
        let environment = [("SWIM_SECRET", variable), ("SWIM_LOG", "trace")];
        let given = if variable.is_empty() { &environment[1..] } else { &environment[..] };
        let ended = Swim::run_in(given, &args);
        assert_eq!(ended.code(), Some(code), "{args:?}: {}", ended.stderr);
        let said = format!("{}{}", ended.lines.concat(), ended.stderr);
        assert!(!said.contains("5ec2e75ec2e7"), "{args:?}: {said}");
    }
    let mut node = Swim::start_in(&[("SWIM_LOG", "trace")], ["run", "--json", "--config", &file]);
    node.addr();
    let ended = node.leave();
    let said = format!("{}{}", ended.lines.concat(), ended.stderr);
    assert!(!said.contains("5ec2e75ec2e7"), "{said}");
}

/// S05: the secret of a cluster in the environment.
#[test]
fn a_node_takes_everything_it_needs_from_the_environment() {
    let scratch = Scratch::new();
    let key = scratch.path("key");
    Swim::run(["keygen", "--suite", "chacha20-poly1305", &key]);
    let mut alice = Swim::node("alice", &format!("--key-file {key}"));
    let peers = alice.addr().to_string();
    let environment = [
        ("SWIM_NAME", "bob"),
        ("SWIM_BIND", "127.0.0.1:0"),
        ("SWIM_PEERS", &peers),
        ("SWIM_SECRET_FILE", &key),
    ];
    let mut bob = Swim::start_in(&environment, ["run", "--json"]);
    bob.wait_for_member("joined", "alice");
    alice.wait_for_member("joined", "bob");
}

#[test]
fn what_is_nearer_to_the_user_replaces_another_way_of_authentication() {
    let scratch = Scratch::new();
    let key = scratch.path("key");
    Swim::run(["keygen", &key]);
    let file = scratch.file("swim.toml", "plain = true");
    let all = shown(&[], &[&file, "--key-file", &key]);
    assert_eq!(line(&all, "plain"), "plain = false  # default");
    assert_eq!(line(&all, "key_file"), format!("key_file = [\"{key}\"]  # --key-file"));
    let all = shown(&[("SWIM_KEY_FILE", &key)], &["--plain"]);
    assert_eq!(line(&all, "key_file"), "# key_file is not set");
}

/// Kubernetes sets `SWIM_PORT` and more for a service of this name.
#[test]
fn a_variable_that_looks_like_a_setting_is_warned_about_and_others_are_not() {
    let all = shown(
        &[("SWIM_NMAE", "x"), ("SWIM_PORT", "tcp://10.0.0.1:7946"), ("SWIM_SERVICE_HOST", "10.0.0.1")],
        &[],
    );
    assert_eq!(all.stderr, "warning: SWIM_NMAE in the environment is no setting; did you mean SWIM_NAME?");
}

/// A cluster without keys gets its first one: until the end, plain frames have a place.
#[test]
fn a_node_with_a_key_speaks_with_one_without_for_a_while() {
    let scratch = Scratch::new();
    let key = scratch.key("key");
    let mut alice = Swim::node("alice", "--plain");
    let join =
        format!("{key} --join {} --plain-frames send --plain-until 2999-01-01T00:00:00Z", alice.addr());
    let mut bob = Swim::node("bob", &join);
    bob.wait_for_member("joined", "alice");
    alice.wait_for_member("joined", "bob");
    let over = join.replace("2999", "2001");
    let mut carol = Swim::node("carol", &over);
    carol.wait_for("join_failed", |_| true);
    let told =
        "warning: plain_until is over, so plain frames are refused: take plain_frames and plain_until out";
    assert_eq!(carol.leave().stderr, told);
}

#[test]
fn a_variable_that_names_no_file_of_settings_counts_as_not_set() {
    assert_eq!(line(&shown(&[("SWIM_CONFIG", "")], &[]), "name"), "# name is not set");
}

/// Whoever calls over a Unix socket has no address there, so all of them count as one source.
#[test]
fn a_node_on_a_unix_socket_serves_as_many_streams_of_one_source_as_it_can() {
    for (bind, given, streams) in [
        ("unix:@swim", "", "64  # default"),
        ("unix:@swim", "3", "3  # SWIM_STREAMS_PER_SOURCE"),
        ("127.0.0.1:0", "", "8  # default"),
    ] {
        let environment = [("SWIM_BIND", bind), ("SWIM_PRESET", "lan"), ("SWIM_STREAMS_PER_SOURCE", given)];
        let environment = if given.is_empty() { &environment[..2] } else { &environment[..] };
        let all = shown(environment, &[]);
        assert_eq!(line(&all, "streams_per_source"), format!("streams_per_source = {streams}"));
    }
}
