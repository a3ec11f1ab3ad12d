//! Locks under which nobody is woken.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread;

/// What stands under a [`Lock`].
pub(crate) trait Locked {
    /// What is done with wakers when the lock is released.
    fn later(&mut self) -> &mut Later;

    /// Somebody has panicked with the lock in its hands.
    fn panicked(&mut self) {}
}

/// Wakers that are woken, or only let go of, when a lock is released: both may end a task, and with it others that take
/// the same lock.
#[derive(Default)]
pub(crate) struct Later {
    woken: Vec<Waker>,
    forgotten: Vec<Waker>,
}

pub(crate) struct Lock<T>(Mutex<T>);

/// The lock, held.
pub(crate) struct Guard<'a, T: Locked> {
    was_panicking: bool,
    /// Released first, so that nobody who is woken `later` has to wait for it.
    state: MutexGuard<'a, T>,
    later: Later,
}

impl<T: Locked> Lock<T> {
    pub(crate) fn new(state: T) -> Self {
        Self(Mutex::new(state))
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Guard { was_panicking: thread::panicking(), state, later: Later::default() }
    }
}

impl Later {
    pub(crate) fn wake(&mut self, wakers: impl IntoIterator<Item = Waker>) {
        self.woken.extend(wakers);
    }

    pub(crate) fn forget(&mut self, wakers: impl IntoIterator<Item = Waker>) {
        self.forgotten.extend(wakers);
    }

    /// Whom to wake from now on.
    pub(crate) fn renew(&mut self, known: &mut Option<Waker>, waker: &Waker) {
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            self.forget(known.replace(waker.clone()));
        }
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        self.woken.drain(..).for_each(Waker::wake);
    }
}

impl<T: Locked> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() && !self.was_panicking {
            self.state.panicked();
        }
        self.later = mem::take(self.state.later());
    }
}

impl<T: Locked> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.state
    }
}

impl<T: Locked> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state
    }
}
