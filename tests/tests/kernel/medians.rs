//! What is held to the usual bounds: no single run, which may be the one in a hundred, but medians. Those of a story over
//! the adapters show a protocol that became slow, those of an adapter over the stories an adapter that did.

use std::time::Duration;

use crate::adapter::Adapter;
use crate::measured::Run;
use crate::scenarios::{SCENARIOS, Scenario, Times};

/// Fewer have no median worth its name; a filter may leave so few.
const ENOUGH: usize = 3;

/// Every median that is beyond its bound.
pub(crate) fn beyond(runs: &[Run]) -> Vec<String> {
    let stories = SCENARIOS.iter().map(|scenario| (scenario.name, of_story(runs, scenario)));
    let adapters = Adapter::ALL.into_iter().map(|adapter| (adapter.as_str(), of_adapter(runs, adapter)));
    stories.chain(adapters).flat_map(|(whose, runs)| slow(whose, &runs)).collect()
}

fn of_story(runs: &[Run], scenario: &Scenario) -> Vec<Run> {
    runs.iter().filter(|run| run.scenario.name == scenario.name).copied().collect()
}

fn of_adapter(runs: &[Run], adapter: Adapter) -> Vec<Run> {
    runs.iter().filter(|run| run.adapter == adapter).copied().collect()
}

fn slow(whose: &str, runs: &[Run]) -> Vec<String> {
    let slow = (0..Times::NAMES.len()).filter_map(|figure| {
        let shares = runs.iter().filter_map(|run| share_of_bound(run, figure)).collect();
        let median = median(shares).filter(|&median| median > 1.0)?;
        Some(format!("{whose}: {} took {median:.2} times as long as it may", Times::NAMES[figure]))
    });
    slow.collect()
}

/// How much of what is usual in its story a run took for one of its figures, if it measured it.
fn share_of_bound(run: &Run, figure: usize) -> Option<f64> {
    let took: Duration = run.times.figures()[figure]?;
    Some(took.div_duration_f64(run.scenario.usual.figures()[figure]))
}

fn median(mut shares: Vec<f64>) -> Option<f64> {
    shares.sort_by(f64::total_cmp);
    (shares.len() >= ENOUGH).then(|| shares[shares.len() / 2])
}

/// One slow run is no matter, two of one story are, and one adapter's in most stories.
pub(crate) fn medians_show_what_became_slow() {
    let took = |scenario, adapter, seconds| {
        let told = Some(Duration::from_secs(seconds));
        Run { scenario, adapter, times: Times { told, ..Times::default() } }
    };
    let [a, b, c] = Adapter::ALL;
    let [first, second, third] = [&SCENARIOS[0], &SCENARIOS[1], &SCENARIOS[3]];
    assert!(beyond(&[took(first, a, 1), took(first, b, 1), took(first, c, 100)]).is_empty());
    assert_eq!(beyond(&[took(first, a, 1), took(first, b, 100), took(first, c, 100)]).len(), 1);
    assert!(beyond(&[took(first, a, 100), took(second, a, 100)]).is_empty());
    let of_one = beyond(&[took(first, a, 1), took(second, a, 100), took(third, a, 100)]);
    assert!(of_one.len() == 1 && of_one[0].starts_with("std: told"), "{of_one:?}");
}
