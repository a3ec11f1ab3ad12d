//! S6: one word of a member means one address, for everybody and in every state.

use std::collections::BTreeMap;

use swim_core::{Addr, Name};

use super::record::Word;
use super::{Law, Moment};

/// The address that came with each word, whoever knew it first.
#[derive(Default)]
pub(super) struct OneAddressPerWord(BTreeMap<(Name, Word), Addr>);

impl Law for OneAddressPerWord {
    fn rule(&self) -> &'static str {
        "S6"
    }

    fn presumes_truth(&self) -> bool {
        true
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for change in moment.changes {
            let Some(after) = &change.after else { continue };
            let first =
                self.0.entry((change.subject.clone(), after.word)).or_insert_with(|| after.addr.clone());
            if *first != after.addr {
                let (who, word) = (&change.subject, after.word);
                return Err(format!("{who} at {word} is at {}, and was first known at {first}", after.addr));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::{Alive, Dead};

    use super::super::record::Row;
    use super::super::scene::{Scene, addr, row};
    use super::*;

    #[test]
    fn two_addresses_for_one_word_are_seen() {
        let learn = |row| Scene::new().change("x", None, Some(row));
        let moved = |row| Row { addr: addr(2), ..row };
        let mut law = OneAddressPerWord::default();
        learn(row(1, 1, Alive)).holds(&mut law);
        learn(moved(row(1, 2, Alive))).holds(&mut law);
        learn(moved(row(1, 1, Dead)))
            .breaks(&mut law, "x at 1.1 is at 127.0.0.1:2, and was first known at 127.0.0.1:1");
    }
}
