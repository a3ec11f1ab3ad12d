//! Instructions, counted by valgrind: the one figure that is the same on a busy machine, so the one that is held.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fmt, fs};

use crate::callgrind::Run;
use crate::repeat::{Case, Library};
use crate::table::{Row, Table};

/// What is counted, how often it is done, and of how many parts one round of it is made.
struct Work {
    case: Case,
    members: u32,
    rounds: u32,
    parts: u32,
    what: &'static str,
}

const fn work(case: Case, members: u32, rounds: u32, parts: u32, what: &'static str) -> Work {
    Work { case, members, rounds, parts, what }
}

const ALL: [Work; 11] = [
    work(Case::Ping, 64, 1_000, 1, "ping to ack"),
    work(Case::Ping, 10_000, 1_000, 1, "ping to ack"),
    work(Case::Sealed, 1_000, 1_000, 1, "ping to ack, sealed with HMAC-SHA256"),
    work(Case::Known, 64, 100, 1, "packet with 60 known updates"),
    work(Case::Known, 1_000, 100, 1, "packet with 60 known updates"),
    work(Case::Known, 10_000, 100, 1, "packet with 60 known updates"),
    work(Case::Fill, 1_000, 10, 1, "ack filled from as much news"),
    work(Case::Fill, 10_000, 10, 1, "ack filled from as much news"),
    work(Case::Table, 8_000, 1, 1, "table taken in"),
    work(Case::Idle, 64, 60, 64, "idle, per node and second"),
    work(Case::Idle, 256, 60, 256, "idle, per node and second"),
];

/// What a change may cost before somebody must say that it is worth it.
const TOLERANCE: f64 = 1.05;

/// Ours beside theirs.
pub(crate) fn measure() -> Table {
    let mut table = Table::of_both();
    for work in &ALL {
        match work.row() {
            Ok(row) => table.push_row(row),
            Err(why) => table.push_missing(&work.name(), &why),
        }
    }
    table
}

/// Compares ours with what the file at `base` says, and says what differs.
pub(crate) fn gate(base: &Path) -> ExitCode {
    match compare(base) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(base: &Path) -> Result<(), String> {
    let counts: Vec<Count> = ALL.iter().map(Count::ours).collect::<Result<_, _>>()?;
    if env::var("UPDATE").is_ok_and(|update| update == "1") {
        let text: String = counts.iter().map(ToString::to_string).collect();
        return fs::write(base, text).map_err(|error| format!("cannot write {}: {error}", base.display()));
    }
    let old = fs::read_to_string(base).map_err(|error| format!("cannot read {}: {error}", base.display()))?;
    let worse: Vec<&str> =
        counts.iter().filter(|count| count.is_worse(&old)).map(|count| &*count.name).collect();
    counts.iter().for_each(|count| println!("{}", count.change(&old)));
    if worse.is_empty() {
        return Ok(());
    }
    Err(format!(
        "over 5 % more instructions than {} says, or nothing said of it: {}. If that is worth it, run this with \
         UPDATE=1 and say why in the commit",
        base.display(),
        worse.join("; ")
    ))
}

/// What was counted of one work.
struct Count {
    name: String,
    now: f64,
}

impl Count {
    fn ours(work: &Work) -> Result<Self, String> {
        Ok(Self { name: work.name(), now: work.count(Library::Swim)? })
    }

    /// What a file of counts says of it.
    fn before(&self, file: &str) -> Option<f64> {
        let line = file.lines().find_map(|line| line.strip_prefix(&self.name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    fn is_worse(&self, file: &str) -> bool {
        self.before(file).is_none_or(|before| self.now > before * TOLERANCE)
    }

    fn change(&self, file: &str) -> String {
        let Self { name, now } = self;
        match self.before(file) {
            None => format!("{name:<58} {:>12} {now:>12.0}      new", ""),
            Some(before) => {
                let percent = 100.0 * (now / before - 1.0);
                format!("{name:<58} {before:>12.0} {now:>12.0} {percent:>+8.1} %")
            }
        }
    }
}

/// A line of the file.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<58} {:>12.0}", self.name, self.now)
    }
}

impl Work {
    fn name(&self) -> String {
        format!("{} members: {}", self.members, self.what)
    }

    fn row(&self) -> Result<Row, String> {
        let swim = self.count(Library::Swim)?;
        Ok(match self.case {
            Case::Sealed => Row::alone(self.name(), swim),
            _ => Row::new(self.name(), swim, self.count(Library::Foca)?),
        })
    }

    /// Instructions for one part of one round.
    fn count(&self, library: Library) -> Result<f64, String> {
        let run = Run { library, case: self.case, members: self.members, rounds: self.rounds };
        Ok(run.total()? / f64::from(self.rounds) / f64::from(self.parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(name: &str, now: f64) -> Count {
        Count { name: name.into(), now }
    }

    #[test]
    fn a_baseline_is_found_by_its_whole_name() {
        let file = count("ping, sealed", 90.0).to_string() + &count("ping", 70.0).to_string();
        assert_eq!(count("ping, sealed", 1.0).before(&file), Some(90.0));
        assert_eq!(count("ping", 1.0).before(&file), Some(70.0));
        assert_eq!(count("pin", 1.0).before(&file), None);
    }

    #[test]
    fn five_percent_more_than_the_baseline_is_let_by_and_six_are_not() {
        let file = count("ping", 1_000.0).to_string();
        assert!(!count("ping", 1_050.0).is_worse(&file));
        assert!(count("ping", 1_060.0).is_worse(&file));
        assert!(!count("ping", 500.0).is_worse(&file));
    }

    #[test]
    fn what_the_baseline_does_not_know_must_be_put_into_it() {
        assert!(count("ping", 1.0).is_worse(""));
    }
}
