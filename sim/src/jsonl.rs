//! A run as lines of JSON, for other programs.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use swim_core::{Fact, Instant, Node, State, Transmit};

use crate::{Arrival, Broken, Call, Checker, Network, NodeId, Notice, Step};

/// Writes one JSON object a line for everything that happens, in order.
///
/// Every line has `at`, in nanoseconds since the run began, and `what`:
///
/// | `what` | further fields | meaning |
/// |---|---|---|
/// | `start` | `node`, `name`, `addr` | a machine starts on the node |
/// | `crash` | `node` | it stops at once |
/// | `network` | `latency` (two numbers in nanoseconds), `loss` (0.0 to 1.0), `cut` (pairs of nodes, from and to) | links and partitions from now on |
/// | `datagram` | `from`, `to`, `bytes`, `arrives` (times in nanoseconds, none if it is lost) | a datagram is sent |
/// | `received` | `node`, `from` (an address), `bytes` | a machine is given a datagram |
/// | `stream` | `node`, `stream`, `does` (`connect`, `write`, `finish`, `abort`), `to` or `bytes` | what a machine does with a stream |
/// | `arrival` | `node`, `stream`, `is` (`accepted`, `connected`, `data`, `written`, `finished`, `failed`), `bytes` | what happens to a stream |
/// | `event` | `node`, `version`, `fact`, `member`, `state` | what a machine tells its application; `member` and `state` where the fact is about a member |
///
/// Add a clone of it with [`Cluster::watch`](crate::Cluster::watch) before the first node. After an error nothing
/// more is written, and [`finish`](Self::finish) says so.
#[derive(Debug)]
pub struct JsonLines<W: Write>(Rc<RefCell<Lines<W>>>);

#[derive(Debug)]
struct Lines<W> {
    out: W,
    error: Option<io::Error>,
    nodes: u32,
}

impl<W: Write> Clone for JsonLines<W> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`, which should be buffered.
    pub fn new(out: W) -> Self {
        Self(Rc::new(RefCell::new(Lines { out, error: None, nodes: 0 })))
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    ///
    /// The first error of all writes.
    pub fn finish(&self) -> io::Result<()> {
        let mut lines = self.0.borrow_mut();
        lines.error.take().map_or_else(|| lines.out.flush(), Err)
    }
}

impl<W: Write> Checker<Node> for JsonLines<W> {
    fn check(&mut self, step: &Step<'_, Node>) -> Result<(), Broken> {
        let mut lines = self.0.borrow_mut();
        lines.call(step);
        lines.events(step);
        lines.outputs(step);
        Ok(())
    }

    fn notice(&mut self, now: Instant, notice: &Notice<'_>) {
        self.0.borrow_mut().notice(now, notice);
    }
}

impl<W: Write> Lines<W> {
    fn line(&mut self, at: Instant, what: &str, mut fields: Value) {
        if self.error.is_some() {
            return;
        }
        let mut line = json!({ "at": at.as_nanos(), "what": what });
        if let (Some(line), Some(fields)) = (line.as_object_mut(), fields.as_object_mut()) {
            line.append(fields);
        }
        self.error = writeln!(self.out, "{line}").err();
    }

    fn call(&mut self, step: &Step<'_, Node>) {
        let (now, node) = (step.now, step.node.0);
        match step.call {
            Call::Start => {
                self.nodes = self.nodes.max(node + 1);
                let local = step.machine.local();
                let fields =
                    json!({ "node": node, "name": local.name().as_str(), "addr": local.addr().to_string() });
                self.line(now, "start", fields);
            }
            Call::Datagram { from, bytes } => {
                let fields = json!({ "node": node, "from": from.to_string(), "bytes": bytes.len() });
                self.line(now, "received", fields);
            }
            Call::Stream { stream, arrival } => {
                let (stream, bytes) = (format!("{stream:?}"), arrival.bytes().len());
                let fields = json!({ "node": node, "stream": stream, "is": kind(arrival), "bytes": bytes });
                self.line(now, "arrival", fields);
            }
            Call::Timeout | Call::Command => {}
        }
    }

    fn outputs(&mut self, step: &Step<'_, Node>) {
        let node = step.node.0;
        for sent in step.sent {
            let fields = match &sent.transmit {
                // The network tells of it, with what becomes of it.
                Transmit::Datagram { .. } => continue,
                Transmit::Connect { stream, to } => {
                    json!({ "stream": format!("{stream:?}"), "does": "connect", "to": to.to_string() })
                }
                Transmit::Write { stream } => {
                    json!({ "stream": format!("{stream:?}"), "does": "write", "bytes": sent.bytes.len() })
                }
                Transmit::Finish { stream } => json!({ "stream": format!("{stream:?}"), "does": "finish" }),
                Transmit::Abort { stream } => json!({ "stream": format!("{stream:?}"), "does": "abort" }),
            };
            let mut line = json!({ "node": node });
            if let (Some(line), Value::Object(mut fields)) = (line.as_object_mut(), fields) {
                line.append(&mut fields);
            }
            self.line(step.now, "stream", line);
        }
    }

    fn network(&mut self, now: Instant, network: &Network) {
        let link = network.usual_link();
        let pairs = (0..self.nodes).flat_map(|from| (0..self.nodes).map(move |to| (from, to)));
        let cut: Vec<_> = if network.has_cuts() {
            pairs.filter(|(from, to)| network.is_cut(NodeId(*from), NodeId(*to))).collect()
        } else {
            Vec::new()
        };
        let latency = [nanos(*link.latency.start()), nanos(*link.latency.end())];
        self.line(now, "network", json!({ "latency": latency, "loss": link.loss, "cut": cut }));
    }

    fn events(&mut self, step: &Step<'_, Node>) {
        for event in step.events {
            let (node, version) = (step.node.0, event.version);
            let mut fields = json!({ "node": node, "version": version, "fact": name(&event.fact) });
            if let Some((member, state)) = about(&event.fact) {
                fields["member"] = member.into();
                fields["state"] = state.map(|state| format!("{state:?}")).into();
            }
            self.line(step.now, "event", fields);
        }
    }

    fn notice(&mut self, now: Instant, notice: &Notice<'_>) {
        match *notice {
            Notice::Crashed(node) => self.line(now, "crash", json!({ "node": node.0 })),
            Notice::Network(network) => self.network(now, network),
            Notice::Datagram { from, to, bytes, delays } => {
                let arrives: Vec<u64> =
                    delays.into_iter().flatten().map(|delay| (now + delay).as_nanos()).collect();
                let fields = json!({ "from": from.0, "to": to.0, "bytes": bytes.len(), "arrives": arrives });
                self.line(now, "datagram", fields);
            }
        }
    }
}

fn kind(arrival: &Arrival) -> &'static str {
    match arrival {
        Arrival::Accepted { .. } => "accepted",
        Arrival::Connected => "connected",
        Arrival::Data(_) => "data",
        Arrival::Written => "written",
        Arrival::Finished => "finished",
        Arrival::Failed => "failed",
    }
}

/// The name of the fact's variant.
fn name(fact: &Fact) -> String {
    let debug = format!("{fact:?}");
    debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

/// The member that the fact is about, and what is believed of it now.
fn about(fact: &Fact) -> Option<(&str, Option<State>)> {
    match fact {
        Fact::Joined { member }
        | Fact::Suspected { member, .. }
        | Fact::Refuted { member }
        | Fact::Restarted { member }
        | Fact::AddressChanged { member, .. }
        | Fact::Failed { member, .. }
        | Fact::Left { member } => Some((member.name.as_str(), Some(member.state))),
        Fact::Updated { member, .. } | Fact::Forgotten { member } => Some((member.as_str(), None)),
        _ => None,
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
