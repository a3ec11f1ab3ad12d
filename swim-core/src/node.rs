//! One member of a cluster.

use alloc::format;
use alloc::vec::Vec;

use swim_codec::{Addr, ClusterId, Epoch, Headers, Incarnation, KeyMismatches, Keyring, MemberId, Status};

use crate::buggify::Switches;
use crate::conflict::Conflicts;
use crate::digest::Comparison;
use crate::events::Events;
use crate::forgers::Forgers;
use crate::gossip::Gossip;
use crate::heal::Calls;
use crate::health::Health;
use crate::hearsay::Hearsay;
use crate::join::Join;
use crate::leave::Life;
use crate::locate::Location;
use crate::merge::Spread;
use crate::mistakes::Mistakes;
use crate::newcomers::Newcomers;
use crate::outbox::Outbox;
use crate::presence::Presence;
use crate::probe::Probe;
use crate::recall::Recall;
use crate::register_store::{Register, RegisterError, Registers, check};
use crate::relay::Relays;
use crate::rng::{Rng, first_sequence};
use crate::seldom::{Few, Seldom};
use crate::suspicion::Suspicions;
use crate::sync::Exchanges;
use crate::table::{Belief, MemberIndex, Table};
use crate::timers::{Timer, Timers};
use crate::{
    Config, ConfigError, Event, Instant, Local, Machine, Member, Members, Stats, StreamId, StreamInput,
    Transmit,
};

/// One member of a cluster: tell it what happened, do what it says, and it knows who is there.
///
/// There are four kinds of method. *Commands* ([`join`](Self::join), [`leave`](Self::leave), [`set`](Self::set),
/// [`remove`](Self::remove)) are the application's wishes. `handle_*` and `poll_*` are the contract with the
/// driver, [`Machine`]. Everything else looks and changes nothing.
///
/// After a command, as after a `handle_*`, drain [`poll_transmit`](Machine::poll_transmit) and
/// [`poll_event`](Machine::poll_event) until they answer `None`, and then ask
/// [`poll_timeout`](Machine::poll_timeout).
pub struct Node {
    pub(crate) config: Config,
    pub(crate) cluster: ClusterId,
    pub(crate) keyring: Keyring,
    pub(crate) mismatches: KeyMismatches,
    pub(crate) now: Instant,
    pub(crate) rng: Rng,
    pub(crate) life: Life,
    pub(crate) timers: Timers,
    pub(crate) table: Table,
    pub(crate) registers: Registers,
    pub(crate) gossip: Gossip,
    pub(crate) probe: Option<Probe>,
    pub(crate) suspicions: Suspicions,
    pub(crate) health: Health,
    pub(crate) relays: Relays,
    pub(crate) exchanges: Exchanges,
    pub(crate) join: Join,
    pub(crate) calls: Calls,
    pub(crate) recall: Recall,
    pub(crate) location: Location,
    pub(crate) outbox: Outbox,
    pub(crate) events: Events,
    pub(crate) stats: Stats,
    /// The epoch that the driver gave to this life, before any that it had to outlive.
    pub(crate) began: Epoch,
    /// Of the frames of this life.
    pub(crate) headers: Headers,
    pub(crate) presence: Presence,
    pub(crate) newcomers: Newcomers,
    pub(crate) forgers: Forgers,
    /// The largest stamp of a register that was set here or heard of: a Lamport clock, so whoever writes later
    /// writes with a larger stamp.
    pub(crate) stamp: u64,
    pub(crate) comparison: Comparison,
    pub(crate) conflicts: Conflicts,
    pub(crate) hearsay: Hearsay,
    pub(crate) mistakes: Mistakes,
    /// A member is asked about an absurd claim.
    pub(crate) owner_asked: Seldom,
    /// A member is asked in which life it is.
    pub(crate) lives_asked: Few,
    /// A life began because of what is told of the one before.
    pub(crate) absurdity_outlived: Seldom,
    /// A member is told of a register in its name for which there is no room.
    pub(crate) owner_told: Few,
    /// Whose datagram was the last that could be opened, and when.
    pub(crate) heard: Option<(MemberId, Instant)>,
    /// When anybody said anything last.
    pub(crate) last_word: Instant,
    /// When this node refuted last.
    pub(crate) refuted: Option<Instant>,
    /// The incarnation of the refutation that is due.
    pub(crate) refutation: Option<Incarnation>,
    pub(crate) switches: Switches,
}

impl Node {
    /// A node that is alone until it joins or somebody joins it.
    ///
    /// `seed` decides everything that is left to chance; take it from the operating system, or from a test.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the field of `config` that is out of its range, or refuses an address in `local` that
    /// nobody can send to.
    pub fn new(
        config: Config,
        local: Local,
        keyring: Keyring,
        seed: [u8; 32],
        now: Instant,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        let local = Local { addr: local.addr.canonical(), ..local };
        local.validate()?;
        let now = now.min(LAST);
        let mut rng = Rng::new(seed);
        let belief = Belief {
            addr: local.addr,
            epoch: local.epoch,
            incarnation: Incarnation::default(),
            status: Status::Alive,
        };
        let headers = Headers::new(local.cluster, local.name.id(), local.epoch, first_sequence(seed));
        let table = Table::new(local.cluster, local.name, belief, now, &mut rng);
        let mut node = Self {
            began: local.epoch,
            cluster: local.cluster,
            keyring,
            mismatches: KeyMismatches::default(),
            now,
            life: Life::Running,
            timers: Timers::default(),
            table,
            registers: Registers::default(),
            gossip: Gossip::default(),
            probe: None,
            suspicions: Suspicions::default(),
            health: Health::new(config.health_max),
            relays: Relays::default(),
            exchanges: Exchanges::default(),
            join: Join::default(),
            calls: Calls::default(),
            recall: Recall::default(),
            location: Location::default(),
            outbox: Outbox::new(),
            events: Events::new(config.max_events),
            stats: Stats::default(),
            headers,
            presence: Presence::new(config.max_members, &mut rng),
            newcomers: Newcomers::new(now, &mut rng),
            stamp: 0,
            comparison: Comparison::new(),
            conflicts: Conflicts::default(),
            hearsay: Hearsay::default(),
            forgers: Forgers::default(),
            mistakes: Mistakes::default(),
            owner_asked: Seldom::default(),
            lives_asked: Few::default(),
            absurdity_outlived: Seldom::default(),
            owner_told: Few::default(),
            heard: None,
            last_word: now,
            refuted: None,
            refutation: None,
            switches: Switches::default(),
            config,
            rng,
        };
        node.start();
        Ok(node)
    }

    fn start(&mut self) {
        self.announce_arrival(MemberIndex::LOCAL);
        let heal = self.config.heal_interval;
        self.timers.set(Timer::Heal, self.now + heal / 2 + self.rng.duration_up_to(heal));
    }
}

/// Commands.
impl Node {
    /// Joins the cluster through any of these members, and goes on trying until one of them answers: three at a time,
    /// and three more each time that two [probe timeouts](Config::probe_timeout) have passed without an answer, so that
    /// dead hosts among them keep it waiting for seconds at most. Who is named while others are tried comes after them,
    /// and before all others of earlier calls.
    ///
    /// [`Fact::HasJoined`](crate::Fact::HasJoined) and [`Fact::JoinFailed`](crate::Fact::JoinFailed) tell how it goes. The addresses are remembered: a node that
    /// lost everybody tries them again by itself. The last 256 are; this node's own address is left out.
    pub fn join(&mut self, now: Instant, seeds: &[Addr]) {
        self.advance(now);
        if self.life == Life::Running {
            self.start_joining(seeds);
        }
    }

    /// Leaves the cluster politely: the others learn that this node left, instead of finding out that it is dead.
    ///
    /// [`Fact::HasLeft`](crate::Fact::HasLeft) tells when it is done, at the latest after
    /// [`leave_timeout`](Config::leave_timeout); after twice that time where the driver is so late that it has sent
    /// nothing of the goodbye. The node has ended then, and [`poll_timeout`](Machine::poll_timeout) answers `None`.
    pub fn leave(&mut self, now: Instant) {
        self.advance(now);
        self.start_leaving();
    }

    /// Sets a register of this node, for everybody to see.
    ///
    /// # Errors
    ///
    /// [`RegisterError`] names the bound that the key, the value or the registers together would break.
    pub fn set(&mut self, now: Instant, key: &str, value: &[u8]) -> Result<(), RegisterError> {
        self.write_register(now, key, Some(value))
    }

    /// Removes a register of this node. Removing what is not there does nothing.
    ///
    /// # Errors
    ///
    /// [`RegisterError`] for a key that no register can have, or when the node is leaving.
    pub fn remove(&mut self, now: Instant, key: &str) -> Result<(), RegisterError> {
        if check(key, None).is_ok() && self.local().register(key).is_none() {
            return Ok(());
        }
        self.write_register(now, key, None)
    }

    fn write_register(&mut self, now: Instant, key: &str, value: Option<&[u8]>) -> Result<(), RegisterError> {
        self.advance(now);
        check(key, value)?;
        if self.life != Life::Running {
            return Err(RegisterError::Leaving);
        }
        let stamp = self.stamp.saturating_add(1);
        let register =
            Register { owner: MemberIndex::LOCAL, key: key.into(), stamp, value: value.map(Into::into) };
        self.adopt_register(register, Spread::Tell)?;
        self.stamp = stamp;
        Ok(())
    }
}

/// Looking.
impl Node {
    /// The members that are alive or suspected, this node first (until it leaves). O(1) per member.
    #[must_use]
    pub fn members(&self) -> Members<'_> {
        Members::new(&self.table, &self.registers)
    }

    /// The members that failed or left and are still remembered.
    pub fn departed(&self) -> impl Iterator<Item = Member<'_>> {
        let rows = self.table.departed().iter().filter_map(|&index| self.table.get(index));
        rows.filter(|row| row.announced).map(|row| Member::new(row, &self.registers))
    }

    /// The cluster that this node belongs to.
    #[must_use]
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// One member by its name, whether it is there or gone. O(1).
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Member<'_>> {
        let row = self.table.find(name).and_then(|index| self.table.get(index))?;
        row.announced.then(|| Member::new(row, &self.registers))
    }

    /// This node.
    #[must_use]
    pub fn local(&self) -> Member<'_> {
        Member::new(self.table.local(), &self.registers)
    }

    /// What was written last to the state channel `slot`, and by whom: of all members' registers `state/<slot>` the
    /// one with the largest stamp, that of the larger id where two are equal. It stays when its writer fails or
    /// leaves, until that member is forgotten, begins a new life, or somebody else writes; and there is none once its
    /// writer has removed it. O(n).
    #[must_use]
    pub fn state(&self, slot: &str) -> Option<(Member<'_>, &[u8])> {
        let key = format!("state/{slot}");
        let written = self.table.rows().filter_map(|row| {
            let register = self.registers.find(row.registers(), &key)?;
            Some(((register.stamp, row.id), row, register.value.as_deref()))
        });
        let (_, writer, value) = written.max_by_key(|&(order, ..)| order)?;
        Some((Member::new(writer, &self.registers), value?))
    }

    /// How many events there were: rises with each, so equal versions mean equal members.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.events.version()
    }

    /// What this node has done and seen.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The numbers it runs with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How much reason this node has to doubt itself: 0, none, to [`health_max`](Config::health_max). Its probes
    /// are that many times their interval and timeout longer.
    #[must_use]
    pub fn health(&self) -> u8 {
        self.health.doubt()
    }

    /// Whether the node has left, or given up its name, and does nothing any more.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.life == Life::Ended
    }

    pub(crate) fn id(&self) -> MemberId {
        self.table.local().id
    }
}

impl Machine for Node {
    type Event = Event;

    fn handle_datagram(&mut self, now: Instant, from: &Addr, datagram: &mut [u8]) {
        self.advance(now);
        if !self.has_left() {
            self.on_datagram(from, datagram);
            self.ask_about_hearsay();
        }
    }

    fn handle_stream(&mut self, now: Instant, stream: StreamId, input: StreamInput<'_>) {
        self.advance(now);
        self.outbox.on_stream(stream, &input);
        if !self.has_left() {
            self.on_stream(stream, input);
            self.ask_about_hearsay();
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        let mut was_due = false;
        while let Some((deadline, timer)) = self.timers.pop_due(self.now) {
            was_due = true;
            self.on_timer(deadline, timer);
        }
        if was_due {
            self.ask_about_hearsay();
        }
    }

    fn poll_transmit(&mut self, buf: &mut Vec<u8>) -> Option<Transmit> {
        self.next_transmit(buf)
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let due = self.timers.next().filter(|&due| due <= LAST);
        if self.outbox.is_empty() { due } else { Some(self.now) }
    }
}

/// Where time ends: what is due behind it never is.
const LAST: Instant = Instant::from_nanos(u64::MAX - 1);

impl Node {
    /// Time never goes backwards here, whatever the driver's clock does. Where it jumped far beyond a deadline, this
    /// node stood still.
    pub(crate) fn advance(&mut self, now: Instant) {
        let expected = self.timers.next().map(|due| due.max(self.now));
        self.now = self.now.max(now.min(LAST));
        self.hearsay.forget_answer();
        self.keyring.advance(self.now.as_nanos());
        if let Some(expected) = expected.filter(|&expected| expected < self.now) {
            self.forgive_a_pause(self.now.since(expected));
        }
    }

    fn on_timer(&mut self, deadline: Instant, timer: Timer) {
        match timer {
            Timer::Probe => self.on_probe_interval(deadline),
            Timer::ProbeTimeout => self.on_probe_timeout(),
            Timer::Gossip => self.on_gossip_round(),
            Timer::Join => self.start_join_round(),
            Timer::Seed => self.on_seed_overdue(),
            Timer::Leave => self.on_leave_timeout(),
            Timer::Heal => self.on_heal_interval(),
            Timer::Refute => self.on_refute_timeout(),
            Timer::Recall => self.on_recall(),
            Timer::Relay(place) => self.on_relay_timeout(place),
            Timer::Stream(place) => self.on_stream_timeout(place),
            Timer::Conflict(place) => self.on_conflict_timeout(place),
            Timer::Member(index) => self.on_member_timeout(index),
        }
    }
}
