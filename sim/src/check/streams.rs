//! B5: a node has a bounded number of streams, and none of them outlives the time that a stream has.

use std::collections::BTreeMap;
use std::time::Duration;

use swim_core::{Instant, StreamId, Transmit};

use super::{Input, Law, Moment};
use crate::{Arrival, NodeId};

/// Streams at a time.
const STREAMS_MAX: usize = 64;
/// No setting is longer.
const TIMEOUT_MAX: Duration = Duration::from_secs(600);

/// The streams of each node.
#[derive(Default)]
pub(super) struct FewStreams(BTreeMap<NodeId, Streams>);

#[derive(Default)]
struct Streams {
    open: BTreeMap<StreamId, Open>,
    /// When the node wanted to be woken next.
    due: Option<Instant>,
}

struct Open {
    since: Instant,
    /// How long a stream had at most when it began, or carried something.
    limit: Duration,
    /// Which sides have finished.
    we: bool,
    they: bool,
}

impl Law for FewStreams {
    fn rule(&self) -> &'static str {
        "B5"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let Streams { open, due } = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start || moment.ended {
            open.clear();
        }
        if let Some(due) = std::mem::replace(due, moment.timeout).filter(|&due| moment.now > due) {
            forgive_a_pause(open, moment, due);
        }
        note_arrival(open, moment);
        note_sent(open, moment);
        open.retain(|_, stream| !(stream.we && stream.they));
        // Those that it refused or gave up are still open where that was not taken yet.
        if !moment.flushed {
            return Ok(());
        }
        if open.len() > STREAMS_MAX {
            return Err(format!("has {} streams", open.len()));
        }
        // One that stood still may be called for something else before its deadlines.
        if moment.input != Input::Timeout {
            return Ok(());
        }
        match open.iter().find(|(_, stream)| moment.now.since(stream.since) > stream.limit) {
            Some((stream, open)) => Err(format!("keeps {stream:?} since {}", open.since)),
            None => Ok(()),
        }
    }
}

/// One that stood still gives the stream of its probe as much longer, and time for what waits in its socket.
fn forgive_a_pause(open: &mut BTreeMap<StreamId, Open>, moment: &Moment<'_>, due: Instant) {
    let gap = moment.now.since(due) + moment.config.probe_timeout;
    let dialed = open.iter_mut().filter(|(id, _)| matches!(id, StreamId::Dialed(_)));
    dialed.for_each(|(_, stream)| stream.limit += gap);
}

fn note_arrival(open: &mut BTreeMap<StreamId, Open>, moment: &Moment<'_>) {
    let Some((stream, arrival)) = moment.arrival else { return };
    if let Some(open) = open.get_mut(&stream) {
        open.limit = open.limit.max(moment.config.stream_timeout);
    }
    match arrival {
        Arrival::Accepted { .. } => begin(open, stream, moment),
        Arrival::Failed => drop(open.remove(&stream)),
        Arrival::Finished => {
            if let Some(open) = open.get_mut(&stream) {
                open.they = true;
            }
        }
        Arrival::Connected | Arrival::Data(_) | Arrival::Written => {}
    }
}

fn note_sent(open: &mut BTreeMap<StreamId, Open>, moment: &Moment<'_>) {
    for sent in moment.sent {
        match &sent.transmit {
            Transmit::Connect { stream, .. } => begin(open, *stream, moment),
            Transmit::Abort { stream } => drop(open.remove(stream)),
            Transmit::Finish { stream } => {
                if let Some(open) = open.get_mut(stream) {
                    open.we = true;
                }
            }
            Transmit::Datagram { .. } | Transmit::Write { .. } => {}
        }
    }
}

fn begin(open: &mut BTreeMap<StreamId, Open>, stream: StreamId, moment: &Moment<'_>) {
    // What waited to be sent began under settings of before.
    let limit = if moment.batches { TIMEOUT_MAX } else { moment.config.stream_timeout };
    open.insert(stream, Open { since: moment.latest, limit, we: false, they: false });
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr, at};
    use super::*;
    use crate::Sent;

    fn unhurried() -> Scene {
        let mut scene = Scene::new();
        scene.timeout = Some(at(1_000));
        scene
    }

    fn sends(transmit: Transmit) -> Scene {
        let mut scene = unhurried();
        scene.sent.push(Sent { transmit, bytes: Vec::new() });
        scene
    }

    fn dials(number: u64) -> Scene {
        sends(Transmit::Connect { stream: StreamId::Dialed(number), to: addr(2) })
    }

    #[test]
    fn too_many_streams_are_seen() {
        let law = &mut FewStreams::default();
        (0..64).for_each(|number| dials(number).holds(law));
        dials(64).breaks(law, "has 65 streams");
    }

    #[test]
    fn a_node_that_batches_refuses_what_is_too_much_when_it_is_woken() {
        let law = &mut FewStreams::default();
        for number in 0..65 {
            let mut accepts = unhurried();
            accepts.arrival = Some((StreamId::Accepted(number), Arrival::Accepted { from: addr(2) }));
            (accepts.batches, accepts.flushed) = (true, false);
            accepts.holds(law);
        }
        let mut refuses = sends(Transmit::Abort { stream: StreamId::Accepted(64) });
        (refuses.batches, refuses.input) = (true, Input::Timeout);
        refuses.holds(law);
        let mut dials = dials(0);
        (dials.batches, dials.input) = (true, Input::Timeout);
        dials.breaks(law, "has 65 streams");
    }

    #[test]
    fn a_stream_that_is_never_given_up_is_seen() {
        let law = &mut FewStreams::default();
        dials(0).holds(law);
        let mut later = unhurried();
        later.input = Input::Timeout;
        later.now = at(20);
        later.holds(law);
        later.now = at(21);
        later.breaks(law, "keeps Dialed(0) since 10.000000s");
    }

    #[test]
    fn a_node_that_stood_still_gives_the_streams_it_dialled_as_much_longer() {
        let law = &mut FewStreams::default();
        let mut dials = dials(0);
        dials.timeout = Some(at(12));
        dials.holds(law);
        let mut accepts = unhurried();
        accepts.arrival = Some((StreamId::Accepted(0), Arrival::Accepted { from: addr(2) }));
        accepts.timeout = dials.timeout;
        accepts.holds(law);
        let mut later = unhurried();
        (later.now, later.input) = (at(18), Input::Timeout);
        later.holds(law);
        later.now = at(21);
        later.breaks(law, "keeps Accepted(0) since 10.000000s");
        let mut ends = unhurried();
        ends.arrival = Some((StreamId::Accepted(0), Arrival::Failed));
        ends.holds(law);
        // Six seconds, and a probe timeout.
        later.now = at(26);
        later.holds(law);
        later.now = at(27);
        later.breaks(law, "keeps Dialed(0) since 10.000000s");
    }

    #[test]
    fn a_stream_that_waited_to_be_dialled_has_the_time_that_streams_had_before() {
        let law = &mut FewStreams::default();
        let mut dials = dials(0);
        (dials.batches, dials.flushed) = (true, false);
        dials.holds(law);
        let mut later = unhurried();
        (later.now, later.input) = (at(610), Input::Timeout);
        later.holds(law);
        later.now = at(611);
        later.breaks(law, "keeps Dialed(0) since 10.000000s");
    }

    #[test]
    fn a_stream_that_carries_something_has_the_time_that_streams_have_by_then() {
        let law = &mut FewStreams::default();
        let accepts = |arrival, seconds| {
            let mut scene = unhurried();
            scene.config.stream_timeout = Duration::from_secs(seconds);
            scene.arrival = Some((StreamId::Accepted(0), arrival));
            scene
        };
        let mut later = unhurried();
        (later.now, later.input) = (at(15), Input::Timeout);
        accepts(Arrival::Accepted { from: addr(2) }, 1).holds(law);
        accepts(Arrival::Data(vec![0]), 5).holds(law);
        later.holds(law);
        later.now = at(16);
        later.breaks(law, "keeps Accepted(0) since 10.000000s");
    }

    #[test]
    fn a_stream_that_both_finished_or_that_broke_is_over() {
        let law = &mut FewStreams::default();
        let mut later = unhurried();
        (later.now, later.input) = (at(30), Input::Timeout);
        dials(0).holds(law);
        let mut finish = sends(Transmit::Finish { stream: StreamId::Dialed(0) });
        finish.arrival = Some((StreamId::Dialed(0), Arrival::Finished));
        finish.holds(law);
        later.holds(law);
        dials(1).holds(law);
        let mut fail = unhurried();
        fail.arrival = Some((StreamId::Dialed(1), Arrival::Failed));
        fail.holds(law);
        later.holds(law);
    }
}
