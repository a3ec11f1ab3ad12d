//! The words of one line, taken one after the other.

use std::time::Duration;

use super::nodes::Nodes;
use super::problem::Problem;
use crate::{Link, NodeId};

/// Ten years in seconds: nobody waits for the end of more.
const LONGEST: f64 = 3650.0 * 86400.0;

/// What is left of a line.
pub(super) struct Words<'a> {
    words: Vec<&'a str>,
    next: usize,
    usage: &'static str,
    /// The nodes that there are.
    nodes: &'a Nodes,
    /// The nodes that this line has named so far.
    named: Nodes,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str, usage: &'static str, nodes: &'a Nodes) -> Self {
        let words = line.split_whitespace().flat_map(split).collect();
        Self { words, next: 0, usage, nodes, named: Nodes::default() }
    }

    fn peek(&self) -> &'a str {
        self.words.get(self.next).copied().unwrap_or_default()
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == word;
        self.next += usize::from(found);
        found
    }

    pub(super) fn is_at(&self, word: &str) -> bool {
        self.peek() == word
    }

    pub(super) fn need(&mut self, word: &str) -> Result<(), Problem> {
        if self.eat(word) { Ok(()) } else { Err(self.unexpected(&format!("{word:?}"))) }
    }

    pub(super) fn end(&self) -> Result<(), Problem> {
        if self.is_over() { Ok(()) } else { Err(self.unexpected("the end of the line")) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.next >= self.words.len()
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Problem {
        Problem::Unexpected { word: self.peek().into(), wanted: wanted.into(), usage: self.usage }
    }

    /// Any word; `what` says what it stands for.
    pub(super) fn text(&mut self, what: &str) -> Result<&'a str, Problem> {
        if self.is_over() {
            return Err(self.unexpected(what));
        }
        self.next += 1;
        Ok(self.words[self.next - 1])
    }

    /// One of these words, for what it means.
    pub(super) fn one_of<T: Clone>(&mut self, choices: &[(&str, T)]) -> Result<T, Problem> {
        if let Some((_, meaning)) = choices.iter().find(|(word, _)| *word == self.peek()) {
            self.next += 1;
            return Ok(meaning.clone());
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        Err(self.unexpected(&format!("one of {}", words.join(", "))))
    }
}

/// Numbers.
impl Words<'_> {
    pub(super) fn count(&mut self) -> Result<u32, Problem> {
        let count = self.peek().parse().map_err(|_| self.unexpected("a whole number"))?;
        self.next += 1;
        Ok(count)
    }

    /// A count from 1 up to this.
    pub(super) fn some(&mut self, most: u32) -> Result<u32, Problem> {
        let before = self.next;
        let count = self.count()?;
        if (1..=most).contains(&count) {
            return Ok(count);
        }
        self.next = before;
        Err(self.unexpected(&format!("a whole number from 1 to {most}")))
    }

    fn number(&mut self, what: &str) -> Result<f64, Problem> {
        let number = self.peek().parse::<f64>().ok().filter(|number| (0.0..1e9).contains(number));
        let number = number.ok_or_else(|| self.unexpected(what))?;
        self.next += 1;
        Ok(number)
    }

    pub(super) fn duration(&mut self) -> Result<Duration, Problem> {
        const UNITS: [(&str, f64); 5] =
            [("ms", 0.001), ("s", 1.0), ("min", 60.0), ("h", 3600.0), ("days", 86400.0)];
        let before = self.next;
        let number = self.number("a time such as 20 s")?;
        let unit = if self.eat("day") { 86400.0 } else { self.one_of(&UNITS)? };
        if number * unit > LONGEST {
            self.next = before;
            return Err(self.unexpected("a time of at most 3650 days"));
        }
        Ok(Duration::from_secs_f64(number * unit))
    }

    /// A time that is longer than none.
    pub(super) fn period(&mut self) -> Result<Duration, Problem> {
        let before = self.next;
        let period = self.duration()?;
        if period.is_zero() {
            self.next = before;
            return Err(self.unexpected("a time above 0 s"));
        }
        Ok(period)
    }

    pub(super) fn share(&mut self) -> Result<f64, Problem> {
        let wanted = "a share from 0 % to 100 %";
        let before = self.next;
        let percent = self.number(wanted)?;
        if percent > 100.0 {
            self.next = before;
            return Err(self.unexpected(wanted));
        }
        self.need("%")?;
        Ok(percent / 100.0)
    }

    /// How fast something goes, in thousandths of what is right.
    pub(super) fn rate(&mut self) -> Result<u32, Problem> {
        let before = self.next;
        let percent = self.number("a rate from 0 % to 1000 %")?;
        if percent > 1_000.0 {
            self.next = before;
            return Err(self.unexpected("a rate from 0 % to 1000 %"));
        }
        self.need("%")?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 10 000")]
        Ok((percent * 10.0).round() as u32)
    }

    /// `20 ms to 50 ms loss 5 %`: at least one of both parts.
    pub(super) fn link(&mut self) -> Result<Link, Problem> {
        let mut link = Link::default();
        if self.peek() != "loss" {
            let least = self.duration()?;
            let most = if self.eat("to") { self.duration()? } else { least };
            if most < least {
                return Err(self.unexpected("a second time that is not below the first"));
            }
            link.latency = least..=most;
        }
        if self.eat("loss") {
            link.loss = self.share()?;
        }
        Ok(link)
    }
}

/// Nodes.
impl Words<'_> {
    /// `n0..n3, n7`, `everyone but n3`, `half`, `rest` and the like.
    pub(super) fn nodes(&mut self) -> Result<Nodes, Problem> {
        let first = self.next;
        let mut nodes = self.list()?;
        if self.eat("but") {
            nodes = nodes.without(&self.list()?);
        }
        if nodes.len() == 0 {
            return Err(Problem::Nobody { word: self.words[first..self.next].join(" ") });
        }
        self.named = self.named.and(&nodes);
        Ok(nodes)
    }

    pub(super) fn nodes_or_everyone(&mut self, word: &str) -> Result<Nodes, Problem> {
        if self.eat(word) { self.nodes() } else { Ok(self.nodes.clone()) }
    }

    /// Two or more groups with `|` between them.
    pub(super) fn groups(&mut self) -> Result<Vec<Nodes>, Problem> {
        let mut groups = vec![self.nodes()?];
        while groups.len() < 2 || self.peek() == "|" {
            self.need("|")?;
            groups.push(self.nodes()?);
        }
        Ok(groups)
    }

    fn list(&mut self) -> Result<Nodes, Problem> {
        let mut nodes = self.item()?;
        while self.eat(",") {
            nodes = nodes.and(&self.item()?);
        }
        Ok(nodes)
    }

    fn item(&mut self) -> Result<Nodes, Problem> {
        let count = self.nodes.len();
        let nodes = match self.peek() {
            "everyone" => self.nodes.clone(),
            "rest" => self.nodes.without(&self.named),
            "half" => self.nodes.first(count / 2),
            "third" => self.nodes.first(count / 3),
            "quarter" => self.nodes.first(count / 4),
            "minority" => self.nodes.first(count.saturating_sub(1) / 2),
            "last" => self.nodes.without(&self.nodes.first(count.saturating_sub(1))),
            word => self.range(word)?,
        };
        self.next += 1;
        Ok(nodes)
    }

    fn range(&self, word: &str) -> Result<Nodes, Problem> {
        let (first, last) = word.split_once("..").unwrap_or((word, word));
        let (first, last) = (self.node(first)?, self.node(last)?);
        Ok(self.nodes.iter().filter(|node| (first..=last).contains(node)).collect())
    }

    fn node(&self, name: &str) -> Result<NodeId, Problem> {
        let number = name.strip_prefix('n').and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| {
            self.unexpected("nodes, such as n0..n3, everyone, half, third, quarter, minority, last or rest")
        })?;
        let node = NodeId(number);
        if self.nodes.has(node) {
            return Ok(node);
        }
        Err(Problem::NoSuchNode { node: name.into(), nodes: self.nodes.to_string() })
    }
}

/// Takes punctuation and units off a word: `20s` is `20 s`, and `n1,n2` is `n1 , n2`.
fn split(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let end = piece(rest)?;
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn piece(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    if matches!(first, ',' | '|' | '%' | '=') {
        return Some(1);
    }
    let is_number = first.is_ascii_digit();
    let ends = |char: char| {
        matches!(char, ',' | '|' | '%' | '=') || is_number && !char.is_ascii_digit() && char != '.'
    };
    Some(rest.find(ends).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eight() -> Nodes {
        (0..8).map(NodeId).collect()
    }

    fn nodes(line: &str) -> Result<String, Problem> {
        Words::new(line, "", &eight()).nodes().map(|nodes| nodes.to_string())
    }

    #[test]
    fn nodes_are_named_one_by_one_by_range_or_by_share() {
        for (line, wanted) in [
            ("n3", "n3"),
            ("n0..n2,n7", "n0..n2, n7"),
            ("everyone", "n0..n7"),
            ("everyone but n3, n4", "n0..n2, n5..n7"),
            ("half", "n0..n3"),
            ("minority", "n0..n2"),
            ("quarter", "n0, n1"),
            ("last", "n7"),
        ] {
            assert_eq!(nodes(line).as_deref(), Ok(wanted), "{line}");
        }
    }

    #[test]
    fn the_rest_are_those_whom_the_line_has_not_named() {
        let eight = eight();
        let groups = Words::new("n0 | n1..n3 | rest", "", &eight).groups().unwrap();
        assert_eq!(groups.iter().map(ToString::to_string).collect::<Vec<_>>(), ["n0", "n1..n3", "n4..n7"]);
    }

    #[test]
    fn who_is_not_there_cannot_be_named() {
        assert!(matches!(nodes("n8"), Err(Problem::NoSuchNode { .. })));
        assert!(matches!(nodes("everyone but everyone"), Err(Problem::Nobody { .. })));
        assert!(matches!(nodes("three"), Err(Problem::Unexpected { .. })));
    }

    #[test]
    fn units_may_stick_to_their_numbers() {
        let nobody = Nodes::default();
        for line in ["20ms to 0.05s loss 5%", "20 ms to 50 ms loss 5 %"] {
            let link = Words::new(line, "", &nobody).link().unwrap();
            assert_eq!(link.latency, Duration::from_millis(20)..=Duration::from_millis(50));
            assert!((link.loss - 0.05).abs() < 1e-9);
        }
    }

    #[test]
    fn a_share_is_at_most_everything() {
        let nobody = Nodes::default();
        assert!(Words::new("loss 101 %", "", &nobody).link().is_err());
        assert!(Words::new("-1 %", "", &nobody).share().is_err());
    }
}
