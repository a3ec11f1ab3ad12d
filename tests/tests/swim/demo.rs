//! `swim demo`.

use crate::process::Swim;

/// What the summary measures, in seconds.
const MEASURES: [&str; 7] = [
    "full_membership_s",
    "register_everywhere_s",
    "suspected_s",
    "detection_s",
    "all_informed_s",
    "rejoin_s",
    "leave_s",
];

#[test]
fn the_demo_ends_well_and_has_measured_everything() {
    let demo = Swim::run(["demo", "--json", "--nodes", "3", "--adapter", "mixed"]);
    assert_eq!(demo.code(), Some(0), "{}", demo.stderr);
    let events = demo.events();
    let last = events.last().expect("a summary");
    assert_eq!(last["ok"], true, "{last}");
    let summary = last["summary"].as_object().expect("an object");
    assert_eq!(summary.keys().collect::<Vec<_>>(), MEASURES);
    assert!(summary.values().all(|time| time.as_f64().is_some_and(|time| time >= 0.0)), "{last}");
    assert!(summary["suspected_s"].as_f64() <= summary["detection_s"].as_f64());
    assert!(summary["detection_s"].as_f64() <= summary["all_informed_s"].as_f64());
}

#[test]
fn the_demo_shows_every_step_to_people() {
    let demo = Swim::run(["demo", "--nodes", "3"]);
    assert_eq!(demo.code(), Some(0), "{}", demo.stderr);
    let text = demo.lines.join("\n");
    let expected = [
        "HMAC-SHA256",
        "1. n2 and n3 join through n1",
        "all 3 know all 3",
        "2. n2 sets a value",
        "knows role = database of n2",
        "3. n3 crashes",
        "suspects n3",
        "declare",
        "4. n3 starts again",
        "5. n1 leaves politely",
        "hears the goodbye of n1",
        "Measured",
    ];
    for part in expected {
        assert!(text.contains(part), "'{part}' is missing:\n{text}");
    }
    assert!(!text.contains('\x1b'), "colours are for terminals");
}
