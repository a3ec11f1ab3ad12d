//! Networks that fall apart for a while.

use std::time::Duration;

use crate::bounds::{DETECTED, FORMED, HEALED};
use crate::cluster::{Burial, Cluster};
use crate::rig::HOSTS;
use crate::scenarios::{Times, nobody_is_buried_but, wrong_burials};

const MINUTE: Duration = Duration::from_secs(60);
const FLAP: Duration = Duration::from_secs(1);
const FLAPS: usize = 20;

/// Three and four; each side goes on without the other.
pub(super) fn split(cluster: &mut Cluster) -> Times {
    let (few, many) = ([0, 1, 2], [3, 4, 5, 6]);
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    cluster.rig.part(&few, &many);
    let detected = cluster.wait("each side misses the other", DETECTED, |cluster| {
        cluster.are_gone(&few, &many) && cluster.are_gone(&many, &few)
    });
    cluster.hold(MINUTE.saturating_sub(detected));
    let across = |burial: &Burial| few.contains(&burial.by) != few.contains(&burial.whom);
    nobody_is_buried_but(cluster, mark, across);
    cluster.rig.heal();
    let healed = cluster.wait("all are back", HEALED, Cluster::all_know_all);
    // What one side believed of the other, the other may believe until those who are meant have answered.
    let wrong = Some(wrong_burials(cluster, mark, across).len());
    Times { formed: Some(formed), detected: Some(detected), healed: Some(healed), wrong, ..Times::default() }
}

/// A node whose interface goes down and loses its address is missed by the others, and back when it has both again.
pub(super) fn unplugged(cluster: &mut Cluster) -> Times {
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    cluster.rig.unplug(0);
    let others: Vec<_> = (1..HOSTS).collect();
    let detected = cluster.wait("all miss it", DETECTED, |cluster| cluster.are_gone(&[0], &others));
    cluster.rig.plug_in(0);
    let healed = cluster.wait("all are back", HEALED, Cluster::all_know_all);
    let wrong = nobody_is_buried_but(cluster, mark, |burial| burial.by == 0 || burial.whom == 0);
    Times { formed: Some(formed), detected: Some(detected), healed: Some(healed), wrong, ..Times::default() }
}

/// One whose kernel refuses to send every other second comes to rest, and costs no other its good name.
pub(super) fn flapping(cluster: &mut Cluster) -> Times {
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    for _ in 0..FLAPS {
        cluster.rig.forbid(0);
        cluster.hold(FLAP);
        cluster.rig.heal();
        cluster.hold(FLAP);
    }
    cluster.rig.forbid(0);
    cluster.set(0, "word", "spoken");
    cluster.hold(FLAP);
    cluster.rig.heal();
    let healed = cluster.wait("all hear it and are back", HEALED, |cluster| {
        cluster.all_see(0, "word", "spoken") && cluster.all_know_all()
    });
    let wrong = nobody_is_buried_but(cluster, mark, |burial| burial.by == 0 || burial.whom == 0);
    Times { formed: Some(formed), healed: Some(healed), wrong, ..Times::default() }
}
