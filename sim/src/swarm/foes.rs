//! Which attackers a seed means.

use super::fault::{Fault, Foe};
use crate::Rng;
use crate::attack::{Lie, Trick};

/// Somebody on the path remembers all it hears: in larger clusters that is too much.
const TAPPED_MAX: u32 = 64;

/// Any attacker that this cluster can have; `None` if the one that was drawn has no place in it.
pub(super) fn any(rng: &mut Rng, nodes: u32, sealed: bool) -> Option<Fault> {
    let foe = match rng.below(5) {
        0 => Foe::Stranger,
        1 => Foe::ExMember,
        2 => Foe::Neighbour,
        3 => insider(rng, |lie| !matches!(lie, Lie::Theft | Lie::LaterLife)),
        _ if nodes > TAPPED_MAX => return None,
        _ => Foe::OnPath { percent: u32::try_from(rng.number(1..=20)).unwrap_or(1) },
    };
    let fits = sealed || matches!(foe, Foe::OnPath { .. });
    fits.then(|| attack(rng, foe))
}

/// Somebody with the key.
pub(super) fn draw_insider(rng: &mut Rng) -> Fault {
    let foe = insider(rng, |_| true);
    attack(rng, foe)
}

/// Only a member that answers keeps its name, so where some cannot answer nobody may claim to be them.
fn insider(rng: &mut Rng, may_say: impl Fn(Lie) -> bool) -> Foe {
    if rng.chance(0.2) {
        return Foe::Impostor;
    }
    let lies = some(rng, Lie::ALL.into_iter().filter(|&lie| may_say(lie)).collect());
    if rng.chance(0.4) {
        return Foe::Caller { lies, tricks: some(rng, Trick::ALL.to_vec()) };
    }
    Foe::Liar { lies }
}

/// At least one of them.
fn some<T>(rng: &mut Rng, mut all: Vec<T>) -> Vec<T> {
    rng.shuffle(&mut all);
    all.truncate(rng.index(all.len()) + 1);
    all
}

/// It acts for up to half a minute.
fn attack(rng: &mut Rng, by: Foe) -> Fault {
    Fault::Attack { by, every_ms: rng.number(5..=200), for_ms: rng.number(1_000..=30_000) }
}
