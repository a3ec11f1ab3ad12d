//! Doubting oneself and being slow to bury others: Lifeguard (Dadgar, Phillips, Currey 2018), and what goes beyond.

use swim_codec::{Message, Nack, PingReq, State, Status};
use swim_core::{Config, Fact, Machine as _};

use crate::lab::{Lab, MS, Puppet, SECOND, ack, claims, crowd};

fn suspected<'a>(of: &'a Puppet, by: &Puppet) -> Message<'a> {
    Message::Claim(of.claim(0, Status::Suspect { by: by.id() }))
}

fn ping_reqs(lab: &Lab) -> Vec<(u16, PingReq)> {
    let datagrams = lab.datagrams();
    datagrams
        .filter_map(|(to, _, _, messages)| match messages.first() {
            Some(Message::PingReq(ping_req)) => Some((to.as_ip()?.port(), *ping_req)),
            _ => None,
        })
        .collect()
}

/// Seconds until the node declares `bob` dead, with everybody else answering.
fn seconds_to_death(lab: &mut Lab, bob: &Puppet, others: &[&Puppet]) -> u64 {
    let began = lab.now;
    while lab.state(bob) != Some(State::Dead) {
        lab.pass_with(SECOND / 10, others);
        assert!(lab.now.since(began) < SECOND * 1_000, "{} lives for ever", bob.name);
    }
    (lab.now.since(began) + SECOND / 2).as_secs()
}

#[test]
fn each_further_accuser_shortens_the_time_to_refute() {
    let puppets = crowd(9);
    let (bob, others) = puppets.split_first().expect("nine");
    let others: Vec<_> = others.iter().collect();
    let mut times = vec![];
    for accusers in 1..=4 {
        let mut config = Config::lan();
        // Nobody is probed, so the node itself is no accuser.
        (config.probe_interval, config.probe_timeout) = (SECOND, MS * 500);
        let mut lab = Lab::with_members(config, &puppets.iter().collect::<Vec<_>>());
        let answering_but_for_the_last_attempt: Vec<_> = others.clone();
        for accuser in &others[..accusers] {
            lab.hear(accuser, &[suspected(bob, accuser)]);
        }
        times.push(seconds_to_death(&mut lab, bob, &answering_but_for_the_last_attempt));
    }
    // The node's own failed probe confirms as well, so even one accuser ends soon; more end sooner.
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    assert_eq!(times[2], 4, "the least time with all wanted confirmations: {times:?}");
}

#[test]
fn an_accuser_that_repeats_itself_confirms_nothing() {
    let puppets = crowd(9);
    let (bob, carol) = (&puppets[0], &puppets[1]);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    lab.hear(carol, &[suspected(bob, carol)]);
    let deadline = lab.node.poll_timeout();
    for _ in 0..50 {
        lab.hear(carol, &[suspected(bob, carol)]);
    }
    assert_eq!(lab.node.poll_timeout(), deadline);
    let suspicions = lab.facts.iter().filter(|fact| matches!(fact, Fact::Suspected { .. }));
    assert_eq!(suspicions.count(), 1);
}

#[test]
fn a_confirmation_is_told_on_with_its_accuser_and_one_too_many_is_not() {
    let puppets = crowd(9);
    let all: Vec<_> = puppets.iter().collect();
    let (bob, others) = (all[0], &all[1..]);
    let mut lab = Lab::knowing(&all);
    for accuser in others {
        lab.hear(accuser, &[suspected(bob, accuser)]);
    }
    lab.clear();
    lab.pass_with(SECOND * 3 / 4, others);
    let told: Vec<_> = others.iter().flat_map(|other| lab.told(other)).collect();
    let accusers: Vec<_> = claims(&told, "m0").map(|claim| claim.status).collect();
    assert!(!accusers.is_empty());
    // Two confirmations count with α = 4: the third accuser is the last one that is told.
    let last = Status::Suspect { by: others[2].id() };
    assert!(accusers.iter().all(|status| *status == last), "{accusers:?}");
}

#[test]
fn an_accusation_in_our_own_name_that_comes_back_confirms_nothing() {
    let puppets = crowd(9);
    let all: Vec<_> = puppets.iter().collect();
    let (bob, carol) = (all[0], all[1]);
    let mut lab = Lab::knowing(&all);
    lab.hear(carol, &[suspected(bob, carol)]);
    lab.clear();
    let ours = Message::Claim(bob.claim(0, Status::Suspect { by: lab.id() }));
    lab.hear(carol, &[ours]);
    lab.pass_with(SECOND * 3 / 4, &all);
    let told: Vec<_> = all[2..].iter().flat_map(|other| lab.told(other)).collect();
    let accusers: Vec<_> = claims(&told, "m0").map(|claim| claim.status).collect();
    assert!(!accusers.is_empty());
    assert!(accusers.iter().all(|status| *status == Status::Suspect { by: carol.id() }), "{accusers:?}");
}

#[test]
fn before_the_verdict_the_suspect_and_helpers_are_asked_once_more() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.hear(all[1], &[suspected(all[0], all[1])]);
    lab.pass_with(SECOND * 5 / 2, &all);
    lab.clear();
    lab.pass_with(SECOND, &all[1..]);
    assert!(lab.told(all[0]).iter().any(|message| matches!(message, Message::Ping(_))));
    assert!(!ping_reqs(&lab).is_empty());
}

#[test]
fn a_suspect_that_answers_the_last_attempt_is_not_buried() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.hear(all[1], &[suspected(all[0], all[1])]);
    lab.pass_with(SECOND * 120, &all);
    assert_eq!(lab.state(all[0]), Some(State::Suspect));
    lab.hear(all[0], &[Message::Claim(all[0].claim(1, Status::Alive))]);
    assert_eq!(lab.state(all[0]), Some(State::Alive));
}

#[test]
fn an_answer_to_the_last_attempt_counts_through_a_helper_that_was_asked_and_through_nobody_else() {
    let puppets = crowd(2);
    let all: Vec<_> = puppets.iter().collect();
    let stranger = Puppet::new("stranger", 99);
    for (answering, survives) in [(all[1], true), (&stranger, false)] {
        let mut lab = Lab::knowing(&all);
        lab.hear(all[1], &[suspected(all[0], all[1])]);
        // The last attempt begins a second before the end of the time, or up to a gossip interval sooner.
        lab.pass_with(MS * 3_010, &all[1..]);
        let (_, request) = *ping_reqs(&lab).last().expect("a helper is asked");
        lab.hear(answering, &[ack(request.nonce)]);
        lab.pass_with(SECOND * 2, &all[1..]);
        assert_eq!(lab.state(all[0]) == Some(State::Suspect), survives);
    }
}

#[test]
fn a_failed_probe_with_silent_helpers_makes_a_node_doubt_itself() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    assert_eq!(lab.node.health(), 0);
    lab.until_pinged(all[0], &all[1..]);
    lab.pass(MS * 1_100);
    assert_eq!(lab.node.health(), 1);
}

#[test]
fn a_failed_probe_whose_helpers_all_said_that_they_had_no_answer_raises_no_doubt() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.until_pinged(all[0], &all[1..]);
    lab.clear();
    lab.pass(MS * 510);
    for (port, request) in ping_reqs(&lab) {
        let helper = all.iter().find(|puppet| puppet.addr.as_ip().map(|ip| ip.port()) == Some(port));
        lab.hear(helper.expect("a helper"), &[Message::Nack(Nack { nonce: request.nonce })]);
    }
    lab.pass(MS * 500);
    assert_eq!(lab.state(all[0]), Some(State::Suspect));
    assert_eq!(lab.node.health(), 0);
}

#[test]
fn one_helper_that_says_that_it_has_no_answer_takes_doubt_away() {
    let puppets = crowd(9);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass(SECOND * 5 / 2);
    lab.clear();
    let helped = |lab: &Lab| ping_reqs(lab).into_iter().next();
    while helped(&lab).is_none() {
        lab.pass(MS * 10);
    }
    let (port, request) = helped(&lab).expect("a helper");
    let doubt = lab.node.health();
    let helper = all.iter().find(|puppet| puppet.addr.as_ip().map(|ip| ip.port()) == Some(port));
    lab.hear(helper.expect("it is known"), &[Message::Nack(Nack { nonce: request.nonce })]);
    let failed = lab.node.stats().probes_failed;
    while lab.node.stats().probes_failed == failed {
        lab.pass(MS * 10);
    }
    assert_eq!((doubt > 0, lab.node.health()), (true, doubt - 1));
}

#[test]
fn whoever_was_heard_from_last_is_among_the_helpers() {
    let puppets = crowd(40);
    let all: Vec<_> = puppets.iter().collect();
    for last in &all[..8] {
        let mut lab = Lab::knowing(&all);
        lab.pass(MS * 1_000);
        let targets = lab.node.stats().probes_indirect;
        lab.hear(last, &[Message::Claim(last.claim(0, Status::Alive))]);
        lab.clear();
        while lab.node.stats().probes_indirect == targets {
            lab.pass(MS * 10);
        }
        let asked: Vec<_> = ping_reqs(&lab).into_iter().map(|(port, _)| Some(port)).collect();
        let is_target = ping_reqs(&lab).iter().all(|(_, request)| request.target == last.id());
        assert!(is_target || asked.contains(&last.addr.as_ip().map(|ip| ip.port())), "{asked:?}");
        assert_eq!(asked.len(), 3);
    }
}

#[test]
fn having_to_refute_makes_a_node_doubt_itself() {
    let bob = Puppet::new("bob", 2);
    let itself = Puppet::new("node", 1);
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[suspected(&itself, &bob)]);
    assert_eq!(lab.node.health(), 1);
}

#[test]
fn probes_that_are_answered_in_time_take_the_doubt_away() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    lab.pass(SECOND * 12);
    let doubt = lab.node.health();
    assert!(doubt >= 2, "{doubt}");
    lab.pass_with(SECOND * 120, &all);
    assert_eq!(lab.node.health(), 0);
}

#[test]
fn a_node_that_doubts_itself_probes_that_many_times_less_often_and_waits_that_many_times_longer() {
    let puppets = crowd(40);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    let heard_now_and_then = |lab: &mut Lab, seconds| {
        for _ in 0..seconds {
            lab.hear(all[39], &[suspected(all[0], all[39])]);
            lab.pass(SECOND);
        }
    };
    heard_now_and_then(&mut lab, 120);
    assert_eq!(lab.node.health(), 8);
    let before = lab.node.stats().probes;
    heard_now_and_then(&mut lab, 90);
    assert_eq!(lab.node.stats().probes - before, 10);
    let mut config = Config::lan();
    config.health_max = 0;
    let mut lab = Lab::with_members(config, &all);
    lab.pass(SECOND * 20);
    assert_eq!((lab.node.health(), lab.node.stats().probes >= 19), (0, true));
}

#[test]
fn a_node_that_hears_nobody_for_longer_than_any_suspicion_lasts_finds_all_dead_soon() {
    let puppets = crowd(40);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = Lab::knowing(&all);
    let longest = Config::lan().suspicion_time(41, 0);
    lab.pass(longest);
    let probed_in_doubt = lab.node.stats().probes;
    assert!(probed_in_doubt <= 10, "{probed_in_doubt}");
    lab.pass(SECOND * 40 + Config::lan().suspicion_time(41, 2));
    assert_eq!(lab.node.members().len(), 1);
}

#[test]
fn an_accuser_tells_the_accused_in_its_gossip_rounds_and_nobody_else_has_to() {
    let puppets = crowd(40);
    let all: Vec<_> = puppets.iter().collect();
    let mut config = Config::lan();
    config.health_max = 0;
    let mut lab = Lab::with_members(config, &all);
    for bob in &all[..8] {
        lab.hear(all[39], &[suspected(bob, all[39])]);
    }
    // Its own probes fail meanwhile.
    lab.pass(SECOND * 9);
    let accuses = |fact: &Fact, bob: &Puppet| {
        matches!(fact, Fact::Suspected { member, by: Some(by) }
            if member.name == bob.name && by.as_str() == "node")
    };
    let (accused, others): (Vec<_>, Vec<_>) =
        all[8..39].iter().copied().partition(|bob| lab.facts.iter().any(|fact| accuses(fact, bob)));
    lab.clear();
    lab.node.set(lab.now, "key", b"value").expect("a valid register");
    lab.pass(SECOND * 5 / 2);
    let hears = |bob: &Puppet| {
        let told = lab.told(bob);
        claims(&told, bob.name.as_str()).any(|claim| claim.status.state() == State::Suspect)
    };
    // The rounds end with the news, after five of them.
    let told = accused.iter().filter(|bob| hears(bob)).count();
    assert!(accused.len() > 4 && told > 4, "{told} of {} accused", accused.len());
    assert!(!others.iter().all(|bob| hears(bob)) && !all[..8].iter().all(|bob| hears(bob)));
}

#[test]
fn one_who_is_gone_lately_still_hears_the_news_and_that_it_is_gone() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let dead = Status::Dead { by: all[1].id() };
    for (gone, ago, hears) in
        [(dead, 0, true), (dead, 40, false), (Status::Left, 0, true), (Status::Left, 40, false)]
    {
        let mut lab = Lab::knowing(&all);
        match gone {
            Status::Dead { .. } => lab.bury(&all[..1], &all[1..]),
            gone => lab.hear(all[1], &[Message::Claim(all[0].claim(0, gone))]),
        }
        lab.pass_with(SECOND * ago, &all[1..]);
        lab.clear();
        lab.node.set(lab.now, "key", b"value").expect("a valid register");
        lab.pass_with(SECOND, &all[1..]);
        let told = lab.told(all[0]);
        assert_eq!(claims(&told, "m0").any(|claim| claim.status == gone), hears);
    }
}

#[test]
fn however_great_the_doubt_one_who_answers_and_does_not_refute_is_asked_now_and_then_only() {
    let bob = Puppet::new("bob", 2);
    let mut config = Config::lan();
    config.suspicion_multiplier = 1;
    let mut lab = Lab::with_members(config, &[&bob]);
    let addr = lab.node.local().addr();
    for incarnation in 0..8 {
        let claim = swim_codec::Claim {
            name: "node",
            addr: addr.as_ref(),
            epoch: lab.node.local().epoch(),
            incarnation: swim_codec::Incarnation::new(incarnation),
            status: Status::Suspect { by: bob.id() },
        };
        let mut datagram = bob.datagram(lab.id().destination(), &[Message::Claim(claim)]);
        lab.hear_bytes(&bob.addr, &mut datagram);
        lab.pass(SECOND / 5);
    }
    assert!(lab.node.health() >= 4, "{}", lab.node.health());
    lab.hear(&bob, &[suspected(&bob, &bob)]);
    lab.clear();
    lab.pass_with(SECOND * 10, &[&bob]);
    let pings = lab.told(&bob).iter().filter(|message| matches!(message, Message::Ping(_))).count();
    assert!(pings <= 40, "{pings} pings in ten seconds");
}
