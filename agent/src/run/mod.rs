//! `swim run`: one node as a process.

mod session;
mod start;

use crate::cli::RunArgs;
use crate::clock::Clock;
use crate::problem::Problem;
use crate::run::session::Session;
use crate::run::start::Plan;
use crate::signals;

pub(crate) fn run(args: &RunArgs, clock: Clock) -> Result<(), Problem> {
    let plan = Plan::make(args)?;
    let seeds = plan.seeds.clone();
    let seal = plan.seal();
    let (handle, events) = plan.start()?;
    signals::leave_on_signal(handle.clone())?;
    let mut session = Session::new(args, clock, handle.clone());
    let told = session.tell_all(&seal, &seeds, events);
    // Nobody may be reading any more, but the others are owed a goodbye.
    handle.leave(signals::patience(&handle));
    told
}
