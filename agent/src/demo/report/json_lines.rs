//! The demo for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::demo::cast::Cast;
use crate::demo::cluster::{Cluster, Sighting};
use crate::demo::steps::Step;
use crate::demo::times::Times;
use crate::json;
use crate::output::{Output, seconds};
use crate::problem::Problem;

pub(crate) struct JsonLines {
    output: Output,
}

impl JsonLines {
    pub(super) fn open(cluster: &Cluster, cast: &Cast, at: Duration) -> Result<Self, Problem> {
        let addr = |name| cluster.addr(name).map(ToString::to_string);
        let nodes: Vec<_> =
            cast.everybody().map(|name| json!({"name": name.as_str(), "addr": addr(name)})).collect();
        let mut lines = Self { output: Output::open() };
        lines
            .output
            .json(&json!({"t": seconds(at), "event": "started", "nodes": nodes, "preset": "local"}))?;
        Ok(lines)
    }

    pub(super) fn begin(
        &mut self,
        step: Step,
        cast: &Cast,
        at: Duration,
        bound: Duration,
    ) -> Result<(), Problem> {
        self.output.json(&json!({
            "t": seconds(at),
            "event": "step_began",
            "step": step.as_str(),
            "title": step.title(cast),
            "bound_s": seconds(bound),
        }))
    }

    /// The fact as `swim run` tells it, and who saw it when.
    pub(super) fn sighting(
        &mut self,
        step: Step,
        sighting: &Sighting,
        took: Duration,
    ) -> Result<(), Problem> {
        let mut object = json::object(json!({
            "t": seconds(sighting.at),
            "step": step.as_str(),
            "step_t": seconds(took),
            "observer": sighting.observer.as_str(),
        }));
        object.extend(json::fact(&sighting.fact));
        object.insert("members".into(), json!(sighting.members));
        self.output.json(&Value::Object(object))
    }

    pub(super) fn end(&mut self, step: Step, at: Duration, took: Duration) -> Result<(), Problem> {
        self.output.json(&json!({
            "t": seconds(at),
            "event": "step_ended",
            "step": step.as_str(),
            "took_s": seconds(took),
        }))
    }

    pub(super) fn close(&mut self, times: &Times, wrong: Option<&Problem>) -> Result<(), Problem> {
        let summary = times.to_json();
        self.output.json(&match wrong {
            None => json!({"summary": summary, "ok": true}),
            Some(problem) => json!({"summary": summary, "ok": false, "reason": problem.to_string()}),
        })
    }
}
