//! What the page draws, as JSON.

use serde_json::{Value, json};

use super::Story;
use super::agreement::Agreement;
use super::bytes::base64;
use super::deaths::Death;
use super::kind::Kind;
use super::moment::Turn;
use super::news::{Item, Topic};
use super::recorder::Recording;
use super::words::shape_words;

/// Pieces of news of which the page shows how they spread.
const NEWS_MAX: usize = 48;
/// Moments in the page.
const MOMENTS_MAX: usize = 4_000;
/// Numbers that say who is with whom while the network is cut, in all.
const SHAPES_MAX: usize = 200_000;
/// Points of one curve.
const POINTS_MAX: usize = 256;

pub(super) fn data(recording: &Recording, story: &Story, deaths: &[Death], agreement: &Agreement) -> Value {
    let beliefs = recording.beliefs.encode();
    let flights = &recording.flights;
    let names: Vec<_> = recording.nodes.iter().map(|row| row.name.as_str()).collect();
    let moments = recording.moments.iter().take(MOMENTS_MAX);
    json!({
        "nodes": names,
        "clusters": clusters(recording),
        "end": recording.end,
        "failure": story.failure.as_ref().map(|failure| {
            json!({ "at": failure.time.as_nanos() / 1_000, "node": failure.node.0, "rule": failure.rule })
        }),
        "moments": moments.map(|moment| json!([moment.at, moment.node.0, moment.turn.name()])).collect::<Vec<_>>(),
        "momentsSeen": recording.moments.len(),
        "shapes": shapes(recording),
        "beliefs": { "step": beliefs.step, "end": beliefs.end, "data": base64(&beliefs.bytes) },
        "flights": { "seen": flights.seen(), "kept": flights.kept(), "data": base64(&flights.encode()) },
        "load": {
            "span": recording.load.span,
            "kinds": Kind::ALL.map(Kind::name),
            "packets": recording.load.packets,
            "bytes": recording.load.bytes,
        },
        "news": news(recording),
        "deaths": deaths.iter().take(NEWS_MAX).map(death).collect::<Vec<_>>(),
        "detection": { "suspected": detection(deaths, |death| &death.suspected), "declared": detection(deaths, |death| &death.declared) },
        "agreement": agreement.curve,
    })
}

/// The cluster of each node, numbered as they appear.
fn clusters(recording: &Recording) -> Vec<usize> {
    let mut known = Vec::new();
    let number = |row: &super::recorder::Row| {
        known.iter().position(|cluster| *cluster == row.cluster).unwrap_or_else(|| {
            known.push(row.cluster);
            known.len() - 1
        })
    };
    recording.nodes.iter().map(number).collect()
}

/// Every change of the network; who is with whom as long as there is room.
fn shapes(recording: &Recording) -> Vec<Value> {
    let mut room = SHAPES_MAX;
    let shapes = recording.shapes.iter().take(MOMENTS_MAX);
    shapes
        .map(|(at, shape)| {
            if shape.is_whole() {
                return json!({ "at": at, "whole": true });
            }
            let size = shape.group.len() + 2 * shape.cut.len();
            let fits = size <= room;
            room -= if fits { size } else { 0 };
            let (group, cut) =
                if fits { (shape.group.clone(), shape.cut.clone()) } else { Default::default() };
            let text = shape_words(recording, shape);
            json!({ "at": at, "whole": false, "group": group, "cut": cut, "text": text })
        })
        .collect()
}

/// The news that tell a story: not how the cluster met at first, and not what hardly anybody heard.
fn news(recording: &Recording) -> Vec<Value> {
    let last_start =
        recording.moments.iter().filter(|moment| moment.turn == Turn::Start).map(|moment| moment.at).max();
    let tells =
        |item: &&Item| item.told.len() > 1 && (item.topic != Topic::Joined || Some(item.since) > last_start);
    let items: Vec<&Item> = recording.news.items().iter().filter(tells).collect();
    let step = items.len().div_ceil(NEWS_MAX).max(1);
    items.into_iter().step_by(step).map(|item| spread(recording, item)).collect()
}

/// Who knew a piece of news after how many microseconds, soonest first.
fn spread(recording: &Recording, item: &Item) -> Value {
    let mut times: Vec<u64> = item.told.values().map(|at| at - item.since).collect();
    times.sort_unstable();
    let name = recording.name(item.subject);
    let (kind, text) = match &item.topic {
        Topic::Joined => ("join", format!("{name} joined")),
        Topic::Suspected => ("suspect", format!("{name} is suspected")),
        Topic::Refuted => ("refute", format!("{name} refuted")),
        Topic::Failed => ("dead", format!("{name} is dead")),
        Topic::Left => ("left", format!("{name} left")),
        Topic::Register(key, Some(_)) => ("register", format!("{name} set {key}")),
        Topic::Register(key, None) => ("register", format!("{name} removed {key}")),
    };
    json!({ "kind": kind, "text": text, "since": item.since, "heard": times.len(), "times": thinned(&times) })
}

fn death(death: &Death) -> Value {
    json!({
        "node": death.node.0,
        "at": death.at,
        "until": death.until,
        "audience": death.audience,
        "suspected": death.suspected.first().map(|(at, who)| (at, who.0)),
        "declared": death.declared.first().map(|(at, who)| (at, who.0)),
        "heard": death.declared.len(),
        "last": death.declared.last().map(|(at, _)| at),
    })
}

/// After how many microseconds who noticed a crash, over all crashes.
fn detection(deaths: &[Death], told: impl Fn(&Death) -> &Vec<(u64, crate::NodeId)>) -> Value {
    let mut times: Vec<u64> = deaths.iter().flat_map(told).map(|(at, _)| *at).collect();
    times.sort_unstable();
    let audience: usize = deaths.iter().map(|death| death.audience).sum();
    json!({ "heard": times.len(), "audience": audience, "times": thinned(&times) })
}

/// As many of these sorted times as a curve needs, the first and the last among them.
fn thinned(times: &[u64]) -> Vec<u64> {
    if times.len() <= POINTS_MAX {
        return times.to_vec();
    }
    (0..POINTS_MAX).map(|place| times[place * (times.len() - 1) / (POINTS_MAX - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::cuts::Shape;
    use super::*;
    use crate::{Network, NodeId, Seed};

    #[test]
    fn cuts_between_very_many_groups_are_told_in_words_only() {
        let mut network = Network::new(Seed::from(1));
        (0..200).for_each(|node| network.isolate(NodeId(node)));
        let shape = Shape::of(&network, 200);
        let mut recording = Recording::default();
        recording.shapes.extend((0..4).map(|at| (at, shape.clone())));
        let told = shapes(&recording);
        let detailed = |shape: &Value| shape["cut"].as_array().is_some_and(|cut| !cut.is_empty());
        assert_eq!(told.iter().map(detailed).collect::<Vec<_>>(), [true, true, false, false]);
        assert!(
            told.iter()
                .all(|shape| shape["text"].as_str().is_some_and(|text| text.ends_with("192 more groups")))
        );
    }

    #[test]
    fn a_thinned_curve_keeps_its_ends() {
        let times: Vec<u64> = (0..10_000).collect();
        let thin = thinned(&times);
        assert_eq!((thin.len(), thin[0], thin[POINTS_MAX - 1]), (POINTS_MAX, 0, 9_999));
        assert_eq!(thinned(&[3, 4]), [3, 4]);
    }
}
