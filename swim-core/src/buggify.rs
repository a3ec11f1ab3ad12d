//! Legal choices that a node seldom has reason to make, made often and by chance, so that a search soon meets the code
//! behind them, as FoundationDB does. A usual build makes none of them: `--cfg buggify` makes them available, and
//! `Node::buggify` turns some of them on. None of them may break a promise.

use swim_codec::FrameWriter;

macro_rules! sites {
    ($($site:ident)*) => {
        /// A place in the code where chance may choose, named after what the node then does.
        #[derive(Clone, Copy, Debug)]
        #[repr(u8)]
        pub(crate) enum Site {
            $($site),*
        }

        /// The names of all of them, in their order.
        #[cfg(buggify)]
        pub const SWITCHES: &[&str] = &[$(stringify!($site)),*];
    };
}

sites! {
    TellsOne
    PassesOverTheGone
    PassesOverTheAccused
    ComparesUnbidden
    LeavesLittleRoom
    HasNoRoomToSend
    SaysNothingOfDoubt
    SpeaksALaterVersion
    KeepsItsPlaceBack
    AsksHelpersSoon
    DialsAtOnce
    ProbesAnybody
    DoubtsItself
    DoubtsAnAnswer
    PassesNoVerdict
    WaitsForNoStream
    ForgetsWhoSpoke
    AsksOneHelper
    HelpsNobody
    AttemptsSoon
    ForgetsAnAccuser
    PutsOffTheVerdict
    PutsOffTheAttempt
    GivesMoreTime
    ForgetsWhoIsCondemned
    RefutesLate
    RefutesFarAhead
    ChallengesAgain
    ForgetsAQuestion
    DoubtsAnEcho
    TakesAllForStrangers
    TakesNoStream
    HasNoStream
    WritesLittle
    HangsUp
    IsImpatient
    AsksForEverything
    TellsEverything
    ComparesSoon
    OverlooksADifference
    IgnoresADigest
    MendsByStream
    WantsNothing
    ForgetsWhomItAsked
    MissesATurn
    LooksSoon
    ForgetsACall
    PausesLong
    RecallsOne
    HasNoQuestionLeft
    AsksSlowly
    AsksTheAccused
    BelievesAccusers
    HearsNoMore
    AsksLater
    MeetsNobody
    LeavesOwnersAlone
    CorrectsNobody
    ForgetsRoundTrips
    MeasuresNothing
    SaysGoodbyeLonger
    ForgivesItself
}

/// Which of them chance may choose in one node: none, unless it was told so.
#[derive(Default)]
pub(crate) struct Switches {
    #[cfg(buggify)]
    drawn: Option<drawn::Drawn>,
}

impl Switches {
    /// Whether to choose that now.
    #[cfg(not(buggify))]
    #[inline(always)]
    pub(crate) const fn fires(&self, _: Site) -> bool {
        false
    }

    #[cfg(buggify)]
    pub(crate) fn fires(&self, site: Site) -> bool {
        self.drawn.as_ref().is_some_and(|drawn| drawn.fires(site))
    }

    /// Says something of a kind that is reserved, as a later version of the protocol may.
    #[inline(always)]
    pub(crate) fn speak_of_more(&self, frame: &mut FrameWriter<'_>) {
        if self.fires(Site::SpeaksALaterVersion) {
            self.push_reserved(frame);
        }
    }

    #[cfg(not(buggify))]
    const fn push_reserved(&self, _: &mut FrameWriter<'_>) {}

    #[cfg(buggify)]
    fn push_reserved(&self, frame: &mut FrameWriter<'_>) {
        self.drawn.iter().for_each(|drawn| drawn.push_reserved(frame));
    }
}

#[cfg(buggify)]
pub use drawn::fired;

#[cfg(buggify)]
mod drawn {
    use core::cell::RefCell;
    use core::sync::atomic::{AtomicU64, Ordering};

    use swim_codec::FrameWriter;

    use super::{SWITCHES, Site, Switches};
    use crate::Node;
    use crate::rng::Rng;

    /// One chance in so many at a switch that is on is taken.
    const ONE_IN: usize = 4;

    /// Kinds of messages that nobody sends yet, one of each range that is reserved, and the last.
    const RESERVED: [u8; 7] = [5, 18, 35, 49, 64, 82, 255];
    /// Bytes in the longest of them.
    const LONGEST: usize = 200;

    /// How often each was taken in this process.
    static FIRED: [AtomicU64; SWITCHES.len()] = [const { AtomicU64::new(0) }; SWITCHES.len()];

    pub(super) struct Drawn {
        is_on: [bool; SWITCHES.len()],
        rng: RefCell<Rng>,
    }

    impl Drawn {
        pub(super) fn fires(&self, site: Site) -> bool {
            let fires = self.is_on[site as usize] && self.rng.borrow_mut().below(ONE_IN) == 0;
            if fires {
                FIRED[site as usize].fetch_add(1, Ordering::Relaxed);
            }
            fires
        }

        pub(super) fn push_reserved(&self, frame: &mut FrameWriter<'_>) {
            let mut rng = self.rng.borrow_mut();
            let kind = RESERVED[rng.below(RESERVED.len())];
            let _fits = frame.push_reserved(kind, &[kind; LONGEST][rng.below(LONGEST)..]);
        }
    }

    impl Node {
        /// Turns the switches with these names on, and all others off.
        pub fn buggify(&mut self, seed: [u8; 32], names: &[impl AsRef<str>]) {
            let mut is_on = [false; SWITCHES.len()];
            for (is_on, switch) in is_on.iter_mut().zip(SWITCHES) {
                *is_on = names.iter().any(|name| name.as_ref() == *switch);
            }
            self.switches = Switches { drawn: Some(Drawn { is_on, rng: RefCell::new(Rng::new(seed)) }) };
        }
    }

    /// How often each switch fired in this process, with its name.
    pub fn fired() -> impl Iterator<Item = (&'static str, u64)> {
        SWITCHES.iter().copied().zip(FIRED.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}
