//! What `sim sweep --json` prints, and how it is read again: what was to do, what came of each seed, and the sum.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::Class;
use crate::output;
use crate::results::SeedResult;
use crate::shard::Shard;
use crate::verdict::Misuse;

/// The first line: which seeds a sweep runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Work {
    pub(crate) first: u64,
    /// Before this one.
    pub(crate) end: u64,
    pub(crate) shard: Shard,
    pub(crate) class: Option<String>,
}

/// The results of a sweep, or of a part of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Where they are from, for messages.
    pub(crate) source: String,
    pub(crate) work: Work,
    pub(crate) results: BTreeMap<u64, SeedResult>,
    /// Those that were there twice with different runs, the second ones.
    pub(crate) torn: Vec<SeedResult>,
}

impl Work {
    pub(crate) fn new(seeds: &Range<u64>, shard: Shard, class: Option<Class>) -> Self {
        Self { first: seeds.start, end: seeds.end, shard, class: class.map(|class| class.name().into()) }
    }

    pub(crate) fn print(&self, json: bool) {
        if json && let Ok(text) = serde_json::to_string(self) {
            output::line(text);
        }
    }

    /// The seeds, in order.
    pub(crate) fn seeds(&self) -> impl Iterator<Item = u64> {
        self.shard.of(self.first..self.end)
    }

    fn has(&self, seed: u64) -> bool {
        (self.first..self.end).contains(&seed) && self.shard.has(seed - self.first)
    }
}

impl Part {
    pub(crate) fn read(file: &Path) -> Result<Self, Misuse> {
        let source = file.display().to_string();
        let text = fs::read_to_string(file).map_err(|error| Misuse::new(format!("{source}: {error}")))?;
        Self::parse(&source, &text)
    }

    pub(crate) fn parse(source: &str, text: &str) -> Result<Self, Misuse> {
        let wrong = |index: usize, why: &dyn Display| {
            Misuse::new(format!("{source}:{}: not what `sim sweep --json` prints: {why}", index + 1))
        };
        let mut lines = text.lines().enumerate();
        let (_, first) = lines.next().ok_or_else(|| wrong(0, &"nothing is there"))?;
        let work: Work = serde_json::from_str(first).map_err(|error| wrong(0, &error))?;
        let mut part = Self { source: source.into(), work, results: BTreeMap::new(), torn: Vec::new() };
        for (index, line) in lines {
            let value: Value = serde_json::from_str(line).map_err(|error| wrong(index, &error))?;
            // The sum follows from the rest.
            if value.get("seeds").is_none() {
                let result: SeedResult =
                    serde_json::from_value(value).map_err(|error| wrong(index, &error))?;
                if !part.work.has(result.seed) || part.work.class != result.class {
                    return Err(wrong(index, &format!("seed {} is not of this sweep", result.seed)));
                }
                part.add(result);
            }
        }
        Ok(part)
    }

    pub(crate) fn add(&mut self, result: SeedResult) {
        let known = self.results.entry(result.seed).or_insert_with(|| result.clone());
        if known.hash != result.hash {
            self.torn.push(result);
        }
    }
}
