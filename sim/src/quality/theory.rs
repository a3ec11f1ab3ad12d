//! What follows from the rules by arithmetic: a simulator that is far better or worse is wrong.

/// The share of probes that fail where each datagram gets lost with that probability, and streams are no way around it:
/// the direct ping and those of three helpers all have to fail.
pub(super) fn failing_probes(loss: f64) -> f64 {
    let fails = |packets: i32| 1.0 - (1.0 - loss).powi(packets);
    fails(2) * fails(4).powi(3)
}

/// How many periods after a crash somebody first probes the victim, on average: all others go round in orders of their
/// own, each at a phase of its own.
pub(super) fn first_probe(nodes: usize) -> f64 {
    let others = nodes - 1;
    let more = 1.0 / (others + 1) as f64;
    let power = |share: f64| share.powi(i32::try_from(others).expect("few nodes"));
    // The least of all waits. Within a period each has come with a chance that grows evenly.
    let periods = waits_of_one(others)
        .windows(2)
        .map(|shares| match (shares[0], shares[1]) {
            (before, behind) if before - behind < 1e-12 => power(before),
            (before, behind) => (power(before) * before - power(behind) * behind) * more / (before - behind),
        })
        .collect::<Vec<_>>();
    periods.iter().sum()
}

/// The chance that one prober, who is anywhere in its round, has its turn with the victim after that many periods or
/// more.
fn waits_of_one(others: usize) -> Vec<f64> {
    let chance = 1.0 / others as f64;
    let mut exactly = vec![0.0; 2 * others + 1];
    for at in 0..others {
        // The victim is so far ahead in this round,
        exactly[at] += (others - at) as f64 * chance * chance;
        // or was behind the prober already, and is anywhere in the next.
        for place in 0..others {
            exactly[others - at + place] += at as f64 * chance * chance * chance;
        }
    }
    for wait in (0..2 * others).rev() {
        exactly[wait] += exactly[wait + 1];
    }
    exactly
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By a Monte Carlo of the same model, with the period until the verdict.
    #[test]
    fn the_first_probe_comes_when_a_throw_of_dice_says() {
        for (nodes, verdict) in [(3, 1.69), (5, 1.84), (16, 1.93), (64, 1.98), (256, 2.0)] {
            let theory = 1.0 + first_probe(nodes);
            assert!((theory - verdict).abs() < 0.025, "{nodes} nodes: {theory}, {verdict} thrown");
        }
    }

    #[test]
    fn probes_fail_as_often_as_all_their_ways_do() {
        for (loss, share) in [(0.05, 6.2e-4), (0.1, 7.7e-3), (0.2, 7.4e-2), (0.3, 0.22)] {
            assert!((failing_probes(loss) / share - 1.0).abs() < 0.02, "{}", failing_probes(loss));
        }
    }
}
