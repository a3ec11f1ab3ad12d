//! Any settings.

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use swim_core::{Config, Instant, Keyring, Machine as _, Node};

use crate::memory::bounded;
use crate::node::{addr, local};

#[derive(Arbitrary, Debug)]
pub(crate) struct Settings {
    millis: [u32; 8],
    small: [u8; 7],
    datagram_limit: u16,
    large: [u32; 3],
}

/// A configuration is refused with the name of a field, or a node can run with it: then it is accepted.
#[must_use]
pub fn any_configuration_is_refused_or_harmless(bytes: &[u8]) -> bool {
    let Ok(settings) = Settings::arbitrary(&mut Unstructured::new(bytes)) else { return false };
    let config = configuration(&settings);
    let node = |config| Node::new(config, local(0), Keyring::plain(), [1; 32], Instant::ZERO);
    match bounded(0, || node(config.clone())) {
        Ok(mut node) => run(&mut node),
        Err(error) => assert!(error.to_string().contains(' '), "{error}"),
    }
    let mut running = node(Config::lan()).expect("a preset");
    running.join(Instant::ZERO, &[addr(1)]);
    let accepted = bounded(0, || running.reconfigure(Instant::ZERO, config.clone())).is_ok();
    assert_eq!(accepted, config.validate().is_ok());
    run(&mut running);
    accepted
}

pub(crate) fn configuration(settings: &Settings) -> Config {
    let [probe, timeout, gossip, dead, heal, leave, stream, tombstone] =
        settings.millis.map(|millis| Duration::from_millis(millis.into()));
    let mut config = Config::lan();
    (config.probe_interval, config.probe_timeout, config.gossip_interval) = (probe, timeout, gossip);
    (config.gossip_to_dead, config.heal_interval, config.leave_timeout) = (dead, heal, leave);
    (config.stream_timeout, config.tombstone) = (stream, tombstone);
    let [helpers, suspicion, most, health, fanout, repeats, streams] = settings.small;
    (config.indirect_probes, config.suspicion_multiplier, config.suspicion_max_multiplier) =
        (helpers, suspicion, most);
    (config.health_max, config.gossip_fanout, config.retransmit_multiplier) = (health, fanout, repeats);
    (config.datagram_limit, config.streams_per_source) = (settings.datagram_limit, streams);
    [config.max_members, config.max_events, config.newcomers_per_minute] = settings.large;
    config
}

/// A few deadlines: each is later than the last, and each is over once it was handled.
fn run(node: &mut Node) {
    let (mut now, mut buf) = (Instant::ZERO, Vec::new());
    for _ in 0..50 {
        now = now.max(node.poll_timeout().expect("it runs"));
        bounded(0, || node.handle_timeout(now));
        let mut sent = 0;
        while node.poll_transmit(&mut buf).is_some() {
            sent += 1;
            assert!(sent < 1_000, "no end of packets at one time");
        }
        assert!(node.poll_timeout() > Some(now), "it does not spin");
    }
}
