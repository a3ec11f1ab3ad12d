//! What a node takes along from one life into the next.

use alloc::vec::Vec;
use core::fmt;

use swim_codec::{
    Addr, AddrRef, Epoch, Keyring, Origin, Record, Snapshot, SnapshotError, SnapshotWriter, State,
};

use crate::claim::claim_of;
use crate::merge::Spread;
use crate::register_store::{Register, message_of};
use crate::registers::STAMP_FOLLOWED_MAX;
use crate::table::{MemberIndex, Seen};
use crate::timers::Timer;
use crate::{Config, ConfigError, Instant, Local, Node, RegisterError};

/// Snapshots.
impl Node {
    /// What this node knows, for [`restore`](Self::restore) after a restart: who it is and in which life, its seeds,
    /// and all members with their addresses, claims and registers. No key is in it. O(members).
    ///
    /// It is as fresh as the moment it is taken, and is read back whole or not at all, so write it to a new file
    /// and rename that over the old one. Some tens of bytes for a member, and its registers.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut buf = Vec::new();
        self.snapshot_into(&mut buf);
        buf
    }

    /// As [`snapshot`](Self::snapshot), behind what the buffer holds already.
    pub fn snapshot_into(&self, buf: &mut Vec<u8>) {
        let origin = self.origin();
        let Some(mut writer) = SnapshotWriter::new(&origin, buf) else { return };
        self.write_addrs(self.join.seeds().iter().map(|seed| &seed.addr), &mut writer);
        for row in self.table.rows().filter(|row| row.announced) {
            self.write_member(row, &mut writer);
        }
        // Last, because they are the oldest: a later life that has room for so many takes the first.
        self.write_addrs(self.recall.addrs(), &mut writer);
        writer.finish();
    }

    fn origin(&self) -> Origin<'_> {
        let local = self.table.local();
        Origin {
            cluster: self.cluster,
            name: local.name().as_str(),
            epoch: local.epoch,
            incarnation: local.incarnation,
            stamp: self.stamp,
        }
    }

    fn write_addrs<'a>(&self, addrs: impl Iterator<Item = &'a Addr>, writer: &mut SnapshotWriter<'_>) {
        for addr in addrs {
            keep(&Record::Seed(addr.as_ref()), writer);
        }
    }

    fn write_member(&self, row: Seen<'_>, writer: &mut SnapshotWriter<'_>) {
        keep(&Record::Claim(claim_of(&row)), writer);
        let registers = row.registers().places().iter().filter_map(|&place| self.registers.get(place));
        for message in registers.filter_map(|register| message_of(register, &self.table)) {
            keep(&Record::Register(message), writer);
        }
    }
}

/// What a node holds is within all limits. A Unix address that a program spelled by hand may not be: nobody could
/// be sent to there either.
fn keep(record: &Record<'_>, writer: &mut SnapshotWriter<'_>) {
    let _is_within_limits = writer.push(record);
}

/// Restoring.
impl Node {
    /// A new life of the node that took the snapshot.
    ///
    /// * Its epoch is `local.epoch` if that is larger than the snapshot's, else one more than the snapshot's.
    /// * Its own registers are set again. Removed ones stay removed.
    /// * Everything else in a snapshot is old news, and neither believed nor told to anybody: its seeds and the
    ///   addresses of its members, 256 in all, get a ping now and then, and with those who answer this node
    ///   exchanges what there is to know. Those who do not answer are not accused of anything. Name seeds with
    ///   [`join`](Self::join) as without a snapshot; [`Fact::HasJoined`](crate::Fact::HasJoined) tells of those only.
    ///
    /// What is not used here, such as the registers of others, can be read with [`Snapshot`].
    ///
    /// Take a new snapshot soon: a second life from the same one would have the same epoch if the clock that
    /// gives the epochs stands still.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] says why the snapshot is of no use; then start empty, with [`new`](Self::new).
    ///
    /// # Example
    ///
    /// ```
    /// use swim_core::{ClusterId, Config, Epoch, Instant, Keyring, Local, Name, Node};
    ///
    /// let life = |epoch| Local {
    ///     cluster: ClusterId::from_name("orders"),
    ///     name: Name::new("alice").unwrap(),
    ///     addr: std::net::SocketAddr::from(([127, 0, 0, 1], 7000)).into(),
    ///     epoch: Epoch::new(epoch).unwrap(),
    /// };
    /// let (config, keyring, seed) = (Config::lan(), Keyring::plain(), [7; 32]);
    /// let mut node = Node::new(config.clone(), life(5), keyring.clone(), seed, Instant::ZERO)?;
    /// node.set(Instant::ZERO, "role", b"primary")?;
    /// let bytes = node.snapshot();
    ///
    /// // The clock went back meanwhile.
    /// let node = Node::restore(config, life(3), keyring, seed, Instant::ZERO, &bytes)?;
    /// assert_eq!(node.local().epoch().get(), 6);
    /// assert_eq!(node.local().register("role"), Some(&b"primary"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(
        config: Config,
        mut local: Local,
        keyring: Keyring,
        seed: [u8; 32],
        now: Instant,
        snapshot: &[u8],
    ) -> Result<Self, RestoreError> {
        let snapshot = Snapshot::open(snapshot)?;
        let began = local.epoch;
        local.epoch = epoch_after(&snapshot.origin, &local)?;
        let mut node = Self { began, ..Self::new(config, local, keyring, seed, now)? };
        node.set_again(&snapshot)?;
        node.remember(&snapshot);
        Ok(node)
    }

    fn set_again(&mut self, snapshot: &Snapshot<'_>) -> Result<(), RegisterError> {
        self.stamp = snapshot.origin.stamp.min(STAMP_FOLLOWED_MAX);
        for known in own_registers(snapshot) {
            let (key, value) = (known.key.into(), known.value.map(Into::into));
            let stamp = known.stamp.min(STAMP_FOLLOWED_MAX);
            let register = Register { owner: MemberIndex::LOCAL, key, stamp, value };
            self.adopt_register(register, Spread::Tell)?;
            self.stamp = self.stamp.max(stamp);
        }
        Ok(())
    }

    fn remember(&mut self, snapshot: &Snapshot<'_>) {
        for addr in known_addrs(snapshot) {
            if addr != self.table.local().addr_ref() && !self.recall.remember(addr.to_addr()) {
                break;
            }
        }
        self.recall.shuffle(&mut self.rng);
        self.timers.set(Timer::Recall, self.now);
    }
}

/// Without the removed ones: they went with the old life.
fn own_registers<'a>(snapshot: &Snapshot<'a>) -> impl Iterator<Item = swim_codec::Register<'a>> {
    let name = snapshot.origin.name;
    snapshot.records().filter_map(move |record| match record {
        Record::Register(known) if known.owner == name && known.value.is_some() => Some(known),
        _ => None,
    })
}

/// Without those of members who left, on purpose.
fn known_addrs<'a>(snapshot: &Snapshot<'a>) -> impl Iterator<Item = AddrRef<'a>> {
    snapshot.records().filter_map(|record| match record {
        Record::Seed(addr) => Some(addr),
        Record::Claim(claim) if claim.status.state() != State::Left => Some(claim.addr),
        Record::Claim(_) | Record::Register(_) => None,
    })
}

/// The epoch of the new life; larger than that of the old one whatever the clock says.
fn epoch_after(origin: &Origin<'_>, local: &Local) -> Result<Epoch, RestoreError> {
    if origin.cluster != local.cluster {
        return Err(RestoreError::ForeignCluster);
    }
    if origin.name != local.name.as_str() {
        return Err(RestoreError::ForeignName);
    }
    let next = origin.epoch.next().ok_or(RestoreError::NoEpochLeft)?;
    Ok(local.epoch.max(next))
}

/// A snapshot is of no use. All but [`Config`](Self::Config) are mended by starting empty, with [`Node::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bytes are damaged, no snapshot, or of another version.
    Unreadable(SnapshotError),
    /// The snapshot of a member of another cluster.
    ForeignCluster,
    /// The snapshot of a member with another name.
    ForeignName,
    /// The snapshot was taken in the last life there can be, [`Epoch::MAX`].
    NoEpochLeft,
    /// The node's own registers in the snapshot are more than a member may have.
    Registers(RegisterError),
    /// Not the snapshot but the settings are wrong: [`Node::new`] would refuse them too.
    Config(ConfigError),
}

impl From<SnapshotError> for RestoreError {
    fn from(error: SnapshotError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<RegisterError> for RestoreError {
    fn from(error: RegisterError) -> Self {
        Self::Registers(error)
    }
}

impl From<ConfigError> for RestoreError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "{error}; start empty"),
            Self::ForeignCluster => f.write_str("the snapshot is of another cluster; start empty"),
            Self::ForeignName => f.write_str("the snapshot is of a member with another name; start empty"),
            Self::NoEpochLeft => {
                write!(f, "the snapshot is of epoch {}, and there is none after it; start empty", Epoch::MAX)
            }
            Self::Registers(error) => write!(f, "the registers of the snapshot: {error}; start empty"),
            Self::Config(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RestoreError {}
