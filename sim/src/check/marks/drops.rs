//! Marks of what is not believed.

use swim_core::{DropReason, Stats};

use super::NAMELESS;

/// Of all that was dropped so far.
pub(super) fn drops(stats: &Stats) -> impl Iterator<Item = &'static str> {
    DropReason::ALL.into_iter().filter(|reason| stats.dropped(*reason) > 0).map(mark)
}

fn mark(reason: DropReason) -> &'static str {
    match reason {
        DropReason::TooShort => "drops: too short",
        DropReason::BadMagic => "drops: bad magic",
        DropReason::UnknownVersion => "drops: unknown version",
        DropReason::PlainRefused => "drops: plain refused",
        DropReason::SealedRefused => "drops: sealed refused",
        DropReason::ForeignCluster => "drops: foreign cluster",
        DropReason::UnknownKey => "drops: unknown key",
        DropReason::BadTag => "drops: bad tag",
        DropReason::WrongDestination => "drops: wrong destination",
        DropReason::Replayed => "drops: replayed",
        DropReason::TooOld => "drops: too old",
        DropReason::EarlierLife => "drops: earlier life",
        DropReason::Unproven => "drops: unproven",
        DropReason::BadEcho => "drops: bad echo",
        DropReason::OwnFrame => "drops: own frame",
        DropReason::Malformed => "drops: malformed",
        DropReason::TooManyForged => "drops: too many forged",
        DropReason::OutOfPlace => "drops: out of place",
        DropReason::UnexpectedAnswer => "drops: unexpected answer",
        DropReason::UnknownTarget => "drops: unknown target",
        DropReason::TooManyRelays => "drops: too many relays",
        DropReason::AbsurdIncarnation => "drops: absurd incarnation",
        DropReason::AbsurdStamp => "drops: absurd stamp",
        DropReason::AbsurdCoordinate => "drops: absurd coordinate",
        DropReason::TableFull => "drops: table full",
        DropReason::TooManyNewcomers => "drops: too many newcomers",
        DropReason::UnknownOwner => "drops: unknown owner",
        DropReason::TooManyRegisters => "drops: too many registers",
        DropReason::TooManyStreams => "drops: too many streams",
        DropReason::TooManyStreamsFromThere => "drops: too many streams from there",
        DropReason::SlowStream => "drops: slow stream",
        DropReason::FrameTooLong => "drops: frame too long",
        DropReason::OutboxFull => "drops: outbox full",
        DropReason::Stranger => "drops: stranger",
        DropReason::TooManyDigests => "drops: too many digests",
        DropReason::NameTaken => "drops: name taken",
        DropReason::FalseFarewell => "drops: false farewell",
        DropReason::FalseAccusation => "drops: false accusation",
        DropReason::AbsurdEpoch => "drops: absurd epoch",
        DropReason::UnknownLife => "drops: unknown life",
        DropReason::ForeignRegister => "drops: foreign register",
        _ => NAMELESS,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Marks;
    use super::*;

    #[test]
    fn every_reason_has_a_mark_that_says_it() {
        for reason in DropReason::ALL {
            assert_eq!(mark(reason), format!("drops: {reason}"));
            assert!(Marks::ALL.contains(&mark(reason)), "{reason}");
        }
    }
}
