//! A run as one page: what happened in words and pictures, and a player that steps through it.
//!
//! A [`Recorder`] watches a cluster, and [`to_html`] makes the page of what it saw: one file without any reference to
//! another, for any browser. One recording is one page, byte for byte.
//!
//! ```
//! use sim::page::{Recorder, Story, to_html};
//! use sim::scenario::Scenario;
//!
//! let scenario = Scenario::parse("mine", "cluster 5\nrun 10 s\ncrash n4\nrun 20 s", None).expect("a scenario");
//! let recorder = Recorder::new();
//! scenario.play(1, vec![Box::new(recorder.clone())], &mut |_| {});
//! let story = Story { title: "A crash".into(), command: "sim run crash".into(), setting: String::new(), failure: None };
//! let page = to_html(&recorder.recording(), &story);
//! assert!(page.starts_with("<!doctype html>") && page.contains("crashed at"));
//! ```
//!
//! # What it leaves out
//!
//! Beyond 40 000 datagrams the player shows a fair sample of them. Very many changes of belief are told in coarser
//! steps of time. Nodes beyond [`NODES_MAX`] are not recorded. The page says which of these happened.

mod agreement;
mod beliefs;
mod bytes;
mod cuts;
mod data;
mod deaths;
mod flights;
mod kind;
mod moment;
mod news;
mod numbers;
mod recorder;
mod traffic;
mod words;

use crate::Violation;
use agreement::Agreement;
pub use recorder::{NODES_MAX, Recorder, Recording};

/// What the recording does not know of its run.
#[derive(Clone, Debug)]
pub struct Story {
    /// The heading, in a few words.
    pub title: String,
    /// The command that makes this page again.
    pub command: String,
    /// What the run was told beside that, in a sentence; may be empty.
    pub setting: String,
    /// The rule that was broken, if one was.
    pub failure: Option<Violation>,
}

const TEMPLATE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/style.css");
/// In the order in which they use each other.
const SCRIPTS: [&str; 11] = [
    include_str!("assets/theme.js"),
    include_str!("assets/data.js"),
    include_str!("assets/draw.js"),
    include_str!("assets/columns.js"),
    include_str!("assets/timeline.js"),
    include_str!("assets/rows.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/player.js"),
    include_str!("assets/side.js"),
    include_str!("assets/moments.js"),
    include_str!("assets/main.js"),
];

/// The page of a recording.
#[must_use]
pub fn to_html(recording: &Recording, story: &Story) -> String {
    let deaths = deaths::deaths(recording);
    let agreement = Agreement::of(recording);
    let words = words::words(recording, &deaths, &agreement);
    let data = data::data(recording, story, &deaths, &agreement).to_string();
    let failure = story.failure.as_ref().map_or_else(String::new, failure_box);
    let parts = [
        ("title", escape(&story.title)),
        ("style", STYLE.into()),
        ("failure", failure),
        ("words", words.iter().map(|sentence| format!("<li>{}</li>\n", escape(sentence))).collect()),
        ("setting", setting(story)),
        ("command", escape(&story.command)),
        ("samples", escape(&samples(recording))),
        // Nothing in it may end the element that it is in.
        ("data", data.replace('<', "\\u003c")),
        ("script", SCRIPTS.concat()),
    ];
    fill(&parts)
}

/// The template with each `{{part}}` in its place; what is put in is not searched again.
fn fill(parts: &[(&str, String)]) -> String {
    let mut pieces = TEMPLATE.split("{{");
    let mut page = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        page.extend(parts.iter().filter(|(part, _)| *part == name).map(|(_, text)| text.as_str()));
        page.push_str(rest);
    }
    page
}

fn failure_box(failure: &Violation) -> String {
    let text = escape(&failure.to_string());
    let title = if failure.is_interrupt() { "This run is not whole." } else { "A rule was broken." };
    format!("<div class=\"failure\" role=\"alert\"><strong>{title}</strong> {text}</div>")
}

fn setting(story: &Story) -> String {
    if story.setting.is_empty() {
        String::new()
    } else {
        format!("<p class=\"setting\">{}</p>", escape(&story.setting))
    }
}

/// What of the run is not in the page, in words.
fn samples(recording: &Recording) -> String {
    let (seen, kept) = (recording.flights.seen(), recording.flights.kept() as u64);
    let flights = match numbers::grouped(seen) {
        all if kept == seen => format!("All {all} messages are in this page."),
        all => format!("{} of {all} messages are in this page, a fair sample.", numbers::grouped(kept)),
    };
    let beliefs = recording.beliefs.encode();
    let ends = beliefs.end.map_or_else(String::new, |end| {
        format!(" Beliefs are told up to {} only: there were too many.", numbers::seconds(end))
    });
    let more = if recording.nodes.len() == NODES_MAX {
        format!(" Nodes after the first {NODES_MAX} are left out.")
    } else {
        String::new()
    };
    format!("{flights} Beliefs are told to {} ms.{ends}{more}", beliefs.step / 1_000)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
