//! Who waits for something, for as long as it waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// The wakers of those who wait, each with what it waits for.
///
/// They have a lock of their own, so that whoever gives up waiting needs no other. Nothing is woken or let go of under it.
pub(crate) struct Waiters<T>(Arc<Mutex<Waiting<T>>>);

struct Waiting<T> {
    admitted: u64,
    all: BTreeMap<u64, (T, Waker)>,
}

/// Somebody who may wait, and is forgotten when this is dropped.
pub(crate) struct Waiter<T> {
    waiting: Arc<Mutex<Waiting<T>>>,
    number: u64,
}

impl<T> Default for Waiters<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting { admitted: 0, all: BTreeMap::new() })))
    }
}

impl<T> Waiters<T> {
    pub(crate) fn admit(&self) -> Waiter<T> {
        let mut waiting = lock(&self.0);
        waiting.admitted += 1;
        Waiter { waiting: Arc::clone(&self.0), number: waiting.admitted }
    }

    /// Takes out all whose time has come.
    pub(crate) fn take_those(&self, is_due: impl Fn(&T) -> bool) -> Vec<Waker> {
        let mut due = Vec::new();
        lock(&self.0).all.retain(|_, (what, waker)| {
            let stays = !is_due(what);
            if !stays {
                due.push(waker.clone());
            }
            stays
        });
        due
    }
}

impl<T> Waiter<T> {
    /// From now on it waits for this and for nothing else; answers with whom it would have woken before.
    #[must_use]
    pub(crate) fn wait(&self, what: T, waker: &Waker) -> Option<Waker> {
        let before = lock(&self.waiting).all.insert(self.number, (what, waker.clone()));
        before.map(|(_, waker)| waker)
    }
}

impl<T> Drop for Waiter<T> {
    fn drop(&mut self) {
        let _before = lock(&self.waiting).all.remove(&self.number);
    }
}

/// What is in there is never half done.
fn lock<T>(waiting: &Mutex<Waiting<T>>) -> MutexGuard<'_, Waiting<T>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    /// A waker that owns somebody who waits.
    struct Owner {
        _waiter: Waiter<u32>,
    }

    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn who_is_due_is_taken_once_and_who_is_not_waits_on() {
        let waiters = Waiters::default();
        let (one, two) = (waiters.admit(), waiters.admit());
        assert!(one.wait(1, Waker::noop()).is_none());
        assert!(two.wait(3, Waker::noop()).is_none());
        assert!(two.wait(2, Waker::noop()).is_some());
        assert_eq!(waiters.take_those(|&number| number != 2).len(), 1);
        assert_eq!(waiters.take_those(|&number| number != 2).len(), 0);
        assert_eq!(waiters.take_those(|_| true).len(), 1);
    }

    #[test]
    fn a_waker_may_end_others_that_wait_here() {
        let waiters = Waiters::default();
        let (first, second) = (waiters.admit(), waiters.admit());
        let owner = || Waker::from(Arc::new(Owner { _waiter: waiters.admit() }));
        drop(first.wait(1, &owner()));
        drop(first.wait(1, &owner()));
        drop(first);
        drop(second.wait(1, &owner()));
        drop(waiters.take_those(|_| true));
        assert!(lock(&waiters.0).all.is_empty());
    }
}
