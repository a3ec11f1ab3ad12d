//! A member is killed and starts again: how soon is its new life alive everywhere?

use std::time::Duration;

use swim_core::{Config, Node};

use super::samples::{Samples, at_most};
use super::town::Town;
use super::{Effort, Row};

const NODES: usize = 64;
const P99_MAX: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(120);

/// Whether anything is left of the former life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Kept,
    Lost,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Same,
    Other,
}

pub(super) fn run(effort: Effort) -> Vec<Row> {
    let restarts = effort.pick(10, 50);
    let mut rows = Vec::new();
    for (down, name) in [(Duration::from_secs(1), "1 s"), (Duration::from_secs(60), "1 min")] {
        for (state, place) in [
            (State::Lost, Place::Same),
            (State::Kept, Place::Same),
            (State::Lost, Place::Other),
            (State::Kept, Place::Other),
        ] {
            rows.push(row(down, name, state, place, restarts));
        }
    }
    rows
}

fn row(down: Duration, name: &str, state: State, place: Place, restarts: usize) -> Row {
    let mut town = Town::at_peace(11, NODES, Config::lan());
    let times: Samples = (0..restarts).map(|_| restart(&mut town, down, state, place)).collect();
    let words = match (state, place) {
        (State::Lost, Place::Same) => "no state, same address",
        (State::Kept, Place::Same) => "state kept, same address",
        (State::Lost, Place::Other) => "no state, new address",
        (State::Kept, Place::Other) => "state kept, new address",
    };
    let good = at_most(times.p99(), P99_MAX);
    Row::new(format!("down for {name}, {words}"), times.len(), times.summary()).demand("p99 <= 5 s", good)
}

fn restart(town: &mut Town, down: Duration, state: State, place: Place) -> Option<Duration> {
    let node = town.some(1)[0];
    let snapshot = town.node(node).map(Node::snapshot).filter(|_| state == State::Kept);
    let name = town.name(node);
    town.cluster.crash(node);
    town.run_for(down);
    town.restart(name, Some(node).filter(|_| place == Place::Same), snapshot.as_deref());
    let back = town.whole(PATIENCE);
    town.run_for(Duration::from_secs(5));
    back
}
