//! How much of what the nodes believe of each other is true, over time.

use super::beliefs::{Belief, What};
use super::moment::Turn;
use super::recorder::Recording;
use crate::NodeId;

/// Points of the curve at most.
const POINTS_MAX: u64 = 600;

/// With those at which all became right.
const CURVE_MAX: usize = 4_000;

/// The share of pairs of which the one believes what is true of the other.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    /// From some time on in microseconds, the pairs that are right, and all.
    pub(super) curve: Vec<(u64, usize, usize)>,
    /// When all became right, in microseconds.
    pub(super) complete: Vec<u64>,
}

impl Agreement {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut agreement = Self::default();
        let mut table = Table::new(recording);
        let span = (recording.end / POINTS_MAX).max(1);
        let mut log = recording.beliefs.log().iter().peekable();
        let mut moments = recording.moments.iter().peekable();
        loop {
            let next = [log.peek().map(|change| change.at), moments.peek().map(|moment| moment.at)];
            let Some(now) = next.into_iter().flatten().min() else { return agreement };
            while let Some(moment) = moments.next_if(|moment| moment.at == now) {
                table.turn(moment.node, moment.turn);
            }
            while let Some(change) = log.next_if(|change| change.at == now) {
                table.change(change.observer, change.what);
            }
            agreement.note(now, span, table.right, table.pairs);
        }
    }

    fn note(&mut self, now: u64, span: u64, right: usize, pairs: usize) {
        let was_complete = self.curve.last().is_some_and(|(_, right, pairs)| right == pairs);
        if right == pairs && !was_complete {
            self.complete.push(now);
        }
        let full = self.curve.len() > CURVE_MAX;
        match self.curve.last_mut() {
            Some(last) if last.0 / span == now / span && (full || self.complete.last() != Some(&now)) => {
                *last = (last.0, right, pairs);
            }
            _ => self.curve.push((now, right, pairs)),
        }
    }
}

/// What everybody believes, and how many are right.
struct Table<'a> {
    recording: &'a Recording,
    present: Vec<bool>,
    view: Vec<Vec<Belief>>,
    right: usize,
    pairs: usize,
    /// How many others each node could know.
    peers: Vec<usize>,
}

impl<'a> Table<'a> {
    fn new(recording: &'a Recording) -> Self {
        let count = recording.nodes.len();
        let view = vec![vec![Belief::Unknown; count]; count];
        let peers = recording
            .nodes
            .iter()
            .map(|row| recording.nodes.iter().filter(|other| other.cluster == row.cluster).count() - 1);
        let peers = peers.collect();
        Self { recording, present: vec![false; count], view, right: 0, pairs: 0, peers }
    }

    fn turn(&mut self, node: NodeId, turn: Turn) {
        match turn {
            Turn::Start | Turn::Restart => self.set_present(node.0 as usize, true),
            Turn::Crash | Turn::Leave | Turn::Exit => self.set_present(node.0 as usize, false),
            Turn::Refute => {}
        }
    }

    fn set_present(&mut self, node: usize, present: bool) {
        if self.present[node] != present {
            self.right -= self.right_around(node);
            self.present[node] = present;
            self.right += self.right_around(node);
            let peers = self.peers[node];
            self.pairs = if present { self.pairs + peers } else { self.pairs - peers };
        }
    }

    fn change(&mut self, observer: NodeId, what: What) {
        let observer = observer.0 as usize;
        match what {
            What::Of(subject, belief) => {
                let subject = subject.0 as usize;
                self.right -= usize::from(self.is_right(observer, subject));
                self.view[observer][subject] = belief;
                self.right += usize::from(self.is_right(observer, subject));
            }
            What::Nothing => {
                self.right -= self.right_of(observer);
                self.view[observer].fill(Belief::Unknown);
                self.right += self.right_of(observer);
            }
        }
    }

    /// Right pairs in which this node believes.
    fn right_of(&self, observer: usize) -> usize {
        (0..self.present.len()).filter(|subject| self.is_right(observer, *subject)).count()
    }

    /// Right pairs with this node in it.
    fn right_around(&self, node: usize) -> usize {
        let others = 0..self.present.len();
        let pairs = others.filter(|other| *other != node).flat_map(|other| [(node, other), (other, node)]);
        pairs.filter(|(observer, subject)| self.is_right(*observer, *subject)).count()
    }

    fn is_right(&self, observer: usize, subject: usize) -> bool {
        let nodes = &self.recording.nodes;
        let counts = self.present[observer]
            && observer != subject
            && nodes[observer].cluster == nodes[subject].cluster;
        let believed = self.view[observer][subject];
        counts && if self.present[subject] { believed == Belief::Alive } else { !is_live(believed) }
    }
}

fn is_live(belief: Belief) -> bool {
    matches!(belief, Belief::Alive | Belief::Suspect)
}
