//! B8: counters only rise while a node lives.

use std::collections::BTreeMap;

use swim_core::Stats;

use super::{Input, Law, Moment};
use crate::NodeId;

/// What every node had counted so far.
#[derive(Default)]
pub(super) struct CountersRise(BTreeMap<NodeId, (u64, Stats)>);

impl Law for CountersRise {
    fn rule(&self) -> &'static str {
        "B8"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let (version, stats) = (moment.version, moment.stats);
        let Some((last_version, last)) = self.0.get_mut(&moment.node) else {
            self.0.insert(moment.node, (version, stats.clone()));
            return Ok(());
        };
        let fell = moment.input != Input::Start && (version < *last_version || fallen(last, stats));
        if fell {
            return Err(format!(
                "has counted {stats:?} after {last:?}, version {version} after {last_version}"
            ));
        }
        last.clone_from(stats);
        *last_version = version;
        Ok(())
    }
}

fn fallen(last: &Stats, stats: &Stats) -> bool {
    counts(stats).zip(counts(last)).any(|(now, before)| now < before)
}

fn counts(stats: &Stats) -> impl Iterator<Item = u64> {
    let named = [
        stats.datagrams_sent,
        stats.datagram_bytes_sent,
        stats.datagrams_received,
        stats.datagram_bytes_received,
        stats.gossip_sent,
        stats.probes,
        stats.probes_indirect,
        stats.probes_failed,
        stats.refutations,
        stats.claims_adopted,
        stats.registers_adopted,
        stats.digests_sent,
        stats.records_sent,
        stats.syncs,
    ];
    named.into_iter().chain(stats.drops().map(|(_, count)| count))
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    #[test]
    fn a_counter_that_falls_is_seen() {
        let law = &mut CountersRise::default();
        let mut scene = Scene::new();
        scene.stats.probes = u64::MAX;
        scene.holds(law);
        scene.stats.probes = 0;
        scene.breaks(law, "after Stats");
        scene.input = Input::Start;
        scene.holds(law);
        scene.input = Input::Datagram;
        scene.version = 5;
        scene.holds(law);
        scene.version = 4;
        scene.breaks(law, "version 4 after 5");
    }
}
