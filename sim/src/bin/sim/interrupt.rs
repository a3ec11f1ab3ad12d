//! Ctrl-C: the first asks to come to an end, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag;
use sim::{Broken, Checker, INTERRUPTED, Step};
use swim_core::Node;

use crate::verdict::Misuse;

/// Whether somebody pressed Ctrl-C.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on.
    pub(crate) fn watch() -> Result<Self, Misuse> {
        let pressed = Arc::new(AtomicBool::new(false));
        let registered = flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&pressed))
            .and_then(|_| flag::register(SIGINT, Arc::clone(&pressed)));
        registered.map_err(|error| Misuse::new(format!("cannot listen for Ctrl-C: {error}")))?;
        Ok(Self(pressed))
    }

    pub(crate) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Ends the run that it watches.
impl Checker<Node> for Interrupt {
    fn check(&mut self, _: &Step<'_, Node>) -> Result<(), Broken> {
        if self.is_pressed() {
            return Err(Broken { rule: INTERRUPTED, text: "somebody pressed Ctrl-C".into() });
        }
        Ok(())
    }
}
