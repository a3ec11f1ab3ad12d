//! `docs/conformance.md`, whose tables are what the lists of the tests say.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use libtest_mimic::{Failed, Trial};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/conformance.md");

/// A trial that fails when the page does not hold this table behind the mark of `section`; with `UPDATE` in the
/// environment it writes it there.
pub(crate) fn trial(section: &'static str, table: String) -> Trial {
    Trial::test(format!("page::{section}"), move || show(section, &table))
}

fn show(section: &str, table: &str) -> Result<(), Failed> {
    static PAGE_IS_MINE: Mutex<()> = Mutex::new(());
    let _one_at_a_time = PAGE_IS_MINE.lock();
    let page = fs::read_to_string(PAGE)?;
    let mark = format!("<!-- {section} -->\n");
    let (above, rest) = page.split_once(&mark).ok_or("the page has no such mark")?;
    let below = rest.find("<!-- end -->").map(|end| &rest[end..]).ok_or("the table has no end")?;
    let current = format!("{above}{mark}\n{table}\n{below}");
    if std::env::var_os("UPDATE").is_some() {
        return Ok(fs::write(PAGE, current)?);
    }
    let how = "docs/conformance.md is out of date: UPDATE=1 cargo test -p tests page::";
    if page == current { Ok(()) } else { Err(how.into()) }
}

/// Behaviours by adapters, from titles such as `udp::tokio::behaviour` and `tokio::behaviour`; over what each is run.
pub(crate) fn table(trials: &[Trial]) -> String {
    let (mut behaviours, mut casts, mut cells) = (Vec::new(), Vec::new(), BTreeMap::new());
    for trial in trials {
        let mut words = trial.name().rsplit("::");
        let (Some(behaviour), Some(cast)) = (words.next(), words.next()) else { continue };
        let cell: &mut Vec<&str> = cells.entry((behaviour, cast)).or_default();
        cell.push(words.next().unwrap_or("yes"));
        remember(&mut behaviours, behaviour);
        remember(&mut casts, cast);
    }
    let mut table = format!("| | {} |\n|---|{}\n", casts.join(" | "), "---|".repeat(casts.len()));
    for behaviour in behaviours {
        let row =
            casts.iter().map(|&cast| cells.get(&(behaviour, cast)).map_or("-".into(), |cell| cell.join(" ")));
        table += &format!("| {} | {} |\n", behaviour.replace('_', " "), row.collect::<Vec<_>>().join(" | "));
    }
    table
}

fn remember<'a>(known: &mut Vec<&'a str>, name: &'a str) {
    if !known.contains(&name) {
        known.push(name);
    }
}
