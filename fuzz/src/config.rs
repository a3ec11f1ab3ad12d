//! Any settings.

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use swim_core::{Config, Instant, Keyring, Machine as _, Node};

use crate::node::{addr, local};

#[derive(Arbitrary, Debug)]
struct Settings {
    millis: [u32; 7],
    small: [u8; 6],
    datagram_limit: u16,
    large: [u32; 2],
}

/// A configuration is refused with the name of a field, or a node can run with it.
pub(crate) fn any_configuration_is_refused_or_harmless(bytes: &[u8]) {
    let Ok(settings) = Settings::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let config = configuration(&settings);
    match Node::new(config.clone(), local(0), Keyring::plain(), [1; 32], Instant::ZERO) {
        Ok(mut node) => run(&mut node),
        Err(error) => assert!(error.to_string().contains(' '), "{error}"),
    }
    let mut running =
        Node::new(Config::lan(), local(0), Keyring::plain(), [1; 32], Instant::ZERO).expect("a preset");
    running.join(Instant::ZERO, &[addr(1)]);
    assert_eq!(running.reconfigure(Instant::ZERO, config.clone()).is_ok(), config.validate().is_ok());
    run(&mut running);
}

fn configuration(settings: &Settings) -> Config {
    let [probe, timeout, gossip, dead, heal, leave, stream] =
        settings.millis.map(|millis| Duration::from_millis(millis.into()));
    let mut config = Config::lan();
    (config.probe_interval, config.probe_timeout, config.gossip_interval) = (probe, timeout, gossip);
    (config.gossip_to_dead, config.heal_interval, config.leave_timeout) = (dead, heal, leave);
    config.stream_timeout = stream;
    let [helpers, suspicion, most, health, fanout, repeats] = settings.small;
    (config.indirect_probes, config.suspicion_multiplier, config.suspicion_max_multiplier) =
        (helpers, suspicion, most);
    (config.health_max, config.gossip_fanout, config.retransmit_multiplier) = (health, fanout, repeats);
    config.datagram_limit = settings.datagram_limit;
    [config.max_members, config.max_events] = settings.large;
    config
}

/// A few deadlines: each is later than the last, and each is over once it was handled.
fn run(node: &mut Node) {
    let (mut now, mut buf) = (Instant::ZERO, Vec::new());
    for _ in 0..50 {
        now = now.max(node.poll_timeout().expect("it runs"));
        node.handle_timeout(now);
        let mut sent = 0;
        while node.poll_transmit(&mut buf).is_some() {
            sent += 1;
            assert!(sent < 1_000, "no end of packets at one time");
        }
        assert!(node.poll_timeout() > Some(now), "it does not spin");
    }
}
