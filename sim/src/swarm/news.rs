//! Things of which everybody must hear soon.

use std::time::Duration;

use super::commands;
use super::gates::{CALM, CRASH, FAREWELL, GRAYNESS, NEWS, RESTART, SPREAD, STORM};
use super::phases::Run;
use crate::{Link, NodeId};

/// The children of a run's seed that decide whom the news is about, and who turns gray.
const NEWSMAKERS: u64 = 20;
const GRAY: u64 = 23;
/// By how much the number of the address of who moves grows: of mixed ones it is of another family.
const ELSEWHERE: usize = 1 << 19;
/// For how long somebody is gray.
const GRAY_TIME: Duration = Duration::from_secs(20);
/// In clusters up to this size somebody may reach the others by way of one alone, if there are helpers at all,
const BRIDGED_MAX: u32 = 8;
/// and where a suspicion takes so many intervals, and as many times as long with a single accuser.
const LEAST_TIME: u8 = 3;
const LONELY_TIME: u8 = 4;
/// How many percent are lost at most while news must spread in its usual time.
const LOSS_MAX: u32 = 10;
/// How many nodes talk much at once, and the bytes of each register.
const TALKERS: usize = 8;
const TALK: u32 = 500;

impl Run<'_> {
    /// Five things of which everybody must hear soon.
    pub(super) fn tell_news(&mut self) {
        let mut nodes = self.ours.running(&self.cluster);
        self.ours.plan.rng(NEWSMAKERS).shuffle(&mut nodes);
        let &[first, second, ..] = nodes.as_slice() else { return };
        self.tell_under_loss(first);
        commands::set(&mut self.cluster, first, "news", 100);
        self.pass(NEWS, &self.all());
        self.storm(second, &nodes);
        self.pass(RESTART, &self.all());
        if let &[_, _, third, fourth, ..] = nodes.as_slice() {
            self.cluster.crash(third);
            self.pass(CRASH, &self.all());
            commands::leave(&mut self.cluster, fourth);
            self.pass(FAREWELL, &self.all());
        }
        self.turn_gray();
        self.move_away(first);
    }

    /// One sets a register while a little is lost.
    fn tell_under_loss(&mut self, node: NodeId) {
        let loss = f64::from(self.ours.plan.loss.min(LOSS_MAX)) / 100.0;
        self.cluster.network.set_links(Link { loss, ..Link::default() });
        commands::set(&mut self.cluster, node, "spread", 100);
        self.pass(SPREAD, &self.all());
        self.cluster.network.set_links(Link::default());
    }

    /// One is killed and starts again elsewhere, where the others look for it once they have asked where it was.
    fn move_away(&mut self, node: NodeId) {
        self.cluster.crash(node);
        self.start_at(node, self.ours.plan.addresses.of(ELSEWHERE + node.0 as usize));
        self.pass(CALM, &self.all());
        // By then it has asked whether its former life is still where that was.
        self.cluster.run_for(self.ours.population.config.heal_interval);
    }

    /// One is killed and starts again, while some have more to tell than fits a datagram.
    fn storm(&mut self, victim: NodeId, nodes: &[NodeId]) {
        self.cluster.crash(victim);
        self.start_down(&[victim]);
        for &node in nodes.iter().take(TALKERS) {
            for key in ["storm/1", "storm/2", "storm/3", "storm/4"] {
                commands::set(&mut self.cluster, node, key, TALK);
            }
        }
        self.pass(STORM, &self.all());
    }

    /// One is not heard by another, or all its packets go by way of one other: nobody is dead.
    fn turn_gray(&mut self) {
        let mut nodes = self.ours.running(&self.cluster);
        let mut rng = self.ours.plan.rng(GRAY);
        rng.shuffle(&mut nodes);
        let Some((&[gray, bridge], far)) = nodes.split_first_chunk().filter(|(_, far)| !far.is_empty())
        else {
            return;
        };
        if rng.chance(0.5) || !self.bears_a_bridge() {
            self.cluster.network.partition_oneway(&[gray], &[bridge]);
        } else {
            self.cluster.network.partition(&[&[gray], far]);
        }
        self.stay(GRAYNESS, &self.all(), GRAY_TIME);
        self.cluster.network.repair();
        self.pass(CALM, &self.all());
    }
    /// Of many members the one bridge is too seldom among the helpers of a probe, and gossips too seldom with the gray
    /// one; and where a suspicion is short, the gray one is buried before it has heard of it.
    fn bears_a_bridge(&self) -> bool {
        let config = &self.ours.population.config;
        self.ours.plan.nodes <= BRIDGED_MAX
            && config.indirect_probes > 0
            && config.suspicion_multiplier >= LEAST_TIME
            && config.suspicion_max_multiplier >= LONELY_TIME
    }
}
