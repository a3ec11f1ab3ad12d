//! What a node says, whichever of its threads says it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::json::{self, Object};
use crate::output::{Output, printable, readable, seconds};
use crate::problem::Problem;
use crate::text::{Kind, Line};

/// What a node says, line by line, for people or for programs.
#[derive(Clone)]
pub(crate) struct Voice {
    json: bool,
    clock: Clock,
    output: Arc<Mutex<Output>>,
}

impl Voice {
    pub(crate) fn new(json: bool, clock: Clock) -> Self {
        Self { json, clock, output: Arc::new(Mutex::new(Output::open())) }
    }

    /// Says the same to people or to programs.
    pub(crate) fn say(
        &self,
        line: impl FnOnce() -> Line,
        object: impl FnOnce() -> Object,
    ) -> Result<(), Problem> {
        let now = self.clock.now();
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if self.json {
            let mut fields = json::object(json!({"t": seconds(now)}));
            fields.extend(object());
            output.json(&Value::Object(fields))
        } else {
            output.line(&line().at(now))
        }
    }

    /// A name led nowhere, for now.
    pub(crate) fn not_found(&self, target: &str, why: &str, retry_in: Duration) {
        let line = || {
            let detail = format!("{why}; next attempt in {}", readable(retry_in));
            Line::new(Kind::doubtful("not found"), printable(target), detail)
        };
        let object = || {
            json::object(json!({
                "event": "not_found",
                "name": target,
                "reason": why,
                "retry_in": seconds(retry_in),
            }))
        };
        self.say_aside(line, object);
    }

    /// Says something that nobody waits for: if nobody reads any more, the events find out.
    pub(crate) fn say_aside(&self, line: impl FnOnce() -> Line, object: impl FnOnce() -> Object) {
        let _ = self.say(line, object);
    }
}
