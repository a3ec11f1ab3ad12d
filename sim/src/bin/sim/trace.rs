//! `sim replay` of a trace: what a real node was told, told again to a fresh one.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sim::scenario;
use swim_core::{Key, Node};
use swim_trace::{Difference, Ending, ReplayError, Replayed, Seen, Trace};

use crate::verdict::{Misuse, Verdict};
use crate::{args, output};

/// More than any key file has.
const KEY_FILE_MAX: usize = 1_024;

pub(crate) fn replay(options: &args::Replay, bytes: &[u8]) -> Result<Verdict, Misuse> {
    let wrong = |why: &dyn Display| Misuse::new(format!("{}: {why}", options.file.display()));
    if options.record.report.is_some() || options.record.trace.is_some() || options.save.is_some() {
        return Err(wrong(
            &"--report, --trace and --save are for clusters, and this is the trace of one node",
        ));
    }
    let trace = Trace::parse(bytes).map_err(|error| wrong(&error))?;
    let keys = options.key_files.iter().map(|file| key(file)).collect::<Result<Vec<_>, _>>()?;
    if let Some(version) = trace.other_version() {
        eprintln!("{} was written by version {version}: a replay may differ", options.file.display());
    }
    if !options.json {
        output::styled(output::COMMAND, format_args!("{} at {}", trace.name(), trace.addr()));
    }
    let replayed = trace.replay(&keys, |now, seen| tell(options, now.since(trace.began()), seen));
    let replayed = replayed.map_err(|error| match error {
        ReplayError::NoKey(_) => wrong(&format!("{error}. Give it with --key-file FILE")),
        error => wrong(&error),
    })?;
    if options.json {
        sum_up_as_json(&trace, &replayed);
    } else {
        sum_up(&trace, &replayed);
    }
    Ok(Verdict::of(matches!(replayed.verdict, Ok(Ending::Whole | Ending::Full | Ending::Torn { .. }))))
}

fn key(file: &Path) -> Result<Key, Misuse> {
    let wrong = |why: &dyn Display| Misuse::new(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
    if text.len() > KEY_FILE_MAX {
        return Err(wrong(&"this is no key file"));
    }
    text.parse().map_err(|why| wrong(&why))
}

fn tell(options: &args::Replay, after: Duration, seen: &Seen<'_>) {
    let (what, text) = match seen {
        Seen::Call(call) if options.show.calls => ("call", call.to_string()),
        Seen::Output(output) if options.show.calls => ("answer", output.to_string()),
        Seen::Event(event) if options.show.events || options.show.calls => {
            ("event", scenario::fact(&event.fact))
        }
        _ => return,
    };
    if options.json {
        output::line(json!({ "t": after.as_secs_f64(), "what": what, "text": text }));
    } else if options.show.calls {
        output::line(format_args!("{:>14}  {what:<6}  {text}", time(after)));
    } else {
        output::line(format_args!("{:>14}  {text}", time(after)));
    }
}

fn sum_up(trace: &Trace<'_>, replayed: &Replayed) {
    let Replayed { node, calls, until, verdict } = replayed;
    let after = time(until.since(trace.began()));
    match verdict {
        Ok(ending @ Ending::Damaged { .. }) => {
            output::styled(
                output::BAD,
                format_args!("bad: {ending}; until then, {calls} calls, all is as recorded"),
            );
        }
        Ok(ending) => {
            output::line(format_args!(
                "good: {calls} calls until {after}, and every answer as recorded; {ending}"
            ));
        }
        Err(difference) => {
            output::styled(output::BAD, format_args!("bad: {after}, call {calls}: {difference}"));
        }
    }
    output::line(format_args!("members in the end: {}", members(node).join(", ")));
}

fn sum_up_as_json(trace: &Trace<'_>, replayed: &Replayed) {
    let Replayed { node, calls, until, verdict } = replayed;
    output::line(json!({
        "name": trace.name(),
        "addr": trace.addr().to_string(),
        "calls": calls,
        "seconds": until.since(trace.began()).as_secs_f64(),
        "ending": verdict.as_ref().ok().map(ToString::to_string),
        "difference": verdict.as_ref().err().map(|difference| to_json(difference)),
        "members": members(node),
    }));
}

fn to_json(difference: &Difference) -> Value {
    let Difference { at, after, recorded, replayed } = difference;
    json!({
        "byte": at,
        "after": after,
        "recorded": recorded.to_string(),
        "replayed": replayed.to_string(),
    })
}

fn members(node: &Node) -> Vec<&str> {
    node.members().map(|member| member.name().as_str()).collect()
}

/// Since the node began.
fn time(after: Duration) -> String {
    format!("+{}.{:06} s", after.as_secs(), after.subsec_micros())
}
