//! `sim merge`: the results of several sweeps as if they had been one.

use std::ops::Range;

use crate::args::Merge;
use crate::output;
use crate::part::{Part, Work};
use crate::results::{SeedResult, Total};
use crate::shard::Shard;
use crate::verdict::{Misuse, Verdict};

/// How many gaps are named.
const GAPS_SHOWN: usize = 8;

pub(crate) fn merge(merge: &Merge) -> Result<Verdict, Misuse> {
    let parts = merge.files.iter().map(|file| Part::read(file)).collect::<Result<Vec<_>, _>>()?;
    let whole = put_together(parts)?;
    let total = sum(&whole);
    whole.work.print(merge.json);
    whole.results.values().for_each(|result| result.print(merge.json));
    total.print(merge.json);
    whole.torn.iter().for_each(|result| tell_difference(&whole.results[&result.seed], result));
    tell_missing(&gaps(&whole));
    Ok(Verdict::of(total.failed == 0 && total.complete && whole.torn.is_empty()))
}

/// One part with the work of all, from the first of their seeds to the last.
fn put_together(parts: Vec<Part>) -> Result<Part, Misuse> {
    let mut parts = parts.into_iter();
    let Some(mut whole) = parts.next() else { return Err(Misuse::new("nothing to merge")) };
    whole.work.shard = Shard::WHOLE;
    for part in parts {
        let (one, other) = (&whole.work, part.work);
        if one.class != other.class {
            let text = format!("{} and {} are of different classes", whole.source, part.source);
            return Err(Misuse::new(text));
        }
        let (first, end) = (one.first.min(other.first), one.end.max(other.end));
        whole.work = Work { first, end, shard: Shard::WHOLE, class: other.class };
        whole.torn.extend(part.torn);
        part.results.into_values().for_each(|result| whole.add(result));
    }
    Ok(whole)
}

fn sum(whole: &Part) -> Total {
    let mut total = Total::default();
    whole.results.values().for_each(|result| total.add(result));
    total.complete = gaps(whole).is_empty();
    total
}

/// The seeds that are missing.
fn gaps(whole: &Part) -> Vec<Range<u64>> {
    let mut next = whole.work.first;
    let mut gaps = Vec::new();
    for &seed in whole.results.keys() {
        gaps.push(next..seed);
        next = seed + 1;
    }
    gaps.push(next..whole.work.end);
    gaps.retain(|gap| !gap.is_empty());
    gaps
}

fn tell_missing(gaps: &[Range<u64>]) {
    if gaps.is_empty() {
        return;
    }
    let count: u64 = gaps.iter().map(|gap| gap.end - gap.start).sum();
    let name = |gap: &Range<u64>| match gap.end - gap.start {
        1 => gap.start.to_string(),
        _ => format!("{} to {}", gap.start, gap.end - 1),
    };
    let names: Vec<_> = gaps.iter().take(GAPS_SHOWN).map(name).collect();
    let more = if gaps.len() > GAPS_SHOWN { ", …" } else { "" };
    let style = output::BAD;
    anstream::eprintln!("{style}not whole{style:#}: {count} seeds are missing: {}{more}", names.join(", "));
}

fn tell_difference(one: &SeedResult, other: &SeedResult) {
    let style = output::BAD;
    anstream::eprintln!(
        "{style}seed {} was not the same run everywhere{style:#}: {} and {}",
        one.seed,
        one.hash,
        other.hash
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of these seeds as text, all of which came by the same marks but for one that is seldom.
    fn part(shard: &str, seeds: impl Iterator<Item = u64>) -> Part {
        let result = |seed: u64| {
            let marks = if seed == 7 { "\"call: start\",\"event: left\"" } else { "\"call: start\"" };
            format!(
                "{{\"seed\":{seed},\"class\":\"s\",\"plan\":\"\",\"marks\":[{marks}],\"rule\":null,\"violation\":null,\
                 \"calls\":{seed},\"datagrams\":2,\"faults\":3,\"simulated_seconds\":1.0,\"hash\":\"{seed:x}\",\
                 \"explanation\":null}}\n"
            )
        };
        let work = format!("{{\"first\":0,\"end\":2500,\"shard\":\"{shard}\",\"class\":\"s\"}}\n");
        let text: String = std::iter::once(work).chain(seeds.map(result)).collect();
        Part::parse(shard, &text).expect("a part")
    }

    #[test]
    fn parts_together_say_what_the_whole_says_and_name_the_same_rare_marks() {
        let whole = sum(&part("0/1", 0..2_500));
        let parts = vec![part("1/2", (1..2_500).step_by(2)), part("0/2", (0..2_500).step_by(2))];
        let merged = sum(&put_together(parts).expect("of one class"));
        assert_eq!(merged, whole);
        assert!(merged.complete);
        let told = merged.coverage.to_string();
        assert!(told.starts_with("1 of "), "{told}");
        assert!(told.contains("\n  hardly tested, 1 of 2500 seeds: event: left\n"), "{told}");
        assert!(told.contains("\n  hardly tested, 0 of 2500 seeds: event: lagged\n"), "{told}");
        assert!(!told.contains("call: start"), "{told}");
        let json = serde_json::to_value(&merged).expect("a sum");
        assert_eq!(json["hardly_tested"]["event: left"], 1);
        assert_eq!(json["hardly_tested"]["event: lagged"], 0);
        assert!(json["hardly_tested"].get("call: start").is_none());
    }

    #[test]
    fn seeds_that_no_part_has_are_gaps() {
        let parts = vec![part("0/4", (0..2_500).step_by(4)), part("1/4", (1..100).step_by(4))];
        let merged = put_together(parts).expect("of one class");
        assert!(!sum(&merged).complete);
        let gaps = gaps(&merged);
        assert_eq!((gaps[0].clone(), gaps[1].clone()), (2..4, 6..8));
        assert_eq!(gaps.last().cloned(), Some(2_497..2_500));
    }
}
