//! Who can reach whom, as few groups of nodes that fare alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Network, NodeId};

/// The partitions of the network at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The group of each node, numbered by their first members; empty while nothing is cut.
    pub(super) group: Vec<u32>,
    /// Between which groups nothing passes, in this direction.
    pub(super) cut: BTreeSet<(u32, u32)>,
}

impl Shape {
    pub(super) fn of(network: &Network, nodes: u32) -> Self {
        if !network.has_cuts() {
            return Self::default();
        }
        let mut groups: BTreeMap<Vec<bool>, u32> = BTreeMap::new();
        let (mut group, mut first) = (Vec::new(), Vec::new());
        for node in (0..nodes).map(NodeId) {
            let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            let number = *groups.entry(fate(network, node, nodes)).or_insert(next);
            if number == next {
                first.push((number, node));
            }
            group.push(number);
        }
        let pairs = first.iter().flat_map(|from| first.iter().map(move |to| (from, to)));
        let cut = pairs.filter(|((_, from), (_, to))| network.is_cut(*from, *to));
        Self { cut: cut.map(|((a, _), (b, _))| (*a, *b)).collect(), group }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.cut.is_empty()
    }

    pub(super) fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        let group = |node: NodeId| self.group.get(node.0 as usize).copied();
        group(from).zip(group(to)).is_some_and(|pair| self.cut.contains(&pair))
    }

    /// The members of every group.
    pub(super) fn groups(&self) -> Vec<Vec<NodeId>> {
        let mut groups: Vec<Vec<NodeId>> = Vec::new();
        for (node, &group) in (0..).map(NodeId).zip(&self.group) {
            groups.resize_with(groups.len().max(group as usize + 1), Vec::new);
            groups[group as usize].push(node);
        }
        groups
    }
}

/// From and to whom a node is cut. Two that fare alike are not cut from each other, since nobody is from itself.
fn fate(network: &Network, node: NodeId, nodes: u32) -> Vec<bool> {
    let others = (0..nodes).map(NodeId);
    others.flat_map(|other| [network.is_cut(node, other), network.is_cut(other, node)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    fn nodes(numbers: &[u32]) -> Vec<NodeId> {
        numbers.iter().copied().map(NodeId).collect()
    }

    fn network() -> Network {
        Network::new(Seed::from(1))
    }

    #[test]
    fn nodes_on_one_side_are_one_group() {
        let mut network = network();
        assert!(Shape::of(&network, 5).is_whole());
        network.partition(&[&nodes(&[0, 3]), &nodes(&[1, 2])]);
        let shape = Shape::of(&network, 5);
        assert_eq!(shape.groups(), [nodes(&[0, 3]), nodes(&[1, 2]), nodes(&[4])]);
        assert_eq!(shape.cut, BTreeSet::from([(0, 1), (1, 0)]));
        assert!(shape.is_cut(NodeId(3), NodeId(1)) && !shape.is_cut(NodeId(3), NodeId(4)));
        network.repair();
        assert!(Shape::of(&network, 5).is_whole());
    }

    #[test]
    fn a_cut_in_one_direction_is_in_one_direction() {
        let mut network = network();
        network.partition_oneway(&nodes(&[0]), &nodes(&[1, 2]));
        assert_eq!(Shape::of(&network, 3).cut, BTreeSet::from([(0, 1)]));
    }

    #[test]
    fn every_pair_is_cut_in_the_shape_if_it_is_cut_in_the_network() {
        let mut network = network();
        network.isolate(NodeId(2));
        network.partition(&[&nodes(&[0, 1, 2]), &nodes(&[3]), &nodes(&[4, 5])]);
        let shape = Shape::of(&network, 8);
        for (from, to) in (0..8).flat_map(|a| (0..8).map(move |b| (NodeId(a), NodeId(b)))) {
            assert_eq!(shape.is_cut(from, to), network.is_cut(from, to), "{from} to {to}");
        }
    }
}
