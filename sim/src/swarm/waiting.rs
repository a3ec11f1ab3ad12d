//! Waiting at gates.

use std::time::Duration;

use swim_core::Instant;

use super::gates::{Doubt, Gate, Group};
use super::phases::Run;
use crate::NodeId;

/// How often a gate is tried, and how often one that must stay open.
const TRY: Duration = Duration::from_millis(250);
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// How many times as long anything may take while nodes make seldom choices by chance.
const PATIENCE: u32 = 4;
/// A gate asks everybody of everybody, so each so many nodes make it seldomer.
const LARGE: u32 = 128;

impl Run<'_> {
    /// Runs until all gates are open for all these nodes, for each as long as it may stay shut.
    pub(super) fn pass(&mut self, gates: &[Gate], nodes: &[NodeId]) {
        let (begin, mut behind) = (self.cluster.now(), 0);
        let members = self.members_at_most(nodes);
        let pause = TRY * (self.ours.plan.nodes / LARGE + 1);
        while let Some((late, shut)) = self.first_shut(gates, nodes, members, begin, &mut behind) {
            match late {
                _ if self.cluster.violation().is_some() => return,
                Some(rule) => return self.object(rule, begin, shut),
                // Who waits for long is asked less often.
                None => self.cluster.run_for(pause.max(self.cluster.now().since(begin) / 16)),
            }
        }
    }

    /// How large the cluster is for whom of these it is the largest: a liar's inventions count until they are found out.
    fn members_at_most(&self, nodes: &[NodeId]) -> usize {
        let machines = nodes.iter().filter_map(|&node| self.cluster.machines().get(node));
        machines.map(|node| node.members().len()).fold(self.ours.plan.nodes as usize, usize::max)
    }

    /// A gate that is shut, and its rule if its time is over; those that are late come first.
    fn first_shut(
        &self,
        gates: &[Gate],
        nodes: &[NodeId],
        members: usize,
        begin: Instant,
        behind: &mut usize,
    ) -> Option<(Option<&'static str>, Doubt)> {
        let group = Group::of(nodes.iter().copied(), &self.cluster);
        let waited = self.cluster.now().since(begin);
        let patience = if self.ours.population.switches.is_empty() { 1 } else { PATIENCE };
        let bound = |gate: &Gate| (gate.bound)(&self.ours.population.config, members) * patience;
        let mut gates: Vec<_> = gates.iter().collect();
        gates.sort_by_key(|gate| bound(gate));
        gates.into_iter().find_map(|gate| {
            let doubt = group.doubt(gate, behind)?;
            Some(((waited >= bound(gate)).then_some(gate.rule), doubt))
        })
    }

    /// The gates are open, and stay so for that long.
    pub(super) fn stay(&mut self, gates: &[Gate], nodes: &[NodeId], long: Duration) {
        let (begin, mut behind) = (self.cluster.now(), 0);
        loop {
            let group = Group::of(nodes.iter().copied(), &self.cluster);
            let shut = gates.iter().find_map(|gate| Some((gate.rule, group.doubt(gate, &mut behind)?)));
            if let Some((rule, doubt)) = shut {
                return self.object(rule, begin, doubt);
            }
            if self.cluster.now() >= begin + long || self.cluster.violation().is_some() {
                return;
            }
            self.cluster.run_for(TRY_AGAIN.min(long));
        }
    }

    fn object(&mut self, rule: &'static str, begin: Instant, (node, text): Doubt) {
        let after = self.cluster.now().since(begin);
        self.cluster.fail(rule, node, format!("after {after:?}: {text}"));
    }
}
