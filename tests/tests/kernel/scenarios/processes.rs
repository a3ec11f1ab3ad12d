//! Processes that end, stand still, or get nothing from their kernel.

use std::time::Duration;

use rustix::process::Signal;

use crate::bounds::{DETECTED, FORMED, HEALED, RETURNED};
use crate::cluster::Cluster;
use crate::rig::HOSTS;
use crate::scenarios::{AFTERMATH, Times, nobody_is_buried_but};

/// Who stands still for how long: nobody may miss the first two, all have to miss the others.
const PAUSES: [(usize, Duration); 4] = [
    (1, Duration::from_millis(100)),
    (2, Duration::from_secs(1)),
    (3, Duration::from_secs(10)),
    (4, Duration::from_secs(60)),
];
/// Time without descriptors.
const HUNGRY: Duration = Duration::from_secs(20);

pub(super) fn killed(cluster: &mut Cluster) -> Times {
    let victims = [1, 5];
    let others = [0, 2, 3, 4, 6];
    let formed = cluster.form(0..HOSTS, FORMED);
    let killed = cluster.mark();
    victims.iter().for_each(|&host| cluster.kill(host));
    let detected = cluster.wait("all miss them", DETECTED, |cluster| cluster.are_gone(&victims, &others));
    let gone = killed..cluster.mark();
    victims.iter().for_each(|&host| cluster.start(host, &[0]));
    let healed = cluster.wait("all are back", RETURNED, Cluster::all_know_all);
    cluster.hold(AFTERMATH);
    let wrong = nobody_is_buried_but(cluster, killed, |burial| {
        victims.contains(&burial.whom) && gone.contains(&burial.at)
    });
    Times { formed: Some(formed), detected: Some(detected), healed: Some(healed), wrong, ..Times::default() }
}

/// SIGSTOP and SIGCONT. Who stood still accuses nobody of it.
pub(super) fn stopped(cluster: &mut Cluster) -> Times {
    let formed = cluster.form(0..HOSTS, FORMED);
    let [shortest, short, long, minute] = PAUSES;
    for (host, pause) in [shortest, short] {
        let mark = cluster.mark();
        cluster.node(host).signal(Signal::STOP);
        cluster.hold(pause);
        wake(cluster, host);
        cluster.hold(AFTERMATH);
        nobody_is_buried_but(cluster, mark, |_| false);
    }
    let mut times = Times { formed: Some(formed), ..Times::default() };
    for (host, pause) in [long, minute] {
        let mark = cluster.mark();
        let others: Vec<_> = (0..HOSTS).filter(|&other| other != host).collect();
        cluster.node(host).signal(Signal::STOP);
        let detected = cluster.wait("all miss it", DETECTED, |cluster| cluster.are_gone(&[host], &others));
        cluster.hold(pause.saturating_sub(detected));
        let healed = wake(cluster, host);
        let wrong = nobody_is_buried_but(cluster, mark, |burial| burial.whom == host);
        times = Times { detected: Some(detected), healed: Some(healed), wrong, ..times };
    }
    times
}

/// Answers how long it took until all saw all alive.
fn wake(cluster: &mut Cluster, host: usize) -> Duration {
    cluster.node(host).signal(Signal::CONT);
    cluster.wait("all are back", HEALED, Cluster::all_know_all)
}

/// A node that gets no descriptors stays a member and does not spin; a newcomer that knows nobody else gets in as soon
/// as there are some.
pub(super) fn without_descriptors(cluster: &mut Cluster) -> Times {
    let (hungry, newcomer) = (0, HOSTS - 1);
    let formed = cluster.form(0..newcomer, FORMED);
    let mark = cluster.mark();
    cluster.node(hungry).take_descriptors();
    let before = cluster.node(hungry).processor_time();
    cluster.start(newcomer, &[hungry]);
    cluster.hold(HUNGRY);
    let used = cluster.node(hungry).processor_time() - before;
    assert!(used < HUNGRY / 10, "{used:?} of processor time in {HUNGRY:?}");
    cluster.node(hungry).give_descriptors();
    let healed = cluster.wait("the newcomer is in", HEALED, Cluster::all_know_all);
    let wrong = nobody_is_buried_but(cluster, mark, |_| false);
    assert!(cluster.count(hungry).accept_errors > 0, "descriptors never ran out");
    Times { formed: Some(formed), healed: Some(healed), wrong, ..Times::default() }
}
