//! Standing still: a process that was stopped, or a machine that slept, accuses nobody of its own silence.
//!
//! Each question is forgiven one pause. Its answer can be read then, so of a node that is always called late, on a
//! computer that has too much to do, a member that is silent is found out all the same.

use core::time::Duration;

use crate::Node;
use crate::buggify::Site;
use crate::timers::Timer;

impl Node {
    /// This node was called so much later than it wanted to be. What it did not hear meanwhile is nobody's fault: whoever
    /// has to answer or to refute gets as much more time. A long pause is a reason to doubt oneself.
    pub(crate) fn forgive_a_pause(&mut self, gap: Duration) {
        if gap < self.config.probe_timeout && !self.switches.fires(Site::ForgivesItself) {
            return;
        }
        if gap > self.config.probe_interval * 2 {
            self.health.worsen();
        }
        self.forgive_silence(gap);
        self.postpone_probe(gap);
        self.postpone_suspicions(gap);
        for place in self.conflicts.forgive() {
            self.postpone(Timer::Conflict(place), gap);
        }
    }

    fn postpone_probe(&mut self, gap: Duration) {
        let Some(probe) = self.probe.as_mut().filter(|probe| !probe.is_forgiven) else { return };
        probe.is_forgiven = true;
        probe.sent = probe.sent + gap;
        let stream = probe.stream.under_way().and_then(|stream| self.exchanges.find(stream));
        for timer in [Timer::Probe, Timer::ProbeTimeout].into_iter().chain(stream.map(Timer::Stream)) {
            self.postpone(timer, gap);
        }
    }

    /// By the pause, and not to before the answers that wait in the socket can be read.
    pub(crate) fn postpone(&mut self, timer: Timer, gap: Duration) {
        if let Some(deadline) = self.timers.deadline(timer) {
            let soonest = self.now + self.config.probe_timeout;
            self.timers.set(timer, soonest.max(deadline + gap));
        }
    }
}
