//! Being woken at a time.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;

use swim_core::Instant;
use swim_driver::Clock;
use tokio::time::{Sleep, sleep_until};

pub(crate) struct Alarm {
    clock: Clock,
    sleep: Pin<Box<Sleep>>,
    set_to: Instant,
}

impl Alarm {
    pub(crate) fn new(clock: Clock) -> Self {
        let sleep = Box::pin(sleep_until(clock.at(Instant::ZERO).into()));
        Self { clock, sleep, set_to: Instant::ZERO }
    }

    /// Whether there is time left; this task is woken when there is none.
    pub(crate) fn wait(&mut self, deadline: Instant, cx: &mut Context<'_>) -> bool {
        if deadline <= self.clock.now() {
            return false;
        }
        if self.set_to != deadline {
            self.set_to = deadline;
            self.sleep.as_mut().reset(self.clock.at(deadline).into());
        }
        let is_pending = self.sleep.as_mut().poll(cx).is_pending();
        if !is_pending {
            self.set_to = Instant::ZERO; // it may have been a clock's limit and not the deadline
        }
        is_pending
    }
}
