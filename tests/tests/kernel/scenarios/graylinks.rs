//! Links that are dead between some while all are alive: nobody may be declared dead.

use std::time::Duration;

use crate::bounds::{FORMED, TOLD};
use crate::cluster::Cluster;
use crate::rig::HOSTS;
use crate::scenarios::{Times, nobody_is_buried_but};

/// Time for some rounds of probes and for a suspicion to run out.
const LONG: Duration = Duration::from_secs(45);

/// What the first sends to the second does not arrive; the way back is open.
pub(super) fn one_way(cluster: &mut Cluster) -> Times {
    live_with(cluster, |cluster| cluster.rig.cut(0, 1))
}

/// Three and three do not reach each other, one reaches all.
pub(super) fn bridge(cluster: &mut Cluster) -> Times {
    live_with(cluster, |cluster| cluster.rig.part(&[0, 1, 2], &[4, 5, 6]))
}

fn live_with(cluster: &mut Cluster, fault: fn(&mut Cluster)) -> Times {
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    fault(cluster);
    cluster.hold(LONG);
    cluster.set(0, "word", "spoken");
    let told = cluster.wait("all hear it", TOLD, |cluster| cluster.all_see(0, "word", "spoken"));
    let wrong = nobody_is_buried_but(cluster, mark, |_| false);
    Times { formed: Some(formed), told: Some(told), wrong, ..Times::default() }
}
