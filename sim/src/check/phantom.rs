//! S2: nobody knows of a member what that member never said.

use super::{Law, Moment};

pub(super) struct NoPhantom;

impl Law for NoPhantom {
    fn rule(&self) -> &'static str {
        "S2"
    }

    fn presumes_truth(&self) -> bool {
        true
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            let Some(after) = &change.after else { continue };
            match moment.truth.word(&change.subject) {
                Some(last) if after.word <= last => {}
                Some(last) => {
                    return Err(format!(
                        "knows {} at {}, which is at {last} itself",
                        change.subject, after.word
                    ));
                }
                None => return Err(format!("knows {}, whom there never was", change.subject)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::Alive;

    use super::super::scene::{Scene, row};
    use super::*;

    #[test]
    fn a_word_that_nobody_spoke_is_seen() {
        let learn = |subject, row| Scene::new().change(subject, None, Some(row));
        learn("x", row(5, 5, Alive)).holds(&mut NoPhantom);
        learn("x", row(5, 6, Alive)).breaks(&mut NoPhantom, "knows x at 5.6, which is at 5.5 itself");
        learn("x", row(6, 0, Alive)).breaks(&mut NoPhantom, "knows x at 6.0");
        learn("ghost", row(1, 0, Alive)).breaks(&mut NoPhantom, "knows ghost, whom there never was");
    }
}
