//! SIGHUP: the settings are read again, and what can change without a restart does.

use std::sync::mpsc::Receiver;

use crate::adapter::Handle;
use crate::config::{
    Change, Section, Setting, Settings, Source, all_settings, check_own, check_peers, fingerprints, keyring,
    registers,
};
use crate::discovery::Discovery;
use crate::json;
use crate::problem::Problem;
use crate::run::start::{needed, targets};
use crate::run::voice::Voice;
use crate::signals::spawn;
use crate::text::{Kind, Line};
use serde_json::json;

/// While a node waits to begin, all settings count, or if there is a mistake in them none.
pub(crate) fn read_again(settings: &mut Settings, source: &Source, voice: &Voice) {
    let read = || {
        let settings = source.load()?.settings;
        needed(&settings)?;
        Ok(settings)
    };
    match read() {
        Ok(new) => {
            let changed = changes(settings, &new, |_| true);
            tell(voice, &Outcome { changed, needs_restart: Vec::new() });
            *settings = new;
        }
        Err(problem) => tell_refused(voice, &problem),
    }
}

/// What settings are read from, and what became of them.
pub(crate) struct Reloader {
    pub(crate) source: Source,
    pub(crate) handle: Handle,
    pub(crate) voice: Voice,
    pub(crate) discovery: Option<Discovery>,
    /// As the node began.
    pub(crate) started: Settings,
    /// As it goes on.
    pub(crate) current: Settings,
}

/// What a reload did.
struct Outcome {
    changed: Vec<String>,
    needs_restart: Vec<&'static str>,
}

impl Reloader {
    /// Reloads whenever a SIGHUP comes, in a thread of its own.
    pub(crate) fn listen(mut self, hangups: Receiver<()>) -> Result<(), Problem> {
        spawn("swim-reload", move || hangups.iter().for_each(|()| self.reload()))
    }

    fn reload(&mut self) {
        match self.try_reload() {
            Ok(outcome) => tell(&self.voice, &outcome),
            Err(problem) => tell_refused(&self.voice, &problem),
        }
    }

    /// All of it or, if there is a mistake anywhere, nothing.
    fn try_reload(&mut self) -> Result<Outcome, Problem> {
        let settings = self.source.load()?.settings;
        self.check(&settings)?;
        let mut changed = changes(&self.current, &settings, |setting| setting.change == Change::Reload);
        let keys_changed = self.apply(&settings)?;
        if keys_changed && !changed.iter().any(|key| key.starts_with("key_file") || key.starts_with("secret"))
        {
            changed.push("the keys in their files".into());
        }
        if changed.iter().any(|key| ["peers", "discover", "dns"].iter().any(|name| key.starts_with(name))) {
            self.discovery = Discovery::start(&self.handle, &self.voice, targets(&settings))?;
        }
        let needs_restart = self.needs_restart(&settings);
        self.current = settings;
        Ok(Outcome { changed, needs_restart })
    }

    /// Answers whether the keys are others now.
    fn apply(&self, settings: &Settings) -> Result<bool, Problem> {
        let authentication = |settings: &Settings| shown(settings, Section::Authentication);
        let same_way = authentication(&self.current) == authentication(settings);
        let keyring = keyring(settings, self.handle.with(|_, now| now))?;
        self.handle.with(|node, now| {
            let same_keys = fingerprints(node.keyring()) == fingerprints(&keyring);
            registers::apply(node, now, &settings.registers).map_err(Problem::usage)?;
            node.reconfigure(now, settings.protocol.clone())
                .map_err(|error| Problem::usage(error.to_string()))?;
            if !(same_keys && same_way) {
                node.set_keyring(now, keyring);
            }
            Ok(!same_keys)
        })
    }

    /// The node listens where it began to, whatever its settings say by now.
    fn check(&self, settings: &Settings) -> Result<(), Problem> {
        check_own(settings)?;
        let Some(bind) = &self.started.bind else { return Ok(()) };
        check_peers(settings, bind).map_err(|problem| match settings.bind.as_ref() == Some(bind) {
            true => problem,
            false => Problem::usage(format!("{problem}. A restart is what changes bind")),
        })
    }

    fn needs_restart(&self, settings: &Settings) -> Vec<&'static str> {
        let fixed = all_settings().filter(|setting| setting.change == Change::Restart);
        let changed = fixed.filter(|setting| (setting.show)(&self.started) != (setting.show)(settings));
        changed.map(|setting| setting.key).collect()
    }
}

/// What is another one now.
fn changes(old: &Settings, new: &Settings, counts: impl Fn(&Setting) -> bool) -> Vec<String> {
    let changes = all_settings().filter(|setting| counts(setting)).filter_map(|setting| {
        let (old, new) = ((setting.show)(old), (setting.show)(new));
        let (old, new) = (old != new).then_some((old, new))?;
        let show = |value: Option<String>| value.unwrap_or_else(|| "not set".into());
        Some(format!("{} is {}, was {}", setting.key, show(new), show(old)))
    });
    changes.collect()
}

fn tell(voice: &Voice, Outcome { changed, needs_restart }: &Outcome) {
    let line = || {
        let mut parts = Vec::new();
        if changed.is_empty() {
            parts.push("nothing changed".to_owned());
        } else {
            parts.push(changed.join("; "));
        }
        if !needs_restart.is_empty() {
            parts.push(format!("only a restart changes {}", needs_restart.join(", ")));
        }
        Line::new(Kind::news("reloaded"), "", parts.join("; "))
    };
    let object =
        || json::object(json!({"event": "reloaded", "changed": changed, "needs_restart": needs_restart}));
    voice.say_aside(line, object);
}

fn tell_refused(voice: &Voice, problem: &Problem) {
    let reason = problem.to_string();
    let line = || {
        let detail = format!("{reason}. The node goes on as before");
        Line::new(Kind::bad("not reloaded"), "", detail)
    };
    voice.say_aside(line, || json::object(json!({"event": "reload_refused", "reason": reason})));
}

fn shown(settings: &Settings, section: Section) -> Vec<Option<String>> {
    let settings_of = all_settings().filter(|setting| setting.section == section);
    settings_of.map(|setting| (setting.show)(settings)).collect()
}
