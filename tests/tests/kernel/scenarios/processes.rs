//! Processes that end, stand still, or get nothing from their kernel.

use std::time::Duration;

use rustix::process::Signal;

use crate::bounds::{DETECTED, FORMED, HEALED, RETURNED};
use crate::cluster::Cluster;
use crate::rig::HOSTS;
use crate::scenarios::Times;

const MINUTE: Duration = Duration::from_secs(60);
/// Who stands still for how long; nobody may miss the first two.
const SHORT_PAUSES: [(usize, Duration); 2] = [(1, Duration::from_millis(100)), (2, Duration::from_secs(1))];
const PAUSE: (usize, Duration) = (3, Duration::from_secs(10));
/// Who stands still for a minute.
const SLEEPER: usize = 4;
/// Time without descriptors.
const HUNGRY: Duration = Duration::from_secs(20);

pub(super) fn killed(cluster: &mut Cluster) -> Times {
    let victims = [1, 5];
    let others = [0, 2, 3, 4, 6];
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    victims.iter().for_each(|&host| cluster.kill(host));
    let detected = cluster.wait("all miss them", DETECTED, |cluster| cluster.are_gone(&victims, &others));
    victims.iter().for_each(|&host| cluster.start(host, &[0]));
    let healed = cluster.wait("all are back", RETURNED, Cluster::all_know_all);
    let wrong: Vec<_> =
        cluster.burials_since(mark).into_iter().filter(|(_, whom)| !victims.contains(whom)).collect();
    assert!(wrong.is_empty(), "declared dead (by, whom): {wrong:?}\n{}", cluster.story());
    Times { formed: Some(formed), detected: Some(detected), healed: Some(healed), ..Times::default() }
}

/// SIGSTOP and SIGCONT.
pub(super) fn stopped(cluster: &mut Cluster) -> Times {
    let formed = cluster.form(0..HOSTS, FORMED);
    let mark = cluster.mark();
    for (host, pause) in SHORT_PAUSES {
        stop_for(cluster, host, pause);
    }
    let burials = cluster.burials_since(mark);
    assert!(burials.is_empty(), "declared dead (by, whom): {burials:?}\n{}", cluster.story());
    let (host, pause) = PAUSE;
    stop_for(cluster, host, pause);

    cluster.node(SLEEPER).signal(Signal::STOP);
    let others: Vec<_> = (0..HOSTS).filter(|&host| host != SLEEPER).collect();
    let detected = cluster.wait("all miss it", DETECTED, |cluster| cluster.are_gone(&[SLEEPER], &others));
    cluster.hold(MINUTE.saturating_sub(detected));
    cluster.node(SLEEPER).signal(Signal::CONT);
    let healed = cluster.wait("all are back", HEALED, Cluster::all_know_all);
    let wrong: Vec<_> = cluster
        .burials_since(mark)
        .into_iter()
        .filter(|&(by, whom)| by == host || by == SLEEPER || ![host, SLEEPER].contains(&whom))
        .collect();
    assert!(wrong.is_empty(), "declared dead (by, whom): {wrong:?}\n{}", cluster.story());
    Times { formed: Some(formed), detected: Some(detected), healed: Some(healed), ..Times::default() }
}

fn stop_for(cluster: &mut Cluster, host: usize, pause: Duration) {
    cluster.node(host).signal(Signal::STOP);
    cluster.hold(pause);
    cluster.node(host).signal(Signal::CONT);
    cluster.hold(Duration::from_secs(2));
    cluster.wait("all are back", HEALED, Cluster::all_know_all);
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
    let burials = cluster.burials_since(mark);
    assert!(burials.is_empty(), "declared dead (by, whom): {burials:?}\n{}", cluster.story());
    assert!(cluster.count(hungry).accept_errors > 0, "descriptors never ran out");
    Times { formed: Some(formed), healed: Some(healed), ..Times::default() }
}
