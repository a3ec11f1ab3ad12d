//! A node whose process can stand still, as one that is stopped, swapped out or starved of CPU does.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::time::Duration;

use swim_core::{Addr, Event, Instant, Machine, Node, StreamId, StreamInput, Transmit};

use crate::Arrival;

/// What waits in the socket of a process that stands still, in bytes: the usual receive buffer of Linux.
const SOCKET_BUFFER: usize = 212_992;
/// What the kernel books for a datagram besides its bytes.
const DATAGRAM_OVERHEAD: usize = 768;
/// How long it takes to hear one thing that waited.
const PER_INPUT: Duration = Duration::from_micros(1);

/// A node, and what waits for it while it stands still.
///
/// When it goes on it first hears what waited, as far as its socket had room, and then that its time has come: the
/// order in which a driver works.
pub(super) struct Sleeper {
    node: Node,
    sleep: Option<Sleep>,
}

struct Sleep {
    until: Instant,
    inbox: VecDeque<Input>,
    room: usize,
}

enum Input {
    Datagram { from: Addr, bytes: Vec<u8> },
    Stream { stream: StreamId, arrival: Arrival },
}

impl Sleeper {
    pub(super) fn new(node: Node) -> Self {
        Self { node, sleep: None }
    }

    pub(super) fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    /// Stands still until then.
    pub(super) fn sleep_until(&mut self, until: Instant) {
        match &mut self.sleep {
            Some(sleep) => sleep.until = until,
            None => self.sleep = Some(Sleep { until, inbox: VecDeque::new(), room: SOCKET_BUFFER }),
        }
    }
}

fn hear(node: &mut Node, now: Instant, input: Input) {
    match input {
        Input::Datagram { from, mut bytes } => node.handle_datagram(now, &from, &mut bytes),
        Input::Stream { stream, arrival } => node.handle_stream(now, stream, arrival.input(&mut Vec::new())),
    }
}

impl Sleep {
    fn keep_datagram(&mut self, from: &Addr, bytes: &[u8]) {
        if let Some(room) = self.room.checked_sub(bytes.len() + DATAGRAM_OVERHEAD) {
            self.room = room;
            self.inbox.push_back(Input::Datagram { from: from.clone(), bytes: bytes.to_vec() });
        }
    }
}

impl Borrow<Node> for Sleeper {
    fn borrow(&self) -> &Node {
        &self.node
    }
}

impl Machine for Sleeper {
    type Event = Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        match &mut self.sleep {
            Some(sleep) => sleep.keep_datagram(from, datagram),
            None => self.node.handle_datagram(now, from, datagram),
        }
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        match &mut self.sleep {
            Some(sleep) => {
                sleep.inbox.push_back(Input::Stream { stream, arrival: Arrival::from_input(&input) });
            }
            None => self.node.handle_stream(now, stream, input),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Some(sleep) = self.sleep.as_mut().filter(|sleep| sleep.until <= now) {
            match sleep.inbox.pop_front() {
                Some(input) => {
                    sleep.until = now + PER_INPUT;
                    return hear(&mut self.node, now, input);
                }
                None => self.sleep = None,
            }
        }
        if self.sleep.is_none() {
            self.node.handle_timeout(now);
        }
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        self.node.poll_transmit(buf)
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.node.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.sleep.as_ref().map_or_else(|| self.node.poll_timeout(), |sleep| Some(sleep.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NodeId;
    use crate::quality::town::Town;

    fn datagrams_heard(town: &Town, node: NodeId) -> u64 {
        town.node(node).map_or(0, |node| node.stats().datagrams_received)
    }

    #[test]
    fn who_stands_still_hears_later_what_waited() {
        let mut town = Town::at_peace(1, 2, swim_core::Config::lan());
        let (node, before) = (NodeId(1), datagrams_heard(&town, NodeId(1)));
        let wake = town.now() + Duration::from_secs(3);
        town.cluster.with(node, |sleeper, _| sleeper.sleep_until(wake));
        town.run_for(Duration::from_millis(2_999));
        assert_eq!(datagrams_heard(&town, node), before);
        town.run_for(Duration::from_millis(2));
        assert!(datagrams_heard(&town, node) >= before + 3, "a ping a second and more waited");
    }

    #[test]
    fn what_waits_beyond_the_socket_buffer_is_lost() {
        let mut sleep = Sleep { until: Instant::ZERO, inbox: VecDeque::new(), room: SOCKET_BUFFER };
        (0..1_000).for_each(|_| sleep.keep_datagram(&crate::population::addr(1), &[0; 100]));
        assert_eq!(sleep.inbox.len(), 245);
    }
}
