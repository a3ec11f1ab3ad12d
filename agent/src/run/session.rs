//! Telling what a node learns, line by line.

use serde_json::json;
use swim_core::{Addr, Event, Fact, Name, Roster};

use crate::adapter::{Events, Handle};
use crate::config::{PlainFrames, Settings, word};
use crate::json;
use crate::output::{printable, readable};
use crate::problem::Problem;
use crate::run::voice::Voice;
use crate::text::{self, Kind, Line};

/// One node and whoever reads of it.
pub(crate) struct Session<'a> {
    settings: &'a Settings,
    name: Name,
    voice: Voice,
    handle: Handle,
    roster: Roster,
    /// Who keeps the name that this node had to give up.
    namesake: Option<Addr>,
    /// Whether the recording goes on, if there is one.
    records: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(settings: &'a Settings, voice: Voice, handle: Handle) -> Self {
        let name = handle.with(|node, _| node.local().name().clone());
        Self { settings, name, voice, handle, roster: Roster::new(), namesake: None, records: true }
    }

    /// From the first event to the last.
    pub(crate) fn tell_all(&mut self, events: Events) -> Result<(), Problem> {
        for event in events {
            self.tell(&event)?;
            self.tell_if_unrecorded()?;
        }
        self.tell_end()
    }

    /// The first line: others wait for it to know the port.
    pub(crate) fn tell_where(&self, seal: &str) -> Result<(), Problem> {
        let (addr, cluster) = (self.handle.local_addr(), &self.settings.cluster);
        let preset = word(&self.settings.preset);
        let line = || {
            let detail =
                format!("{:<21}  cluster {}, {seal}, preset {preset}", addr.to_string(), printable(cluster));
            Line::new(Kind::plain("listening"), text::show(&self.name), detail)
        };
        let object = || {
            json::object(json!({
                "event": "listening",
                "name": self.name.as_str(),
                "addr": addr.to_string(),
                "cluster": cluster,
                "sealed": !self.settings.plain && self.settings.plain_frames != PlainFrames::Send,
                "preset": preset,
            }))
        };
        self.voice.say(line, object)
    }

    fn tell(&mut self, event: &Event) -> Result<(), Problem> {
        tracing::debug!(version = event.version, fact = ?event.fact, "event");
        self.count(event);
        if let Fact::NameConflict { addr } = &event.fact {
            self.namesake = Some(addr.clone());
        }
        let object = || json::with(json::fact(&event.fact), "members", json!(self.roster.len()));
        self.voice.say(|| self.line(&event.fact), object)
    }

    /// Once, soon after the recording stopped.
    fn tell_if_unrecorded(&mut self) -> Result<(), Problem> {
        let stopped = self.handle.with(|node, _| node.stopped().map(ToString::to_string));
        let Some(why) = stopped.filter(|_| self.records) else { return Ok(()) };
        self.records = false;
        let line = || Line::new(Kind::doubtful("not recorded"), "", format!("{why}. The node goes on"));
        self.voice.say(line, || json::object(json!({"event": "recording_stopped", "reason": why})))
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
            Fact::Left { member } if member.name == self.name => self.goodbye(),
            Fact::Joined { .. } | Fact::Failed { .. } | Fact::Left { .. } | Fact::Lagged { .. } => {
                line.remark(&text::count(self.roster.len(), "member"))
            }
            _ => line,
        }
    }

    fn goodbye(&self) -> Line {
        let at_most = readable(self.handle.with(|node, _| node.config().leave_timeout));
        let detail = format!("telling the others, for {at_most} at most; a second Ctrl-C ends at once");
        Line::new(Kind::gone("leaving"), text::show(&self.name), detail)
    }

    fn tell_end(&self) -> Result<(), Problem> {
        let io = self.handle.stats();
        let (stats, left) = self.handle.with(|node, _| (node.stats().clone(), node.has_left()));
        let line = || Line::new(Kind::plain("ended"), "", text::summary(&stats));
        let object = || json::object(json!({"event": "ended", "stats": json::stats(&stats, &io)}));
        self.voice.say(line, object)?;
        match &self.namesake {
            Some(addr) => Err(Problem::failed(format!(
                "another node at {addr} has the name {}: give this one another name",
                text::show(&self.name)
            ))),
            None if left => Ok(()),
            None => Err(Problem::failed(
                "the node ended before its goodbye was told: the others will find it failed",
            )),
        }
    }
}
