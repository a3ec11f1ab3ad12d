//! What must hold of a [`Node`] after every call, one law a file.
//!
//! A law sees no node, only a moment: plain records of what an observer believes, what changed, and what is
//! true. So each can be shown a broken record in its tests, and each is: a law that cannot fail judges nothing.

mod amplification;
mod backlog;
mod burial;
mod capacity;
mod consumer;
mod counters;
mod datagrams;
mod deadlines;
mod duties;
mod ears;
mod fairness;
mod farewell;
mod folding;
mod frames;
mod graves;
mod handshakes;
mod hearsay;
mod hijack;
mod identity;
mod isolation;
mod lattice;
mod leftovers;
mod marks;
mod memory;
mod moment;
mod monotone;
mod oneself;
mod outputs;
mod phantom;
mod quiescence;
mod record;
mod refutable;
mod relays;
mod retelling;
mod said;
#[cfg(test)]
mod scene;
mod second_opinion;
mod stamps;
mod storms;
mod streams;
mod told;
mod truth;

use std::collections::BTreeMap;

use swim_core::{ClusterId, Keyring, Machine as _, Name, Node, Transmit};

use crate::{Broken, Call, Checker, Flush, NodeId, Step};
use ears::Ears;
pub use marks::Marks;
use moment::{Input, Moment};
use record::View;
use said::Said;
use told::Honesty;
pub use told::{Lies, Quiet};
use truth::Truth;

/// Holds every call of every node to the laws. Add it with [`Cluster::watch`](crate::Cluster::watch) before the
/// first node.
pub struct Judge {
    cluster_of: Box<dyn Fn(&Name) -> ClusterId>,
    /// Opens what nodes send.
    keyring: Keyring,
    quiet: Quiet,
    lies: Lies,
    views: BTreeMap<NodeId, View>,
    truth: Truth,
    laws: Vec<Box<dyn Law>>,
    marks: Marks,
    /// What the outputs of the present call say; kept to reuse the allocations.
    said: Vec<Option<Vec<Said>>>,
    written: Vec<Option<Vec<Said>>>,
    ears: Ears,
}

/// Something that must always hold.
trait Law {
    /// Its short name in the list of properties.
    fn rule(&self) -> &'static str;

    /// Whether a lie of somebody with the key breaks it by itself.
    fn presumes_truth(&self) -> bool {
        false
    }

    /// Says in words what is wrong at this moment.
    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String>;
}

impl Judge {
    /// A judge with all laws, and the means to announce quiet. `cluster_of` says to which cluster the node of a
    /// name belongs; frames are plain, unless there is [a keyring](Self::with_keyring).
    #[must_use]
    pub fn new(cluster_of: impl Fn(&Name) -> ClusterId + 'static) -> (Self, Quiet) {
        let quiet = Quiet::default();
        let judge = Self {
            cluster_of: Box::new(cluster_of),
            keyring: Keyring::plain(),
            quiet: quiet.clone(),
            lies: Lies::default(),
            views: BTreeMap::new(),
            truth: Truth::default(),
            laws: laws(),
            marks: Marks::default(),
            said: Vec::new(),
            written: Vec::new(),
            ears: Ears::default(),
        };
        (judge, quiet)
    }

    /// The same judge, for nodes that seal their frames with these keys.
    #[must_use]
    pub fn with_keyring(self, keyring: Keyring) -> Self {
        Self { keyring, ..self }
    }

    /// The means to announce lies.
    #[must_use]
    pub fn lies(&self) -> Lies {
        self.lies.clone()
    }

    /// What the run comes by.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.marks.clone()
    }
}

fn laws() -> Vec<Box<dyn Law>> {
    vec![
        Box::new(monotone::Monotone),
        Box::new(phantom::NoPhantom),
        Box::new(lattice::Lattice),
        Box::new(burial::NoResurrection::default()),
        Box::new(farewell::OnlyTheLeaverLeaves),
        Box::new(farewell::NobodyIsSaidToHaveLeft),
        Box::new(identity::OneAddressPerWord::default()),
        Box::new(oneself::SelfIsAlive::default()),
        Box::new(folding::EventsFold::default()),
        Box::new(datagrams::DatagramsFit),
        Box::new(deadlines::Deadlines),
        Box::new(quiescence::Quiescence::default()),
        Box::new(isolation::Isolation),
        Box::new(consumer::SlowConsumer::default()),
        Box::new(outputs::FewOutputs),
        Box::new(frames::FramesSaySomething),
        Box::new(handshakes::EchoesFirst::default()),
        Box::new(graves::QuietGraves),
        Box::new(stamps::OneValuePerStamp::default()),
        Box::new(hearsay::NoHearsay),
        Box::new(memory::LongMemory::default()),
        Box::new(duties::Duties::default()),
        Box::new(second_opinion::SecondOpinion::default()),
        Box::new(refutable::TimeToRefute::default()),
        Box::new(retelling::Retelling::default()),
        Box::new(capacity::FewRows::default()),
        Box::new(capacity::FewRegisters),
        Box::new(relays::FewRelays::default()),
        Box::new(streams::FewStreams::default()),
        Box::new(counters::CountersRise::default()),
        Box::new(storms::NoStorms::default()),
        Box::new(amplification::NoAmplification),
        Box::new(backlog::ShortBacklog),
        Box::new(leftovers::NothingIsLeft),
        Box::new(fairness::OwnNewsGoesOut::default()),
        Box::new(hijack::NobodyIsHijacked),
    ]
}

impl Checker<Node> for Judge {
    fn check(&mut self, step: &Step<'_, Node>) -> Result<(), Broken> {
        let input = Input::of(step.call);
        let view = self.views.entry(step.node).or_insert_with(|| View::new(step.machine, &self.cluster_of));
        if input == Input::Start {
            *view = View::new(step.machine, &self.cluster_of);
        }
        view.update(step.machine, step.events);
        let host = &step.machines.slot(step.node).host;
        let shown = host.clock.show(step.now);
        let (now, is_late) = view.note_clock(shown, input, step.machine.poll_timeout());
        self.truth.learn(view, input);
        let honesty = self.lies.0.borrow().honesty;
        for (name, addr) in self.lies.0.borrow_mut().liars.drain(..) {
            self.truth.listen(&name, &addr);
        }
        let cluster = view.cluster();
        let heard = if let Call::Datagram { bytes, .. } = step.call { Some(*bytes) } else { None };
        let heard_said = heard.and_then(|bytes| said::read(&mut self.keyring, cluster, bytes));
        let arrival =
            if let Call::Stream { stream, arrival } = step.call { Some((*stream, *arrival)) } else { None };
        self.said.clear();
        self.said.extend(step.sent.iter().map(|sent| match sent.transmit {
            Transmit::Datagram { .. } => said::read(&mut self.keyring, cluster, &sent.bytes),
            _ => None,
        }));
        self.written.clear();
        self.written.extend(step.sent.iter().map(|sent| match sent.transmit {
            Transmit::Write { .. } => said::read_write(&mut self.keyring, cluster, &sent.bytes),
            _ => None,
        }));
        let heard_on_stream = self.ears.hear(step.node, step.call, &mut self.keyring, cluster);
        let moment = Moment {
            now,
            latest: view.latest(),
            shown,
            is_late,
            time: step.now,
            node: step.node,
            observer: view.name(),
            input,
            changes: view.changes(),
            table: view.table(),
            events: step.events,
            version: step.machine.version(),
            listening: step.listening,
            heard_bytes: heard.map(<[u8]>::len),
            heard_said: heard_said.as_deref(),
            arrival,
            heard_on_stream: &heard_on_stream,
            sent: step.sent,
            batches: host.flush != Flush::AtOnce,
            flushed: step.sent.len() < host.flush.takes(input == Input::Timeout),
            said: &self.said,
            written: &self.written,
            timeout: step.machine.poll_timeout(),
            ended: step.machine.has_left(),
            config: step.machine.config(),
            stats: step.machine.stats(),
            load: step.machine.load(),
            doubt: step.machine.health(),
            live: step.machine.members().len(),
            truth: &self.truth,
            cluster_of: &*self.cluster_of,
            quiet_since: self.quiet.0.get(),
            honesty,
        };
        self.marks.note(&moment);
        let lied = moment.honesty != Honesty::Truth;
        for law in self.laws.iter_mut().filter(|law| !(lied && law.presumes_truth())) {
            law.judge(&moment).map_err(|text| Broken { rule: law.rule(), text })?;
        }
        Ok(())
    }
}
