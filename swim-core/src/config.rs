//! Every number of the protocol, with its range.

use core::fmt;
use core::time::Duration;

/// How a node behaves. Start from a preset and change what you must; all nodes of a cluster should agree.
///
/// | preset | for | a crash is suspected after about | and declared, at 5 / 100 / 1 000 members, after another |
/// |---|---|---|---|
/// | [`local`](Self::local) | one machine, one rack | 2 s | 3 / 6 / 9 s |
/// | [`lan`](Self::lan) | one data centre | 2 s | 4 / 8 / 12 s |
/// | [`wan`](Self::wan) | across the internet | 9 s | 30 / 60 / 90 s |
///
/// [`validate`](Self::validate) holds every field to its range, so no setting can make a node spin, overflow or
/// allocate without bound.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Config {
    /// Time from one probe to the next: each interval one member is probed, so it decides both how soon a crash
    /// is noticed and how much an idle node sends. 1 ms to 1 h.
    pub probe_interval: Duration,
    /// How long to wait for a direct answer before others are asked to try. A little more than the slowest usual
    /// round trip; at least 1 ms and below `probe_interval`.
    pub probe_timeout: Duration,
    /// How many members are asked to probe a silent one on our behalf (k in SWIM §3.1). 0 to 8; each lowers the
    /// chance that a lost packet looks like a failure.
    pub indirect_probes: u8,
    /// How long a suspected member has to refute at least: this many probe intervals, times log10 of the number of
    /// members where that is above one (α in Lifeguard §IV-B). 1 to 100; more means fewer false alarms and slower
    /// verdicts. As many independent accusers less two bring the time down to this.
    pub suspicion_multiplier: u8,
    /// How long it has while there is a single accuser: this many times the least time (β in Lifeguard §IV-B).
    /// 1 to 100; 1 makes the time the same for any number of accusers.
    pub suspicion_max_multiplier: u8,
    /// How far a node that has reason to doubt itself stretches its probes (Lifeguard §IV-A): at most to this many
    /// times their interval and timeout more. 0 to 32; 0 switches the doubt off.
    pub health_max: u8,
    /// Time from one gossip round to the next, while there is anything to tell. 1 ms to 1 min.
    pub gossip_interval: Duration,
    /// How many members hear from us in one gossip round. 1 to 16.
    pub gossip_fanout: u8,
    /// How often a node repeats a piece of news: this times ln(n + 1), at least 8 times. 1 to 16; more tolerates
    /// more loss and costs more bytes per change.
    pub retransmit_multiplier: u8,
    /// How long after its death a member still gets some gossip, so that one who lives hears that it was buried.
    /// 0 to 1 h.
    pub gossip_to_dead: Duration,
    /// Largest datagram in bytes, frame included. 1 024 to 65 507, and below the path's MTU to avoid
    /// fragments. The lower bound is what the largest claim or register takes, so that none can get stuck.
    pub datagram_limit: u16,
    /// Pause between attempts to reach members that are gone, and the longest pause between attempts to
    /// join. 10 ms to 1 h.
    pub heal_interval: Duration,
    /// How long a node remembers who failed or left, so that old news cannot bring them back. 1 s to 30 days;
    /// keep it far above the time that news may travel.
    pub tombstone: Duration,
    /// How long a leaving node keeps telling and answering at most; as long again if nothing was sent by then. 10 ms to
    /// 1 min.
    pub leave_timeout: Duration,
    /// How long one exchange over a stream may take. 10 ms to 10 min.
    pub stream_timeout: Duration,
    /// Streams from one IP address that are served at a time, or from all Unix sockets together: 1 to 64. There are 64
    /// streams in all, so one address cannot take them all. Raise it where many members share an address.
    pub streams_per_source: u8,
    /// Members that one member may make known in a minute: 1 to 1 048 576; the others are refused and counted. What a
    /// seed tells a node that joins does not count.
    pub newcomers_per_minute: u32,
    /// Members that are remembered at most, the gone ones included. 2 to 1 048 576. Newcomers beyond it push out
    /// members that are gone; when all are alive, newcomers are refused and counted.
    pub max_members: u32,
    /// Events that wait for the application at most. 16 to 1 048 576. Beyond it events but the last of all are lost, and
    /// the application is told how many.
    pub max_events: u32,
}

impl Config {
    /// One machine or one rack: round trips far below 200 ms.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            probe_timeout: Duration::from_millis(200),
            indirect_probes: 1,
            suspicion_multiplier: 3,
            gossip_interval: Duration::from_millis(100),
            gossip_to_dead: Duration::from_secs(15),
            heal_interval: Duration::from_secs(5),
            streams_per_source: 64,
            ..Self::lan()
        }
    }

    /// One data centre: round trips below 500 ms.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            probe_interval: Duration::from_secs(1),
            probe_timeout: Duration::from_millis(500),
            indirect_probes: 3,
            suspicion_multiplier: 4,
            suspicion_max_multiplier: 6,
            health_max: 8,
            gossip_interval: Duration::from_millis(200),
            gossip_fanout: 3,
            retransmit_multiplier: 4,
            gossip_to_dead: Duration::from_secs(30),
            datagram_limit: 1_400,
            heal_interval: Duration::from_secs(10),
            tombstone: Duration::from_secs(24 * 3_600),
            leave_timeout: Duration::from_secs(3),
            stream_timeout: Duration::from_secs(10),
            streams_per_source: 8,
            newcomers_per_minute: 4_096,
            max_members: 16_384,
            max_events: 4_096,
        }
    }

    /// Across the internet: round trips below 3 s.
    #[must_use]
    pub const fn wan() -> Self {
        Self {
            probe_interval: Duration::from_secs(5),
            probe_timeout: Duration::from_secs(3),
            suspicion_multiplier: 6,
            gossip_interval: Duration::from_millis(500),
            gossip_fanout: 4,
            gossip_to_dead: Duration::from_secs(60),
            heal_interval: Duration::from_secs(30),
            tombstone: Duration::from_secs(72 * 3_600),
            stream_timeout: Duration::from_secs(30),
            ..Self::lan()
        }
    }

    /// Checks every field against its range and says the first that is out of it.
    pub fn validate(&self) -> Result<(), ConfigError> {
        const MS: Duration = Duration::from_millis(1);
        const HOUR: Duration = Duration::from_secs(3_600);
        time("probe_interval", self.probe_interval, MS, HOUR)?;
        time("probe_timeout", self.probe_timeout, MS, HOUR)?;
        if self.probe_timeout >= self.probe_interval {
            return Err(ConfigError::NotBelow { field: "probe_timeout", other: "probe_interval" });
        }
        count("indirect_probes", self.indirect_probes, 0, 8)?;
        count("suspicion_multiplier", self.suspicion_multiplier, 1, 100)?;
        count("suspicion_max_multiplier", self.suspicion_max_multiplier, 1, 100)?;
        count("health_max", self.health_max, 0, 32)?;
        time("gossip_interval", self.gossip_interval, MS, Duration::from_secs(60))?;
        count("gossip_fanout", self.gossip_fanout, 1, 16)?;
        count("retransmit_multiplier", self.retransmit_multiplier, 1, 16)?;
        time("gossip_to_dead", self.gossip_to_dead, Duration::ZERO, HOUR)?;
        count("datagram_limit", self.datagram_limit, DATAGRAM_LEAST.into(), 65_507)?;
        time("heal_interval", self.heal_interval, 10 * MS, HOUR)?;
        time("tombstone", self.tombstone, Duration::from_secs(1), 30 * 24 * HOUR)?;
        time("leave_timeout", self.leave_timeout, 10 * MS, Duration::from_secs(60))?;
        time("stream_timeout", self.stream_timeout, 10 * MS, Duration::from_secs(600))?;
        count("streams_per_source", self.streams_per_source, 1, 64)?;
        count("newcomers_per_minute", self.newcomers_per_minute, 1, 1 << 20)?;
        count("max_members", self.max_members, 2, MEMBERS_MAX)?;
        count("max_events", self.max_events, 16, 1 << 20)
    }

    /// How often a node repeats a piece of news in a cluster of `members`.
    ///
    /// SWIM §4.1 needs λ·log n; a factor of ln and at least 8 keep the chance that somebody is missed small in
    /// small clusters too.
    #[must_use]
    pub fn retransmit_limit(&self, members: usize) -> u16 {
        let wanted = f64::from(self.retransmit_multiplier) * libm::log1p(approx(members));
        whole(libm::ceil(wanted)).clamp(8, 1_000)
    }

    /// How often a piece of news is told while `waiting` pieces wait to be told.
    ///
    /// When a thousand members start at once, telling everything as often as usual would take half a minute, and
    /// comparing tables brings what was missed for less. So the more waits, the less often it is repeated.
    pub(crate) fn repeats(&self, members: usize, waiting: usize) -> u16 {
        let usual = self.retransmit_limit(members);
        let share = usize::from(usual).saturating_mul(BACKLOG) / waiting.max(BACKLOG);
        u16::try_from(share).map_or(usual, |share| share.max(REPEATS_MIN))
    }

    /// How long a suspected member has to refute in a cluster of `members`, when so many have confirmed what the
    /// first accuser says: `max(min, max − (max − min) · ln(c + 1) / ln(k + 1))` for c of k wanted confirmations
    /// (Lifeguard §IV-B). A lonely accuser may be the one that is cut off; many are right.
    #[must_use]
    pub fn suspicion_time(&self, members: usize, confirmations: u8) -> Duration {
        let min = self.suspicion_min(members);
        let wanted = self.confirmations_wanted(members);
        if confirmations >= wanted {
            return min;
        }
        let max = min.saturating_mul(u32::from(self.suspicion_max_multiplier));
        let certainty = libm::log1p(f64::from(confirmations)) / libm::log1p(f64::from(wanted));
        max - (max - min).mul_f64(certainty)
    }

    /// α intervals, times log10 of the cluster.
    fn suspicion_min(&self, members: usize) -> Duration {
        let scale = libm::log10(approx(members.max(1))).max(1.0);
        let intervals = f64::from(self.suspicion_multiplier) * scale;
        Duration::try_from_secs_f64(self.probe_interval.as_secs_f64() * intervals).unwrap_or(Duration::MAX)
    }

    /// How many independent accusers, beside the first, make a suspicion as good as certain in a cluster of
    /// `members`: none where so many are not there.
    pub(crate) fn confirmations_wanted(&self, members: usize) -> u8 {
        let wanted = self.suspicion_multiplier.saturating_sub(2);
        if members.saturating_sub(2) < usize::from(wanted) { 0 } else { wanted }
    }

    /// How long news needs to reach everybody in a cluster of `members`: a difference between two tables that lasts
    /// longer is worth an exchange.
    #[must_use]
    pub fn settle_time(&self, members: usize) -> Duration {
        self.gossip_interval.saturating_mul(u32::from(self.retransmit_limit(members)))
    }
}

/// The least [`Config::datagram_limit`].
pub(crate) const DATAGRAM_LEAST: u16 = 1_024;
/// The bound of [`Config::max_members`].
pub(crate) const MEMBERS_MAX: u32 = 1 << 20;
/// Pieces of news that wait without any of them being told less often: about what one datagram holds.
const BACKLOG: usize = 64;
/// How often each is told whatever waits.
const REPEATS_MIN: u16 = 3;

/// A count as a float: tables have far fewer than 2^32 rows.
fn approx(members: usize) -> f64 {
    f64::from(u32::try_from(members).unwrap_or(u32::MAX))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
fn whole(value: f64) -> u16 {
    value as u16
}

fn time(field: &'static str, value: Duration, min: Duration, max: Duration) -> Result<(), ConfigError> {
    if value < min {
        return Err(ConfigError::Below { field, min: Bound::Time(min) });
    }
    if value > max {
        return Err(ConfigError::Above { field, max: Bound::Time(max) });
    }
    Ok(())
}

fn count(field: &'static str, value: impl Into<u32>, min: u32, max: u32) -> Result<(), ConfigError> {
    let value = value.into();
    if value < min {
        return Err(ConfigError::Below { field, min: Bound::Count(min) });
    }
    if value > max {
        return Err(ConfigError::Above { field, max: Bound::Count(max) });
    }
    Ok(())
}

/// A setting is out of its range.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The field is below its least value.
    Below {
        /// The field of [`Config`].
        field: &'static str,
        /// The least value that is allowed.
        min: Bound,
    },
    /// The field is above its greatest value.
    Above {
        /// The field of [`Config`].
        field: &'static str,
        /// The greatest value that is allowed.
        max: Bound,
    },
    /// The field must be below another field and is not.
    NotBelow {
        /// The field of [`Config`].
        field: &'static str,
        /// The field that it must stay below.
        other: &'static str,
    },
    /// The advertised address is one that nobody can send to: unspecified, port 0, or a Unix address of a length, or with
    /// a NUL, that no message can bear.
    UnusableAddress,
}

/// The end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Of a duration.
    Time(Duration),
    /// Of a number: members, bytes, times.
    Count(u32),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below { field, min } => write!(f, "{field} must be at least {min}"),
            Self::Above { field, max } => write!(f, "{field} must be at most {max}"),
            Self::NotBelow { field, other } => write!(f, "{field} must be below {other}"),
            Self::UnusableAddress => f.write_str(
                "addr must be one that others can reach: not unspecified (0.0.0.0, ::), not port 0, no Unix address that is \
                 empty, too long, or a path with a NUL",
            ),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{time:?}"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl core::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn check(change: impl FnOnce(&mut Config), expected: &str) {
        let mut config = Config::lan();
        change(&mut config);
        assert_eq!(config.validate().expect_err("out of range").to_string(), expected);
    }

    #[test]
    fn the_presets_are_valid() {
        for preset in [Config::local(), Config::lan(), Config::wan()] {
            assert_eq!(preset.validate(), Ok(()));
        }
    }

    /// A value and its neighbours.
    trait Setting: Copy {
        fn below(self) -> Option<Self>;
        fn above(self) -> Option<Self>;
        fn bound(self) -> Bound;
    }

    impl Setting for Duration {
        fn below(self) -> Option<Self> {
            self.checked_sub(Duration::from_nanos(1))
        }

        fn above(self) -> Option<Self> {
            self.checked_add(Duration::from_nanos(1))
        }

        fn bound(self) -> Bound {
            Bound::Time(self)
        }
    }

    macro_rules! counts {
        ($($number:ty),*) => {
            $(impl Setting for $number {
                fn below(self) -> Option<Self> {
                    self.checked_sub(1)
                }

                fn above(self) -> Option<Self> {
                    self.checked_add(1)
                }

                fn bound(self) -> Bound {
                    Bound::Count(self.into())
                }
            })*
        };
    }

    counts!(u8, u16, u32);

    /// Holds a field to its range, of which both ends are in it.
    fn hold<S: Setting>(name: &'static str, set: fn(&mut Config, S), least: S, greatest: S) {
        let refusal = |value: S| {
            let mut config = Config::lan();
            set(&mut config, value);
            config.validate().err().filter(|error| !matches!(error, ConfigError::NotBelow { .. }))
        };
        assert_eq!((refusal(least), refusal(greatest)), (None, None), "{name}");
        if let Some(below) = least.below() {
            assert_eq!(refusal(below), Some(ConfigError::Below { field: name, min: least.bound() }));
        }
        let above = greatest.above().expect("a type that holds more than the range");
        assert_eq!(refusal(above), Some(ConfigError::Above { field: name, max: greatest.bound() }));
    }

    /// A field that is not named here does not compile.
    macro_rules! hold_all {
        ($($field:ident: $least:expr, $greatest:expr;)*) => {
            let Config { $($field: _),* } = Config::lan();
            $(hold(stringify!($field), |config, value| config.$field = value, $least, $greatest);)*
        };
    }

    #[test]
    fn every_field_is_held_to_both_ends_of_its_range() {
        let (ms, hour) = (Duration::from_millis(1), Duration::from_secs(3_600));
        hold_all! {
            probe_interval: ms, hour;
            probe_timeout: ms, hour;
            indirect_probes: 0, 8;
            suspicion_multiplier: 1, 100;
            suspicion_max_multiplier: 1, 100;
            health_max: 0, 32;
            gossip_interval: ms, Duration::from_secs(60);
            gossip_fanout: 1, 16;
            retransmit_multiplier: 1, 16;
            gossip_to_dead: Duration::ZERO, hour;
            datagram_limit: 1_024, 65_507;
            heal_interval: ms * 10, hour;
            tombstone: Duration::from_secs(1), hour * 24 * 30;
            leave_timeout: ms * 10, Duration::from_secs(60);
            stream_timeout: ms * 10, Duration::from_secs(600);
            streams_per_source: 1, 64;
            newcomers_per_minute: 1, 1 << 20;
            max_members: 2, MEMBERS_MAX;
            max_events: 16, 1 << 20;
        }
    }

    #[test]
    fn a_refusal_names_the_field_and_its_bound() {
        check(|c| c.probe_interval = Duration::ZERO, "probe_interval must be at least 1ms");
        check(|c| c.max_members = u32::MAX, "max_members must be at most 1048576");
        check(|c| c.probe_timeout = c.probe_interval, "probe_timeout must be below probe_interval");
    }

    #[test]
    fn news_is_repeated_at_least_eight_times_and_with_the_logarithm_of_the_cluster() {
        let repeats = [1, 8, 64, 1_000, 1 << 20].map(|n| Config::lan().retransmit_limit(n));
        assert_eq!(repeats, [8, 9, 17, 28, 56]);
    }

    #[test]
    fn news_is_repeated_less_often_while_much_waits_and_never_less_than_three_times() {
        let repeats = [0, 64, 128, 1_000, usize::MAX].map(|waiting| Config::lan().repeats(1_000, waiting));
        assert_eq!(repeats, [28, 28, 14, 3, 3]);
    }

    #[test]
    fn suspicion_lasts_at_least_alpha_intervals_times_log10_of_the_cluster() {
        let seconds = [0, 1, 3, 10, 100, 1_000].map(|n| Config::lan().suspicion_min(n).as_secs());
        assert_eq!(seconds, [4, 4, 4, 4, 8, 12]);
    }

    #[test]
    fn the_time_to_refute_falls_with_every_accuser_from_its_most_to_its_least() {
        let mut config = Config::lan();
        config.suspicion_multiplier = 5;
        let seconds = [0, 1, 2, 3, 4].map(|accusers| config.suspicion_time(10, accusers).as_millis());
        assert_eq!(seconds, [30_000, 17_500, 10_187, 5_000, 5_000]);
    }

    #[test]
    fn where_there_are_too_few_to_confirm_the_least_time_holds() {
        let config = Config::lan();
        let seconds = [2, 3, 4].map(|members| config.suspicion_time(members, 0).as_secs());
        assert_eq!(seconds, [4, 4, 24]);
    }
}
