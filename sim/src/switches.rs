//! Switches inside the nodes, which make seldom choices by chance; only a build with `--cfg buggify` has them.

use swim_core::Node;

use crate::Rng;

/// In this share of the plans there are some, and each is then on in this share.
const SOME: f64 = 0.75;
const ON: f64 = 0.25;

/// Those that lose a question or its answer.
const LOSING: [&str; 4] = ["HasNoRoomToSend", "ChallengesAgain", "ForgetsAQuestion", "DoubtsAnEcho"];

/// All that there are in this build.
#[cfg(buggify)]
const ALL: &[&str] = swim_core::SWITCHES;
#[cfg(not(buggify))]
const ALL: &[&str] = &[];

pub(crate) fn draw(rng: &mut Rng) -> Vec<String> {
    let on = if rng.chance(SOME) { ON } else { 0.0 };
    ALL.iter().filter(|_| rng.chance(on)).map(|&name| name.to_owned()).collect()
}

/// The same where somebody with the key lies and nothing else may go wrong: who does not answer proves the liar right.
pub(crate) fn draw_without_loss(rng: &mut Rng) -> Vec<String> {
    assert!(ALL.is_empty() || LOSING.iter().all(|name| ALL.contains(name)), "each is a switch");
    draw(rng).into_iter().filter(|name| !LOSING.contains(&name.as_str())).collect()
}

/// The first that is not there.
pub(crate) fn unknown(switches: &[String]) -> Option<&str> {
    switches.iter().map(String::as_str).find(|name| !ALL.contains(name))
}

/// Turns these on in a node, and all others off.
#[cfg(buggify)]
pub(crate) fn turn_on(node: &mut Node, seed: [u8; 32], switches: &[String]) {
    node.buggify(seed, switches);
}

/// There are none.
#[cfg(not(buggify))]
pub(crate) fn turn_on(_: &mut Node, _: [u8; 32], _: &[String]) {}
