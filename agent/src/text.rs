//! Facts as lines for people.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use swim_core::{Addr, Fact, JoinFailure, Name, Peer, Stats};

use crate::output::{printable, readable};

/// What happened, to whom, and what there is to say about it.
pub(crate) struct Line {
    kind: Kind,
    subject: String,
    detail: String,
}

/// The word in the second column, and its colour.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    word: &'static str,
    color: Option<AnsiColor>,
}

impl Kind {
    pub(crate) const fn plain(word: &'static str) -> Self {
        Self { word, color: None }
    }

    pub(crate) const fn good(word: &'static str) -> Self {
        Self { word, color: Some(AnsiColor::Green) }
    }

    pub(crate) const fn doubtful(word: &'static str) -> Self {
        Self { word, color: Some(AnsiColor::Yellow) }
    }

    pub(crate) const fn bad(word: &'static str) -> Self {
        Self { word, color: Some(AnsiColor::Red) }
    }

    pub(crate) const fn gone(word: &'static str) -> Self {
        Self { word, color: Some(AnsiColor::Blue) }
    }

    pub(crate) const fn news(word: &'static str) -> Self {
        Self { word, color: Some(AnsiColor::Cyan) }
    }

    fn style(self) -> Style {
        Style::new().fg_color(self.color.map(Into::into))
    }
}

impl Line {
    pub(crate) fn new(kind: Kind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), detail: detail.into() }
    }

    /// The line that tells a fact.
    pub(crate) fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Joined { member } => about(Kind::good("joined"), member, ""),
            Fact::Suspected { member, by } => {
                about(Kind::doubtful("suspected"), member, &format!("by {}", accuser(by.as_ref())))
            }
            Fact::Refuted { member } => about(Kind::good("refuted"), member, "it lives after all"),
            Fact::Restarted { member } => about(Kind::good("restarted"), member, "a new life of it began"),
            Fact::AddressChanged { member, from } => {
                about(Kind::news("moved"), member, &format!("it was at {from}"))
            }
            Fact::Failed { member, by } => {
                about(Kind::bad("failed"), member, &format!("declared by {}", accuser(by.as_ref())))
            }
            Fact::Left { member } => about(Kind::gone("left"), member, ""),
            Fact::Updated { member, key, value } => {
                Self::new(Kind::news("updated"), show(member), assignment(key, value.as_deref()))
            }
            Fact::Forgotten { member } => Self::new(
                Kind::gone("forgotten"),
                show(member),
                "it is gone for so long that its name is free",
            ),
            Fact::HasJoined { seed } => Self::new(Kind::good("in cluster"), "", format!("through {seed}")),
            Fact::JoinFailed { seed, reason, retry_in } => {
                Self::new(Kind::bad("join failed"), "", join_failed(seed, *reason, *retry_in))
            }
            Fact::SelfRefuted { member } => Self::new(
                Kind::doubtful("accused"),
                "",
                format!(
                    "others suspected this node; it answered with incarnation {}",
                    member.incarnation.get()
                ),
            ),
            Fact::NameConflict { addr } => Self::new(
                Kind::bad("conflict"),
                "",
                format!("another node at {addr} has this node's name; this one ends: rename it"),
            ),
            Fact::NameClaimed { addr } => Self::new(
                Kind::bad("conflict"),
                "",
                format!("another node at {addr} has this node's name: stop it and rename it"),
            ),
            Fact::KeyMismatch { member, key: Some(key) } => Self::new(
                Kind::bad("wrong key"),
                printable(member.as_str()),
                format!("its packets name the key {key}, which this node does not have"),
            ),
            Fact::KeyMismatch { member, key: None } => Self::new(
                Kind::bad("no key"),
                printable(member.as_str()),
                "its packets are not sealed, and this node accepts sealed ones only",
            ),
            Fact::DatagramsBlocked { member } => {
                about(Kind::doubtful("blocked"), member, "it answers over streams, but datagrams are lost")
            }
            Fact::HasLeft => Self::new(Kind::gone("goodbye"), "", "the others were told"),
            Fact::Lagged { missed } => Self::new(
                Kind::bad("lagged"),
                "",
                format!("{missed} events were lost because the output was not read in time"),
            ),
            // A fact that this program is too old to know.
            other => Self::new(Kind::plain("other"), "", printable(&format!("{other:?}"))),
        }
    }

    /// Adds a remark at the end.
    pub(crate) fn remark(mut self, remark: &str) -> Self {
        if !self.detail.is_empty() {
            self.detail.push_str("  ");
        }
        self.detail.push_str(remark);
        self
    }

    /// Without columns.
    pub(crate) fn in_words(&self) -> String {
        let Self { kind, subject, detail } = self;
        [kind.word, subject, detail.trim_end()].map(str::trim).join(" ").replace("  ", " ")
    }

    /// In columns, at `time` since the start.
    pub(crate) fn at(&self, time: Duration) -> String {
        let Self { kind, subject, detail } = self;
        let (style, word) = (kind.style(), kind.word);
        let time = format!("+{:.3}s", time.as_secs_f64());
        format!("{time:>10}  {style}{word:<11}{style:#}  {subject:<10}  {detail}").trim_end().to_owned()
    }
}

fn about(kind: Kind, member: &Peer, remark: &str) -> Line {
    let line = Line::new(kind, show(&member.name), format!("{:<21}", member.addr.to_string()));
    if remark.is_empty() { line } else { line.remark(remark) }
}

pub(crate) fn show(name: &Name) -> String {
    printable(name.as_str())
}

fn accuser(by: Option<&Name>) -> String {
    by.map_or_else(|| "a member that is not known here".into(), show)
}

/// `role = web`, or that it is removed.
pub(crate) fn assignment(key: &str, value: Option<&[u8]>) -> String {
    let key = printable(key);
    match value.map(|bytes| (bytes, str::from_utf8(bytes))) {
        None => format!("{key} removed"),
        Some((_, Ok(text))) => format!("{key} = {}", printable(text)),
        Some((bytes, Err(_))) => format!("{key} = {}", bytes.escape_ascii()),
    }
}

/// What happened, the likely cause, and what comes next.
fn join_failed(seed: &Addr, reason: JoinFailure, retry_in: Option<Duration>) -> String {
    let next = match retry_in {
        Some(pause) => format!("Trying again in {}", readable(pause)),
        None => "Trying the other addresses".into(),
    };
    format!("{seed} {} {next}", likely_cause(reason))
}

fn likely_cause(reason: JoinFailure) -> &'static str {
    match reason {
        JoinFailure::Unreachable => "cannot be reached: is the node there running, and the port open?",
        JoinFailure::Refused => "closed the stream without an answer: has it no room, or is it no swim node?",
        JoinFailure::BadAnswer => {
            "answered what this node cannot open: another key or another cluster name? Or has it this node's name?"
        }
        JoinFailure::TimedOut => "did not answer in time: is it overloaded, or the network slow?",
        JoinFailure::TooManyStreams => "was not tried: too many streams are open.",
        _ => "did not let this node join.",
    }
}

/// What a node counted, in a few words.
pub(crate) fn summary(stats: &Stats) -> String {
    let Stats { datagrams_sent, datagrams_received, .. } = stats;
    let drops: Vec<_> = stats
        .drops()
        .filter(|&(_, count)| count > 0)
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    let drops = if drops.is_empty() { "nothing".into() } else { drops.join(", ") };
    format!("sent {datagrams_sent} and received {datagrams_received} datagrams; dropped {drops}")
}

/// `1 member`, `3 members`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn a_refused_join_names_the_likely_cause_and_what_comes_next() {
        let seed = SocketAddr::from(([127, 0, 0, 1], 7001)).into();
        let retry_in = Some(Duration::from_millis(1_200));
        let line = Line::of(&Fact::JoinFailed { seed, reason: JoinFailure::BadAnswer, retry_in });
        assert_eq!(
            line.detail,
            "127.0.0.1:7001 answered what this node cannot open: another key or another cluster name? \
             Or has it this node's name? Trying again in 1.20 s"
        );
    }

    #[test]
    fn columns_stay_in_place() {
        let line = Line::new(Kind::plain("left"), "bob", "127.0.0.1:7002");
        let blank = Line::new(Kind::plain("goodbye"), "", "the others were told");
        let at = Duration::from_millis(1_234);
        assert_eq!(line.at(at), "   +1.234s  left         bob         127.0.0.1:7002");
        assert_eq!(blank.at(at), "   +1.234s  goodbye                  the others were told");
    }

    #[test]
    fn registers_that_are_no_text_are_escaped() {
        assert_eq!(assignment("k", Some(&[0xff, b'a', 0])), "k = \\xffa\\x00");
        assert_eq!(assignment("k\x1b", None), "k\\u{1b} removed");
    }
}
