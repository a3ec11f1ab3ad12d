//! What the papers claim of one member, one test per claim in the papers' order. Claims about a whole group are in
//! `sim/tests/paper.rs`.
//!
//! SWIM: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership Protocol",
//! DSN 2002. Lifeguard: Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for More Accurate Failure
//! Detection", DSN-W 2018.

#[path = "behaviour/lab.rs"]
#[allow(dead_code, unreachable_pub, reason = "one vocabulary for all tests")]
mod lab;

use std::time::Duration;

use swim_codec::{Ack, Fingerprint, Message, Nack, Nonce, PingReq, State, Status};
use swim_core::{Config, Fact};

use lab::{Lab, MS, Puppet, SECOND, claims, crowd};

fn refs(puppets: &[Puppet]) -> Vec<&Puppet> {
    puppets.iter().collect()
}

fn ack(nonce: Nonce) -> Message<'static> {
    Message::Ack(Ack { nonce, fingerprint: Fingerprint::default() })
}

fn suspected<'a>(of: &'a Puppet, by: &Puppet) -> Message<'a> {
    Message::Claim(of.claim(0, Status::Suspect { by: by.id() }))
}

fn pings(lab: &Lab, to: &Puppet) -> Vec<Nonce> {
    let told = lab.told(to).into_iter();
    told.filter_map(|it| if let Message::Ping(ping) = it { Some(ping.nonce) } else { None }).collect()
}

fn ping_reqs(lab: &Lab, to: &Puppet) -> Vec<PingReq> {
    let told = lab.told(to).into_iter();
    told.filter_map(|it| if let Message::PingReq(request) = it { Some(request) } else { None }).collect()
}

/// Nothing is left to tell.
fn settled(config: Config, puppets: &[&Puppet]) -> Lab {
    let mut lab = Lab::with_members(config, puppets);
    lab.pass_with(SECOND * 30, puppets);
    lab.clear();
    lab
}

/// Lets the node probe until it pings this puppet, within two rounds of a small group.
fn until_pinged(lab: &mut Lab, target: &Puppet, answering: &[&Puppet]) -> Nonce {
    for _ in 0..40_000 {
        if let Some(&nonce) = pings(lab, target).first() {
            return nonce;
        }
        lab.pass_with(MS, answering);
    }
    panic!("{} was never pinged", target.name)
}

/// Nobody is declared dead for a long time.
fn patient() -> Config {
    let mut config = Config::lan();
    config.suspicion_multiplier = 100;
    config
}

/// How long from now until the node declares `bob` dead, while `others` answer.
fn time_to_death(lab: &mut Lab, bob: &Puppet, others: &[&Puppet]) -> Duration {
    let begun = lab.now;
    while lab.state(bob) != Some(State::Dead) {
        lab.pass_with(MS * 10, others);
        assert!(lab.now.since(begun) < SECOND * 200, "bob lives for ever");
    }
    lab.now.since(begun)
}

/// SWIM §3.1: during each protocol period one member is selected, and a ping is sent to it.
#[test]
fn swim_3_1_each_period_one_member_is_pinged() {
    let puppets = crowd(5);
    let all = refs(&puppets);
    let mut lab = settled(Config::lan(), &all);
    lab.pass_with(SECOND * 50, &all);
    let counts: Vec<_> = all.iter().map(|puppet| pings(&lab, puppet).len()).collect();
    assert_eq!(counts, [10; 5]);
}

/// SWIM §3.1: if no ack comes within the time-out, k members selected at random are sent a ping-req.
#[test]
fn swim_3_1_k_members_are_asked_when_the_ack_is_late() {
    let puppets = crowd(12);
    let all = refs(&puppets);
    for k in [1, 3, 8] {
        let mut config = Config::lan();
        config.indirect_probes = k;
        let mut lab = settled(config, &all);
        let nonce = until_pinged(&mut lab, all[0], &all[1..]);
        lab.clear();
        lab.pass_with(MS * 501, &all[1..]);
        let asked: Vec<_> = all[1..].iter().flat_map(|helper| ping_reqs(&lab, helper)).collect();
        assert_eq!(asked, vec![PingReq { nonce, target: all[0].id() }; k.into()]);
    }
}

/// SWIM §3.1: each of these members pings the target on behalf of the asker, and forwards the ack.
#[test]
fn swim_3_1_a_helper_pings_the_target_and_forwards_its_ack() {
    let puppets = crowd(2);
    let (asker, target) = (&puppets[0], &puppets[1]);
    let mut lab = settled(Config::lan(), &[asker, target]);
    lab.hear(asker, &[Message::PingReq(PingReq { nonce: Nonce::from_u64(7), target: target.id() })]);
    let nonce = pings(&lab, target)[0];
    lab.hear(target, &[ack(nonce)]);
    assert!(lab.told(asker).iter().any(|it| matches!(it, Message::Ack(ack) if ack.nonce.get() == 7)));
}

/// SWIM §3.1: an ack that comes directly or through one of the k members, until the period ends, is enough; without one
/// the target is no longer held for alive.
#[test]
fn swim_3_1_the_verdict_is_at_the_end_of_the_period() {
    for way in ["direct", "helper", "none"] {
        let puppets = crowd(4);
        let all = refs(&puppets);
        let mut lab = settled(Config::lan(), &all);
        let nonce = until_pinged(&mut lab, all[0], &all[1..]);
        lab.pass_with(MS * 990, &all[1..]);
        assert_eq!(lab.state(all[0]), Some(State::Alive));
        let helper = all[1..].iter().find(|helper| !ping_reqs(&lab, helper).is_empty()).expect("a helper");
        match way {
            "direct" => lab.hear(all[0], &[ack(nonce)]),
            "helper" => lab.hear(helper, &[ack(nonce)]),
            _ => {}
        }
        lab.pass_with(MS * 20, &all[1..]);
        assert_eq!(lab.state(all[0]) == Some(State::Suspect), way == "none", "{way}");
    }
}

/// SWIM §4.1: membership updates are piggybacked on pings, ping-reqs and acks: no multicast, no packets of their own
/// are needed.
#[test]
fn swim_4_1_updates_ride_on_the_packets_of_the_failure_detector() {
    let puppets = crowd(3);
    let all = refs(&puppets);
    let mut config = Config::lan();
    // So long a pause that only the failure detector sends.
    config.gossip_interval = SECOND * 60;
    let mut lab = settled(config, &all);
    let newcomer = Puppet::new("newcomer", 50);
    lab.hear(all[0], &[Message::Claim(newcomer.claim(0, Status::Alive))]);
    lab.pass_with(SECOND * 5, &all);
    let told = all.iter().filter(|puppet| claims(&lab.told(puppet), "newcomer").count() > 0);
    assert_eq!(told.count(), 3);
    assert_eq!(lab.node.stats().gossip_sent, 0);
}

/// SWIM §4.1: each update is piggybacked at most λ log n times, and those that were piggybacked less often go first.
#[test]
fn swim_4_1_an_update_is_told_lambda_log_n_times_and_the_newest_first() {
    let puppets = crowd(5);
    let all = refs(&puppets);
    let mut config = Config::lan();
    config.datagram_limit = 1_024;
    let mut lab = settled(config, &all);
    // The limit grows with the group: the node, five puppets, the old news and sixty new ones.
    let limit = usize::from(lab.node.config().retransmit_limit(67));
    let old = Puppet::new("old", 50);
    lab.hear(&old, &[Message::Claim(old.claim(0, Status::Alive))]);
    lab.pass_with(MS * 200, &all);
    let new: Vec<_> = (0..60).map(|i| Puppet::new(&format!("new-{i:02}-with-a-long-name"), 51)).collect();
    for newcomer in &new {
        lab.hear(newcomer, &[newcomer_lives(newcomer)]);
    }
    let answering: Vec<_> = all.iter().copied().chain([&old]).collect();
    lab.clear();
    lab.pass_with(MS * 200, &answering);
    let first = lab.datagrams().find(|(.., messages)| messages.len() > 5).expect("a full datagram");
    assert!(claims(first.3, "old").count() == 0, "what was told already waits behind what was not");
    lab.pass_with(SECOND * 60, &answering);
    let told = lab.datagrams().flat_map(|(.., messages)| claims(messages, "old")).count();
    assert!(told <= limit, "{told} times, {limit} allowed");
}

fn newcomer_lives(newcomer: &Puppet) -> Message<'_> {
    Message::Claim(newcomer.claim(1, Status::Alive))
}

/// SWIM §4.2: a member without an ack is suspected first, which spreads like any update, and is declared after a while.
#[test]
fn swim_4_2_suspicion_comes_before_death_and_spreads() {
    let puppets = crowd(3);
    let all = refs(&puppets);
    let mut lab = settled(Config::lan(), &all);
    time_to_death(&mut lab, all[0], &all[1..]);
    let order: Vec<_> = lab
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Suspected { .. } => Some("suspected"),
            Fact::Failed { .. } => Some("failed"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["suspected", "failed"]);
    let told = lab.told(all[1]);
    assert!(claims(&told, "m0").any(|claim| claim.status.state() == State::Suspect));
}

/// SWIM §4.2: a suspected member refutes with a larger incarnation, which only it may choose.
#[test]
fn swim_4_2_only_the_suspected_member_increments_its_incarnation() {
    let puppets = crowd(3);
    let all = refs(&puppets);
    let itself = Puppet::new("node", 1);
    let mut lab = settled(Config::lan(), &all);
    lab.hear(all[1], &[suspected(&itself, all[1]), suspected(all[0], all[1])]);
    lab.pass_with(SECOND, &all);
    let told = lab.told(all[2]);
    let incarnations = |name| {
        let told: Vec<_> = claims(&told, name).map(|claim| claim.incarnation.get()).collect();
        (told.iter().min().copied(), told.iter().max().copied())
    };
    assert_eq!(incarnations("node"), (Some(1), Some(1)));
    assert_eq!(incarnations("m0"), (Some(0), Some(0)));
}

/// SWIM §4.2: Alive with a larger incarnation overrides Suspect, Suspect overrides Alive of the same, and Confirm
/// overrides both. Where it differs: here a death is refuted by a larger incarnation, too, and is a suspicion to
/// whoever did not know of one; and who refuted lately is asked first.
#[test]
fn swim_4_2_the_order_of_claims() {
    let puppets = crowd(2);
    let (bob, carol) = (&puppets[0], &puppets[1]);
    let by = carol.id();
    let (suspect, dead) = (Status::Suspect { by }, Status::Dead { by });
    let mut lab = settled(Config::lan(), &[bob, carol]);
    let steps = [
        (0, suspect, State::Suspect),
        (0, Status::Alive, State::Suspect),
        (1, Status::Alive, State::Alive),
        (0, suspect, State::Alive),
        (1, dead, State::Alive),
        (1, dead, State::Suspect),
        (1, dead, State::Dead),
        (1, suspect, State::Dead),
        (2, Status::Alive, State::Alive),
    ];
    for (at, (incarnation, status, expected)) in steps.into_iter().enumerate() {
        lab.pass_with(SECOND * 2, &[carol]);
        lab.hear(carol, &[Message::Claim(bob.claim(incarnation, status))]);
        assert_eq!(lab.state(bob), Some(expected), "step {at}");
    }
}

/// SWIM §4.3: the list is traversed in rounds, in an order that is new in each.
#[test]
fn swim_4_3_everybody_once_per_round_in_a_new_order() {
    let puppets = crowd(8);
    let all = refs(&puppets);
    let mut lab = settled(Config::lan(), &all);
    lab.pass_with(SECOND * 80, &all);
    let order: Vec<_> = lab
        .datagrams()
        .filter(|(.., messages)| matches!(messages.first(), Some(Message::Ping(_))))
        .map(|(to, ..)| to.clone())
        .collect();
    // A round may be under way at first.
    let is_round = |round: &[swim_core::Addr]| {
        round.iter().collect::<std::collections::BTreeSet<_>>().len() == all.len()
    };
    let start = (0..8).find(|&start| order[start..].chunks_exact(8).all(is_round)).expect("rounds");
    let rounds: std::collections::BTreeSet<_> = order[start..].chunks_exact(8).collect();
    assert!(rounds.len() > 7, "{} different orders", rounds.len());
}

/// SWIM §4.3: a new member is inserted at a random position of the list.
#[test]
fn swim_4_3_a_new_member_is_probed_within_the_rounds_that_follow() {
    let mut waits = std::collections::BTreeSet::new();
    for seconds in 0..12 {
        let puppets = crowd(8);
        let all = refs(&puppets);
        let mut lab = settled(Config::lan(), &all);
        lab.pass_with(SECOND * seconds, &all);
        let newcomer = Puppet::new("newcomer", 50);
        let known: Vec<_> = all.iter().copied().chain([&newcomer]).collect();
        lab.hear(&newcomer, &[Message::Claim(newcomer.claim(0, Status::Alive))]);
        let begun = lab.now;
        until_pinged(&mut lab, &newcomer, &known);
        let wait = lab.now.since(begun).as_secs();
        assert!(wait < 2 * 9, "{wait} periods");
        waits.insert(wait);
    }
    assert!(waits.len() > 3, "{waits:?}");
}

/// Lifeguard §IV-A: the local health multiplier rises by one for a failed probe and for a suspicion of oneself, falls by
/// one for an answered probe, and saturates at both ends. Where it differs: the paper counts each nack that is missing,
/// too; here a failed probe counts once, and only if no helper sent a nack at all.
#[test]
fn lifeguard_4_a_local_health_counts_up_and_down_and_saturates() {
    let puppets = crowd(5);
    let all = refs(&puppets);
    let itself = Puppet::new("node", 1);
    let mut lab = settled(patient(), &all);
    assert_eq!(lab.node.health(), 0);
    lab.hear(all[0], &[suspected(&itself, all[0])]);
    assert_eq!(lab.node.health(), 1);
    lab.pass(SECOND * 60);
    assert_eq!(lab.node.health(), 8);
    lab.pass_with(SECOND * 9 * 3, &all);
    assert!((4..=6).contains(&lab.node.health()), "{}", lab.node.health());
    lab.pass_with(SECOND * 60, &all);
    assert_eq!(lab.node.health(), 0);
}

/// Lifeguard §IV-A: both the interval and the time-out of probes are multiplied by (LHM + 1).
#[test]
fn lifeguard_4_a_interval_and_timeout_are_stretched() {
    let puppets = crowd(5);
    let all = refs(&puppets);
    let mut lab = settled(patient(), &all);
    lab.pass(SECOND * 60);
    assert_eq!(lab.node.health(), 8);
    lab.clear();
    lab.pass(SECOND * 40);
    let at = |wanted: fn(&Message<'_>) -> bool| {
        let probes = lab.datagrams().filter(|(.., messages)| messages.first().is_some_and(wanted));
        let mut times: Vec<_> = probes.map(|(_, at, ..)| at).collect();
        times.dedup();
        times
    };
    let asked = at(|message| matches!(message, Message::PingReq(_)));
    let gaps: Vec<_> = asked.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.contains(&(SECOND * 9)), "{gaps:?}");
    let pinged = at(|message| matches!(message, Message::Ping(_)));
    // Whoever answered within milliseconds is still waited for a quarter of the time-out, nine times as long.
    let waits = pinged.iter().flat_map(|ping| asked.iter().map(|ask| ask.since(*ping)));
    assert!(waits.into_iter().any(|wait| wait == MS * 125 * 9 || wait == MS * 500 * 9));
}

/// Lifeguard §IV-A: a helper without an ack sends a nack after 80 % of the time-out.
#[test]
fn lifeguard_4_a_a_helper_nacks_after_80_percent_of_the_timeout() {
    let puppets = crowd(2);
    let (asker, target) = (&puppets[0], &puppets[1]);
    let mut lab = settled(Config::lan(), &[asker, target]);
    lab.hear(asker, &[Message::PingReq(PingReq { nonce: Nonce::from_u64(7), target: target.id() })]);
    let nacked = |lab: &Lab| lab.told(asker).iter().any(|it| matches!(it, Message::Nack(_)));
    lab.pass(MS * 399);
    assert!(!nacked(&lab));
    lab.pass(MS * 2);
    assert!(nacked(&lab));
}

/// Lifeguard §IV-A: a failed probe whose nacks came says nothing against the prober. Where it differs: in the paper they all
/// have to come, and take no doubt away. Here one of them does: the network works between here and there, and most of
/// those who are silent may be dead.
#[test]
fn lifeguard_4_a_nacks_clear_the_prober() {
    for (nacks, doubt) in [(0, 4), (1, 2), (3, 2)] {
        let puppets = crowd(5);
        let all = refs(&puppets);
        let itself = Puppet::new("node", 1);
        let mut lab = settled(patient(), &all);
        let nonce = until_pinged(&mut lab, all[0], &all[1..]);
        for incarnation in 0..3 {
            let accusation = itself.claim(incarnation, Status::Suspect { by: all[1].id() });
            lab.hear(all[1], &[Message::Claim(accusation)]);
            lab.pass_with(MS * 200, &all[1..]);
        }
        assert_eq!(lab.node.health(), 3);
        let asked: Vec<_> = all[1..].iter().filter(|it| !ping_reqs(&lab, it).is_empty()).collect();
        assert_eq!(asked.len(), 3);
        for helper in &asked[..nacks] {
            lab.hear(helper, &[Message::Nack(Nack { nonce })]);
        }
        lab.pass(MS * 401);
        assert_eq!((lab.state(all[0]), lab.node.health()), (Some(State::Suspect), doubt), "{nacks} nacks");
    }
}

/// Lifeguard §IV-B: the suspicion time starts at its maximum and falls with the logarithm of the independent
/// confirmations: max(min, max − (max − min) · log(C + 1) / log(K + 1)), min = α log10 n, max = β min.
#[test]
fn lifeguard_4_b_confirmations_bring_the_suspicion_time_down() {
    let mut config = Config::lan();
    config.suspicion_multiplier = 5;
    let seconds = |confirmations| config.suspicion_time(100, confirmations).as_secs_f64();
    let (min, max) = (10.0, 60.0);
    for confirmations in 0..=3 {
        let share = f64::from(confirmations + 1).ln() / 4f64.ln();
        let formula = f64::max(min, max - (max - min) * share);
        assert!((seconds(confirmations) - formula).abs() < 1e-6, "{confirmations} confirmations");
    }
}

/// Lifeguard §IV-B: so a lonely accuser waits longest, and each accuser counts once.
#[test]
fn lifeguard_4_b_many_accusers_bury_sooner_than_one() {
    let puppets = crowd(9);
    let all = refs(&puppets);
    let time = |accusers: &[usize]| {
        let mut config = Config::lan();
        config.probe_interval = SECOND * 2;
        config.health_max = 0;
        let mut lab = Lab::with_members(config, &all);
        for &accuser in accusers {
            lab.hear(all[accuser], &[suspected(all[0], all[accuser])]);
        }
        time_to_death(&mut lab, all[0], &all[1..])
    };
    let (one, repeated, three) = (time(&[1]), time(&[1, 1, 1]), time(&[1, 2, 3]));
    assert_eq!(one, repeated);
    assert!(three < one && three >= SECOND * 8, "{three:?} with three accusers, {one:?} with one");
}

/// Lifeguard §IV-B: the first K independent suspicions are gossiped on, and no more.
#[test]
fn lifeguard_4_b_the_first_k_confirmations_are_gossiped_on() {
    let puppets = crowd(9);
    let all = refs(&puppets);
    let mut lab = settled(Config::lan(), &all);
    let mut told_on = vec![];
    for accuser in &all[1..7] {
        lab.clear();
        lab.hear(accuser, &[suspected(all[0], accuser)]);
        lab.pass_with(MS * 200, &all[1..]);
        let told: Vec<_> = all[1..].iter().flat_map(|to| lab.told(to)).collect();
        let is_it = |claim: &&swim_codec::Claim<'_>| claim.status == Status::Suspect { by: accuser.id() };
        told_on.push(claims(&told, "m0").any(|claim| is_it(&claim)));
    }
    // α = 4 wants two confirmations of the first.
    assert_eq!(told_on, [true, true, true, false, false, false]);
}

/// Lifeguard §IV-C: a member that is suspected is told so with the next ping, whatever else waits to be told.
#[test]
fn lifeguard_4_c_the_suspected_member_is_told_first() {
    let puppets = crowd(5);
    let all = refs(&puppets);
    let mut lab = settled(Config::lan(), &all);
    lab.hear(all[1], &[suspected(all[0], all[1])]);
    // Long after it was told on for the last time.
    lab.pass_with(SECOND * 3, &all);
    let crowd: Vec<_> = (0..200).map(|i| Puppet::new(&format!("new-{i:03}-with-a-long-name"), 51)).collect();
    for newcomer in &crowd {
        lab.hear(all[1], &[newcomer_lives(newcomer)]);
    }
    lab.clear();
    let known: Vec<_> = all.iter().copied().chain(&crowd).collect();
    until_pinged(&mut lab, all[0], &known);
    let pinged = lab
        .datagrams()
        .find(|(to, .., messages)| **to == all[0].addr && matches!(messages.first(), Some(Message::Ping(_))));
    let (.., messages) = pinged.expect("the ping");
    assert_eq!(messages[1], suspected(all[0], all[1]));
}
