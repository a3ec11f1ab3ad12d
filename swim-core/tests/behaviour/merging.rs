//! Order, loss and repetition of messages cannot matter.

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use swim_codec::{Incarnation, MemberId, Message, Name, State, Status};
use swim_core::{Config, DropReason, Epoch, Fact};

use crate::lab::{Lab, Puppet, SECOND, claims, epoch};

/// What a test says of one of a few members.
#[derive(Clone, Debug)]
enum Update {
    Claim { about: usize, epoch: u64, incarnation: u64, status: Status },
    Register { owner: usize, epoch: u64, key: &'static str, stamp: u64 },
}

const NAMES: [&str; 3] = ["ann", "ben", "cat"];
const KEYS: [&str; 2] = ["k", "l"];

fn updates() -> impl Strategy<Value = Vec<Update>> {
    let by = MemberId::from_bytes([1; 8]);
    let status = prop_oneof![
        Just(Status::Alive),
        Just(Status::Suspect { by }),
        Just(Status::Dead { by }),
        Just(Status::Left)
    ];
    let claim = (0..3usize, 10..12u64, 0..3u64, status)
        .prop_map(|(about, epoch, incarnation, status)| Update::Claim { about, epoch, incarnation, status });
    let register = (0..3usize, 10..12u64, 0..2usize, 1..4u64)
        .prop_map(|(owner, epoch, key, stamp)| Update::Register { owner, epoch, key: KEYS[key], stamp });
    prop::collection::vec(prop_oneof![claim, register], 1..20)
}

fn puppet(at: usize, epoch_of: u64) -> Puppet {
    let port = u16::try_from(at).expect("few") + 2;
    Puppet { epoch: epoch(epoch_of), ..Puppet::new(NAMES[at], port) }
}

fn hear(lab: &mut Lab, update: &Update) {
    let teller = Puppet::new("teller", 9);
    match *update {
        Update::Claim { about, epoch, incarnation, status } => {
            let about = puppet(about, epoch);
            lab.hear(&teller, &[Message::Claim(about.claim(incarnation, status))]);
        }
        Update::Register { owner, epoch, key, stamp } => {
            let value = format!("{epoch}-{stamp}");
            let owner = puppet(owner, epoch);
            lab.hear(&teller, &[owner.register(key, stamp, Some(value.as_bytes()))]);
        }
    }
}

/// Everything a table says of the members, and whether it would say the same by its fingerprint.
type Table = BTreeMap<Name, (State, Epoch, Incarnation, Vec<(String, Vec<u8>)>)>;

fn table(lab: &Lab) -> Table {
    let members = lab.node.members();
    let rows = members.map(|member| {
        let registers = member.registers().map(|(key, value)| (key.to_owned(), value.to_vec())).collect();
        (member.name().clone(), (member.state(), member.epoch(), member.incarnation(), registers))
    });
    rows.collect()
}

/// What becomes of a state if nobody refutes: of those who hear of a death, some have doubts for a while.
fn verdict(state: State) -> State {
    if state == State::Suspect { State::Dead } else { state }
}

/// Those whom nobody accuses.
fn living(lab: &Lab) -> Table {
    table(lab).into_iter().filter(|(_, (state, ..))| *state == State::Alive).collect()
}

/// The members are introduced first: a register of somebody unknown is dropped, and a sync repairs that.
fn introduced() -> Lab {
    let puppets = [puppet(0, 1), puppet(1, 1), puppet(2, 1)];
    let mut config = Config::lan();
    config.probe_interval = SECOND * 10;
    Lab::with_members(config, &puppets.iter().collect::<Vec<_>>())
}

/// Whoever is asked about what was said does not answer.
fn stay_silent(lab: &mut Lab) {
    lab.pass(SECOND);
}

fn fold(facts: &[Fact]) -> Table {
    let mut folded = Table::new();
    for fact in facts {
        match fact.clone() {
            Fact::Joined { member } | Fact::Restarted { member } => {
                folded.insert(member.name, (member.state, member.epoch, member.incarnation, vec![]));
            }
            Fact::Suspected { member, .. }
            | Fact::Refuted { member }
            | Fact::AddressChanged { member, .. } => {
                let row = folded.get_mut(&member.name).expect("only members change");
                (row.0, row.1, row.2) = (member.state, member.epoch, member.incarnation);
            }
            Fact::Failed { member, .. } | Fact::Left { member } => {
                folded.remove(&member.name).expect("only members go");
            }
            Fact::Updated { member, key, value } => {
                let registers = &mut folded.get_mut(&member).expect("only members have registers").3;
                registers.retain(|(known, _)| **known != *key);
                registers.extend(value.map(|value| (key.to_string(), value.to_vec())));
                registers.sort();
            }
            _ => {}
        }
    }
    folded
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_updates_gives_the_same_table(
        (ordered, shuffled) in updates().prop_flat_map(|updates| {
            let repeated: Vec<_> = updates.iter().chain(&updates).cloned().collect();
            (Just(updates), Just(repeated).prop_shuffle())
        }),
    ) {
        let (mut one, mut other) = (introduced(), introduced());
        ordered.iter().for_each(|update| hear(&mut one, update));
        shuffled.iter().for_each(|update| hear(&mut other, update));
        // Registers of a life that was not known yet are dropped, and a sync repairs that.
        for lab in [&mut one, &mut other] {
            stay_silent(lab);
            ordered.iter().for_each(|update| hear(lab, update));
            stay_silent(lab);
        }
        prop_assert_eq!(living(&one), living(&other));
        for name in NAMES {
            let view = |lab: &Lab| {
                let member = lab.node.member(name);
                member.map(|m| (verdict(m.state()), m.epoch(), m.incarnation(), m.addr().clone()))
            };
            prop_assert_eq!(view(&one), view(&other));
        }
    }

    #[test]
    fn folding_the_events_from_nothing_gives_the_members_at_every_moment(updates in updates()) {
        let mut lab = Lab::new();
        for update in &updates {
            hear(&mut lab, update);
            prop_assert_eq!(fold(&lab.facts), table(&lab));
        }
    }

    #[test]
    fn versions_rise_with_every_event_and_only_then(updates in updates(), slow in any::<bool>()) {
        use swim_core::Machine as _;
        let mut lab = Lab::new();
        let mut last = lab.node.version();
        for update in &updates {
            let before = lab.facts.len() as u64;
            hear(&mut lab, update);
            prop_assert_eq!(lab.node.version() - last, lab.facts.len() as u64 - before);
            last = lab.node.version();
            if slow { prop_assert_eq!(lab.node.poll_event(), None); }
        }
    }
}

fn absurd(of: &Puppet) -> Message<'_> {
    Message::Claim(of.claim((1 << 20) + 1, Status::Alive))
}

fn pings(lab: &Lab, to: &Puppet) -> Vec<swim_codec::Ping> {
    let told = lab.told(to).into_iter();
    told.filter_map(|message| if let Message::Ping(ping) = message { Some(ping) } else { None }).collect()
}

#[test]
fn an_absurd_incarnation_is_refused_and_its_owner_asked_once_per_interval() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.clear();
    for _ in 0..20 {
        lab.hear(&carol, &[absurd(&bob), absurd(&bob)]);
    }
    assert_eq!(lab.dropped(DropReason::AbsurdIncarnation), 40);
    assert_eq!(lab.node.member("bob").map(|bob| bob.incarnation().get()), Some(0));
    let asked = pings(&lab, &bob);
    assert_eq!((asked.len(), pings(&lab, &carol).len()), (1, 0));
    // Bob lives: the tables are compared, in which its own word comes to light.
    lab.hear(
        &bob,
        &[Message::Ack(swim_codec::Ack { nonce: asked[0].nonce, fingerprint: asked[0].fingerprint })],
    );
    assert!(lab.told(&bob).iter().any(|message| matches!(message, Message::Digest(_))));
}

#[test]
fn a_later_life_does_not_begin_with_an_absurd_incarnation() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    let later = Puppet { epoch: epoch(500), ..Puppet::new("bob", 2) };
    lab.hear(&carol, &[absurd(&later)]);
    assert_eq!(lab.node.member("bob").map(|bob| bob.epoch()), Some(bob.epoch));
    assert_eq!(lab.dropped(DropReason::AbsurdIncarnation), 1);
}

#[test]
fn who_is_gone_here_and_alive_for_others_in_the_same_word_is_asked() {
    for status in [Status::Left, Status::Dead { by: Puppet::new("carol", 3).id() }] {
        let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
        let mut lab = Lab::knowing(&[&bob, &carol]);
        match status {
            Status::Dead { .. } => lab.bury(&[&bob], &[&carol]),
            _ => lab.part(&bob, 0),
        }
        lab.clear();
        let alive = || Message::Claim(bob.claim(0, Status::Alive));
        lab.hear(&carol, &[alive(), alive()]);
        assert_eq!(pings(&lab, &bob).len(), 1, "{status:?}");
        let told = lab.told(&bob);
        assert!(claims(&told, "bob").any(|claim| claim.status == status), "it hears what it has to refute");
    }
}

#[test]
fn an_absurd_incarnation_is_believed_from_its_owner() {
    let bob = Puppet::new("bob", 2);
    let mut lab = Lab::knowing(&[&bob]);
    lab.hear(&bob, &[absurd(&bob)]);
    assert_eq!(lab.node.member("bob").map(|bob| bob.incarnation().get()), Some((1 << 20) + 1));
    assert_eq!(lab.dropped(DropReason::AbsurdIncarnation), 0);
}

#[test]
fn an_absurd_incarnation_of_somebody_unknown_is_believed() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&carol]);
    lab.hear(&carol, &[absurd(&bob)]);
    assert_eq!(lab.node.member("bob").map(|bob| bob.incarnation().get()), Some((1 << 20) + 1));
}

/// Milliseconds by which clocks may be apart.
const CLOCKS_APART_MAX: u64 = 1 << 41;

/// Bob in a life that began so many milliseconds later.
fn later(by: u64) -> Puppet {
    Puppet { epoch: epoch(10 + by), ..Puppet::new("bob", 2) }
}

#[test]
fn a_life_that_begins_absurdly_late_is_refused_and_its_owner_asked() {
    let (bob, carol) = (Puppet::new("bob", 2), Puppet::new("carol", 3));
    let mut lab = Lab::knowing(&[&bob, &carol]);
    lab.clear();
    for life in [later(CLOCKS_APART_MAX + 1), Puppet { epoch: Epoch::MAX, ..Puppet::new("bob", 2) }] {
        for status in [Status::Alive, Status::Dead { by: carol.id() }, Status::Left] {
            lab.hear(&carol, &[Message::Claim(life.claim(0, status))]);
        }
    }
    assert_eq!(lab.dropped(DropReason::AbsurdEpoch), 6);
    assert_eq!(lab.node.member("bob").map(|bob| bob.epoch()), Some(bob.epoch));
    assert_eq!(pings(&lab, &bob).len(), 1);
    lab.hear(&carol, &[Message::Claim(later(CLOCKS_APART_MAX).claim(0, Status::Alive))]);
    assert_eq!(lab.node.member("bob").map(|bob| bob.epoch()), Some(epoch(10 + CLOCKS_APART_MAX)));
}

#[test]
fn a_node_outlives_whatever_others_may_have_believed_of_it_and_keeps_epochs_for_later_lives() {
    let carol = Puppet::new("carol", 3);
    let itself = |epoch_of| Puppet { epoch: epoch_of, ..Puppet::new("node", 1) };
    let mut lab = Lab::knowing(&[&carol]);
    let began = lab.node.local().epoch().get();
    for years in [CLOCKS_APART_MAX, 2 * CLOCKS_APART_MAX] {
        let life = itself(epoch(began + years));
        lab.hear(&carol, &[Message::Claim(life.claim(3, Status::Dead { by: carol.id() }))]);
        assert_eq!(lab.node.local().epoch().get(), began + years + 1);
    }
    // Lie upon lie leads no further.
    for life in [epoch(began + 2 * CLOCKS_APART_MAX + 1), Epoch::MAX] {
        lab.hear(&carol, &[Message::Claim(itself(life).claim(3, Status::Dead { by: carol.id() }))]);
    }
    let reached = began + 2 * CLOCKS_APART_MAX + 2;
    assert!(lab.node.local().epoch().get() <= reached);
    assert!(lab.dropped(DropReason::AbsurdEpoch) > 0);
}
