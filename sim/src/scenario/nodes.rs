//! Sets of nodes: how they are named in a scenario, and how they are told.

use std::collections::BTreeSet;
use std::fmt;

use crate::NodeId;

/// Some nodes. Displayed as in a scenario: `n0..n3, n7`, or `nobody`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nodes(pub(super) BTreeSet<NodeId>);

impl Nodes {
    pub(super) fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn to_vec(&self) -> Vec<NodeId> {
        self.iter().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, node: NodeId) -> bool {
        self.0.contains(&node)
    }

    pub(super) fn without(&self, others: &Self) -> Self {
        Self(self.0.difference(&others.0).copied().collect())
    }

    pub(super) fn and(&self, others: &Self) -> Self {
        Self(self.0.union(&others.0).copied().collect())
    }

    /// The first of them, so many.
    pub(super) fn first(&self, count: usize) -> Self {
        self.iter().take(count).collect()
    }

    /// The numbers that follow each other, as their first and last.
    fn runs(&self) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for NodeId(number) in self.iter() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => runs.push((number, number)),
            }
        }
        runs
    }
}

impl FromIterator<NodeId> for Nodes {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

impl fmt::Display for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nobody");
        }
        for (place, (first, last)) in self.runs().into_iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            match last - first {
                0 => write!(f, "{comma}n{first}")?,
                1 => write!(f, "{comma}n{first}, n{last}")?,
                _ => write!(f, "{comma}n{first}..n{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_follow_each_other_are_told_as_a_range() {
        let text = |numbers: &[u32]| numbers.iter().copied().map(NodeId).collect::<Nodes>().to_string();
        assert_eq!(text(&[]), "nobody");
        assert_eq!(text(&[3]), "n3");
        assert_eq!(text(&[0, 1, 4]), "n0, n1, n4");
        assert_eq!(text(&[7, 0, 1, 2, 3]), "n0..n3, n7");
    }
}
