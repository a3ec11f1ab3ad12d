//! The demo for people who have never seen a cluster of this kind.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use anstyle::Style;
use swim_core::{Fact, Name};

use crate::demo::cast::Cast;
use crate::demo::cluster::{Cluster, Sighting};
use crate::demo::steps::Step;
use crate::demo::tell::{Words, words};
use crate::demo::times::Times;
use crate::output::{Output, readable};
use crate::problem::Problem;

/// From how many nodes on not every sighting is shown, and how many of one kind are then.
const MANY: usize = 8;
const ALIKE_MAX: usize = 4;
/// Nodes in one line of the opening.
const NODES_PER_LINE: usize = 3;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

pub(crate) struct TextLines {
    output: Output,
    /// How many members are asked to try a silent one.
    helpers: usize,
    steps: usize,
    shown: Vec<Discriminant<Fact>>,
    hidden: usize,
}

impl TextLines {
    pub(super) fn open(cluster: &Cluster, cast: &Cast) -> Result<Self, Problem> {
        let asked = usize::from(cluster.config().indirect_probes);
        let helpers = asked.min(cast.len().saturating_sub(2));
        let mut lines = Self { output: Output::open(), helpers, steps: 0, shown: Vec::new(), hidden: 0 };
        lines.introduce(cluster, cast)?;
        Ok(lines)
    }

    fn introduce(&mut self, cluster: &Cluster, cast: &Cast) -> Result<(), Problem> {
        let (nodes, config, key) = (cast.len(), cluster.config(), cluster.key_id());
        let [interval, timeout] = [config.probe_interval, config.probe_timeout].map(readable);
        self.line(&format!(
            "{BOLD}{nodes} nodes find each other, and find out what happens to each other.{BOLD:#}"
        ))?;
        self.line(
            "Each has its own sockets on this machine, and knows of the others what it receives there.",
        )?;
        self.line("")?;
        self.line(&format!("  packets  sealed with a fresh key, {key} (HMAC-SHA256)"))?;
        self.line(&format!(
            "  timing   a ping every {interval}, to be answered within {timeout} (preset local)"
        ))?;
        self.list_nodes(cluster, cast)
    }

    fn list_nodes(&mut self, cluster: &Cluster, cast: &Cast) -> Result<(), Problem> {
        let place = |name| cluster.addr(name).map_or_else(String::new, |addr| format!("{name} {addr}"));
        let places: Vec<_> = cast.everybody().map(place).collect();
        for (at, row) in places.chunks(NODES_PER_LINE).enumerate() {
            let head = if at == 0 { "nodes" } else { "" };
            let row: Vec<_> = row.iter().map(|place| format!("{place:<20}")).collect();
            self.line(format!("  {head:<7}  {}", row.join("  ")).trim_end())?;
        }
        Ok(())
    }

    pub(super) fn begin(&mut self, step: Step, cast: &Cast, bound: Duration) -> Result<(), Problem> {
        self.steps += 1;
        self.shown.clear();
        self.hidden = 0;
        self.line("")?;
        self.line(&format!("{BOLD}{}. {}{BOLD:#}", self.steps, step.title(cast)))?;
        for line in step.about(cast) {
            self.line(&format!("   {DIM}{line}{DIM:#}"))?;
        }
        let (goal, bound) = (step.goal(cast), bound.as_secs_f64().ceil());
        self.line(&format!("   {DIM}Waiting until {goal}, for {bound} s at most.{DIM:#}"))?;
        match step.deed(cast) {
            Some((who, deed)) => self.put(Duration::ZERO, who, Style::new(), &deed),
            None => Ok(()),
        }
    }

    pub(super) fn sighting(
        &mut self,
        step: Step,
        cast: &Cast,
        sighting: &Sighting,
        took: Duration,
    ) -> Result<(), Problem> {
        let Some(Words { color, text }) = words(step, sighting, cast, self.helpers) else { return Ok(()) };
        if self.is_one_too_many(cast, &sighting.fact) {
            self.hidden += 1;
            return Ok(());
        }
        let style = Style::new().fg_color(Some(color.into()));
        self.put(took, &sighting.observer, style, &text)
    }

    fn put(&mut self, took: Duration, who: &Name, style: Style, text: &str) -> Result<(), Problem> {
        let (took, who) = (took.as_secs_f64(), who.as_str());
        self.line(&format!("   {took:>+7.3} s  {who:<3}  {style}{text}{style:#}"))
    }

    fn is_one_too_many(&mut self, cast: &Cast, fact: &Fact) -> bool {
        let kind = discriminant(fact);
        self.shown.push(kind);
        cast.len() > MANY && self.shown.iter().filter(|&&shown| shown == kind).count() > ALIKE_MAX
    }

    pub(super) fn end(&mut self, step: Step, cast: &Cast, took: Duration) -> Result<(), Problem> {
        if self.hidden > 0 {
            self.line(&format!("              {DIM}and {} more like these{DIM:#}", self.hidden))?;
        }
        let took = took.as_secs_f64();
        self.line(&format!("   {BOLD}{took:>+7.3} s  {}{BOLD:#}", step.goal(cast)))
    }

    pub(super) fn close(
        &mut self,
        times: &Times,
        cast: &Cast,
        wrong: Option<&Problem>,
    ) -> Result<(), Problem> {
        self.line("")?;
        self.line(&format!("{BOLD}Measured{BOLD:#}"))?;
        for row in times.rows(cast) {
            self.line(&format!("   {row}"))?;
        }
        if wrong.is_none() {
            self.line("")?;
            self.line("Now with processes of your own: swim run --help")?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), Problem> {
        self.output.line(text)
    }
}
