//! Commands of scenarios that do something to hosts and networks: each does what it says.

use sim::scenario::Scenario;
use sim::{Broken, Step};
use swim_core::Node;

/// A cluster that found together, and what happens to it then.
fn play(story: &str) -> (String, sim::scenario::Ending) {
    let text = format!("cluster 3 with tombstone 10 min\nexpect agreement within 10 s\n{story}");
    Scenario::parse("story", &text, None).expect("a good scenario").transcript(1)
}

fn holds(story: &str) {
    let (transcript, ending) = play(story);
    assert_eq!(ending.failure, None, "{transcript}");
}

/// Without the command it is another run.
fn matters(command: &str, rest: &str) {
    holds(&format!("{command}\n{rest}"));
    let (with, without) = (play(&format!("{command}\n{rest}")).1, play(rest).1);
    assert_ne!(with.hash, without.hash, "{command}");
}

#[test]
fn what_is_held_arrives_when_it_is_released() {
    holds(
        "hold n0, n1 -> n2\nset n0 role = db\nrun 300 ms\nexpect n2 reads n0 role = nothing\n\
         release\nexpect n2 reads n0 role = db within 10 ms",
    );
}

#[test]
fn who_bounces_is_down_for_so_long_and_comes_back() {
    holds(
        "bounce n2 down 40 s\nexpect n0, n1 believe n2 dead within 30 s\nrun until 42 s\n\
         expect n0 believes n2 alive within 10 s\nexpect agreement within 10 s",
    );
}

#[test]
fn who_vanishes_comes_back_only_when_the_network_is_repaired() {
    holds(
        "vanish n2\nexpect n0, n1 believe n2 dead within 30 s\nrestart n2\nrun 5 s\n\
         expect n0 believes n2 dead\nrepair\nexpect agreement within 1 min",
    );
}

#[test]
fn nobody_is_buried_while_a_bridge_is_left() {
    let five = "add 2\nexpect agreement within 10 s";
    holds(&format!("{five}\nbridge n0..n2 | rest over n2\nexpect nobody buried for 1 min"));
    let (transcript, ending) =
        play(&format!("{five}\npartition n0..n2 | rest\nexpect nobody buried for 1 min"));
    assert!(ending.failure.is_some(), "{transcript}");
}

#[test]
fn who_was_clogged_is_missed_and_comes_back() {
    holds("clog n1, n2 within 1 min\nexpect n0 believes n1 dead within 40 s\nexpect agreement within 2 min");
}

#[test]
fn streams_that_break_let_nobody_join_until_the_network_is_repaired() {
    let (transcript, ending) = play(
        "streams reset 100 % pieces 10 stalled 50 % by 1 s\nrestart n2\nrun 5 s\nevents of n2\nrepair\n\
         expect agreement within 1 min",
    );
    assert_eq!(ending.failure, None, "{transcript}");
    assert!(transcript.contains("could not join through"), "{transcript}");
}

#[test]
fn a_clock_that_is_ahead_forgets_the_dead_earlier() {
    let dead = "crash n1\nexpect n0, n2 believe n1 dead within 30 s";
    holds(&format!(
        "{dead}\nclock n0 forward 9 min\nrun 2 min\nexpect n0 believes n1 unknown\nexpect n2 believes n1 dead"
    ));
    holds(&format!(
        "{dead}\nclock n0 rate 500 %\nrun 3 min\nexpect n0 believes n1 unknown\nexpect n2 believes n1 dead\n\
         clock n0 rate 100 %\nrun 10 s\nexpect n0 believes n2 alive"
    ));
}

#[test]
fn a_clock_that_is_set_back_or_stands_still_harms_nobody_else() {
    matters("clock n2 back 5 s", "run 30 s\nexpect nobody but n2 buried");
    matters("clock n2 rate 0 %", "run 30 s\nexpect nobody but n2 buried");
}

#[test]
fn who_is_woken_late_or_for_nothing_stays_a_member() {
    matters("late n2 by 300 ms", "run 30 s\nexpect nobody buried\nexpect agreement");
    matters("batch n2 within 300 ms", "run 30 s\nexpect nobody buried\nexpect agreement");
    matters("batch n2 within 30 ms at most 2", "run 30 s\nexpect nobody buried\nexpect agreement");
    matters("wake n2", "run 30 s\nexpect nobody buried\nexpect agreement");
}

#[test]
fn who_is_behind_a_translator_stays_a_member() {
    matters("nat n2 for 10 s", "run 1 min\nexpect nobody buried\nexpect agreement");
}

#[test]
fn who_moves_is_found_at_its_new_address() {
    let elsewhere = |step: &Step<'_, Node>| match step.machine.local().addr().to_string() {
        addr if addr.starts_with("10.2.0.") => Err(Broken { rule: "moved", text: step.node.to_string() }),
        _ => Ok(()),
    };
    let text = "cluster 3\nexpect agreement within 10 s\nmove n2 through n0\nexpect agreement within 30 s";
    let scenario = Scenario::parse("story", text, None).expect("a good scenario");
    assert_eq!(scenario.transcript(1).1.failure, None);
    let moved = scenario.play(1, vec![Box::new(elsewhere)], &mut |_| {}).violation.expect("it moved");
    assert_eq!((moved.rule, moved.text.as_str()), ("moved", "n2"));
}

#[test]
fn what_was_saved_is_there_again_after_a_recovery() {
    let crash = "set n2 role = db\nsave n2\ncrash n2\nexpect n0, n1 believe n2 dead within 30 s";
    holds(&format!("{crash}\nrecover n2\nexpect n0, n1 read n2 role = db within 10 s"));
    holds(&format!(
        "{crash}\nrestart n2\nexpect agreement within 10 s\nexpect n0, n1 read n2 role = nothing"
    ));
    let (transcript, ending) = play("recover n1");
    assert_eq!(ending.failure.as_deref(), Some("nothing of n1 was saved"), "{transcript}");
}

#[test]
fn who_is_reconfigured_goes_by_its_new_settings() {
    let story = "run 1 min\nexpect traffic below 250";
    holds(&format!("repair\n{story}"));
    let (transcript, ending) =
        play(&format!("reconfigure everyone with probe_interval 300 ms, probe_timeout 200 ms\n{story}"));
    assert!(ending.failure.is_some_and(|failure| failure.contains("not below 250")), "{transcript}");
}

#[test]
fn messages_of_one_kind_can_be_lost_alone() {
    let (transcript, ending) = play("mute ack 100 %\nrun 20 s\nevents of n0\nexpect nobody buried");
    assert_eq!(ending.failure, None, "{transcript}");
    assert!(transcript.contains("DatagramsBlocked"), "their streams still come through: {transcript}");
    matters("mute nack 100 %", "crash n2\nrun 30 s");
}

#[test]
fn keys_rotate_under_every_seal_while_members_restart_and_nobody_is_lost() {
    for seals in ["hmac", "chacha", "aes"] {
        let text = format!(
            "cluster 3 sealed {seals}\nexpect agreement within 10 s\nkeys everyone install 2 aes\nrestart n1\n\
             keys everyone use 2\nrun 5 s\nkeys everyone remove 1\nrestart n2\nexpect agreement within 10 s\n\
             expect nobody buried for 20 s"
        );
        let (transcript, ending) =
            Scenario::parse("story", &text, None).expect("a good scenario").transcript(1);
        assert_eq!(ending.failure, None, "{transcript}");
    }
}

#[test]
fn who_never_got_the_new_key_is_lost() {
    let text = "cluster 3 sealed\nexpect agreement within 10 s\nkeys n0, n1 install 2\nkeys n0, n1 use 2\n\
                keys n0, n1 remove 1\nexpect n0, n1 believe n2 dead within 1 min\nkeys n2 use 2";
    let (transcript, ending) = Scenario::parse("story", text, None).expect("a good scenario").transcript(1);
    assert!(ending.failure.is_some_and(|failure| failure.starts_with("n2 refuses: ")), "{transcript}");
}
