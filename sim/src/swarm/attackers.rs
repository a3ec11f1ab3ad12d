//! Whoever means harm, for as long as the plan says.

use std::time::Duration;

use swim_core::{ClusterId, Instant, Key, Keyring, Local, Node};

use super::OURS;
use super::fault::Foe;
use super::keys::suite_of;
use super::phases::Ours;
use crate::attack::{Caller, Impostor, Liar, Lie, OnPath, Stranger, Trick, launch};
use crate::population::{Population, shared_key};
use crate::{Cluster, Seed};

/// The child of a run's seed that decides what attackers do.
const ATTACKS: u64 = 21;
/// The child of an attacker's seed that decides what it does on streams.
const STREAMS: u64 = 2;
/// The number of the first liar: no node has it.
const LIARS: usize = 1 << 15;

/// Sends an attacker, the one with this number in its run; those who have the key have that of the day.
pub(super) fn send(
    ours: &Ours<'_>,
    population: &Population,
    cluster: &mut Cluster<Node>,
    by: &Foe,
    number: usize,
    pause: Duration,
    end: Instant,
) {
    let seed = Seed::from(ours.plan.seed).child(ATTACKS).child(number as u64);
    let (name, keyring) = (ClusterId::from_name(OURS), population.keyring.clone());
    if by.is_insider() {
        ours.lies.begin(ours.plan.has_only_insiders());
    }
    let local = population.local(LIARS + number, cluster.now());
    match by {
        Foe::Stranger => {
            launch(cluster, Stranger::new(seed, name), pause, end);
            let nobodys = Keyring::sealed(Key::from_bytes(seed.child(STREAMS).bytes()));
            call(cluster, seed, local, nobodys, pause, end);
        }
        Foe::OnPath { percent } => {
            let share = f64::from(*percent) / 100.0;
            let on_path = OnPath::tap(seed, &mut cluster.network, share, end);
            launch(cluster, on_path, pause, end);
        }
        Foe::ExMember => {
            let old = || Keyring::sealed(Key::from_bytes([8; 32]));
            launch(cluster, Impostor::new(seed, name, old()), pause, end);
            call(cluster, seed, local, old(), pause, end);
        }
        Foe::Neighbour => {
            let theirs = ClusterId::from_name("neighbours");
            let same = || shared_key(suite_of(ours.plan.seed));
            launch(cluster, Impostor::new(seed, theirs, same()), pause, end);
            call(cluster, seed, Local { cluster: theirs, ..local }, same(), pause, end);
        }
        Foe::Impostor => launch(cluster, Impostor::new(seed, name, keyring), pause, end),
        Foe::Liar { lies } => {
            ours.lies.note_liar(&local);
            launch(cluster, Liar::new(seed, local, keyring, lies), pause, end);
        }
        Foe::Caller { lies, tricks } => {
            ours.lies.note_liar(&local);
            launch(cluster, Caller::new(seed, local, keyring, lies, tricks), pause, end);
        }
    }
}

/// Somebody without the key dials as well.
fn call(cluster: &mut Cluster<Node>, seed: Seed, local: Local, keys: Keyring, pause: Duration, end: Instant) {
    let caller = Caller::new(seed.child(STREAMS), local, keys, &Lie::ALL, &Trick::ALL);
    launch(cluster, caller, pause, end);
}
