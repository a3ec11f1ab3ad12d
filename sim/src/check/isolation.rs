//! S14: what another cluster sends never becomes a record here.

use super::{Law, Moment};

pub(super) struct Isolation;

impl Law for Isolation {
    fn rule(&self) -> &'static str {
        "S14"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let ours = (moment.cluster_of)(moment.observer);
        let mut known = moment.changes.iter().filter(|change| change.after.is_some());
        match known.find(|change| (moment.cluster_of)(&change.subject) != ours) {
            Some(change) => Err(format!("knows {}, who is of another cluster", change.subject)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::Alive;

    use super::super::scene::{Scene, row};
    use super::*;

    #[test]
    fn a_member_of_another_cluster_is_seen() {
        let learn = |subject| Scene::new().change(subject, None, Some(row(1, 0, Alive)));
        learn("x").holds(&mut Isolation);
        learn("foreigner").breaks(&mut Isolation, "knows foreigner, who is of another cluster");
    }
}
