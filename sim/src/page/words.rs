//! What happened, in sentences.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use swim_core::Config;

use super::agreement::Agreement;
use super::beliefs::{Belief, What};
use super::cuts::Shape;
use super::deaths::Death;
use super::moment::{Moment, Turn};
use super::news::Topic;
use super::numbers::{count, decimal, grouped, micros_to_seconds, seconds, size};
use super::recorder::Recording;
use crate::{Link, NodeId};

/// Sentences of one kind at most; the page's table of moments has the rest.
const ALIKE_MAX: usize = 6;
/// Pairs of groups that cannot reach each other in one sentence at most.
const PAIRS_MAX: usize = 3;
/// Groups, and runs of names in one of them, that a sentence names at most.
const RUNS_MAX: usize = 8;

/// What happened, one thing a sentence, in the order of time where there is one.
pub(super) fn words(recording: &Recording, deaths: &[Death], agreement: &Agreement) -> Vec<String> {
    let crashes = deaths.iter().map(|death| (death.at, crash(recording, death))).collect();
    let told = [
        ("crash", "crashes", crashes),
        ("goodbye", "goodbyes", goodbyes(recording)),
        ("change of the network", "changes of the network", partitions(recording, agreement)),
    ];
    let (mut first, mut more) = (Vec::new(), Vec::new());
    for (one, many, mut sentences) in told {
        let rest = sentences.len().saturating_sub(ALIKE_MAX);
        sentences.truncate(ALIKE_MAX);
        first.append(&mut sentences);
        if rest > 0 {
            more.push(format!("{rest} more {}", if rest == 1 { one } else { many }));
        }
    }
    first.sort_by_key(|(at, _)| *at);
    let mut words = vec![boot(recording, agreement), network(recording)];
    words.extend(first.into_iter().map(|(_, sentence)| sentence));
    if !more.is_empty() {
        words.push(format!("And {}: see the table of moments.", more.join(", ")));
    }
    words.push(mistakes(recording));
    words.push(traffic(recording));
    words
}

fn boot(recording: &Recording, agreement: &Agreement) -> String {
    let starts = recording.moments.iter().filter(|moment| moment.turn == Turn::Start);
    let last = starts.map(|moment| moment.at).max().unwrap_or(0);
    let mut nodes = count(recording.nodes.len() as u64, "node");
    let clusters: BTreeSet<_> = recording.nodes.iter().map(|row| *row.cluster.as_bytes()).collect();
    if clusters.len() > 1 {
        let _ = write!(nodes, " of {} clusters", clusters.len());
    }
    let mut text =
        format!("{nodes} started within {}, with the preset {}. ", seconds(last), preset(recording));
    let _ = match agreement.complete.iter().find(|at| **at >= last) {
        Some(at) => write!(text, "Everybody knew everybody after {}.", seconds(*at)),
        None => write!(text, "At no time did everybody know everybody."),
    };
    text
}

/// The name of the preset that the nodes run with; how many events may wait does not count.
pub(super) fn preset(recording: &Recording) -> &'static str {
    let Some(config) = &recording.config else { return "of nobody" };
    let presets = [("lan", Config::lan()), ("local", Config::local()), ("wan", Config::wan())];
    let same = |preset: &mut Config| {
        preset.max_events = config.max_events;
        preset == config
    };
    presets
        .into_iter()
        .find_map(|(name, mut preset)| same(&mut preset).then_some(name))
        .unwrap_or("none, but numbers of their own")
}

fn network(recording: &Recording) -> String {
    let Some((_, first)) = recording.links.first() else { return "Nobody used the network.".into() };
    let mut text = format!("The links have {}", link(first));
    for (at, changed) in recording.links.iter().skip(1).take(2) {
        let _ = write!(text, "; from {} on {}", seconds(*at), link(changed));
    }
    text + "."
}

fn link(link: &Link) -> String {
    let millis = |time: &std::time::Duration| format!("{}", time.as_secs_f64() * 1e3);
    let (shortest, longest) = (millis(link.latency.start()), millis(link.latency.end()));
    let loss = if link.loss > 0.0 { format!("{:.0} % loss", link.loss * 100.0) } else { "no loss".into() };
    format!("a latency of {shortest} to {longest} ms one way and {loss}")
}

fn crash(recording: &Recording, death: &Death) -> String {
    let name = recording.name(death.node);
    let mut text = format!("{name} crashed at {}. ", seconds(death.at));
    let first = |told: &[(u64, NodeId)]| told.first().map(|(at, who)| (seconds(*at), *who));
    if let Some((at, who)) = first(&death.suspected) {
        let _ = write!(text, "{} suspected it first, after {at}. ", recording.name(who));
    }
    let Some((at, who)) = first(&death.declared) else {
        return text + &unnoticed(death);
    };
    let _ = write!(text, "{} declared it dead first, after {at}; ", recording.name(who));
    let (informed, audience) = (death.declared.len(), death.audience);
    let _ = match death.declared.last() {
        Some((all, _)) if informed >= audience => match audience {
            1 => write!(text, "it was the only one left."),
            _ => write!(text, "all {audience} others knew after {}.", seconds(*all)),
        },
        _ => write!(text, "{informed} of {audience} others knew {}.", before(death)),
    };
    text
}

fn unnoticed(death: &Death) -> String {
    if death.audience == 0 {
        return "Nobody was there to notice.".into();
    }
    format!("Nobody had declared it dead {}.", before(death))
}

fn before(death: &Death) -> String {
    match death.until {
        Some(until) => format!("when it started again {} later", seconds(until - death.at)),
        None => "by the end".into(),
    }
}

fn goodbyes(recording: &Recording) -> Vec<(u64, String)> {
    let leaves = recording.moments.iter().filter(|moment| moment.turn == Turn::Leave);
    leaves.map(|moment| (moment.at, goodbye(recording, moment.node, moment.at))).collect()
}

fn goodbye(recording: &Recording, node: NodeId, at: u64) -> String {
    let items =
        recording.news.items().iter().filter(|item| item.subject == node && item.topic == Topic::Left);
    let others = items.flat_map(|item| &item.told).filter(|(who, told)| **who != node && **told >= at);
    let told: Vec<u64> = others.map(|(_, told)| *told).collect();
    let (name, when, heard) = (recording.name(node), seconds(at), count(told.len() as u64, "other"));
    match told.iter().max() {
        Some(last) => {
            format!("{name} left at {when}; {heard} heard of it, the last after {}.", seconds(last - at))
        }
        None => format!("{name} left at {when}; nobody heard of it."),
    }
}

fn partitions(recording: &Recording, agreement: &Agreement) -> Vec<(u64, String)> {
    let ends = recording.shapes.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
    let spans = recording.shapes.iter().zip(ends);
    spans.map(|((at, shape), end)| (*at, partition(recording, agreement, shape, *at..end))).collect()
}

fn partition(recording: &Recording, agreement: &Agreement, shape: &Shape, span: Range<u64>) -> String {
    let at = seconds(span.start);
    if !shape.is_whole() {
        return format!("At {at} the network was cut: {}.", shape_words(recording, shape));
    }
    match agreement.complete.iter().find(|agreed| span.contains(agreed)) {
        Some(agreed) => {
            format!("At {at} the network was whole again; {} later all agreed.", seconds(agreed - span.start))
        }
        None => format!("At {at} the network was whole again."),
    }
}

/// Which groups cannot reach each other.
pub(super) fn shape_words(recording: &Recording, shape: &Shape) -> String {
    let groups = shape.groups();
    let named = |group: u32| names(recording, &groups[group as usize]);
    let both = |a: u32, b: u32| shape.cut.contains(&(a, b)) && shape.cut.contains(&(b, a));
    let number = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let apart = |group: &u32| (0..number).all(|other| other == *group || both(*group, other));
    if (0..number).all(|group| apart(&group)) {
        let told: Vec<String> = (0..number).take(RUNS_MAX).map(named).collect();
        let rest = groups.len() - told.len();
        let more = if rest > 0 { format!(" | and {rest} more groups") } else { String::new() };
        return told.join(" | ") + &more;
    }
    let mut pairs = shape.cut.iter().filter(|(a, b)| a < b || !shape.cut.contains(&(*b, *a)));
    let text = |&(a, b): &(u32, u32)| match both(a, b) {
        true => format!("{} and {} cannot hear each other", named(a), named(b)),
        false => format!("{} cannot be heard by {}", named(a), named(b)),
    };
    let texts: Vec<String> = pairs.by_ref().take(PAIRS_MAX).map(text).collect();
    match pairs.count() {
        0 => texts.join(", "),
        rest => format!("{}, and {rest} more cuts", texts.join(", ")),
    }
}

/// Nodes by name, those that were added one after the other as the first and the last.
fn names(recording: &Recording, nodes: &[NodeId]) -> String {
    let mut runs = nodes.chunk_by(|a, b| a.0 + 1 == b.0);
    let named = |run: &[NodeId]| match run {
        [first, _, .., last] => format!("{}…{}", recording.name(*first), recording.name(*last)),
        few => few.iter().map(|node| recording.name(*node)).collect::<Vec<_>>().join(" "),
    };
    let text = runs.by_ref().take(RUNS_MAX).map(named).collect::<Vec<_>>().join(" ");
    match runs.map(<[NodeId]>::len).sum::<usize>() {
        0 => text,
        rest => format!("{text} and {rest} more"),
    }
}

/// Doubts and verdicts about nodes that ran.
fn mistakes(recording: &Recording) -> String {
    let (suspicions, deaths, refutes) = wrong(recording);
    if suspicions + deaths == 0 {
        return "Nobody who ran was ever suspected.".into();
    }
    let (suspicions, deaths) = (count(suspicions, "time"), count(deaths, "time"));
    let refutes = count(refutes, "time");
    format!(
        "{suspicions} a node began to suspect one that ran, {deaths} to take it for dead; {refutes} the accused refuted."
    )
}

fn wrong(recording: &Recording) -> (u64, u64, u64) {
    let mut running = vec![false; recording.nodes.len()];
    let mut moments = recording.moments.iter().peekable();
    let (mut suspicions, mut deaths, mut refutes) = (0, 0, 0);
    let mut turn = |moment: &Moment, running: &mut Vec<bool>| match moment.turn {
        Turn::Start | Turn::Restart => running[moment.node.0 as usize] = true,
        Turn::Crash | Turn::Leave | Turn::Exit => running[moment.node.0 as usize] = false,
        Turn::Refute => refutes += 1,
    };
    for change in recording.beliefs.log() {
        while let Some(moment) = moments.next_if(|moment| moment.at <= change.at) {
            turn(moment, &mut running);
        }
        if let What::Of(subject, belief) = change.what
            && running[subject.0 as usize]
        {
            suspicions += u64::from(belief == Belief::Suspect);
            deaths += u64::from(belief == Belief::Dead);
        }
    }
    moments.for_each(|moment| turn(moment, &mut running));
    (suspicions, deaths, refutes)
}

fn traffic(recording: &Recording) -> String {
    let (packets, bytes) = recording.load.datagrams();
    let (lost, cut) = (recording.load.lost, recording.load.cut);
    let seconds = micros_to_seconds(recording.end.max(1)) * decimal(recording.nodes.len().max(1) as u64);
    let mut text = format!(
        "{} datagrams of together {}: {:.1} and {} for each node and second.",
        grouped(packets),
        size(decimal(bytes)),
        decimal(packets) / seconds,
        size(decimal(bytes) / seconds),
    );
    if lost + cut > 0 {
        let _ = write!(text, " {} were lost, {} stopped by cuts.", grouped(lost), grouped(cut));
    }
    let streams = recording.load.stream_bytes();
    if streams > 0 {
        let _ = write!(text, " Streams carried {}.", size(decimal(streams)));
    }
    text
}
