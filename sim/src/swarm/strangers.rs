//! Nodes of whom none knows where the others are: no protocol brings them together, so an operator has to.

use std::collections::BTreeSet;

use swim_codec::{Record, Snapshot, State};
use swim_core::Node;

use crate::{Cluster, NodeId};

/// One node of each circle. In a circle all know of each other, if only by way of others of it.
pub(super) fn strangers(cluster: &Cluster<Node>, nodes: &[NodeId]) -> Vec<NodeId> {
    let mut circles: Vec<BTreeSet<NodeId>> = Vec::new();
    for &node in nodes {
        let known = known_to(cluster, node).into_iter().filter(|other| nodes.contains(other));
        let mut circle: BTreeSet<_> = known.chain([node]).collect();
        let (met, apart): (Vec<_>, Vec<_>) =
            circles.into_iter().partition(|other| !other.is_disjoint(&circle));
        met.into_iter().for_each(|mut other| circle.append(&mut other));
        circles = apart;
        circles.push(circle);
    }
    circles.iter().filter_map(|circle| circle.first().copied()).collect()
}

/// At whose address a node would ask: all that it keeps but where somebody was who left on purpose.
fn known_to(cluster: &Cluster<Node>, node: NodeId) -> BTreeSet<NodeId> {
    let Some(snapshot) = cluster.machines().get(node).map(Node::snapshot) else { return BTreeSet::new() };
    let snapshot = Snapshot::open(&snapshot).expect("just taken");
    let addrs = snapshot.records().filter_map(|record| match record {
        Record::Seed(addr) => Some(addr),
        Record::Claim(claim) if claim.status.state() != State::Left => Some(claim.addr),
        Record::Claim(_) | Record::Register(_) => None,
    });
    addrs.filter_map(|addr| cluster.machines().at(&addr.to_addr())).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use swim_core::Config;

    use super::*;
    use crate::population::{Population, addr};

    fn population(seeds: &[usize]) -> Population {
        Population::plain("n", Config::local(), seeds.iter().map(|&seed| addr(seed)).collect())
    }

    /// A cluster in which each node was told to join these.
    fn cluster(seeds: &[&[usize]]) -> (Cluster<Node>, Vec<NodeId>) {
        let mut cluster = Cluster::new(1);
        let nodes = seeds.iter().map(|seeds| population(seeds).add(&mut cluster)).collect();
        (cluster, nodes)
    }

    #[test]
    fn whoever_knows_one_of_a_circle_belongs_to_it() {
        let (cluster, nodes) = cluster(&[&[], &[0], &[1], &[], &[3]]);
        assert_eq!(strangers(&cluster, &nodes), [NodeId(0), NodeId(3)]);
        assert_eq!(strangers(&cluster, &nodes[..3]), [NodeId(0)]);
    }

    #[test]
    fn one_who_knows_several_circles_makes_them_one() {
        let (cluster, nodes) = cluster(&[&[], &[], &[], &[0, 1]]);
        assert_eq!(strangers(&cluster, &nodes), [NodeId(2), NodeId(0)]);
    }

    #[test]
    fn whoever_is_where_nobody_knows_of_is_a_stranger() {
        let (mut cluster, nodes) = cluster(&[&[], &[0], &[]]);
        cluster.run_for(Duration::from_secs(5));
        assert_eq!(strangers(&cluster, &nodes[..2]), [NodeId(0)]);
        population(&[2]).restart_at(&mut cluster, nodes[1], addr(9), &[addr(2)]);
        assert_eq!(strangers(&cluster, &nodes[..2]), [NodeId(0), NodeId(1)]);
        assert_eq!(strangers(&cluster, &nodes), [NodeId(0), NodeId(1)]);
    }
}
