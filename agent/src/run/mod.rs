//! `swim run`: one node as a process.

mod reload;
mod session;
mod start;
mod state;
pub(crate) mod voice;

use crate::adapter::Stable;
use crate::cli::RunArgs;
use crate::clock::Clock;
use crate::config::{chosen_file, load, warn_of_typos};
use crate::discovery::Discovery;
use crate::problem::Problem;
use crate::run::reload::{Reloader, catch_hangups};
use crate::run::session::Session;
use crate::run::start::{Plan, targets};
use crate::run::state::Keeper;
use crate::run::voice::Voice;
use crate::signals;

pub(crate) fn run(args: &RunArgs, clock: Clock) -> Result<(), Problem> {
    let hangups = catch_hangups()?;
    let file = chosen_file(args.config.as_ref());
    let settings = load(&args.options.0, file.as_deref())?.settings;
    warn_of_typos();
    let voice = Voice::new(args.json, clock);
    let plan = Plan::make(&settings, &voice)?;
    let seal = plan.seal();
    let mut stable = Stable::default();
    let (handle, events) = plan.start(&mut stable)?;
    let keeper = Keeper::start(&settings, &handle)?;
    signals::leave_on_signal(handle.clone())?;
    let mut session = Session::new(&settings, voice.clone(), handle.clone());
    let told = session.tell_where(&seal).and_then(|()| {
        let discovery = Discovery::start(&handle, &voice, targets(&settings))?;
        let (options, started) = (args.options.0.clone(), settings.clone());
        let (handle, current) = (handle.clone(), settings.clone());
        Reloader { options, file, handle, voice, discovery, started, current }.listen(hangups)?;
        session.tell_all(events)
    });
    // Nobody may be reading any more, but the others are owed a goodbye.
    handle.leave(signals::patience(&handle));
    let kept = keeper.map_or(Ok(()), Keeper::finish);
    told.and(kept)
}
