//! What is true of every node, as its own calls show it.

use std::collections::{BTreeMap, BTreeSet};

use swim_core::{Addr, Epoch, Name, State};

use super::Input;
use super::record::{View, Word};
use super::said::sum;

/// What every node last said of itself, and who meant to leave.
#[derive(Debug, Default)]
pub(super) struct Truth {
    words: BTreeMap<Name, Word>,
    left: BTreeSet<(Name, Epoch)>,
    addrs: BTreeMap<Addr, Name>,
    set: BTreeMap<Name, BTreeSet<(String, u64)>>,
}

impl Truth {
    /// The last word of the node with this name; `None` if there never was one.
    pub(super) fn word(&self, name: &Name) -> Option<Word> {
        self.words.get(name).copied()
    }

    /// Whether the node with this name was told to leave in this life.
    pub(super) fn has_left(&self, name: &Name, epoch: Epoch) -> bool {
        self.left.contains(&(name.clone(), epoch))
    }

    /// Whether the node with this name ever set a register to what this sum stands for.
    pub(super) fn has_set(&self, name: &Name, key: &str, sum: u64) -> bool {
        self.set.get(name).is_some_and(|set| set.contains(&(key.to_owned(), sum)))
    }

    /// Which node last listened at this address, as far as there ever was one.
    pub(super) fn at(&self, addr: &Addr) -> Option<&Name> {
        self.addrs.get(addr)
    }

    /// How many members there ever were, nodes or not.
    pub(super) fn count(&self) -> usize {
        self.addrs.len()
    }

    /// Takes over what a node says of itself after a call.
    pub(super) fn learn(&mut self, view: &View, input: Input) {
        let about_itself = view.changes().iter().filter(|change| change.subject == *view.name());
        for (before, row) in about_itself.filter_map(|change| Some((&change.before, change.after.as_ref()?)))
        {
            self.speak(view.name(), row.word);
            self.listen(view.name(), &row.addr);
            // A leaver that refutes lies about itself has still left.
            let goes_on_leaving = input != Input::Start
                && before.as_ref().is_some_and(|before| self.has_left(view.name(), before.word.epoch));
            if row.state == State::Left && (input == Input::Command || goes_on_leaving) {
                self.leave(view.name(), row.word.epoch);
            }
            for (key, value) in &row.registers {
                self.set(view.name(), key, sum(value));
            }
        }
    }

    pub(super) fn speak(&mut self, name: &Name, word: Word) {
        let last = self.words.entry(name.clone()).or_insert(word);
        *last = word.max(*last);
    }

    pub(super) fn listen(&mut self, name: &Name, addr: &Addr) {
        self.addrs.insert(addr.clone(), name.clone());
    }

    pub(super) fn set(&mut self, name: &Name, key: &str, sum: u64) {
        self.set.entry(name.clone()).or_default().insert((key.to_owned(), sum));
    }

    pub(super) fn leave(&mut self, name: &Name, epoch: Epoch) {
        self.left.insert((name.clone(), epoch));
    }
}
