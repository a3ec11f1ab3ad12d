//! From text to commands.

use std::time::Duration;

use swim_core::{Config, Key};

use super::command::{Act, Command, Patience, Time};
use super::keys::{FIRST, KeyStep, Keys, key};
use super::nodes::Nodes;
use super::problem::{Problem, ScenarioError};
use super::settings::changed;
use super::stage::START;
use super::verbs::{Verb, verbs};
use super::words::Words;
use crate::NodeId;

/// How many nodes a scenario may have: each checks a table of all of them after every call.
const NODES_MAX: u32 = 4_000;
/// What one node needs for one member, with the laws that watch it.
pub const BYTES_PER_PAIR: u32 = 900;
/// How similar a word must be to a command to be taken for a misspelling of it.
const SIMILAR: f64 = 0.7;

/// A story that a cluster can be told to live through: see the [module](super) for the language.
#[derive(Clone, Debug)]
pub struct Scenario {
    name: String,
    pub(super) lines: Vec<Line>,
    pub(super) keys: Keys,
    nodes: u32,
    largest: usize,
}

/// One line that is not output.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// A comment or nothing.
    Prose(String),
    Command {
        number: usize,
        text: String,
        command: Command,
    },
}

impl Scenario {
    /// Reads a scenario; `nodes` replaces the size that the text says.
    ///
    /// # Errors
    ///
    /// For the first line that means nothing.
    pub fn parse(name: &str, text: &str, nodes: Option<u32>) -> Result<Self, ScenarioError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader {
            size: nodes,
            ours: Nodes::default(),
            numbered: 0,
            earliest: Duration::ZERO,
            config: Config::lan(),
            keys: Keys::new(),
        };
        let (mut lines, mut largest) = (Vec::new(), 1);
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !is_output(line)) {
            let number = index + 1;
            let error = |problem| ScenarioError { scenario: name.into(), line: number, problem };
            lines.push(match line {
                _ if line.is_empty() || line.starts_with('#') => Line::Prose(line.into()),
                _ => {
                    let before = reader.numbered;
                    let command = reader.read(line).map_err(error)?;
                    largest = if reader.numbered > before { number } else { largest };
                    Line::Command { number, text: reader.as_meant(line, &command), command }
                }
            });
        }
        if reader.numbered == 0 {
            let problem = Problem::Order { text: "the first command must be `cluster N`, and there is none" };
            return Err(ScenarioError { scenario: name.into(), line: text.lines().count().max(1), problem });
        }
        Ok(Self { name: name.into(), lines, keys: reader.keys, nodes: reader.numbered, largest })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many nodes it has in the end.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// The line after which there are so many, from 1.
    #[must_use]
    pub fn largest(&self) -> usize {
        self.largest
    }

    /// Its commands, as they are written.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Command { text, .. } => Some(text.as_str()),
            Line::Prose(_) => None,
        })
    }

    /// The first paragraph of its story.
    #[must_use]
    pub fn title(&self) -> String {
        let prose = self.lines.iter().map_while(|line| match line {
            Line::Prose(text) => Some(text.trim_matches(['#', ' '])),
            Line::Command { .. } => None,
        });
        let paragraph = prose.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
        paragraph.collect::<Vec<_>>().join(" ")
    }
}

/// Output is indented, commands are not.
fn is_output(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

/// What the lines so far mean for the next one.
struct Reader {
    /// How many nodes there shall be instead of as many as the text says.
    size: Option<u32>,
    ours: Nodes,
    /// How many nodes were numbered, those of other clusters included.
    numbered: u32,
    /// What the time is at least.
    earliest: Duration,
    /// What the nodes start with.
    config: Config,
    keys: Keys,
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<Command, Problem> {
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let verb = find(first)?;
        let is_cluster = verb.name == "cluster";
        if is_cluster != (self.numbered == 0) {
            let text = if is_cluster {
                "there is a cluster already"
            } else {
                "the first command must be `cluster N`"
            };
            return Err(Problem::Order { text });
        }
        let mut words = Words::new(rest, verb.usage, &self.ours);
        let mut command = (verb.read)(&mut words)?;
        words.end()?;
        self.note(&mut command)?;
        Ok(command)
    }

    /// The line, with the size that the cluster has.
    fn as_meant(&self, line: &str, command: &Command) -> String {
        match (command, self.size, line.split_whitespace().nth(1)) {
            (Command::Cluster { .. }, Some(size), Some(word)) => line.replacen(word, &size.to_string(), 1),
            _ => line.into(),
        }
    }

    fn note(&mut self, command: &mut Command) -> Result<(), Problem> {
        match command {
            Command::Cluster { nodes, config, seal } => {
                self.config = (**config).clone();
                self.keys.extend(seal.map(|suite| (FIRST, key(FIRST, suite))));
                *nodes = self.size.unwrap_or(*nodes);
                self.number(*nodes, true)?;
                self.earliest += START;
            }
            Command::Act(Act::Add(count)) => {
                self.number(*count, true)?;
                self.earliest += START;
            }
            Command::Act(Act::Foreigners(count)) => {
                self.number(*count, false)?;
                self.earliest += START;
            }
            Command::Act(Act::Keys { step, number, .. }) => self.key(*step, *number)?,
            Command::Act(Act::Reconfigure { settings, .. }) => {
                changed(&self.config, settings)?;
            }
            Command::Act(Act::Strangers(nodes)) => self.ours = self.ours.without(nodes),
            Command::Act(Act::Each { nodes, every, .. }) => {
                self.earliest += *every * u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            }
            Command::Act(Act::Flap { during, .. }) => self.earliest += *during,
            Command::Time(Time::For(time)) | Command::Expect { patience: Patience::For(time), .. } => {
                self.earliest += *time;
            }
            Command::Time(Time::Until(time)) => self.reach(*time)?,
            _ => {}
        }
        Ok(())
    }

    fn key(&mut self, step: KeyStep, number: u8) -> Result<(), Problem> {
        let wrong = |text: &str| Err(Problem::Setting { text: text.into() });
        let Some(usual) = self.keys.get(&FIRST).map(Key::suite) else {
            return wrong("only a sealed cluster has keys: `cluster N sealed`");
        };
        match (step, self.keys.get(&number)) {
            (KeyStep::Install(suite), None) => {
                self.keys.insert(number, key(number, suite.unwrap_or(usual)));
            }
            (KeyStep::Install(Some(suite)), Some(known)) if known.suite() != suite => {
                return wrong("a key has one suite");
            }
            (KeyStep::Use | KeyStep::Remove, None) => return wrong("nobody has that key"),
            _ => {}
        }
        Ok(())
    }

    fn number(&mut self, count: u32, is_ours: bool) -> Result<(), Problem> {
        let total = self.numbered.saturating_add(count);
        if total > NODES_MAX {
            let gib = (u128::from(total).pow(2) * u128::from(BYTES_PER_PAIR)) >> 30;
            return Err(Problem::TooLarge { nodes: total, most: NODES_MAX, gib });
        }
        if total < 2 {
            return Err(Problem::Setting { text: "a cluster has at least 2 nodes".into() });
        }
        if is_ours {
            self.ours.0.extend((self.numbered..total).map(NodeId));
        }
        self.numbered = total;
        Ok(())
    }

    fn reach(&mut self, time: Duration) -> Result<(), Problem> {
        if time < self.earliest {
            return Err(Problem::Past { wanted: time, earliest: self.earliest });
        }
        self.earliest = time;
        Ok(())
    }
}

fn find(word: &str) -> Result<&'static Verb, Problem> {
    if let Some(verb) = verbs().find(|verb| verb.name == word) {
        return Ok(verb);
    }
    let similar = similar(word, verbs().map(|verb| verb.name));
    Err(Problem::UnknownCommand { word: word.into(), similar })
}

/// The most similar of these names, if any is similar.
pub fn similar<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|name| (strsim::jaro_winkler(word, name), name));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(score, _)| *score >= SIMILAR).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with the last line of this text.
    fn complaint(text: &str) -> String {
        let error = Scenario::parse("story", text, None).expect_err("nothing is wrong");
        assert_eq!(error.line, text.lines().count(), "{error}");
        error.to_string()
    }

    #[test]
    fn a_misspelt_command_is_answered_with_the_right_one() {
        let text = complaint("cluster 4\n\n# Now.\npartiton half | rest");
        assert_eq!(text, "story:4: no command \"partiton\"; did you mean \"partition\"?");
    }

    #[test]
    fn a_command_that_goes_on_wrongly_is_answered_with_its_form() {
        let text = complaint("cluster 4\npartition half");
        assert_eq!(
            text,
            "story:2: the line ends where \"|\" should be; the command is: partition NODES | NODES [| NODES …]"
        );
        assert!(complaint("cluster 4\nrun 5 weeks").contains("one of ms, s, min, h, days"));
        assert!(complaint("cluster 4\nrepair now").contains("\"now\" where the end of the line"));
        assert!(complaint("cluster 4\nexpect miracles").contains("agreement, quiet"));
    }

    #[test]
    fn a_node_that_is_not_there_is_answered_with_those_that_are() {
        assert_eq!(complaint("cluster 4\ncrash n4"), "story:2: there is no node n4, only n0..n3");
        assert!(Scenario::parse("story", "cluster 4\ncrash n4", Some(5)).is_ok());
    }

    #[test]
    fn time_cannot_run_backwards() {
        let text = complaint("cluster 4\nrun 10 s\ncrash n1..n3 every 2 s\nrun until 15 s");
        assert_eq!(text, "story:4: 15s is past: by then it is 17s or later");
    }

    #[test]
    fn an_impossible_size_is_answered_with_the_memory_that_it_needs() {
        let text = complaint("cluster 100000");
        assert!(text.contains("would need about 8381 GiB of memory"), "{text}");
        assert!(complaint("cluster 4294967295").contains("GiB of memory"));
    }

    #[test]
    fn the_cluster_comes_first_and_once() {
        assert!(complaint("run 5 s").contains("must be `cluster N`"));
        assert!(complaint("cluster 4\ncluster 4").contains("a cluster already"));
    }

    #[test]
    fn a_text_without_commands_is_no_scenario() {
        assert!(complaint("# A story\n\n    and output").contains("and there is none"));
        assert!(Scenario::parse("story", "", None).is_err());
    }

    #[test]
    fn what_would_never_end_is_refused() {
        for (line, part) in [
            ("garbage 4000000000 to n0", "from 1 to 100000"),
            ("replay 4000000000", "from 1 to 100000"),
            ("ring 0", "from 1 to"),
            ("add 0", "from 1 to"),
            ("flap half | rest every 0 s for 5 s", "a time above 0 s"),
            ("bursts good 0 s bad 1 s", "a time above 0 s"),
            ("run 3651 days", "a time of at most 3650 days"),
            ("clog half within 0 s", "a time above 0 s"),
            ("streams pieces 0", "from 1 to"),
        ] {
            let text = complaint(&format!("cluster 4\n{line}"));
            assert!(text.starts_with("story:2: ") && text.contains(part), "{line}: {text}");
        }
    }

    #[test]
    fn it_is_known_which_line_makes_the_cluster_largest() {
        let scenario =
            Scenario::parse("story", "# A.\ncluster 4\nrun 5 s\nadd 3\nrun 5 s", None).expect("good");
        assert_eq!((scenario.nodes(), scenario.largest()), (7, 4));
    }

    #[test]
    fn settings_are_held_to_their_ranges() {
        assert!(complaint("cluster 4 with tombstone 90 days").contains("tombstone"));
        assert!(complaint("cluster 4\nkeys n0 install 2").contains("only a sealed cluster"));
        assert!(complaint("cluster 4 sealed\nkeys n0 use 2").contains("nobody has that key"));
        assert!(complaint("cluster 4 sealed aes\nkeys n0 install 1 chacha").contains("one suite"));
        assert!(complaint("cluster 4 sealed rot13").contains("one of hmac, chacha, aes"));
        assert!(complaint("cluster 4\nreconfigure n0 with tombstone 90 days").contains("tombstone"));
        assert!(complaint("cluster 4 with colour 3 s").contains("probe_interval, probe_timeout"));
    }
}
