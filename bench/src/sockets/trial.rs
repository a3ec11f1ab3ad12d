//! Victims that are asked questions, idle and under attack by turns.

use std::time::Duration;
use std::{io, thread};

use crate::sockets::honest::Trips;
use crate::sockets::victim::Victim;
use crate::table::{Table, digits, median};

/// Those that die in the last second are declared dead later.
const AFTERMATH: Duration = Duration::from_secs(10);

/// One victim, in all its turns, of each of which `S` is what was seen.
pub(crate) struct Trial<S> {
    victim: Victim,
    idle: Vec<S>,
    attacked: Vec<S>,
}

/// What is in a row of the table, and which figure of each turn.
pub(crate) struct Row<S>(pub(crate) &'static str, pub(crate) fn(&S) -> f64);

/// All victims in each of so many turns; `lull` is what is left alone behind an attack.
#[allow(clippy::disallowed_methods, reason = "it waits for real nodes")]
pub(crate) fn by_turns<S>(
    victims: impl IntoIterator<Item = io::Result<Victim>>,
    turns: u64,
    lull: Duration,
    idle: impl Fn(&Victim) -> io::Result<S>,
    attacked: impl Fn(&Victim) -> io::Result<S>,
) -> io::Result<Vec<Trial<S>>> {
    let trial = |victim: io::Result<Victim>| Ok(Trial { victim: victim?, idle: vec![], attacked: vec![] });
    let mut trials: Vec<_> = victims.into_iter().map(trial).collect::<io::Result<_>>()?;
    for _ in 0..turns {
        for trial in &mut trials {
            trial.idle.push(idle(&trial.victim)?);
            trial.attacked.push(attacked(&trial.victim)?);
            trial.victim.listen();
            thread::sleep(lull);
        }
    }
    thread::sleep(AFTERMATH);
    trials.iter_mut().for_each(|trial| trial.victim.listen());
    Ok(trials)
}

/// Medians of all turns: these rows, and what became of the honest.
pub(crate) fn table<S: AsRef<Trips>>(trials: &[Trial<S>], attacked: &str, rows: &[Row<S>]) -> Table {
    let mut head = vec![String::new()];
    for trial in trials {
        head.extend(["idle", attacked].map(|when| format!("{}, {when}", trial.victim.name)));
    }
    let mut table = Table::new(&head.iter().map(|text| &**text).collect::<Vec<_>>());
    let of_the_honest = [
        Row::<S>("honest questions answered, %", |seen| seen.as_ref().answered_percent()),
        Row::<S>("round trip of all of them, median, µs", |seen| seen.as_ref().percentile(50)),
        Row::<S>("99th percentile, µs", |seen| seen.as_ref().percentile(99)),
    ];
    for Row(what, figure) in rows.iter().chain(&of_the_honest) {
        let figures = trials.iter().flat_map(|trial| [&trial.idle, &trial.attacked]);
        let figures = figures.map(|seen| digits(median(seen.iter().map(figure).collect())));
        table.push([(*what).to_owned()].into_iter().chain(figures));
    }
    for (what, of) in [("suspicions, in all members and turns", 0), ("members declared dead", 1)] {
        let count =
            |trial: &Trial<S>| trial.victim.accused.map_or("–".into(), |counts| counts[of].to_string());
        let counts = trials.iter().flat_map(|trial| [String::new(), count(trial)]);
        table.push([what.to_owned()].into_iter().chain(counts));
    }
    table
}
