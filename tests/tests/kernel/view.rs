//! What one node knows, folded from what it told.

use std::collections::BTreeMap;
use std::fmt;

/// The members as one node sees them.
#[derive(Default)]
pub(crate) struct View {
    members: BTreeMap<String, Seen>,
    registers: BTreeMap<(String, String), String>,
    counted: Option<Counted>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    Alive { epoch: u64 },
    Suspect { epoch: u64 },
    Gone { epoch: u64 },
}

/// What a node answered when it was asked.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    /// Datagrams and messages that it dropped.
    pub(crate) dropped: u64,
    pub(crate) accept_errors: u64,
}

impl View {
    /// Takes in one line of the node.
    pub(crate) fn fold(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        let number = |text: &str| text.parse().expect("a number");
        match words[..] {
            ["joined" | "restarted", member, epoch] => {
                self.members.insert(member.into(), Seen::Alive { epoch: number(epoch) });
            }
            ["suspected", member] => self.change(member, |epoch| Seen::Suspect { epoch }),
            ["refuted", member] => self.change(member, |epoch| Seen::Alive { epoch }),
            ["failed" | "left", member] => self.change(member, |epoch| Seen::Gone { epoch }),
            ["updated", member, key, value] => {
                self.registers.insert((member.into(), key.into()), value.into());
            }
            ["counted", dropped, accept_errors] => {
                self.counted =
                    Some(Counted { dropped: number(dropped), accept_errors: number(accept_errors) });
            }
            _ => panic!("no line of a node: {line}"),
        }
    }

    fn change(&mut self, member: &str, to: impl Fn(u64) -> Seen) {
        let seen = self.members.get_mut(member).expect("nothing happens to whom nobody knows");
        *seen = to(seen.epoch());
    }

    pub(crate) fn is_alive(&self, member: &str) -> bool {
        matches!(self.members.get(member), Some(Seen::Alive { .. }))
    }

    pub(crate) fn is_gone(&self, member: &str) -> bool {
        matches!(self.members.get(member), Some(Seen::Gone { .. }))
    }

    /// The life of a member, 0 if it is not known.
    pub(crate) fn epoch(&self, member: &str) -> u64 {
        self.members.get(member).map_or(0, |seen| seen.epoch())
    }

    pub(crate) fn register(&self, member: &str, key: &str) -> Option<&str> {
        self.registers.get(&(member.into(), key.into())).map(String::as_str)
    }

    pub(crate) fn counted(&self) -> Option<Counted> {
        self.counted
    }
}

impl Seen {
    fn epoch(self) -> u64 {
        match self {
            Self::Alive { epoch } | Self::Suspect { epoch } | Self::Gone { epoch } => epoch,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (member, seen) in &self.members {
            let state = match seen {
                Seen::Alive { .. } => "alive",
                Seen::Suspect { .. } => "suspect",
                Seen::Gone { .. } => "gone",
            };
            write!(f, " {member} {state},")?;
        }
        Ok(())
    }
}
