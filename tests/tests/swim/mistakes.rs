//! A table of what users mistype: each is refused with one line that says what is wrong and what to do instead.
//!
//! S02 and S09: names and addresses; S31: an adapter that is not there.

use crate::process::Swim;
use crate::scratch::Scratch;

/// The command line or the settings were wrong.
const USAGE: i32 = 2;
/// Something failed while the program ran.
const FAILED: i32 = 1;

/// Runs the program, and checks that it ends with this code, this one line and nothing else. `DIR` stands for a fresh
/// folder with a good `key`, and with `swim.toml`.
fn refused(toml: &str, environment: &[(&str, &str)], args: &str, code: i32, line: &str) {
    let scratch = Scratch::new();
    let folder = scratch.path(".").trim_end_matches("/.").to_owned();
    let here = |text: &str| text.replace("DIR", &folder);
    scratch.key("key");
    scratch.file("swim.toml", &here(toml));
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, here(value))).collect();
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let args: Vec<_> = args.split(' ').map(|arg| here(arg).replace("_SPACE_", " ")).collect();
    let ended = Swim::run_in(&environment, &args);
    assert_eq!(ended.stderr, format!("error: {}", here(line)), "{args:?}");
    assert_eq!(ended.code(), Some(code), "{args:?}");
    assert!(ended.lines.is_empty(), "{args:?}: {:?}", ended.lines);
}

/// The rest of a node that would run but for one option.
fn fill(option: &str) -> String {
    let fill = [("--name", "--name alice"), ("--bind", "--bind 127.0.0.1:0"), ("--key-file", "--plain")];
    let fill = fill.into_iter().filter(|(given, _)| !option.contains(given)).map(|(_, fill)| fill);
    fill.fold(option.to_owned(), |args, more| format!("{args} {more}"))
}

/// A node that would run but for one option; a check of its settings finds the same.
macro_rules! options {
    ($($name:ident: $option:expr => $code:expr, $line:expr;)*) => {$(
        #[test]
        fn $name() {
            let option: String = $option.into();
            let args = fill(&option);
            refused("", &[], &format!("run {args}"), $code, $line);
            // There the file of settings needs no option.
            refused("", &[], &format!("config --check {}", args.replace("--config ", "")), $code, $line);
        }
    )*};
}

/// A node that would run but for one address, which only the system or a name server knows.
macro_rules! addresses {
    ($($name:ident: $option:expr => $code:expr, $line:expr;)*) => {$(
        #[test]
        fn $name() {
            refused("", &[], &format!("run {}", fill($option)), $code, $line);
        }
    )*};
}

/// A file with one mistake.
macro_rules! files {
    ($($name:ident: $toml:expr => $line:expr;)*) => {$(
        #[test]
        fn $name() {
            refused($toml, &[], "config --check DIR/swim.toml", USAGE, $line);
        }
    )*};
}

/// A variable with one mistake.
macro_rules! variables {
    ($($name:ident: $variable:expr, $value:expr => $code:expr, $line:expr;)*) => {$(
        #[test]
        fn $name() {
            refused("", &[($variable, $value)], "config --check", $code, $line);
        }
    )*};
}

options! {
    no_name: "--name " => USAGE,
        "--name: a name has 1 to 255 bytes, this one is empty";
    a_long_name: format!("--name {}", "n".repeat(256)) => USAGE,
        "--name: a name has 1 to 255 bytes, this one has 256";
    an_address_without_a_port: "--join 127.0.0.1" => USAGE,
        "--join: '127.0.0.1': write it as HOST:PORT, such as 127.0.0.1:7001";
    a_peer_with_port_0: "--join 127.0.0.1:0" => USAGE,
        "--join: '127.0.0.1:0': port 0 stands for any port: give the one that the other node listens on";
    an_ipv6_address_without_brackets: "--join ::1:7001" => USAGE,
        "--join: '::1:7001': write an IPv6 address in brackets: [::1]:7001";
    a_port_that_is_too_large: "--bind 127.0.0.1:70000" => USAGE,
        "--bind: '127.0.0.1:70000': a port is at most 65535";
    a_port_that_is_no_number: "--bind localhost:http" => USAGE,
        "--bind: 'localhost:http': write it as HOST:PORT, such as 127.0.0.1:7001";
    a_host_that_cannot_be_a_name: "--join a/b:7001" => USAGE,
        "--join: 'a/b:7001': this is neither an address nor a name that DNS could know";
    an_unspecified_address_with_nothing_to_advertise: "--bind 0.0.0.0:0" => USAGE,
        "others cannot send to 0.0.0.0. Add --advertise HOST:PORT with an address of this machine that they can \
         reach";
    an_unspecified_address_to_advertise: "--advertise [::]:1" => USAGE,
        "others cannot send to ::. Add --advertise HOST:PORT with an address of this machine that they can reach";
    a_unix_path_that_is_too_long: format!("--bind unix:/{}", "p".repeat(107)) => USAGE,
        &format!(
            "--bind: 'unix:/{}': the name of a Unix socket has at most 100 bytes, this one has 108",
            "p".repeat(107)
        );
    a_unix_path_that_is_a_folder: "--bind unix:/" => USAGE,
        "--bind: 'unix:/': this is a folder: a Unix socket is a file in it";
    a_unix_path_without_its_prefix: "--bind /run/swim.sock" => USAGE,
        "--bind: '/run/swim.sock': write it as unix:/PATH, or unix:@NAME for one without a file";
    a_unix_socket_without_a_name: "--bind unix:" => USAGE,
        "--bind: 'unix:': write it as unix:/PATH, or unix:@NAME for one without a file";
    a_unix_path_that_is_not_whole: "--join unix:swim.sock" => USAGE,
        "--join: 'unix:swim.sock': write the whole path, from / on: the others are told it as it stands here";
    a_unix_peer_of_a_node_with_an_ip_address: "--join unix:/run/swim.sock" => USAGE,
        "cannot join unix:/run/swim.sock, because bind is an IP address: write it as HOST:PORT";
    an_ip_peer_of_a_node_on_a_unix_socket: "--bind unix:@swim --join 127.0.0.1:1" => USAGE,
        "cannot join 127.0.0.1:1, because bind is a Unix socket: write it as unix:/PATH or unix:@NAME";
    an_ip_address_to_advertise_for_a_unix_socket: "--bind unix:@swim --advertise 127.0.0.1:1" => USAGE,
        "cannot advertise 127.0.0.1:1, because bind is a Unix socket: write it as unix:/PATH or unix:@NAME, or leave \
         it out";
    a_service_of_a_node_on_a_unix_socket: "--bind unix:@swim --discover tasks.web" => USAGE,
        "discover finds IP addresses, and bind is a Unix socket: name the peers as unix:/PATH or unix:@NAME";
    a_mode_that_is_none: "--bind unix:DIR/s --socket-mode 0600" => USAGE,
        "--socket-mode: '0600': write three octal digits, such as 600";
    a_mode_without_a_file: "--bind unix:@swim --socket-mode 600" => USAGE,
        "socket_mode is for the files of Unix sockets, and bind names no file";
    an_ipv6_peer_of_a_node_on_ipv4: "--join [::1]:7001" => USAGE,
        "cannot join [::1]:7001, because bind is an IPv4 address: write it as an IPv4 address, or bind to [::]:PORT \
         for both";
    an_ipv4_peer_of_a_node_on_ipv6: "--bind [::1]:0 --join 127.0.0.1:7001" => USAGE,
        "cannot join 127.0.0.1:7001, because bind is an IPv6 address: write it as an IPv6 address, or bind to \
         [::]:PORT for both";
    an_ipv6_address_to_advertise_for_ipv4: "--advertise [::1]:0" => USAGE,
        "cannot advertise [::1]:0, because bind is an IPv4 address: write it as an IPv4 address, or bind to \
         [::]:PORT for both, or leave it out";
    a_web_address: "--join http://db:7001" => USAGE,
        "--join: 'http://db:7001': write it as HOST:PORT, such as 127.0.0.1:7001";
    a_peer_with_two_ports: "--join db:7001:7002" => USAGE,
        "--join: 'db:7001:7002': write it as HOST:PORT, such as 127.0.0.1:7001";
    a_peer_that_is_every_address: "--join 0.0.0.0:7001" => USAGE,
        "--join: '0.0.0.0:7001': this stands for all addresses of this machine: give the one of the other node";
    a_bind_to_many: "--bind 224.0.0.1:0" => USAGE,
        "--bind: '224.0.0.1:0': this address stands for many: write the one of a single node";
    a_broadcast_address_to_advertise: "--advertise 255.255.255.255:1" => USAGE,
        "--advertise: '255.255.255.255:1': this address stands for many: write the one of a single node";
    a_name_server_with_port_0: "--dns 127.0.0.1:0" => USAGE,
        "--dns: '127.0.0.1:0': write it as IP:PORT, such as 127.0.0.53:53";
    a_cluster_without_a_name: "--cluster " => USAGE,
        "--cluster: a cluster has a name of at least 1 byte: leave it out for 'swim'";
    an_adapter_that_is_not_there: "--adapter stt" => USAGE,
        "--adapter: 'stt': there are std, tokio, smol; did you mean std?";
    a_record_in_a_folder_that_is_not_there: "--record DIR/no/trace" => FAILED,
        "cannot write the record to DIR/no/trace: its folder does not exist: make it first";
    a_record_that_is_a_folder: "--record DIR" => FAILED,
        "cannot write the record to DIR: it is a folder: name a file in it";
    a_record_over_a_file_of_something_else: "--record DIR/key" => USAGE,
        "DIR/key is no trace of swim and is left as it is: choose another name, or remove it";
    a_record_without_room: "--record DIR/trace --record-limit 0" => USAGE,
        "--record-limit: '0': it must be at least 1 and at most 1048576, in MiB";
    a_preset_that_is_not_there: "--preset lam" => USAGE,
        "--preset: 'lam': there are local, lan, wan; did you mean lan?";
    a_register_without_a_value: "--set role" => USAGE,
        "--set: 'role': write it as KEY=VALUE, such as role=web";
    a_register_without_a_key: "--set =web" => USAGE,
        "--set: =...: key must have at least 1 byte";
    a_register_with_a_long_key: format!("--set {}=web", "k".repeat(65)) => USAGE,
        &format!("--set: {}=...: key must have at most 64 bytes, this one has 65", "k".repeat(65));
    a_register_with_a_long_value: format!("--set role={}", "v".repeat(513)) => USAGE,
        "--set: role=...: value must have at most 512 bytes, this one has 513";
    a_time_without_a_unit: "--probe-interval 2" => USAGE,
        "--probe-interval: '2': write a time with its unit, such as 500ms, 2s or 1h 30m";
    a_number_that_is_none: "--gossip-fanout many" => USAGE,
        "--gossip-fanout: 'many': write a whole number";
    a_number_that_is_too_large: "--gossip-fanout 300" => USAGE,
        "--gossip-fanout: gossip_fanout must be at most 16";
    a_timeout_that_is_longer_than_the_interval: "--probe-timeout 1s" => USAGE,
        "--probe-timeout: probe_timeout must be below probe_interval";
    an_interval_that_is_shorter_than_the_timeout: "--probe-interval 100ms" => USAGE,
        "--probe-interval: probe_timeout must be below probe_interval";
    a_service_with_port_0: "--discover web:0" => USAGE,
        "--discover: 'web:0': write it as NAME, NAME:PORT or _SERVICE._PROTOCOL.NAME, such as tasks.web";
    srv_records_with_a_port: "--discover _swim._udp.web:1" => USAGE,
        "--discover: '_swim._udp.web:1': SRV records name the ports: write it without one";
    a_name_server_by_name: "--dns localhost" => USAGE,
        "--dns: 'localhost': write it as IP:PORT, such as 127.0.0.53:53";
    no_key_file_there: "--key-file DIR/nothing" => FAILED,
        "cannot read the key file DIR/nothing: there is no such file. Make one with: swim keygen FILE";
    a_key_file_that_is_a_folder: "--key-file DIR" => FAILED,
        "cannot read the key file DIR: it is a folder: name a file in it";
    the_same_key_twice: "--key-file DIR/key --key-file DIR/key" => USAGE,
        "a key is given twice: remove one of the two";
    a_key_and_none: "--key-file DIR/key --plain" => USAGE,
        "--plain and --key-file exclude each other: remove one of them";
    plain_frames_for_ever: "--key-file DIR/key --plain-frames accept" => USAGE,
        "plain_frames needs an end: say when plain frames are refused, such as plain_until = \
         \"2030-01-31T12:00:00Z\"";
    a_moment_that_is_none: "--plain-until tomorrow" => USAGE,
        "--plain-until: 'tomorrow': write a time in UTC, such as 2030-01-31T12:00:00Z";
    a_state_in_a_folder_that_is_not_there: "--state DIR/no/state" => FAILED,
        "cannot write the state to DIR/no/state: its folder does not exist: make it first";
    a_state_that_is_a_folder: "--state DIR" => FAILED,
        "cannot write the state to DIR: it is a folder: name a file in it";
    a_state_over_a_file_of_something_else: "--state DIR/key" => USAGE,
        "DIR/key is no state of swim and is left as it is: choose another name, or remove it";
    a_state_over_a_device: "--state /dev/null" => USAGE,
        "/dev/null is no state of swim and is left as it is: choose another name, or remove it";
    a_state_and_a_record_in_one_file: "--state DIR/file --record DIR/file" => USAGE,
        "state and record both name DIR/file: choose another name for one of them";
    a_state_interval_out_of_range: "--state-interval 10ms" => USAGE,
        "--state-interval: '10ms': it must be at least 1s and at most 1day";
    no_file_of_settings_there: "--config DIR/nothing" => USAGE,
        "cannot read DIR/nothing: there is no such file. Make one with: swim config --example > FILE";
    a_folder_of_settings: "--config DIR" => USAGE,
        "cannot read DIR: it is a folder: name a file in it";
}

addresses! {
    an_address_of_another_machine: "--bind 192.0.2.1:0" => FAILED,
        "cannot bind a UDP socket to 192.0.2.1:0: Cannot assign requested address (os error 99). Bind to an \
         address of this machine, and use --advertise for one that leads to it";
    a_bind_to_a_name_that_nobody_knows: "--bind nowhere.invalid:7001" => FAILED,
        "cannot find nowhere.invalid:7001: there is no such name. Check the spelling, or give an IP address";
    a_unix_path_of_another_file: "--bind unix:DIR/key" => FAILED,
        "unix:DIR/key is a file that is no socket. Remove it, or choose another path";
    a_unix_path_in_a_folder_that_is_not_there: "--bind unix:DIR/no/s" => FAILED,
        "cannot bind a datagram socket to unix:DIR/no/s: No such file or directory (os error 2). Make its folder \
         first";
}

#[test]
fn nothing_at_all() {
    refused(
        "",
        &[],
        "run",
        USAGE,
        "no name given. Give --name NAME, SWIM_NAME in the environment, or name in the file",
    );
    refused(
        "",
        &[],
        "run --name a",
        USAGE,
        "no bind given. Give --bind HOST:PORT, SWIM_BIND in the environment, or bind in the file",
    );
    refused(
        "",
        &[],
        "run --name a --bind 127.0.0.1:0",
        USAGE,
        "no key given. Make one with `swim keygen FILE` and add --key-file FILE; or add --plain to run without any \
         authentication",
    );
}

/// A key file with this content, whose mode stays as keygen made it.
fn refused_key(content: &str, why: &str) {
    let scratch = Scratch::new();
    scratch.key("key");
    let key = scratch.file("key", content);
    let ended = Swim::run(["run", "--name", "alice", "--bind", "127.0.0.1:0", "--key-file", &key]);
    let line = format!("error: {key} is no key file: {why}. Make one with: swim keygen FILE");
    assert_eq!((ended.code(), ended.stderr), (Some(FAILED), line));
}

#[test]
fn a_key_file_of_the_wrong_form() {
    refused_key("", "a key has 64 hexadecimal digits, this one has 0 characters");
    refused_key(&"0".repeat(63), "a key has 64 hexadecimal digits, this one has 63 characters");
    refused_key(&"0".repeat(65), "a key has 64 hexadecimal digits, this one has 65 characters");
    refused_key(&"0".repeat(999), "a key has 64 hexadecimal digits, this one has many more characters");
    refused_key(&"x".repeat(64), "a key has 64 hexadecimal digits, and here is something else");
    let suites = "before a colon stands one of hmac-sha256 chacha20-poly1305 aes-256-gcm";
    refused_key(&format!("aes:{}", "0".repeat(64)), suites);
}

files! {
    an_unspecified_address_in_a_file: "bind = '0.0.0.0:7946'\nplain = true" =>
        "others cannot send to 0.0.0.0. Add --advertise HOST:PORT with an address of this machine that they can \
         reach";
    an_unknown_key_that_is_near_a_known_one: "name = 'a'\n\nprobe_intervall = '1s'" =>
        "DIR/swim.toml:3: there is no setting probe_intervall; did you mean probe_interval?";
    an_unknown_key_that_is_near_nothing: "colour = 'red'" =>
        "DIR/swim.toml:1: there is no setting colour; `swim config --example` prints all settings";
    a_section_that_is_none: "name = 'a'\n[network]\nbind = '127.0.0.1:0'" =>
        "DIR/swim.toml:2: there is no setting network; `swim config --example` prints all settings";
    a_key_given_twice: "name = 'a'\nname = 'b'" =>
        "DIR/swim.toml:2: this setting is given twice: remove one of the two";
    a_text_without_its_end: "name = 'a\n" =>
        "DIR/swim.toml:1: invalid literal string, expected `'`";
    a_value_of_the_wrong_type: "plain = [true]" =>
        "DIR/swim.toml:1: plain: write true or false, not a value of the type array";
    a_value_that_is_a_table: "name = { first = 'a' }" =>
        "DIR/swim.toml:1: name: write one value, such as \"text\", 7 or \"2s\", not a value of the type table";
    registers_that_are_no_table: "registers = 'role=web'" =>
        "DIR/swim.toml:1: registers: write a table of texts, such as { role = \"web\" }, not a value of the type \
         string";
    a_register_with_an_equals_sign: "registers = { 'a=b' = 'c' }" =>
        "DIR/swim.toml:1: registers: 'a=b': a key cannot hold an equals sign here";
    a_value_below_its_range: "name = 'a'\nprobe_interval = '0s'" =>
        "DIR/swim.toml:2: probe_interval must be at least 1ms";
    a_value_above_its_range: "max_members = 2000000" =>
        "DIR/swim.toml:1: max_members must be at most 1048576";
    a_negative_number: "gossip_fanout = -1" =>
        "DIR/swim.toml:1: gossip_fanout: '-1': write a whole number";
    a_peer_of_the_wrong_form: "name = 'a'\npeers = [\n  '127.0.0.1:1',\n  '127.0.0.1',\n]" =>
        "DIR/swim.toml:2: peers: '127.0.0.1': write it as HOST:PORT, such as 127.0.0.1:7001";
    a_secret_of_the_wrong_length: "secret = 'abc'" =>
        "DIR/swim.toml:1: secret: a key has 64 hexadecimal digits, this one has 3 characters";
    two_ways_of_authentication: "plain = true\nkey_file = 'DIR/key'" =>
        "DIR/swim.toml:1: plain and DIR/swim.toml:2: key_file exclude each other: remove one of them";
}

variables! {
    a_peer_in_the_environment: "SWIM_PEERS", "127.0.0.1:1,db" => USAGE,
        "SWIM_PEERS: 'db': write it as HOST:PORT, such as 127.0.0.1:7001";
    a_secret_in_the_environment: "SWIM_SECRET", "hunter2" => USAGE,
        "SWIM_SECRET: a key has 64 hexadecimal digits, this one has 7 characters";
    a_flag_in_the_environment: "SWIM_PLAIN", "yes" => USAGE,
        "SWIM_PLAIN: 'yes': write true or false";
    a_file_that_is_not_there_in_the_environment: "SWIM_NAME_FILE", "DIR/nothing" => USAGE,
        "SWIM_NAME_FILE: cannot read DIR/nothing: there is no such file. Name another file, or give SWIM_NAME itself";
    a_number_in_the_environment: "SWIM_HEALTH_MAX", "33" => USAGE,
        "SWIM_HEALTH_MAX: health_max must be at most 32";
    a_file_of_settings_in_the_environment: "SWIM_CONFIG", "DIR/nothing" => USAGE,
        "cannot read DIR/nothing: there is no such file. Make one with: swim config --example > FILE";
}
