//! The table against its bounds, and against a model.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

const SMALL: fn() -> Options = || Options { clients: 2, queue: 2, queued_bytes: 10, ..Options::default() };

fn id(name: &[u8]) -> ClientId {
    ClientId::Named(Addr::unix_abstract(name).unwrap())
}

fn bytes(count: usize) -> Arrival {
    Ok(Datagram::new(vec![0; count]))
}

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

#[test]
fn every_bound_holds_and_what_was_taken_makes_room() {
    let mut clients = Clients::new();
    let mut admit = |name, count| clients.admit(id(name), bytes(count), &SMALL());
    assert!(matches!(admit(b"a", 4), Admission::Queued));
    assert!(matches!(admit(b"a", 1), Admission::Queued));
    assert!(matches!(admit(b"a", 1), Admission::QueueFull), "the client's own queue");
    assert!(matches!(admit(b"b", 6), Admission::QueueFull), "the bytes of all");
    assert!(matches!(admit(b"b", 5), Admission::Queued));
    assert!(matches!(admit(b"c", 0), Admission::ClientsFull));
    assert_eq!(clients.start_next(), Some(id(b"a")));
    assert_eq!(clients.take(&id(b"a")).unwrap().unwrap().bytes.len(), 4);
    assert!(matches!(clients.admit(id(b"a"), bytes(4), &SMALL()), Admission::Queued));
}

#[test]
fn a_client_has_one_handler_and_what_it_left_gets_another() {
    let mut clients = Clients::new();
    for _ in 0..2 {
        clients.admit(id(b"a"), bytes(1), &SMALL());
    }
    assert_eq!(clients.start_next(), Some(id(b"a")));
    assert_eq!(clients.start_next(), None);
    clients.take(&id(b"a"));
    clients.finish(&id(b"a"), &mut Later::default());
    assert_eq!(clients.start_next(), Some(id(b"a")));
    clients.take(&id(b"a"));
    clients.finish(&id(b"a"), &mut Later::default());
    assert!(!clients.has_due() && clients.is_empty());
}

#[test]
fn who_waits_is_woken_by_what_comes_or_by_its_deadline_and_never_by_an_old_one() {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut clients = Clients::new();
    clients.admit(id(b"a"), bytes(1), &SMALL());
    clients.start_next();
    clients.take(&id(b"a"));
    assert!(clients.wait(&id(b"a"), waker.clone(), Some(at(5)), &mut Later::default()));
    assert!(matches!(clients.admit(id(b"a"), bytes(1), &SMALL()), Admission::Awaited(_)));
    assert_eq!(clients.next_deadline(), None);
    clients.take(&id(b"a"));
    assert!(clients.wait(&id(b"a"), waker.clone(), Some(at(7)), &mut Later::default()));
    assert!(clients.wait(&id(b"a"), waker, Some(at(9)), &mut Later::default()));
    clients.expire(at(8), &mut Later::default());
    assert_eq!(bell.0.load(Ordering::Relaxed), 0);
    clients.expire(at(9), &mut Later::default());
    assert_eq!((bell.0.load(Ordering::Relaxed), clients.next_deadline()), (1, None));
}

#[test]
fn closing_drops_what_waits_and_wakes_who_waits() {
    let bell = Arc::new(Bell::default());
    let mut clients = Clients::new();
    clients.admit(id(b"a"), bytes(1), &SMALL());
    clients.start_next();
    clients.take(&id(b"a"));
    clients.wait(&id(b"a"), Waker::from(Arc::clone(&bell)), None, &mut Later::default());
    clients.admit(id(b"b"), bytes(1), &SMALL());
    clients.close(&mut Later::default());
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
    assert_eq!(clients.start_next(), None);
    clients.finish(&id(b"a"), &mut Later::default());
    assert!(clients.is_empty());
}

/// What may happen to a table, by clients 0 to 3.
#[derive(Clone, Copy, Debug)]
enum Step {
    Arrive { client: u8, bytes: usize },
    Start,
    Take(u8),
    Wait(u8, u64),
    Finish(u8),
    Expire(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let client = 0..4u8;
    let step = prop_oneof![
        (client.clone(), 1..6usize).prop_map(|(client, bytes)| Step::Arrive { client, bytes }),
        Just(Step::Start),
        client.clone().prop_map(Step::Take),
        (client.clone(), 0..100u64).prop_map(|(client, until)| Step::Wait(client, until)),
        client.prop_map(Step::Finish),
        (0..100u64).prop_map(Step::Expire),
    ];
    proptest::collection::vec(step, 0..200)
}

proptest! {
    /// Everything that was admitted comes once and in order, to one handler at a time, within every bound.
    #[test]
    fn the_table_does_what_a_simple_model_does(steps in steps()) {
        let options = Options { clients: 3, queue: 3, queued_bytes: 20, ..Options::default() };
        let mut clients = Clients::new();
        let mut queues: BTreeMap<u8, VecDeque<Vec<u8>>> = BTreeMap::new();
        let mut handled: Vec<u8> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Arrive { client, bytes } => {
                    let bytes = vec![number.to_le_bytes()[0]; bytes];
                    let waiting: usize = queues.values().flatten().map(Vec::len).sum();
                    let arrival = Ok(Datagram::new(bytes.clone()));
                    let admitted = match clients.admit(id(&[client]), arrival, &options) {
                        Admission::Queued | Admission::Awaited(_) => true,
                        Admission::ClientsFull | Admission::QueueFull => false,
                    };
                    let has_room = match queues.get(&client) {
                        Some(queue) => queue.len() < 3,
                        None => queues.len() < 3,
                    };
                    prop_assert_eq!(admitted, has_room && waiting + bytes.len() <= 20);
                    if admitted {
                        queues.entry(client).or_default().push_back(bytes);
                    }
                }
                Step::Start => {
                    if let Some(ClientId::Named(Addr::UnixAbstract(name))) = clients.start_next() {
                        prop_assert!(!handled.contains(&name[0]) && !queues[&name[0]].is_empty());
                        handled.push(name[0]);
                    } else {
                        prop_assert!(queues.keys().all(|client| handled.contains(client)));
                    }
                }
                Step::Take(client) if handled.contains(&client) => {
                    let expected = queues.get_mut(&client).and_then(VecDeque::pop_front);
                    let taken = clients.take(&id(&[client])).map(|arrival| arrival.unwrap().bytes);
                    prop_assert_eq!(taken, expected);
                }
                Step::Wait(client, until) if handled.contains(&client) && queues[&client].is_empty() => {
                    prop_assert!(clients.wait(&id(&[client]), Waker::noop().clone(), Some(at(until)), &mut Later::default()));
                }
                Step::Finish(client) if handled.contains(&client) => {
                    clients.finish(&id(&[client]), &mut Later::default());
                    handled.retain(|&other| other != client);
                    queues.retain(|&other, queue| other != client || !queue.is_empty());
                }
                Step::Expire(now) => {
                    clients.expire(at(now), &mut Later::default());
                    prop_assert!(clients.next_deadline().is_none_or(|deadline| deadline > at(now)));
                }
                Step::Take(_) | Step::Wait(..) | Step::Finish(_) => {}
            }
            prop_assert!(clients.deadlines.len() <= handled.len(), "one deadline for each handler");
        }
        prop_assert_eq!(clients.is_empty(), queues.is_empty());
    }
}
