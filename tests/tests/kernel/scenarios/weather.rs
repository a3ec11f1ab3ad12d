//! A network that is bad everywhere, all the time: a cluster forms, talks, loses a member and gets it back.

use std::time::Duration;

use crate::bounds::{DETECTED, FORMED, RETURNED, TOLD};
use crate::cluster::Cluster;
use crate::link::Weather;
use crate::rig::HOSTS;
use crate::scenarios::{AFTERMATH, Times, wrong_burials};

/// Who is killed.
const VICTIM: usize = HOSTS - 1;
/// Long enough for each to have probed each.
const CALM: Duration = Duration::from_secs(15);

pub(super) fn baseline(cluster: &mut Cluster) -> Times {
    without_a_mistake(cluster)
}

pub(super) fn loss(cluster: &mut Cluster) -> Times {
    cluster.rig.lose(100);
    without_a_mistake(cluster)
}

/// Nobody promises that such a network deceives no one, only that mistakes are put right.
pub(super) fn heavy_loss(cluster: &mut Cluster) -> Times {
    cluster.rig.lose(300);
    live(cluster)
}

pub(super) fn latency(cluster: &mut Cluster) -> Times {
    let delay = Duration::from_millis(200);
    cluster.rig.weather(Weather { delay, jitter: delay / 2, ..Weather::default() });
    without_a_mistake(cluster)
}

pub(super) fn disorder(cluster: &mut Cluster) -> Times {
    let delay = Duration::from_millis(30);
    cluster.rig.weather(Weather { delay, jitter: delay, doubled: 300, ..Weather::default() });
    without_a_mistake(cluster)
}

/// What was changed on the way is found and counted.
pub(super) fn corruption(cluster: &mut Cluster) -> Times {
    cluster.rig.weather(Weather { damaged: 100, ..Weather::default() });
    let times = without_a_mistake(cluster);
    let dropped: u64 = (0..HOSTS).map(|host| cluster.count(host).dropped).sum();
    assert!(dropped > 0, "damage goes unnoticed");
    times
}

fn without_a_mistake(cluster: &mut Cluster) -> Times {
    let times = live(cluster);
    assert_eq!(times.wrong, Some(0), "the living are declared dead\n{}", cluster.story());
    times
}

fn live(cluster: &mut Cluster) -> Times {
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    cluster.hold(CALM);
    cluster.set(1, "word", "spoken");
    let told = cluster.wait("all hear it", TOLD, |cluster| cluster.all_see(1, "word", "spoken"));
    let killed = cluster.mark();
    cluster.kill(VICTIM);
    let others: Vec<_> = (0..VICTIM).collect();
    let detected = cluster.wait("all miss it", DETECTED, |cluster| cluster.are_gone(&[VICTIM], &others));
    let gone = killed..cluster.mark();
    cluster.start(VICTIM, &[0, 1]);
    let healed = cluster.wait("all are back", RETURNED, Cluster::all_know_all);
    cluster.hold(AFTERMATH);
    let wrong =
        wrong_burials(cluster, mark, |burial| burial.whom == VICTIM && gone.contains(&burial.at)).len();
    Times {
        formed: Some(formed),
        told: Some(told),
        detected: Some(detected),
        healed: Some(healed),
        wrong: Some(wrong),
    }
}
