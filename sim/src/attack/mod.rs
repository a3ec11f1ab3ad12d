//! Attackers: whoever sends what no honest node would, from wherever it stands.
//!
//! Each draws from a seed of its own, and does one thing each time it is asked to [`act`](Attacker::act);
//! [`launch`] lets it act again and again.

mod caller;
mod forger;
mod impostor;
mod liar;
mod lie;
mod on_path;
mod slow_consumer;
mod stranger;

use std::time::Duration;

use swim_core::{Instant, Node};

use crate::Cluster;

pub use caller::{Caller, Trick};
pub use impostor::Impostor;
pub use liar::Liar;
pub use lie::Lie;
pub use on_path::OnPath;
pub use slow_consumer::SlowConsumer;
pub use stranger::Stranger;

/// Somebody who means harm.
pub trait Attacker {
    /// Does one thing, now.
    fn act(&mut self, cluster: &mut Cluster<Node>);
}

/// Lets an attacker act now and then once in every `pause`, for as long as `end` has not come.
pub fn launch(
    cluster: &mut Cluster<Node>,
    mut attacker: impl Attacker + 'static,
    pause: Duration,
    end: Instant,
) {
    if cluster.now() < end {
        attacker.act(cluster);
        let next = cluster.now() + pause.max(Duration::from_nanos(1));
        cluster.at(next, move |cluster| launch(cluster, attacker, pause, end));
    }
}
