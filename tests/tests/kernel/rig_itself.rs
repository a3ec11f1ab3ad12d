//! Whether the rig does to packets what it is asked to do. Datagrams of a plain socket on one host go to one on
//! another; each says its number.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_recv_buffer_size_force;

use crate::clock::now;
use crate::link::Weather;
use crate::packet::address;
use crate::rig::Rig;

const PORT: u16 = 9;
/// How many datagrams show a probability.
const MANY: u32 = 2_000;
/// Enough for one of them to arrive, whatever the loss.
const LAST_WORDS: usize = 100;
const LAST: u32 = u32::MAX;
/// No datagram that arrives takes longer, on the busiest of machines.
const PATIENCE: Duration = Duration::from_secs(60);
/// Room for all of them, so that the rig alone loses any.
const BUFFER: usize = 16 << 20;
/// Behind the number, so that there is something to damage.
const BODY: [u8; 32] = [0x55; 32];

type Check = fn(&mut Rig);

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("a_clear_link_loses_doubles_and_damages_nothing", a_clear_link_loses_doubles_and_damages_nothing),
    ("loss_is_as_asked_and_in_one_direction_each", loss_is_as_asked),
    ("what_is_delayed_comes_no_sooner_and_jitter_changes_the_order", what_is_delayed_comes_no_sooner),
    ("some_are_doubled_and_some_are_damaged_as_asked", some_are_doubled_and_some_are_damaged),
    ("a_cut_is_silent_and_cuts_one_direction", a_cut_is_silent_and_cuts_one_direction),
    ("what_is_forbidden_is_refused_to_the_sender", what_is_forbidden_is_refused_to_the_sender),
    ("an_unplugged_host_gets_nothing_until_it_is_plugged_in", an_unplugged_host_gets_nothing),
];

fn a_clear_link_loses_doubles_and_damages_nothing(rig: &mut Rig) {
    let wire = Wire::between(rig, 0, 1);
    let arrived = wire.send_many();
    assert_eq!(arrived.order, (0..MANY).collect::<Vec<_>>());
    assert_eq!(arrived.damaged, 0);
}

/// Within six standard deviations.
fn loss_is_as_asked(rig: &mut Rig) {
    rig.lose(300);
    for (from, to) in [(0, 1), (1, 0)] {
        let arrived = Wire::between(rig, from, to).send_many();
        let lost = MANY as usize - arrived.order.len();
        assert!((477..=723).contains(&lost), "{lost} of {MANY} lost instead of 600");
    }
}

fn what_is_delayed_comes_no_sooner(rig: &mut Rig) {
    let delay = Duration::from_millis(60);
    rig.weather(Weather { delay, ..Weather::default() });
    let wire = Wire::between(rig, 0, 1);
    let sent = now();
    wire.send(0);
    assert_eq!(wire.receive(), 0);
    assert!(now() - sent >= delay, "too early");

    rig.weather(Weather { delay, jitter: delay / 2, ..Weather::default() });
    let sent = now();
    (0..MANY).for_each(|number| wire.send(number));
    let mut order = vec![wire.receive()];
    assert!(now() - sent >= delay / 2, "too early");
    order.extend((1..MANY).map(|_| wire.receive()));
    assert!(!order.is_sorted(), "nobody overtakes");
    order.sort_unstable();
    assert_eq!(order, (0..MANY).collect::<Vec<_>>());
}

/// Within six standard deviations.
fn some_are_doubled_and_some_are_damaged(rig: &mut Rig) {
    rig.weather_between(0, 1, Weather { doubled: 200, damaged: 100, ..Weather::default() });
    let arrived = Wire::between(rig, 0, 1).send_many();
    let doubled = arrived.order.len() + arrived.damaged - MANY as usize;
    assert!((293..=507).contains(&doubled), "{doubled} of {MANY} doubled instead of 400");
    assert!((152..=328).contains(&arrived.damaged), "{} damaged instead of 240", arrived.damaged);
    let back = Wire::between(rig, 1, 0).send_many();
    assert_eq!((back.order.len(), back.damaged), (MANY as usize, 0), "the other direction is clear");
}

fn a_cut_is_silent_and_cuts_one_direction(rig: &mut Rig) {
    rig.cut(0, 1);
    let (there, back) = (Wire::between(rig, 0, 1), Wire::between(rig, 1, 0));
    back.send(7);
    assert_eq!(back.receive(), 7);
    there.send(1);
    // What went before arrives before, so that it has been dropped by then.
    let aside = Wire::between(rig, 0, 2);
    aside.send(2);
    assert_eq!(aside.receive(), 2);
    assert_eq!(there.try_receive(), None);
    rig.heal();
    there.send(3);
    assert_eq!(there.receive(), 3);
}

fn what_is_forbidden_is_refused_to_the_sender(rig: &mut Rig) {
    rig.forbid(0);
    let wire = Wire::between(rig, 0, 1);
    let refused = wire.sender.send_to(&[0], (address(1), PORT)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    rig.heal();
    wire.send(1);
    assert_eq!(wire.receive(), 1);
}

fn an_unplugged_host_gets_nothing(rig: &mut Rig) {
    let wire = Wire::between(rig, 0, 1);
    rig.unplug(1);
    wire.send(1);
    let aside = Wire::between(rig, 0, 2);
    aside.send(2);
    assert_eq!(aside.receive(), 2);
    rig.plug_in(1);
    wire.send(3);
    assert_eq!(wire.receive(), 3);
}

/// Two sockets on two hosts.
struct Wire {
    sender: UdpSocket,
    receiver: UdpSocket,
    to: usize,
}

/// What came before the last words.
#[derive(Default)]
struct Arrived {
    /// The numbers of those that came as they were sent.
    order: Vec<u32>,
    damaged: usize,
}

impl Wire {
    fn between(rig: &Rig, from: usize, to: usize) -> Self {
        let socket = |host: usize, port: u16| {
            rig.host(host).run(move || UdpSocket::bind((address(host), port))).expect("the host's address")
        };
        let receiver = socket(to, PORT);
        set_socket_recv_buffer_size_force(&receiver, BUFFER).expect("root may");
        receiver.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self { sender: socket(from, 0), receiver, to }
    }

    fn send(&self, number: u32) {
        let datagram = [&number.to_be_bytes()[..], &BODY].concat();
        self.sender.send_to(&datagram, (address(self.to), PORT)).expect("the kernel takes it");
    }

    /// The number of the next datagram, which is whole.
    fn receive(&self) -> u32 {
        self.next().expect("a datagram arrives").expect("as it was sent")
    }

    fn try_receive(&self) -> Option<u32> {
        self.receiver.set_nonblocking(true).expect("a socket");
        let next = self.next();
        self.receiver.set_nonblocking(false).expect("a socket");
        next.and_then(Result::ok)
    }

    /// The next datagram, if one comes: its number, or that it is damaged.
    fn next(&self) -> Option<Result<u32, ()>> {
        let mut buffer = [0; 64];
        let length = self.receiver.recv(&mut buffer).ok()?;
        let (number, body) = buffer[..length].split_first_chunk::<4>().expect("nothing gets shorter");
        let number = u32::from_be_bytes(*number);
        let is_whole = body == BODY && (number < MANY || number == LAST);
        Some(if is_whole { Ok(number) } else { Err(()) })
    }

    fn send_many(&self) -> Arrived {
        thread::scope(|scope| {
            scope.spawn(|| {
                (0..MANY).for_each(|number| self.send(number));
                (0..LAST_WORDS).for_each(|_| self.send(LAST));
            });
            let mut arrived = Arrived::default();
            loop {
                match self.next().expect("the last words arrive") {
                    Ok(LAST) => return arrived,
                    Ok(number) => arrived.order.push(number),
                    Err(()) => arrived.damaged += 1,
                }
            }
        })
    }
}
