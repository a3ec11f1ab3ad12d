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
mod fairness;
mod farewell;
mod folding;
mod frames;
mod hearsay;
mod hijack;
mod identity;
mod isolation;
mod lattice;
mod leftovers;
mod marks;
mod memory;
mod monotone;
mod oneself;
mod outputs;
mod phantom;
mod quiescence;
mod record;
mod relays;
mod retelling;
mod said;
#[cfg(test)]
mod scene;
mod second_opinion;
mod stamps;
mod storms;
mod streams;
mod truth;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use swim_core::{
    Addr, ClusterId, Config, Event, Instant, Keyring, Load, Local, Machine as _, Name, Node, State, Stats,
    StreamId, Transmit,
};

use crate::{Arrival, Broken, Call, Checker, NodeId, Sent, Step};
pub use marks::Marks;
use record::{Change, Table, View};
use said::Said;
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
    /// What the outputs of the present call say; kept to reuse the allocation.
    said: Vec<Option<Vec<Said>>>,
}

/// Tells a [`Judge`] that nothing happens any more, so that from now on nodes may only probe.
#[derive(Clone, Debug, Default)]
pub struct Quiet(Rc<Cell<Option<Instant>>>);

impl Quiet {
    /// Nothing happens from `now` on; `None`: something may.
    pub fn set(&self, since: Option<Instant>) {
        self.0.set(since);
    }
}

/// Tells a [`Judge`] that somebody with the key lies. From then on the laws rest that only say that nobody does.
#[derive(Clone, Debug, Default)]
pub struct Lies(Rc<RefCell<Told>>);

#[derive(Debug, Default)]
struct Told {
    honesty: Honesty,
    /// Members that are no nodes, and where they are.
    liars: Vec<(Name, Addr)>,
}

impl Lies {
    /// Somebody begins to lie; `in_peace` if nothing else goes wrong in this run, so that no lie may do harm that lasts.
    pub fn begin(&self, in_peace: bool) {
        self.0.borrow_mut().honesty = if in_peace { Honesty::LiesInPeace } else { Honesty::LiesInTrouble };
    }

    /// The liar is this member, and is no node.
    pub fn note_liar(&self, liar: &Local) {
        self.0.borrow_mut().liars.push((liar.name.clone(), liar.addr.clone()));
    }
}

/// Whether those with the key tell the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Honesty {
    #[default]
    Truth,
    LiesInPeace,
    LiesInTrouble,
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

/// One call of a node, as records.
struct Moment<'a> {
    /// What the clock of the observer shows, or has shown at the latest.
    now: Instant,
    /// What it shows.
    shown: Instant,
    /// Whether it shows more than when the observer wanted to be called.
    is_late: bool,
    /// What time it is.
    time: Instant,
    node: NodeId,
    observer: &'a Name,
    input: Input,
    /// What the observer believed before and believes now, where that differs.
    changes: &'a [Change],
    /// All that the observer believes now.
    table: &'a Table,
    events: &'a [Event],
    /// The number of events so far, those included that nobody took.
    version: u64,
    listening: bool,
    /// The length of the datagram that came, and what it says if it is a frame.
    heard_bytes: Option<usize>,
    heard_said: Option<&'a [Said]>,
    /// What happened to which stream.
    arrival: Option<(StreamId, &'a Arrival)>,
    sent: &'a [Sent],
    /// What each of the outputs says, where it is a datagram and a frame.
    said: &'a [Option<Vec<Said>>],
    timeout: Option<Instant>,
    /// It has left and does nothing any more.
    ended: bool,
    config: &'a Config,
    stats: &'a Stats,
    load: Load,
    /// How much reason the observer has to doubt itself.
    doubt: u8,
    /// How many members are not gone, the observer included.
    live: usize,
    truth: &'a Truth,
    cluster_of: &'a dyn Fn(&Name) -> ClusterId,
    quiet_since: Option<Instant>,
    honesty: Honesty,
}

impl Moment<'_> {
    /// The observer has neither left nor means to.
    fn is_running(&self) -> bool {
        self.table.get(self.observer).is_some_and(|row| row.state == State::Alive)
    }
}

/// Why the node was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Start,
    Datagram,
    Stream,
    Timeout,
    Command,
}

impl Input {
    fn of(call: &Call<'_>) -> Self {
        match call {
            Call::Start => Self::Start,
            Call::Datagram { .. } => Self::Datagram,
            Call::Stream { .. } => Self::Stream,
            Call::Timeout => Self::Timeout,
            Call::Command => Self::Command,
        }
    }
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
        Box::new(identity::OneAddressPerWord::default()),
        Box::new(oneself::SelfIsAlive::default()),
        Box::new(folding::EventsFold::default()),
        Box::new(datagrams::DatagramsFit),
        Box::new(deadlines::Deadlines),
        Box::new(quiescence::Quiescence::default()),
        Box::new(isolation::Isolation),
        Box::new(consumer::SlowConsumer),
        Box::new(outputs::FewOutputs),
        Box::new(frames::FramesSaySomething),
        Box::new(stamps::OneValuePerStamp::default()),
        Box::new(hearsay::NoHearsay),
        Box::new(memory::LongMemory::default()),
        Box::new(duties::Duties::default()),
        Box::new(second_opinion::SecondOpinion::default()),
        Box::new(retelling::Retelling::default()),
        Box::new(capacity::FewRows),
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
        view.update(step.machine);
        let clock = step.machines.slot(step.node).host.clock;
        let shown = clock.show(step.now);
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
        let moment = Moment {
            now,
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
            sent: step.sent,
            said: &self.said,
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
