//! Who plays which part.

use swim_core::Name;

/// The register that is set.
pub(crate) const KEY: &str = "role";
/// What it is set to.
pub(crate) const VALUE: &str = "database";

/// The nodes, called n1, n2 and so on.
pub(crate) struct Cast {
    /// Whom all others join through; leaves in the end.
    pub(crate) seed: Name,
    /// Sets a register.
    pub(crate) setter: Name,
    /// Everybody between the setter and the victim.
    others: Vec<Name>,
    /// Is killed, and returns.
    pub(crate) victim: Name,
}

impl Cast {
    /// At least three nodes: one for each part.
    pub(crate) fn of(nodes: u8) -> Self {
        Self {
            seed: name(1),
            setter: name(2),
            others: (3..nodes).map(name).collect(),
            victim: name(nodes.max(3)),
        }
    }

    pub(crate) fn everybody(&self) -> impl Iterator<Item = &Name> {
        [&self.seed, &self.setter].into_iter().chain(&self.others).chain([&self.victim])
    }

    /// All who join through the seed.
    pub(crate) fn joiners(&self) -> impl Iterator<Item = &Name> {
        self.everybody().skip(1)
    }

    pub(crate) fn len(&self) -> usize {
        3 + self.others.len()
    }

    /// `n2, n3, n4 and n5`, or `n2 to n12`.
    pub(crate) fn list_joiners(&self) -> String {
        let names: Vec<_> = self.joiners().map(Name::as_str).collect();
        match names.as_slice() {
            [first, .., last] if names.len() > 6 => format!("{first} to {last}"),
            [most @ .., last] => format!("{} and {last}", most.join(", ")),
            [] => String::new(),
        }
    }
}

#[allow(clippy::expect_used, reason = "two to four letters are a name")]
fn name(number: u8) -> Name {
    Name::new(&format!("n{number}")).expect("a short name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_played_by_another_node() {
        for nodes in 3..=50 {
            let cast = Cast::of(nodes);
            let names: Vec<_> = cast.everybody().map(Name::as_str).collect();
            let expected: Vec<_> = (1..=nodes).map(|number| format!("n{number}")).collect();
            assert_eq!(names, expected);
            assert_eq!(cast.len(), usize::from(nodes));
        }
    }

    #[test]
    fn long_lists_are_cut_short() {
        assert_eq!(Cast::of(3).list_joiners(), "n2 and n3");
        assert_eq!(Cast::of(5).list_joiners(), "n2, n3, n4 and n5");
        assert_eq!(Cast::of(12).list_joiners(), "n2 to n12");
    }
}
