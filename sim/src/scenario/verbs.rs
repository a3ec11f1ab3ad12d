//! Every command: its name, its form, and what it does.

mod attacks;
mod hosts;
mod members;
mod network;
mod story;

use super::command::Command;
use super::problem::Problem;
use super::words::Words;

/// One command of the language.
#[derive(Debug)]
pub struct Verb {
    /// Its first word.
    pub name: &'static str,
    /// Its form: words in capitals stand for something, brackets are optional.
    pub usage: &'static str,
    /// What it does.
    pub about: &'static str,
    pub(super) read: fn(&mut Words<'_>) -> Result<Command, Problem>,
}

/// All commands, in the order in which a newcomer needs them.
pub fn verbs() -> impl Iterator<Item = &'static Verb> {
    [story::VERBS, members::VERBS, network::VERBS, hosts::VERBS, attacks::VERBS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_have_one_name_and_each_form_begins_with_it() {
        let mut names: Vec<_> = verbs().map(|verb| verb.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(verbs().all(|verb| verb.usage.split(' ').next() == Some(verb.name)));
    }
}
