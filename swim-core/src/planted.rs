//! Bugs on purpose, to find out whether the simulator finds them. A usual build has none of them: `--cfg planted` makes
//! them available, and [`plant`] chooses one.

/// A bug that somebody could make, or has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "they are named after what they do")]
#[cfg_attr(not(planted), allow(unreachable_pub))]
pub enum Bug {
    OlderClaimsWin,
    DeathIsFinal,
    LifeBeatsSuspicion,
    IgnoresEpochs,
    ForgetsSoon,
    DepartsSilently,
    JoinsTwice,
    AnnouncesTheGone,
    RefutesTooLow,
    NeverRefutes,
    BelievesInItsDeath,
    CallsDeathLeaving,
    TellsNobodyOfItsDeath,
    ForgetsToProbe,
    ProbesOneOnly,
    KeepsTheDeadInTheRing,
    NeverBuries,
    GossipsForEver,
    TellsManyTimes,
    AnswersAnswers,
    PanicsOnStrangers,
    SendsLongDatagrams,
    SendsEmptyFrames,
    TrustsStrangers,
    StreamsNeverTimeOut,
    JoinsOnce,
    NeverHeals,
    LeavesWithoutGoodbye,
    NeverEnds,
    RegistersOutliveTheirLife,
    SumsUpWrongly,
    EventsWithoutBound,
    LosesEventsSilently,
    SkipsVersions,
    CountersWrap,
    KeepsRegistersBack,
    KeepsRelays,
    BelievesMoves,
    BelievesFarewells,
    AsksNobody,
    BelievesTheAbsurd,
    BuriesOnHearsay,
    MentionsDeadStreams,
    BlamesTheUnasked,
    SumsUpFormerAddresses,
    AbortsWhatIsOver,
    TakesAnyEcho,
    PassesOnHearsay,
}

/// Whether this bug is planted.
#[cfg(not(planted))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}

#[cfg(planted)]
pub(crate) use choice::planted;
#[cfg(planted)]
pub use choice::{BUGS, plant};

#[cfg(planted)]
mod choice {
    use core::sync::atomic::{AtomicU8, Ordering};

    use super::Bug;

    /// One more than the bug, or 0.
    static CHOSEN: AtomicU8 = AtomicU8::new(0);

    /// Plants one bug in all nodes of this process, instead of the last one.
    pub fn plant(bug: Option<Bug>) {
        CHOSEN.store(bug.map_or(0, |bug| bug as u8 + 1), Ordering::SeqCst);
    }

    pub(crate) fn planted(bug: Bug) -> bool {
        CHOSEN.load(Ordering::Relaxed) == bug as u8 + 1
    }

    /// All of them.
    pub const BUGS: &[Bug] = {
        use Bug::*;
        &[
            OlderClaimsWin,
            DeathIsFinal,
            LifeBeatsSuspicion,
            IgnoresEpochs,
            ForgetsSoon,
            DepartsSilently,
            JoinsTwice,
            AnnouncesTheGone,
            RefutesTooLow,
            NeverRefutes,
            BelievesInItsDeath,
            CallsDeathLeaving,
            TellsNobodyOfItsDeath,
            ForgetsToProbe,
            ProbesOneOnly,
            KeepsTheDeadInTheRing,
            NeverBuries,
            GossipsForEver,
            TellsManyTimes,
            AnswersAnswers,
            PanicsOnStrangers,
            SendsLongDatagrams,
            SendsEmptyFrames,
            TrustsStrangers,
            StreamsNeverTimeOut,
            JoinsOnce,
            NeverHeals,
            LeavesWithoutGoodbye,
            NeverEnds,
            RegistersOutliveTheirLife,
            SumsUpWrongly,
            EventsWithoutBound,
            LosesEventsSilently,
            SkipsVersions,
            CountersWrap,
            KeepsRegistersBack,
            KeepsRelays,
            BelievesMoves,
            BelievesFarewells,
            AsksNobody,
            BelievesTheAbsurd,
            BuriesOnHearsay,
            MentionsDeadStreams,
            BlamesTheUnasked,
            SumsUpFormerAddresses,
            AbortsWhatIsOver,
            TakesAnyEcho,
            PassesOnHearsay,
        ]
    };
}
