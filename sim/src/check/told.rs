//! What a judge is told of the run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use swim_core::{Addr, Instant, Local, Name};

/// Tells a [`Judge`](super::Judge) that nothing happens any more, so that from now on nodes may only probe.
#[derive(Clone, Debug, Default)]
pub struct Quiet(pub(super) Rc<Cell<Option<Instant>>>);

impl Quiet {
    /// Nothing happens from `now` on; `None`: something may.
    pub fn set(&self, since: Option<Instant>) {
        self.0.set(since);
    }
}

/// Tells a [`Judge`](super::Judge) that somebody with the key lies. From then on the laws rest that only say that nobody does.
#[derive(Clone, Debug, Default)]
pub struct Lies(pub(super) Rc<RefCell<Told>>);

#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) honesty: Honesty,
    /// Members that are no nodes, and where they are.
    pub(super) liars: Vec<(Name, Addr)>,
}

impl Lies {
    /// Somebody begins to lie; `in_peace` if nothing else goes wrong in this run, so that no lie may do harm that lasts.
    pub fn begin(&self, in_peace: bool) {
        self.0.borrow_mut().honesty = if in_peace { Honesty::LiesInPeace } else { Honesty::LiesInTrouble };
    }

    /// The liar is this member, and is no node.
    pub fn note_liar(&self, liar: &Local) {
        self.0.borrow_mut().liars.push((liar.name.clone(), liar.addr.clone()));
    }
}

/// Whether those with the key tell the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Honesty {
    #[default]
    Truth,
    LiesInPeace,
    LiesInTrouble,
}
