//! Tables that differ: who is told what, and what it costs.

use proptest::prelude::*;
use swim_codec::{
    Bucket, Buckets, Challenge, Cookie, Digest, Fingerprint, Keyring, Message, Nonce, Ping, Status, Want,
};
use swim_core::{
    Addr, Config, DropReason, Instant, Local, Machine, Node, State, StreamId, StreamInput, Transmit,
};

use crate::lab::{Lab, MS, Puppet, SECOND, ack, addr, cluster, epoch, nonces_of_pings};
use crate::streams::{answer, connects, finish, last_dialed};

fn crowd(count: u16) -> Vec<Puppet> {
    (0..count).map(|i| Puppet::new(&format!("member-{i:04}"), 100 + i)).collect()
}

/// A node that knows these and has told everybody.
fn settled(puppets: &[Puppet]) -> Lab {
    let all: Vec<_> = puppets.iter().collect();
    let mut config = Config::lan();
    config.gossip_fanout = 16;
    config.datagram_limit = 65_507;
    let mut lab = Lab::with_members(config, &all);
    lab.pass_with(SECOND * 10, &all);
    lab.clear();
    lab
}

fn ping(fingerprint: u64) -> Message<'static> {
    Message::Ping(Ping { nonce: Nonce::from_u64(1), fingerprint: Fingerprint::from_u64(fingerprint) })
}

/// Time passes while somebody's fingerprint is another with every ping.
fn differ_for(lab: &mut Lab, from: &Puppet, seconds: u32, answering: &[&Puppet]) {
    for _ in 0..seconds {
        lab.hear(from, &[ping(12_345)]);
        lab.pass_with(SECOND, answering);
    }
}

fn digests(lab: &Lab, to: &Puppet) -> Vec<[u8; 512]> {
    let sums = |message: &Message<'static>| match message {
        Message::Digest(digest) => digest.sums.try_into().ok(),
        _ => None,
    };
    lab.told(to).iter().filter_map(sums).collect()
}

fn wants(lab: &Lab, to: &Puppet) -> Vec<Want<'static>> {
    let told = lab.told(to).into_iter();
    told.filter_map(|message| if let Message::Want(want) = message { Some(want) } else { None }).collect()
}

fn records(messages: &[Message<'_>]) -> Vec<String> {
    let name = |message: &Message<'_>| match message {
        Message::Claim(claim) => Some(claim.name.to_owned()),
        Message::Register(register) => Some(format!("{}/{}", register.owner, register.key)),
        _ => None,
    };
    messages.iter().filter_map(name).collect()
}

/// The sums of the node itself, from the digest that it sends to somebody who differs.
fn sums_of(lab: &mut Lab, puppets: &[Puppet]) -> [u8; 512] {
    let all: Vec<_> = puppets.iter().collect();
    while digests(lab, all[0]).is_empty() {
        differ_for(lab, all[0], 1, &[]);
    }
    digests(lab, all[0])[0]
}

fn altered(mut sums: [u8; 512], bucket: Bucket) -> [u8; 512] {
    sums[bucket.number() * 4] ^= 1;
    sums
}

#[test]
fn equal_tables_exchange_nothing() {
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    let sums = sums_of(&mut lab, &puppets);
    lab.clear();
    lab.hear(&puppets[0], &[Message::Digest(Digest { sums: &sums })]);
    assert_eq!(lab.sent.len(), 0);
}

#[test]
fn a_difference_that_lasts_is_asked_about_once_the_news_had_its_time() {
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    lab.hear(&puppets[0], &[ping(12_345)]);
    assert_eq!(digests(&lab, &puppets[0]), [[0; 512]; 0], "news may be on its way");
    differ_for(&mut lab, &puppets[0], 10, &[]);
    assert!(!digests(&lab, &puppets[0]).is_empty());
    assert_eq!(lab.node.stats().digests_sent, digests(&lab, &puppets[0]).len() as u64);
}

#[test]
fn a_fingerprint_that_agrees_in_between_ends_the_difference() {
    let puppets = crowd(5);
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = settled(&puppets);
    for _ in 0..60 {
        lab.hear(&puppets[0], &[ping(12_345)]);
        lab.pass_with(SECOND, &all);
    }
    assert_eq!(lab.node.stats().digests_sent, 0);
}

#[test]
fn a_difference_with_one_member_is_looked_into_though_all_others_agree() {
    let puppets = crowd(5);
    let (apart, others) = puppets.split_first().expect("five");
    let mut lab = settled(&puppets);
    differ_for(&mut lab, apart, 10, &others.iter().collect::<Vec<_>>());
    assert_eq!(lab.node.stats().digests_sent, 0, "it may agree with the next news");
    differ_for(&mut lab, apart, 2, &others.iter().collect::<Vec<_>>());
    assert_eq!(digests(&lab, apart).len(), 1);
}

#[test]
fn an_unanswered_digest_is_repeated_at_the_next_difference_but_one_and_then_not_before_the_news_had_its_time()
{
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    while digests(&lab, &puppets[0]).is_empty() {
        differ_for(&mut lab, &puppets[0], 1, &[]);
    }
    let sent = |lab: &Lab| lab.node.stats().digests_sent;
    differ_for(&mut lab, &puppets[1], 2, &[]);
    assert_eq!(sent(&lab), 2);
    differ_for(&mut lab, &puppets[1], 2, &[]);
    assert_eq!(sent(&lab), 2);
}

#[test]
fn a_lost_digest_is_sent_again() {
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    differ_for(&mut lab, &puppets[0], 20, &[]);
    assert!(digests(&lab, &puppets[0]).len() >= 2, "{}", digests(&lab, &puppets[0]).len());
}

/// A node that has joined through somebody who knows these.
fn joined(puppets: &[Puppet]) -> Lab {
    let mut lab = Lab::new();
    lab.node.join(lab.now, std::slice::from_ref(&puppets[0].addr));
    lab.drain();
    let stream = last_dialed(&lab, &puppets[0].addr);
    lab.connected(stream, &puppets[0]);
    finish(&mut lab, stream);
    let known: Vec<_> = puppets.iter().map(|puppet| Message::Claim(puppet.claim(0, Status::Alive))).collect();
    answer(&mut lab, stream, &puppets[0], &known);
    lab.clear();
    lab
}

#[test]
fn a_node_that_has_just_joined_compares_after_a_round_or_two() {
    let puppets = crowd(5);
    let mut lab = joined(&puppets);
    lab.hear(&puppets[1], &[ping(12_345)]);
    assert_eq!(lab.node.stats().digests_sent, 0);
    lab.pass(MS * 400);
    lab.hear(&puppets[1], &[ping(12_345)]);
    assert_eq!(digests(&lab, &puppets[1]).len(), 1);
}

#[test]
fn a_node_asks_somebody_in_three_rounds_after_a_difference_while_news_of_a_quarter_of_the_cluster_waits() {
    for (count, waits, compares) in [(100, true, 3), (100, false, 0), (5, true, 0)] {
        let puppets = crowd(count);
        let all: Vec<_> = puppets.iter().collect();
        let mut lab = if waits { Lab::knowing(&all) } else { settled(&puppets) };
        lab.pass(MS * 400);
        assert_eq!(lab.node.stats().digests_sent, 0, "nobody differs");
        lab.hear(&puppets[1], &[ping(12_345)]);
        lab.pass(MS * 1_200);
        assert_eq!(lab.node.stats().digests_sent, compares, "{count} members, news waits: {waits}");
    }
}

#[test]
fn a_difference_that_cannot_be_mended_is_looked_into_less_and_less_often() {
    let puppets = crowd(5);
    let mut lab = joined(&puppets);
    let mut compared = vec![];
    for _ in 0..300 {
        lab.hear(&puppets[0], &[ping(12_345)]);
        if lab.node.stats().digests_sent > compared.len() as u64 {
            compared.push(lab.now);
        }
        lab.pass(MS * 100);
    }
    let pauses: Vec<_> = compared.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    // Every other question repeats one that was not answered, and does not wait as long.
    let last = pauses.iter().rev().take(2).max();
    assert!(pauses[0] <= MS * 700 && last.is_some_and(|&last| last >= MS * 1_500), "{pauses:?}");
}

#[test]
fn a_digest_is_answered_with_the_records_of_the_buckets_that_differ_and_a_want() {
    let puppets = crowd(200);
    let mut lab = settled(&puppets);
    let sums = sums_of(&mut lab, &puppets);
    let bucket = Bucket::of(puppets[7].id());
    lab.clear();
    lab.hear(&puppets[0], &[Message::Digest(Digest { sums: &altered(sums, bucket) })]);
    let in_bucket = puppets.iter().filter(|puppet| Bucket::of(puppet.id()) == bucket);
    let mut expected: Vec<_> = in_bucket.map(|puppet| puppet.name.as_str().to_owned()).collect();
    if Bucket::of(lab.id()) == bucket {
        expected.push("node".to_owned());
    }
    let (mut told, want) = (records(&lab.told(&puppets[0])), wants(&lab, &puppets[0]));
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(want.len(), 1);
    assert_eq!(want[0].buckets, Buckets::from_iter([bucket]));
    assert_eq!(want[0].sums, &sums[bucket.number() * 4..][..4]);
    assert!(matches!(lab.told(&puppets[0]).last(), Some(Message::Want(_))), "records first, then the want");
}

#[test]
fn a_want_is_answered_with_the_records_of_what_still_differs() {
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    let sums = sums_of(&mut lab, &puppets);
    let (same, other) = (Bucket::of(puppets[1].id()), Bucket::of(puppets[2].id()));
    assert!(same < other);
    let theirs: Vec<_> =
        [same, other].into_iter().flat_map(|b| sums[b.number() * 4..][..4].to_vec()).collect();
    let theirs = [&theirs[..4], &[9, 9, 9, 9]].concat();
    lab.clear();
    let buckets = [same, other].into_iter().collect();
    lab.hear(&puppets[0], &[Message::Want(Want { buckets, sums: &theirs })]);
    assert_eq!(records(&lab.told(&puppets[0])), [puppets[2].name.as_str()]);
    assert_eq!(wants(&lab, &puppets[0]).len(), 0, "two have told each other all by now");
}

#[test]
fn a_want_that_answers_no_digest_is_refused() {
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    sums_of(&mut lab, &puppets);
    let want = Message::Want(Want { buckets: Buckets::ALL, sums: &[7; 512] });
    lab.clear();
    lab.hear(&puppets[1], &[want]);
    assert_eq!((lab.sent.len(), lab.dropped(DropReason::UnexpectedAnswer)), (0, 1));
    lab.hear(&puppets[0], &[want]);
    assert!(!records(&lab.told(&puppets[0])).is_empty());
    lab.clear();
    lab.hear(&puppets[0], &[want]);
    assert_eq!((lab.sent.len(), lab.dropped(DropReason::UnexpectedAnswer)), (0, 2), "one want per digest");
}

#[test]
fn an_unknown_sender_of_a_digest_gets_no_records() {
    let (stranger, puppets) = (Puppet::new("stranger", 2), crowd(5));
    let mut lab = settled(&puppets);
    lab.hear(&stranger, &[Message::Digest(Digest { sums: &[1; 512] })]);
    assert_eq!(lab.told(&stranger), []);
    assert_eq!(connects(&lab), std::slice::from_ref(&stranger.addr), "a stream, which proves where it is");
    for port in 3..10 {
        lab.hear(&Puppet::new("another", port), &[Message::Digest(Digest { sums: &[1; 512] })]);
    }
    assert_eq!(connects(&lab).len(), 4, "four at a time");
}

#[test]
fn a_known_sender_at_another_address_gets_no_records() {
    let puppets = crowd(5);
    let elsewhere = Puppet { addr: addr(9_999), ..Puppet::new("member-0000", 0) };
    let mut lab = settled(&puppets);
    lab.hear(&elsewhere, &[Message::Digest(Digest { sums: &[1; 512] })]);
    assert_eq!(connects(&lab), std::slice::from_ref(&elsewhere.addr), "a stream, which proves where it is");
    assert_eq!(lab.sent.len(), 1);
}

#[test]
fn a_link_local_address_is_the_same_with_and_without_its_scope() {
    let at = |addr: &str| Puppet {
        addr: Addr::Ip(addr.parse().expect("an address")),
        ..Puppet::new("member-0000", 0)
    };
    let (told, seen) = (at("[fe80::2]:7946"), at("[fe80::2%3]:7946"));
    let puppets = [told];
    let mut lab = settled(&puppets);
    lab.hear(&seen, &[Message::Digest(Digest { sums: &[1; 512] })]);
    assert!(connects(&lab).is_empty());
    assert_eq!(wants(&lab, &puppets[0]).len(), 1);
}

/// Bob at a link-local address, as others tell it, and as a socket sees it.
fn link_local() -> (Puppet, Addr) {
    let at = |addr: &str| Addr::Ip(addr.parse().expect("an address"));
    (Puppet { addr: at("[fe80::2]:7946"), ..Puppet::new("bob", 7) }, at("[fe80::2%3]:7946"))
}

#[test]
fn whoever_is_challenged_asks_again_also_at_a_link_local_address() {
    let ((bob, seen), carol) = (link_local(), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Alive))]);
    lab.pass_with(SECOND * 3, &[&carol]);
    let asked = nonces_of_pings(&lab, &bob);
    lab.clear();
    for &nonce in &asked {
        let challenge = Message::Challenge(Challenge { nonce, cookie: Cookie::from_bytes([9; 8]) });
        let mut datagram = bob.datagram(lab.id().destination(), &[challenge]);
        lab.hear_bytes(&seen, &mut datagram);
    }
    let told: Vec<_> = lab.datagrams().flat_map(|(.., messages)| messages).collect();
    let again =
        |message: &&Message<'_>| matches!(message, Message::Ping(ping) if asked.contains(&ping.nonce));
    assert!(told.iter().any(again), "{told:?}");
}

#[test]
fn an_ack_to_an_open_question_shows_presence_also_at_a_link_local_address() {
    let ((bob, seen), carol) = (link_local(), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.hear(&carol, &[Message::Claim(bob.claim(0, Status::Alive))]);
    lab.clear();
    let nonce = lab.until_pinged(&bob, &[&carol]);
    let before = lab.dropped(DropReason::Unproven);
    let mut datagram = bob.datagram(lab.id().destination(), &[ack(nonce)]);
    lab.hear_bytes(&seen, &mut datagram);
    assert_eq!(lab.dropped(DropReason::Unproven), before);
}

#[test]
fn who_goes_on_pinging_and_stays_unknown_is_asked_for_its_table() {
    let (stranger, puppets) = (Puppet::new("stranger", 2), crowd(5));
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = settled(&puppets);
    let settle = Config::lan().settle_time(6) * 2;
    lab.hear(&stranger, &[ping(12_345)]);
    lab.pass_with(settle - MS, &all);
    lab.hear(&stranger, &[ping(12_345)]);
    assert_eq!(connects(&lab), [], "news of it may be on the way");
    lab.pass_with(MS, &all);
    lab.hear(&stranger, &[ping(12_345)]);
    lab.hear(&stranger, &[ping(12_345)]);
    assert_eq!(connects(&lab), std::slice::from_ref(&stranger.addr), "once");
}

#[test]
fn who_goes_on_pinging_and_had_a_later_life_that_is_over_is_told_so() {
    let (ghost, puppets) = (Puppet::new("ghost", 2), crowd(5));
    let all: Vec<_> = puppets.iter().collect();
    let mut lab = settled(&puppets);
    let later = Puppet { addr: addr(9_999), epoch: epoch(20), ..Puppet::new("ghost", 2) };
    lab.hear(&puppets[0], &[Message::Claim(later.claim(0, Status::Dead { by: puppets[0].id() }))]);
    for _ in 0..5 {
        lab.hear(&ghost, &[ping(12_345)]);
        lab.pass_with(SECOND, &all);
    }
    assert_eq!(connects(&lab), std::slice::from_ref(&ghost.addr), "once");
    let stream = last_dialed(&lab, &ghost.addr);
    lab.connected(stream, &ghost);
    let told = finish(&mut lab, stream);
    let about_it = told.iter().find_map(|message| match message {
        Message::Claim(claim) if claim.name == "ghost" => Some((claim.epoch, claim.status.state())),
        _ => None,
    });
    assert_eq!(about_it, Some((epoch(20), State::Dead)));
}

#[test]
fn no_burst_of_digests_is_answered_beyond_its_bound() {
    let puppets = crowd(5);
    let mut lab = settled(&puppets);
    for _ in 0..100 {
        lab.hear(&puppets[0], &[Message::Digest(Digest { sums: &[1; 512] })]);
    }
    assert_eq!((wants(&lab, &puppets[0]).len(), lab.dropped(DropReason::TooManyDigests)), (8, 92));
    lab.clear();
    lab.pass(MS * 200);
    lab.hear(&puppets[0], &[Message::Digest(Digest { sums: &[1; 512] })]);
    assert_eq!(wants(&lab, &puppets[0]).len(), 1);
}

#[test]
fn a_large_difference_goes_over_a_stream_with_only_the_differing_buckets() {
    let puppets = crowd(2_000);
    let mut lab = Lab::knowing(&puppets.iter().collect::<Vec<_>>());
    let sums = sums_of(&mut lab, &puppets);
    let buckets: Buckets = Bucket::all().filter(|bucket| bucket.number() % 2 == 0).collect();
    let theirs = buckets.iter().fold(sums, altered);
    lab.clear();
    lab.hear(&puppets[0], &[Message::Digest(Digest { sums: &theirs })]);
    assert_eq!(connects(&lab), std::slice::from_ref(&puppets[0].addr));
    assert_eq!(lab.told(&puppets[0]), [], "and nothing in datagrams");
    let stream = last_dialed(&lab, &puppets[0].addr);
    lab.connected(stream, &puppets[0]);
    let written = finish(&mut lab, stream);
    assert!(matches!(written[..2], [Message::Sync(_), Message::Want(want)] if want.buckets == buckets));
    let told = records(&written);
    let expected = puppets.iter().filter(|puppet| buckets.contains(Bucket::of(puppet.id()))).count();
    let own = usize::from(buckets.contains(Bucket::of(lab.id())));
    assert_eq!(told.len(), expected + own);
}

#[test]
fn a_request_that_wants_some_buckets_is_answered_with_those_that_still_differ() {
    let puppets = crowd(200);
    let mut lab = settled(&puppets);
    let sums = sums_of(&mut lab, &puppets);
    let bucket = Bucket::of(puppets[7].id());
    let want = Want { buckets: Buckets::ALL, sums: &altered(sums, bucket) };
    let stream = StreamId::Accepted(7);
    lab.clear();
    let answered = crate::streams::request(&mut lab, stream, &puppets[0], &[Message::Want(want)]);
    let names = records(&answered);
    assert!(names.contains(&puppets[7].name.as_str().to_owned()));
    assert!(
        puppets.iter().all(|p| names.iter().all(|n| n != p.name.as_str()) || Bucket::of(p.id()) == bucket)
    );
}

#[test]
fn an_exchange_in_datagrams_has_a_bounded_number_of_them_whatever_the_registers_weigh() {
    let puppets = crowd(3);
    for registers in [1, 8, 16, 60] {
        let mut lab = settled(&puppets);
        for i in 0..registers {
            lab.node.set(lab.now, &format!("key-{i:02}"), &[7; 100]).expect("a valid register");
        }
        lab.clear();
        lab.hear(&puppets[0], &[Message::Digest(Digest { sums: &[1; 512] })]);
        let sent = lab.datagrams().count();
        assert!((1..=9).contains(&sent), "{sent} datagrams for {registers} registers");
        assert_eq!(wants(&lab, &puppets[0]).len(), 1);
    }
}

/// Two nodes, and a wire between them that loses only what it is told to lose. No time passes, so whatever they do is
/// part of one exchange.
struct Pair {
    nodes: [Node; 2],
    puppets: [Puppet; 2],
    /// Seconds.
    now: u64,
    /// The length of each datagram that was sent.
    datagrams: Vec<usize>,
    stream_bytes: usize,
}

/// Whoever speaks without a key needs no introduction.
fn plain(called: &str, port: u16) -> Puppet {
    Puppet { keyring: Keyring::plain(), ..Puppet::new(called, port) }
}

impl Pair {
    fn new() -> Self {
        let puppets = [plain("one", 1), plain("two", 2)];
        let node = |puppet: &Puppet| {
            let (name, addr) = (puppet.name.clone(), puppet.addr.clone());
            let local = Local { cluster: cluster(), name, addr, epoch: puppet.epoch };
            let mut config = Config::lan();
            (config.gossip_interval, config.gossip_fanout, config.retransmit_multiplier) = (MS, 16, 1);
            Node::new(config, local, Keyring::plain(), [5; 32], Instant::ZERO).expect("a valid config")
        };
        let nodes = [node(&puppets[0]), node(&puppets[1])];
        let mut pair = Self { nodes, puppets, now: 0, datagrams: vec![], stream_bytes: 0 };
        for at in 0..2 {
            let other = Puppet::new(["two", "one"][at], [2, 1][at]);
            pair.tell(at, &[Message::Claim(other.claim(0, Status::Alive))]);
        }
        pair
    }

    fn at(&self) -> Instant {
        Instant::ZERO + SECOND * u32::try_from(self.now).expect("a short test")
    }

    fn tell(&mut self, at: usize, messages: &[Message<'_>]) {
        let to = self.puppets[at].id().destination();
        for chunk in messages.chunks(50) {
            let mut datagram = plain("stranger", 9).datagram(to, chunk);
            self.nodes[at].handle_datagram(self.at(), &addr(9), &mut datagram);
        }
    }

    /// Neither hears anything for a while.
    fn wait_for_verdicts(&mut self) {
        self.now += 60;
        let end = self.at();
        for node in &mut self.nodes {
            while let Some(next) = node.poll_timeout().filter(|&next| next <= end) {
                node.handle_timeout(next);
                while node.poll_transmit(&mut vec![]).is_some() {}
            }
        }
    }

    /// Lets the first of them hear of a difference for long enough to ask the second. `deliver` says which datagrams
    /// arrive, by their number.
    fn compare(&mut self, deliver: impl Fn(usize) -> bool) {
        for _ in 0..2 {
            let mut ping = self.puppets[1].datagram(self.puppets[0].id().destination(), &[ping(12_345)]);
            self.nodes[0].handle_datagram(self.at(), &addr(2), &mut ping);
            self.now += 60;
        }
        self.now -= 60;
        (self.datagrams, self.stream_bytes) = (vec![], 0);
        while self.flush(0, &deliver) | self.flush(1, &deliver) {}
    }

    fn flush(&mut self, at: usize, deliver: &impl Fn(usize) -> bool) -> bool {
        let (mut buf, mut sent) = (vec![], false);
        while let Some(transmit) = self.nodes[at].poll_transmit(&mut buf) {
            self.carry(at, &transmit, &mut buf, deliver);
            sent = true;
        }
        sent
    }

    fn carry(&mut self, at: usize, transmit: &Transmit, buf: &mut [u8], deliver: &impl Fn(usize) -> bool) {
        let (now, from) = (self.at(), self.puppets[at].addr.clone());
        let other = self.puppets[1 - at].addr.clone();
        let far = |stream| match stream {
            StreamId::Dialed(n) => StreamId::Accepted(n),
            StreamId::Accepted(n) => StreamId::Dialed(n),
        };
        let mut input =
            |to: usize, stream, input: StreamInput<'_>| self.nodes[to].handle_stream(now, stream, input);
        match *transmit {
            Transmit::Datagram { ref to } if *to != other => {}
            Transmit::Datagram { .. } => {
                self.datagrams.push(buf.len());
                if deliver(self.datagrams.len() - 1) {
                    self.nodes[1 - at].handle_datagram(now, &from, buf);
                }
            }
            Transmit::Connect { stream, .. } => {
                input(1 - at, far(stream), StreamInput::Accepted { from });
                input(at, stream, StreamInput::Connected);
            }
            Transmit::Write { stream } => {
                input(1 - at, far(stream), StreamInput::Data(buf));
                input(at, stream, StreamInput::Written);
                self.stream_bytes += buf.len();
            }
            Transmit::Finish { stream } => input(1 - at, far(stream), StreamInput::Finished),
            Transmit::Abort { stream } => input(1 - at, far(stream), StreamInput::Failed),
        }
    }

    /// What a node believes of the living.
    fn beliefs(&self, at: usize) -> Vec<String> {
        let belief = |member: swim_core::Member<'_>| {
            let registers: Vec<_> =
                member.registers().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            format!("{} {:?} {registers:?}", member.name(), member.incarnation())
        };
        let mut beliefs: Vec<_> = self.nodes[at].members().map(belief).collect();
        beliefs.sort();
        beliefs
    }
}

#[test]
fn one_missed_claim_costs_one_bucket_in_datagrams() {
    let puppets = crowd(1_000);
    let claims: Vec<_> =
        puppets.iter().map(|puppet| Message::Claim(puppet.claim(0, Status::Alive))).collect();
    for behind in 0..2 {
        let mut pair = Pair::new();
        pair.tell(behind, &claims[1..]);
        pair.tell(1 - behind, &claims);
        spend_gossip(&mut pair);
        pair.compare(|_| true);
        assert_eq!(pair.beliefs(0), pair.beliefs(1));
        assert_eq!(pair.stream_bytes, 0);
        let bytes: usize = pair.datagrams.iter().sum();
        assert!(bytes < 2_000, "{:?}", pair.datagrams);
    }
}

/// Tells all news to nobody, so that only the comparison can bring it to the other.
fn spend_gossip(pair: &mut Pair) {
    for node in &mut pair.nodes {
        while let Some(next) = node.poll_timeout().filter(|&next| next < Instant::ZERO + SECOND / 2) {
            node.handle_timeout(next);
            while node.poll_transmit(&mut vec![]).is_some() {}
        }
    }
    pair.now = 1;
}

#[test]
fn whichever_datagram_of_an_exchange_is_lost_the_next_exchange_repairs_it() {
    let puppets = crowd(30);
    let claims: Vec<_> =
        puppets.iter().map(|puppet| Message::Claim(puppet.claim(0, Status::Alive))).collect();
    for lost in 0..4 {
        let mut pair = Pair::new();
        pair.tell(0, &claims[..20]);
        pair.tell(1, &claims[10..]);
        pair.compare(|number| number != lost);
        pair.compare(|_| true);
        assert_eq!(pair.beliefs(0), pair.beliefs(1));
        assert_eq!(pair.beliefs(0).len(), 32);
    }
}

#[test]
fn two_who_buried_each_other_find_together() {
    let mut pair = Pair::new();
    let by = Puppet::new("stranger", 9).id();
    for at in 0..2 {
        let other = Puppet::new(["two", "one"][at], [2, 1][at]);
        pair.tell(at, &[Message::Claim(other.claim(0, Status::Suspect { by }))]);
    }
    pair.wait_for_verdicts();
    assert_eq!([pair.beliefs(0).len(), pair.beliefs(1).len()], [1, 1]);
    pair.compare(|_| true);
    pair.compare(|_| true);
    assert_eq!(pair.beliefs(0).len(), 2);
    assert_eq!(pair.beliefs(0), pair.beliefs(1));
}

/// Something that a node was told: of whom, with which incarnation, how it is, and a register.
type Told = (u16, u64, u8, Option<(u8, u64)>);

fn any_told() -> impl Strategy<Value = Vec<Told>> {
    let register = prop::option::weighted(0.3, (0..4u8, 1..4u64));
    prop::collection::vec((0..300u16, 0..3u64, 0..3u8, register), 0..400)
}

fn tell_all(pair: &mut Pair, at: usize, told: &[Told]) {
    let puppets = crowd(300);
    for &(member, incarnation, state, register) in told {
        let puppet = &puppets[usize::from(member)];
        let by = puppet.id();
        // Deaths are not here, nor who refuted: who hears of a death has doubts for a while, and who is accused again is
        // asked.
        let incarnation = if state == 1 { 2 } else { incarnation };
        let status = [Status::Alive, Status::Suspect { by }, Status::Left][usize::from(state)];
        pair.tell(at, &[Message::Claim(puppet.claim(0, Status::Alive))]);
        pair.tell(at, &[Message::Claim(puppet.claim(incarnation, status))]);
        if let Some((key, stamp)) = register {
            let value = vec![key; usize::from(member) + usize::try_from(stamp).expect("small")];
            pair.tell(at, &[puppet.register(["a", "b", "c", "d"][usize::from(key)], stamp, Some(&value))]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn two_nodes_with_any_tables_agree_after_one_exchange(one in any_told(), two in any_told()) {
        let mut pair = Pair::new();
        tell_all(&mut pair, 0, &one);
        tell_all(&mut pair, 1, &two);
        pair.compare(|_| true);
        prop_assert_eq!(pair.beliefs(0), pair.beliefs(1));
        pair.compare(|_| true);
        prop_assert!(pair.stream_bytes == 0);
    }
}
