//! `swim run`: one node as a process.

mod address;
mod reload;
mod session;
mod start;
mod state;
pub(crate) mod voice;

use crate::adapter::Stable;
use crate::cli::RunArgs;
use crate::clock::Clock;
use crate::config::{Settings, Source, warn_of_typos};
use crate::discovery::Discovery;
use crate::problem::Problem;
use crate::run::reload::{Reloader, read_again};
use crate::run::session::Session;
use crate::run::start::{Halt, Plan, targets};
use crate::run::state::Keeper;
use crate::run::voice::Voice;
use crate::signals::{self, Signals};

pub(crate) fn run(args: &RunArgs, clock: Clock) -> Result<(), Problem> {
    let signals = Signals::catch()?;
    let source = Source::new(&args.options, args.config.as_ref());
    let mut settings = source.load()?.settings;
    warn_of_typos();
    let voice = Voice::new(args.json, clock);
    let plan = plan(&mut settings, &source, &voice, &signals)?;
    let seal = plan.seal();
    let mut stable = Stable::default();
    let (handle, events) = plan.start(&mut stable)?;
    signals.leave_with(handle.clone())?;
    let keeper = Keeper::start(&settings, &handle)?;
    let mut session = Session::new(&settings, voice.clone(), handle.clone());
    let told = session.tell_where(&seal).and_then(|()| {
        let discovery = Discovery::start(&handle, &voice, targets(&settings))?;
        let (handle, started, current) = (handle.clone(), settings.clone(), settings.clone());
        Reloader { source, handle, voice, discovery, started, current }.listen(signals.into_hangups())?;
        session.tell_all(events)
    });
    // Nobody may be reading any more, but the others are owed a goodbye.
    handle.leave(signals::patience(&handle));
    let kept = keeper.map_or(Ok(()), Keeper::finish);
    told.and(kept)
}

/// Begins again with what a SIGHUP changed while it waited.
fn plan(settings: &mut Settings, source: &Source, voice: &Voice, signals: &Signals) -> Result<Plan, Problem> {
    loop {
        match Plan::make(settings, voice, signals) {
            Ok(plan) => return Ok(plan),
            Err(Halt::Problem(problem)) => return Err(problem),
            Err(Halt::HungUp) => read_again(settings, source, voice),
        }
    }
}
