//! `sim list`: what there is to run.

use serde_json::json;
use sim::scenario::{LIBRARY, Scenario, verbs};

use crate::args::List;
use crate::output;
use crate::verdict::{Misuse, Verdict};

pub(crate) fn list(list: &List) -> Result<Verdict, Misuse> {
    let (entries, indent) = if list.commands { (commands(), "\n    ") } else { (scenarios()?, "  ") };
    let width = if list.commands { 0 } else { entries.iter().map(|(name, _)| name.len()).max().unwrap_or(0) };
    for (name, about) in entries {
        if list.json {
            output::line(json!({ "name": name, "about": about }));
        } else {
            let style = output::COMMAND;
            output::line(format_args!("{style}{name:<width$}{style:#}{indent}{about}"));
        }
    }
    Ok(Verdict::Good)
}

fn commands() -> Vec<(String, String)> {
    verbs().map(|verb| (verb.usage.into(), verb.about.into())).collect()
}

fn scenarios() -> Result<Vec<(String, String)>, Misuse> {
    let title = |(name, text): &(&str, &str)| {
        let scenario = Scenario::parse(name, text, None).map_err(Misuse::new)?;
        Ok((scenario.name().to_owned(), scenario.title()))
    };
    let scenarios: Result<Vec<_>, _> = LIBRARY.iter().map(title).collect();
    let seed = ("seed".into(), "What a sweep makes of a seed: any faults in any order.".into());
    scenarios.map(|scenarios| scenarios.into_iter().chain([seed]).collect())
}
