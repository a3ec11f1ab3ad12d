//! Numbers of the configuration that were compared: what is gained by another, and what it costs.

use std::time::Duration;

use swim_core::Config;

use super::heal::heal_time;
use super::registers::spread;
use super::samples::{Samples, figure};
use super::slow::{Slowness, cell};
use super::{Effort, Row, detection, loss, misses};

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let mut rows = Vec::new();
    for value in [2, 3, 4] {
        let mut config = Config::lan();
        config.gossip_fanout = value;
        rows.push(news(&format!("gossip_fanout {value}"), 0.0, config, effort));
    }
    for value in [2, 4, 6] {
        let mut config = Config::lan();
        config.retransmit_multiplier = value;
        rows.push(news(&format!("retransmit_multiplier {value}"), 0.3, config, effort));
    }
    for value in [3, 4] {
        let mut config = Config::lan();
        config.retransmit_multiplier = value;
        rows.push(reach(&format!("retransmit_multiplier {value}"), config, effort));
    }
    for value in [2, 3, 4, 5] {
        let mut config = Config::lan();
        config.suspicion_multiplier = value;
        rows.push(patience(&format!("suspicion_multiplier {value}"), &config, effort));
    }
    for value in [2, 4] {
        let mut config = Config::lan();
        config.suspicion_multiplier = value;
        rows.push(lone_accuser(&format!("suspicion_multiplier {value}"), &config, effort));
    }
    for value in [1, 3, 6] {
        let mut config = Config::lan();
        config.suspicion_max_multiplier = value;
        rows.push(lone_accuser(&format!("suspicion_max_multiplier {value}"), &config, effort));
    }
    for seconds in [5, 10, 20] {
        let mut config = Config::lan();
        config.heal_interval = Duration::from_secs(seconds);
        rows.push(healing(&format!("heal_interval {seconds} s"), &config, effort));
    }
    rows
}

/// How fast and how dear news is.
fn news(what: &str, loss: f64, config: Config, effort: Effort) -> Row {
    let (times, packets) = spread(64, loss, effort.pick(10, 200), config);
    let ours = format!("{}, {packets:.0} packets", times.summary());
    Row::new(format!("{what}: a register, n = 64, {:.0} % loss", loss * 100.0), times.len(), ours)
}

/// How much news gets lost for good.
fn reach(what: &str, config: Config, effort: Effort) -> Row {
    let changes = effort.pick(100, 2_000);
    let told = config.retransmit_limit(16);
    let share = misses::share(16, 0.3, changes, config);
    let ours = format!("{share:.2} % miss somebody, told {told} times");
    Row::new(format!("{what}: gossip alone, n = 16, 30 % loss"), changes, ours)
}

/// How patient a suspicion is: with those that live, and with those that do not.
fn patience(what: &str, config: &Config, effort: Effort) -> Row {
    let (nodes, seeds) = effort.pick((64, 1), (128, 2));
    let deaths: usize =
        (1..=seeds).map(|seed| loss::false_deaths_without_streams(seed, nodes, 0.3, config)).sum();
    let died = detection::first_deaths(64, effort.pick(10, 100), config);
    let ours = format!("{deaths} falsely dead, a crash after {} s", figure(died.p50()));
    Row::new(format!("{what}: 30 % loss, n = {nodes}; crash, n = 64"), died.len(), ours)
}

/// How long a lone accuser waits.
fn lone_accuser(what: &str, config: &Config, effort: Effort) -> Row {
    let seeds = effort.pick(1, 5);
    let tolls: Vec<_> = (1..=seeds)
        .map(|seed| cell(seed, Slowness::Held, 16, Duration::from_millis(16_384), config.clone()))
        .collect();
    let deaths: usize = tolls.iter().map(|toll| toll.anywhere).sum();
    let died: Samples = tolls.iter().flat_map(|toll| toll.died.iter().copied()).collect();
    let ours = format!("{deaths} falsely dead, a crash after {} s", figure(died.p50()));
    Row::new(format!("{what}: 16 of 128 held for 16 s"), died.len(), ours)
}

fn healing(what: &str, config: &Config, effort: Effort) -> Row {
    let seeds = effort.pick(2, 20);
    let minute = Duration::from_secs(60);
    let times: Samples = (1..=seeds).map(|seed| heal_time(seed, 64, minute, config.clone())).collect();
    Row::new(format!("{what}: split for 1 min, n = 64"), times.len(), times.summary())
}
