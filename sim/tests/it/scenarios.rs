//! Scenarios as a library, where the files under `scenarios/` do not reach.

use sim::scenario::{LIBRARY, Scenario, Told};

fn parse(text: &str) -> Scenario {
    Scenario::parse("story", text, None).expect("a good scenario")
}

#[test]
fn an_expectation_that_is_not_met_ends_the_story() {
    let scenario = parse("cluster 3\nrun 10 s\ncrash n2\nexpect n0 believes n2 dead within 1 s\nrun 1 h");
    let (text, ending) = scenario.transcript(1);
    assert!(text.contains("\n    FAILED: not within 1.0 s: n0 believes that n2 is "), "{text}");
    assert!(ending.failure.is_some() && ending.simulated.as_secs() < 20);
}

#[test]
fn a_broken_law_ends_the_story() {
    let (text, ending) = parse("cluster 3\nrun 10 s\nset n0 role = db\nexpect quiet for 10 s").transcript(1);
    assert!(text.contains("FAILED: S12 broken by "), "{text}");
    assert!(ending.failure.is_some());
}

#[test]
fn the_guide_shows_what_comes_of_the_crash_today() {
    let (guide, scenario) =
        (include_str!("../../../docs/simulator.md"), include_str!("../../scenarios/crash.txt"));
    let told = scenario.split_once("crash last").and_then(|(_, rest)| rest.split_once("traffic"));
    let (told, _) = told.expect("both commands");
    assert!(guide.contains(&format!("crash last{told}```")), "docs/simulator.md does not show:{told}");
}

#[test]
fn every_scenario_has_a_title_of_whole_sentences() {
    for (name, text) in LIBRARY {
        let scenario = parse(text);
        let title = scenario.title();
        assert!(title.ends_with(['.', '?']) && !title.contains(['#', '\n']), "{name}: {title}");
    }
}

#[test]
fn a_file_that_begins_with_a_byte_order_mark_is_read_like_any_other() {
    assert_eq!(parse("\u{feff}cluster 3\r\nnews").transcript(1).0, parse("cluster 3\nnews").transcript(1).0);
}

#[test]
fn output_is_read_over_and_told_anew() {
    let text = "# A story.\n\ncluster 3\nexpect agreement within 10 s\n    something else\nnews";
    let (transcript, ending) = parse(text).transcript(1);
    assert_eq!(ending.failure, None);
    assert!(!transcript.contains("something else"));
    assert_eq!(parse(&transcript).transcript(1).0, transcript);
}

#[test]
fn a_command_is_told_with_its_time_and_line_before_what_came_of_it() {
    let mut told = Vec::new();
    parse("# Why.\ncluster 2\nrun until 5 s\ntraffic").play(1, Vec::new(), &mut |line| {
        told.push(match line {
            Told::Command { at, line, text } => format!("{line} at {at}: {text}"),
            other => other.to_string(),
        });
    });
    assert_eq!(told[..3], ["# Why.", "2 at 0.000000s: cluster 2", "3 at 1.000000s: run until 5 s"]);
    assert!(told[4].starts_with("    in "), "{told:?}");
}

#[test]
fn another_size_and_another_seed_are_another_run_of_the_same_story() {
    let (_, text) = LIBRARY.iter().find(|(name, _)| *name == "split_in_half").expect("it is there");
    for (nodes, seed) in [(5, 1), (16, 2), (24, 3)] {
        let scenario = Scenario::parse("split_in_half", text, Some(nodes)).expect("it scales");
        let (transcript, ending) = scenario.transcript(seed);
        assert_eq!(ending.failure, None, "{nodes} nodes, seed {seed}:\n{transcript}");
        assert!(transcript.contains(&format!("\ncluster {nodes}\n")), "{transcript}");
    }
}

#[test]
fn a_panic_ends_the_story_and_is_told_with_its_node_and_time() {
    let watchers: Vec<Box<dyn sim::Checker<_>>> = vec![Box::new(crate::swarm::panic_at_ten_seconds)];
    let mut told = String::new();
    let ending =
        parse("cluster 3\nrun 20 s\nrun 1 h").play(1, watchers, &mut |line| told += &format!("{line}\n"));
    let violation = ending.violation.expect("it panicked");
    assert_eq!((violation.rule, violation.node.0), ("S15", 1));
    assert!(told.contains("FAILED: S15 broken by n1 at 10."), "{told}");
    assert!(!told.contains("run 1 h"), "{told}");
}
