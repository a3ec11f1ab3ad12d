//! What the network does to single datagrams for a while: copies, delays, losses of one kind, and a memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use swim_codec::{ClusterId, Keyring};
use swim_core::Instant;

use super::OURS;
use super::fault::Kind;
use crate::fault::{Bursts, Nat};
use crate::{Damage, NodeId, Rng, Rule, Verdict};

/// How many datagrams are remembered, for a replay.
const MEMORY: usize = 256;

/// The weather of a network, which strikes change while the [`Rule`] obeys it.
#[derive(Clone)]
pub(super) struct Weather(Rc<RefCell<State>>);

struct State {
    rng: Rng,
    duplicates: Share,
    delays: Share,
    /// So many percent of the datagrams arrive with another bit, or too short.
    damaged: u32,
    bursts: Option<Bursts>,
    translator: Option<Nat>,
    /// So many percent of the datagrams that begin with such a message are lost.
    muted: BTreeMap<Kind, u32>,
    seen: usize,
    memory: Vec<Captured>,
    keyring: Keyring,
}

/// So many percent of the datagrams, up to so much later.
#[derive(Clone, Copy, Default)]
pub(super) struct Share {
    pub(super) percent: u32,
    pub(super) within: Duration,
}

/// A datagram that was sent some time ago.
#[derive(Clone)]
pub(super) struct Captured {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) bytes: Vec<u8>,
}

impl Weather {
    /// Fine weather. `keyring` opens what nodes say to each other.
    pub(super) fn new(rng: Rng, keyring: Keyring) -> Self {
        let state = State {
            rng,
            duplicates: Share::default(),
            delays: Share::default(),
            damaged: 0,
            bursts: None,
            translator: None,
            muted: BTreeMap::new(),
            seen: 0,
            memory: Vec::new(),
            keyring,
        };
        Self(Rc::new(RefCell::new(state)))
    }

    pub(super) fn duplicate(&self, duplicates: Share) {
        self.0.borrow_mut().duplicates = duplicates;
    }

    pub(super) fn delay(&self, delays: Share) {
        self.0.borrow_mut().delays = delays;
    }

    pub(super) fn damage(&self, percent: u32) {
        self.0.borrow_mut().damaged = percent;
    }

    pub(super) fn burst(&self, bursts: Bursts) {
        self.0.borrow_mut().bursts = Some(bursts);
    }

    pub(super) fn translate(&self, translator: Nat) {
        self.0.borrow_mut().translator = Some(translator);
    }

    pub(super) fn mute(&self, kind: Kind, percent: u32) {
        self.0.borrow_mut().muted.insert(kind, percent);
    }

    /// Fine weather; the memory stays.
    pub(super) fn clear(&self) {
        let state = &mut *self.0.borrow_mut();
        (state.duplicates, state.delays) = (Share::default(), Share::default());
        (state.damaged, state.bursts, state.translator) = (0, None, None);
        state.muted.clear();
    }

    /// One of the datagrams that were sent so far, all equally likely.
    pub(super) fn recall(&self) -> Option<Captured> {
        let state = &mut *self.0.borrow_mut();
        state.rng.pick(&state.memory).cloned()
    }
}

impl Rule for Weather {
    fn judge(&mut self, now: Instant, from: NodeId, to: NodeId, bytes: &[u8]) -> Verdict {
        let state = &mut *self.0.borrow_mut();
        state.remember(from, to, bytes);
        if state.is_muted(bytes) {
            return Verdict::Drop;
        }
        let bursts = state.bursts.as_mut().map(|bursts| bursts as &mut dyn Rule);
        let translator = state.translator.as_mut().map(|translator| translator as &mut dyn Rule);
        if bursts.into_iter().chain(translator).any(|rule| rule.judge(now, from, to, bytes) == Verdict::Drop)
        {
            return Verdict::Drop;
        }
        if let Some(after) = state.delays.draw(&mut state.rng) {
            return Verdict::Delay(after);
        }
        if state.corrupts() {
            return Verdict::Corrupt(state.damage(bytes.len()));
        }
        state.duplicates.draw(&mut state.rng).map_or(Verdict::Pass, Verdict::Duplicate)
    }
}

impl State {
    fn corrupts(&mut self) -> bool {
        self.damaged > 0 && self.rng.below(100) < u64::from(self.damaged)
    }

    fn damage(&mut self, len: usize) -> Damage {
        if self.rng.chance(0.5) { Damage::Flip(self.rng.any()) } else { Damage::Cut(self.rng.index(len)) }
    }

    fn is_muted(&mut self, bytes: &[u8]) -> bool {
        let Self { muted, keyring, rng, .. } = self;
        let percent =
            if muted.is_empty() { None } else { kind(keyring, bytes).and_then(|kind| muted.get(&kind)) };
        percent.is_some_and(|&percent| rng.below(100) < u64::from(percent))
    }

    /// Keeps every datagram of the run with the same chance.
    fn remember(&mut self, from: NodeId, to: NodeId, bytes: &[u8]) {
        self.seen += 1;
        let captured = || Captured { from, to, bytes: bytes.to_vec() };
        if self.memory.len() < MEMORY {
            self.memory.push(captured());
        } else if let Some(place) = self.memory.get_mut(self.rng.index(self.seen)) {
            *place = captured();
        }
    }
}

impl Share {
    fn draw(self, rng: &mut Rng) -> Option<Duration> {
        let hit = self.percent > 0 && rng.below(100) < u64::from(self.percent);
        hit.then(|| rng.duration(&(Duration::ZERO..=self.within)))
    }
}

/// With which message of our own cluster a datagram begins.
fn kind(keyring: &mut Keyring, bytes: &[u8]) -> Option<Kind> {
    let mut bytes = bytes.to_vec();
    let frame = keyring.open(ClusterId::from_name(OURS), &mut bytes).ok()?;
    Some(Kind::from(&frame.messages().next()?.ok()?))
}
