//! S2 for registers: nobody knows a value that its owner never set.

use super::said::sum;
use super::{Law, Moment};

pub(super) struct NoHearsay;

impl Law for NoHearsay {
    fn rule(&self) -> &'static str {
        "S2"
    }

    fn presumes_truth(&self) -> bool {
        true
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            let after = change.after.iter().flat_map(|row| &row.registers);
            for (key, value) in after {
                if !moment.truth.has_set(&change.subject, key, sum(value)) {
                    let (who, len) = (&change.subject, value.len());
                    return Err(format!("knows {len} bytes under {key} of {who}, which never set them"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::Alive;

    use super::super::record::Row;
    use super::super::scene::{Scene, name, row};
    use super::*;

    #[test]
    fn a_value_that_nobody_set_is_seen() {
        let registers = [("role".to_owned(), b"db".to_vec())].into();
        let mut scene = Scene::new().change("x", None, Some(Row { registers, ..row(1, 0, Alive) }));
        scene.breaks(&mut NoHearsay, "knows 2 bytes under role of x");
        scene.truth.set(&name("x"), "role", sum(b"db"));
        scene.holds(&mut NoHearsay);
    }
}
