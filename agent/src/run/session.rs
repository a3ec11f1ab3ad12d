//! Telling what a node learns, line by line.

use std::net::SocketAddr;

use adapter_std::{Events, Handle};
use serde_json::{Value, json};
use swim_core::{Event, Fact, Node, Roster};

use crate::cli::RunArgs;
use crate::clock::Clock;
use crate::json::{self, Object};
use crate::output::{Output, printable, readable, seconds};
use crate::problem::Problem;
use crate::text::{self, Kind, Line};

/// One node and whoever reads of it.
pub(crate) struct Session<'a> {
    args: &'a RunArgs,
    clock: Clock,
    handle: Handle<Node>,
    output: Output,
    roster: Roster,
}

impl<'a> Session<'a> {
    pub(crate) fn new(args: &'a RunArgs, clock: Clock, handle: Handle<Node>) -> Self {
        Self { args, clock, handle, output: Output::open(), roster: Roster::new() }
    }

    /// From the first line to the last.
    pub(crate) fn tell_all(
        &mut self,
        seal: &str,
        seeds: &[SocketAddr],
        events: Events<Node>,
    ) -> Result<(), Problem> {
        self.tell_where(seal)?;
        if !seeds.is_empty() {
            tracing::info!(?seeds, "joining");
            self.handle.join(seeds);
        }
        for event in events {
            self.tell(&event)?;
        }
        self.tell_end()
    }

    fn tell_where(&mut self, seal: &str) -> Result<(), Problem> {
        let (args, addr) = (self.args, self.handle.local_addr().clone());
        let preset = args.preset.as_str();
        if args.json {
            return self.put(json::object(json!({
                "event": "listening",
                "name": args.name.as_str(),
                "addr": addr.to_string(),
                "cluster": args.cluster,
                "sealed": !args.plain,
                "preset": preset,
            })));
        }
        let detail = format!(
            "{:<21}  cluster {}, {seal}, preset {preset}",
            addr.to_string(),
            printable(&args.cluster)
        );
        self.print(&Line::new(Kind::plain("listening"), text::show(&args.name), detail))
    }

    fn tell(&mut self, event: &Event) -> Result<(), Problem> {
        tracing::debug!(version = event.version, fact = ?event.fact, "event");
        self.count(event);
        if self.args.json {
            let members = json!(self.roster.len());
            return self.put(json::with(json::fact(&event.fact), "members", members));
        }
        self.print(&self.line(&event.fact))
    }

    /// Events that were lost may have been about anybody.
    fn count(&mut self, event: &Event) {
        if self.roster.fold(event).is_err() {
            self.roster = self.handle.with(|node, _| Roster::of(node));
        }
    }

    /// With the number of members, where it has changed.
    fn line(&self, fact: &Fact) -> Line {
        let line = Line::of(fact);
        match fact {
            Fact::Left { member } if member.name == self.args.name => self.goodbye(),
            Fact::Joined { .. } | Fact::Failed { .. } | Fact::Left { .. } | Fact::Lagged { .. } => {
                line.remark(&text::count(self.roster.len(), "member"))
            }
            _ => line,
        }
    }

    fn goodbye(&self) -> Line {
        let at_most = readable(self.args.preset.config().leave_timeout);
        let detail = format!("telling the others, for {at_most} at most; a second Ctrl-C ends at once");
        Line::new(Kind::gone("leaving"), text::show(&self.args.name), detail)
    }

    fn tell_end(&mut self) -> Result<(), Problem> {
        let io = self.handle.stats();
        let (stats, left) = self.handle.with(|node, _| (node.stats().clone(), node.has_left()));
        if self.args.json {
            self.put(json::object(json!({"event": "ended", "stats": json::stats(&stats, &io)})))?;
        } else {
            self.print(&Line::new(Kind::plain("ended"), "", text::summary(&stats)))?;
        }
        left.then_some(()).ok_or_else(|| {
            Problem::failed("the node ended before its goodbye was told: the others will find it failed")
        })
    }

    fn put(&mut self, fields: Object) -> Result<(), Problem> {
        let mut object = json::object(json!({"t": seconds(self.clock.now())}));
        object.extend(fields);
        self.output.json(&Value::Object(object))
    }

    fn print(&mut self, line: &Line) -> Result<(), Problem> {
        self.output.line(&line.at(self.clock.now()))
    }
}
