//! Standing still: a process that was stopped, or a machine that slept, accuses nobody of its own silence.

use core::time::Duration;

use crate::Node;
use crate::timers::Timer;

impl Node {
    /// This node was called so much later than it wanted to be. What it did not hear meanwhile is nobody's fault: whoever
    /// has to answer or to refute gets as much more time. A long pause is a reason to doubt oneself.
    pub(crate) fn forgive_a_pause(&mut self, gap: Duration) {
        if gap < self.config.probe_timeout {
            return;
        }
        if gap > self.config.probe_interval * 2 {
            self.health.worsen();
        }
        // And some more: what fell due first would otherwise be judged before the answers that wait in the socket.
        let longer = gap.saturating_add(self.config.probe_timeout);
        self.postpone_probe(longer);
        self.postpone_suspicions(longer);
    }

    fn postpone_probe(&mut self, longer: Duration) {
        let Some(probe) = &mut self.probe else { return };
        probe.sent = probe.sent + longer;
        for timer in [Timer::Probe, Timer::ProbeTimeout] {
            if let Some(deadline) = self.timers.deadline(timer) {
                self.timers.set(timer, deadline + longer);
            }
        }
    }
}
