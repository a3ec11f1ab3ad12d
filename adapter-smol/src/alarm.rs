//! Being woken at a time.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;

use smol::Timer;
use swim_core::Instant;
use swim_driver::Clock;

pub(crate) struct Alarm {
    clock: Clock,
    timer: Timer,
    set_to: Instant,
}

impl Alarm {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, timer: Timer::never(), set_to: Instant::ZERO }
    }

    /// Whether there is time left; this task is woken when there is none.
    pub(crate) fn wait(&mut self, deadline: Instant, cx: &mut Context<'_>) -> bool {
        if deadline <= self.clock.now() {
            return false;
        }
        if self.set_to != deadline {
            self.set_to = deadline;
            self.timer.set_at(self.clock.at(deadline));
        }
        let is_pending = Pin::new(&mut self.timer).poll(cx).is_pending();
        if !is_pending {
            self.set_to = Instant::ZERO; // it may have been a clock's limit and not the deadline
        }
        is_pending
    }
}
