//! How the demo is told: for people, or one JSON object a line.

mod json_lines;
mod text_lines;

use std::time::Duration;

use crate::demo::cast::Cast;
use crate::demo::cluster::{Cluster, Sighting};
use crate::demo::report::json_lines::JsonLines;
use crate::demo::report::text_lines::TextLines;
use crate::demo::steps::Step;
use crate::demo::times::Times;
use crate::problem::Problem;

pub(crate) enum Report {
    Text(TextLines),
    Json(JsonLines),
}

impl Report {
    /// Says what will be shown.
    pub(crate) fn open(json: bool, cluster: &Cluster, cast: &Cast, at: Duration) -> Result<Self, Problem> {
        if json {
            JsonLines::open(cluster, cast, at).map(Self::Json)
        } else {
            TextLines::open(cluster, cast).map(Self::Text)
        }
    }

    /// Says what is about to happen.
    pub(crate) fn begin(
        &mut self,
        step: Step,
        cast: &Cast,
        at: Duration,
        bound: Duration,
    ) -> Result<(), Problem> {
        match self {
            Self::Text(lines) => lines.begin(step, cast, bound),
            Self::Json(lines) => lines.begin(step, cast, at, bound),
        }
    }

    /// Says what somebody saw, `took` after the step began.
    pub(crate) fn sighting(
        &mut self,
        step: Step,
        cast: &Cast,
        sighting: &Sighting,
        took: Duration,
    ) -> Result<(), Problem> {
        match self {
            Self::Text(lines) => lines.sighting(step, cast, sighting, took),
            Self::Json(lines) => lines.sighting(step, sighting, took),
        }
    }

    /// Says that everybody has seen it.
    pub(crate) fn end(
        &mut self,
        step: Step,
        cast: &Cast,
        at: Duration,
        took: Duration,
    ) -> Result<(), Problem> {
        match self {
            Self::Text(lines) => lines.end(step, cast, took),
            Self::Json(lines) => lines.end(step, at, took),
        }
    }

    /// Says what was measured; and what went wrong, if something did.
    pub(crate) fn close(
        &mut self,
        times: &Times,
        cast: &Cast,
        wrong: Option<&Problem>,
    ) -> Result<(), Problem> {
        match self {
            Self::Text(lines) => lines.close(times, cast, wrong),
            Self::Json(lines) => lines.close(times, wrong),
        }
    }
}
