//! The page on which the figures are: `docs/performance.md`.

use std::process::Command;
use std::{fs, thread};

use clap::ValueEnum as _;

use crate::part::{Outcome, Part};

const PAGE: &str = "docs/performance.md";
const PLOTS: &str = "docs/plots";

/// How to read a comparison; the page says it at length.
pub(crate) const NOTES: &str = "\
Ratio: ours as a share of theirs; less is better in every row. Both run in this process, in turns, on the same virtual
network with one-way latencies of 0.5 to 1.5 ms, swim with Config::lan(), foca 2.0 with Config::new_lan(nodes) and its
postcard codec. Medians of five; of five seeds where there is a network.
  swim does more: every member has a name beside its address; each frame has an epoch, a sequence, a destination and a
  CRC-32C; pings and acks bear a fingerprint of the table, acks a coordinate. It joins over streams.
  foca does more: nothing here; it has no names, registers, checksums or anti-entropy, and is told the cluster's size.
  Neither is sealed. Allocations are counted while time is taken, which costs both some ns for each.";

/// Puts the table between the marks of its part, and the plots beside the page.
pub(crate) fn write(part: Part, outcome: &Outcome) -> Result<(), String> {
    let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let page = fs::read_to_string(PAGE).map_err(|error| format!("cannot read {PAGE}: {error}"))?;
    let text = format!("{}\n{}", machine(), outcome.table.markdown());
    let page = replace(&page, &name, &text).ok_or(format!("{PAGE} has no marks for {name}"))?;
    fs::write(PAGE, page).map_err(|error| format!("cannot write {PAGE}: {error}"))?;
    for (file, svg) in &outcome.plots {
        let file = format!("{PLOTS}/{file}");
        fs::create_dir_all(PLOTS)
            .and_then(|()| fs::write(&file, svg))
            .map_err(|error| format!("cannot write {file}: {error}"))?;
    }
    Ok(())
}

/// In general words.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let version = Command::new("rustc").arg("--version").output();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let version = version.split_whitespace().nth(1).unwrap_or("unknown");
    format!("*{cores} cores, rustc {version}, release with thin LTO.*\n")
}

/// The page with another text between the marks of `name`.
fn replace(page: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- bench: {name} -->\n"))?;
    let (_, after) = rest.split_once("<!-- end -->")?;
    Some(format!("{before}<!-- bench: {name} -->\n{text}<!-- end -->{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_replaces_the_one_between_its_marks_alone() {
        let page = "a\n<!-- bench: x -->\nold\n<!-- end -->\nb\n<!-- bench: y -->\n<!-- end -->\n";
        let new = "a\n<!-- bench: x -->\nnew\n<!-- end -->\nb\n<!-- bench: y -->\n<!-- end -->\n";
        assert_eq!(replace(page, "x", "new\n").as_deref(), Some(new));
        assert_eq!(replace(page, "z", "new\n"), None);
    }
}
