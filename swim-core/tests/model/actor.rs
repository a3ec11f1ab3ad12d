//! One real node that is brought to a belief, gets one input, and is asked for its belief.

use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::time::Duration;

use swim_codec::{Ack, Claim, Header, Message, Sequence, Status};
use swim_core::{
    Addr, ClusterId, Config, Epoch, Incarnation, Instant, Keyring, Local, Machine, Name, Node, State,
    Transmit,
};

/// What somebody believes of the subject, or the subject of itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Belief {
    pub(crate) epoch: u8,
    pub(crate) incarnation: u8,
    pub(crate) state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Subject,
    Observer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// Somebody says so.
    Hear(Belief),
    /// Nothing is heard until the next verdict.
    Silence,
    /// The application wants to go.
    Leave,
}

impl Belief {
    pub(crate) fn alive(epoch: u8) -> Self {
        Self { epoch, incarnation: 0, state: State::Alive }
    }

    pub(crate) fn life(self) -> (u8, u8) {
        (self.epoch, self.incarnation)
    }

    fn claim(self) -> Claim<'static> {
        let by = name(FRIEND).id();
        Claim {
            name: SUBJECT,
            addr: swim_codec::AddrRef::V4([10, 0, 0, 1], 1),
            epoch: Epoch::new(self.epoch.into()).expect("small"),
            incarnation: Incarnation::new(self.incarnation.into()),
            status: match self.state {
                State::Alive => Status::Alive,
                State::Suspect => Status::Suspect { by },
                State::Dead => Status::Dead { by },
                State::Left => Status::Left,
            },
        }
    }
}

impl fmt::Display for Belief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({}, {})", self.state, self.epoch, self.incarnation)
    }
}

/// What the code under test believes after one input, from a belief on.
pub(crate) fn really(role: Role, belief: Belief, input: Input) -> Belief {
    let mut actor = Actor::new(role, belief.epoch);
    actor.come_to(belief);
    actor.take(input);
    actor.belief()
}

const SUBJECT: &str = "subject";
const FRIEND: &str = "friend";
/// Far longer than any verdict takes.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Longer than somebody is asked whether it is true what others say of it, by one who doubts itself.
const QUESTION: Duration = Duration::from_secs(8);

/// The subject or an observer, who know each other and a friend.
pub(crate) struct Actor {
    role: Role,
    node: Node,
    now: Instant,
    /// What the node said of the subject, as far as it was read.
    told: Vec<Belief>,
}

impl Actor {
    /// The epoch is that of the subject.
    pub(crate) fn new(role: Role, epoch: u8) -> Self {
        let (called, port, life) = match role {
            Role::Subject => (SUBJECT, 1, epoch.into()),
            Role::Observer => ("observer", 2, 1),
        };
        let cluster = ClusterId::from_name("model");
        let epoch = Epoch::new(life).expect("small");
        let local = Local { cluster, name: name(called), addr: addr(port), epoch };
        let node = Node::new(Config::lan(), local, Keyring::plain(), [7; 32], Instant::ZERO);
        let mut actor = Self { role, node: node.expect("a preset"), now: Instant::ZERO, told: vec![] };
        actor.hear(Claim {
            name: FRIEND,
            addr: swim_codec::AddrRef::V4([10, 0, 0, 1], 3),
            ..Belief::alive(1).claim()
        });
        if role == Role::Observer {
            actor.hear(Belief::alive(1).claim());
        }
        actor
    }

    fn come_to(&mut self, belief: Belief) {
        match self.role {
            Role::Observer if belief.state == State::Dead => {
                self.hear(Belief { state: State::Suspect, ..belief }.claim());
                self.wait_for_verdict();
            }
            Role::Observer => self.hear(belief.claim()),
            Role::Subject => {
                if let Some(incarnation) = belief.incarnation.checked_sub(1) {
                    self.hear(Belief { incarnation, state: State::Suspect, ..belief }.claim());
                }
                if belief.state == State::Left {
                    self.node.leave(self.now);
                }
            }
        }
        assert_eq!(self.belief(), belief, "a belief that a {:?} cannot be brought to", self.role);
    }

    pub(crate) fn belief(&self) -> Belief {
        let member = match self.role {
            Role::Subject => self.node.local(),
            Role::Observer => self.node.member(SUBJECT).expect("known from the beginning"),
        };
        assert_eq!(member.addr(), addr(1), "S6");
        let small = |value: u64| u8::try_from(value).expect("a small number");
        Belief {
            epoch: small(member.epoch().get()),
            incarnation: small(member.incarnation().get()),
            state: member.state(),
        }
    }

    pub(crate) fn take(&mut self, input: Input) {
        let before = self.belief();
        match input {
            Input::Hear(claim) => self.hear(claim.claim()),
            Input::Silence => self.wait_for_verdict(),
            Input::Leave => self.node.leave(self.now),
        }
        let told = self.told();
        let after = self.belief();
        assert!(told.iter().all(|claim| [before, after].contains(claim)), "{told:?} was never believed");
    }

    fn hear(&mut self, claim: Claim<'_>) {
        if self.role == Role::Subject {
            // Accusations in one gossip interval are refuted as one.
            self.now = self.now + self.node.config().gossip_interval;
            self.node.handle_timeout(self.now);
        }
        let friend = self.state_of_friend();
        self.hear_from((FRIEND, 3), &[Message::Claim(claim)]);
        let touched = claim.name != FRIEND && self.state_of_friend() != friend;
        assert!(!touched, "a claim about one touches the row of another");
        if self.role == Role::Observer {
            self.settle(&claim);
        }
    }

    /// Who left says so when it is asked, and who is accused again is silent.
    fn settle(&mut self, claim: &Claim<'_>) {
        let mut buf = vec![];
        while let Some(transmit) = self.node.poll_transmit(&mut buf) {
            let Transmit::Datagram { to } = transmit else { continue };
            if to != addr(1) {
                self.told.extend(claims_in(&mut buf));
            }
            match (answer(&mut buf).filter(|_| to == addr(1)), claim.status) {
                (Some(ack), Status::Left) => self.hear_from((SUBJECT, 1), &[ack, Message::Claim(*claim)]),
                (Some(_), Status::Suspect { .. } | Status::Dead { .. }) => return self.wait_for_word(claim),
                _ => {}
            }
        }
    }

    /// Until what is claimed is believed, or has no answer.
    fn wait_for_word(&mut self, claim: &Claim<'_>) {
        let end = self.now + QUESTION;
        while let Some(next) = self.node.poll_timeout().filter(|&next| next < end) {
            self.now = next.max(self.now);
            self.node.handle_timeout(self.now);
            self.told = self.told();
            if u64::from(self.belief().incarnation) == claim.incarnation.get()
                && self.belief().state > State::Alive
            {
                return;
            }
        }
    }

    fn hear_from(&mut self, (called, port): (&str, u16), messages: &[Message<'_>]) {
        let header = Header {
            cluster: self.node.cluster(),
            sender: name(called).id(),
            epoch: Epoch::new(1).expect("small"),
            sequence: Sequence::FIRST,
            destination: self.node.local().name().id().destination(),
        };
        let (mut keyring, mut bytes) = (Keyring::plain(), vec![]);
        let mut frame = keyring.frame(&header, 1_400, &mut bytes);
        assert!(messages.iter().all(|message| frame.push(message)));
        frame.seal();
        self.node.handle_datagram(self.now, &addr(port), &mut bytes);
    }

    fn state_of_friend(&self) -> Option<State> {
        self.node.member(FRIEND).map(|friend| friend.state())
    }

    fn wait_for_verdict(&mut self) {
        let (before, end) = (self.belief(), self.now + PATIENCE);
        while let Some(next) = self.node.poll_timeout().filter(|&next| next < end) {
            self.now = next.max(self.now);
            self.node.handle_timeout(self.now);
            if self.belief() != before {
                return;
            }
            self.told();
        }
    }

    /// What the node says of the subject to others in the datagrams that wait: itself it tells what others say.
    fn told(&mut self) -> Vec<Belief> {
        let (mut buf, mut told) = (vec![], mem::take(&mut self.told));
        while let Some(transmit) = self.node.poll_transmit(&mut buf) {
            if matches!(transmit, Transmit::Datagram { to } if to != addr(1)) {
                told.extend(claims_in(&mut buf));
            }
        }
        while self.node.poll_event().is_some() {}
        told
    }
}

/// What whoever gets this datagram says to it, if it is asked something.
fn answer(datagram: &mut [u8]) -> Option<Message<'static>> {
    let mut keyring = Keyring::plain();
    let frame = keyring.open(ClusterId::from_name("model"), datagram).expect("an own frame");
    frame.messages().find_map(|message| match message.expect("well-formed") {
        Message::Ping(ping) => Some(Message::Ack(Ack { nonce: ping.nonce, fingerprint: ping.fingerprint })),
        _ => None,
    })
}

fn claims_in(datagram: &mut [u8]) -> Vec<Belief> {
    let mut keyring = Keyring::plain();
    let frame = keyring.open(ClusterId::from_name("model"), datagram).expect("an own frame");
    let claims = frame.messages().filter_map(|message| match message.expect("well-formed") {
        Message::Claim(claim) if claim.name == SUBJECT => Some(claim),
        _ => None,
    });
    let small = |value: u64| u8::try_from(value).expect("a small number");
    let beliefs = claims.map(|claim| Belief {
        epoch: small(claim.epoch.get()),
        incarnation: small(claim.incarnation.get()),
        state: claim.status.state(),
    });
    beliefs.collect()
}

fn name(called: &str) -> Name {
    Name::new(called).expect("a valid name")
}

fn addr(port: u16) -> Addr {
    SocketAddr::from(([10, 0, 0, 1], port)).into()
}
