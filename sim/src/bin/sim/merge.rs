//! `sim merge`: the results of several sweeps as if they had been one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::args::Merge;
use crate::output;
use crate::results::{SeedResult, Total};
use crate::verdict::{Misuse, Verdict};

pub(crate) fn merge(merge: &Merge) -> Result<Verdict, Misuse> {
    let mut results: BTreeMap<u64, SeedResult> = BTreeMap::new();
    let mut torn = 0;
    for file in &merge.files {
        for result in read(file)? {
            let known = results.entry(result.seed).or_insert_with(|| result.clone());
            if known.hash != result.hash {
                torn += 1;
                tell_difference(known, &result);
            }
        }
    }
    let mut total = Total::default();
    for result in results.values() {
        total.add(result);
        result.print(merge.json);
    }
    total.print(merge.json);
    Ok(Verdict::of(total.failed == 0 && torn == 0))
}

/// The seeds of a file; its sum is left out.
fn read(file: &Path) -> Result<Vec<SeedResult>, Misuse> {
    let place = file.display();
    let text = fs::read_to_string(file).map_err(|error| Misuse::new(format!("{place}: {error}")))?;
    let mut results = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let error = |error: serde_json::Error| {
            Misuse::new(format!("{place}:{}: not what `sim sweep --json` prints: {error}", index + 1))
        };
        let value: Value = serde_json::from_str(line).map_err(error)?;
        if value.get("seeds").is_none() {
            results.push(serde_json::from_value(value).map_err(error)?);
        }
    }
    Ok(results)
}

fn tell_difference(one: &SeedResult, other: &SeedResult) {
    let hash = |result: &SeedResult| result.hash.clone().unwrap_or_else(|| "a panic".into());
    let style = output::BAD;
    anstream::eprintln!(
        "{style}seed {} was not the same run everywhere{style:#}: {} and {}",
        one.seed,
        hash(one),
        hash(other)
    );
}
