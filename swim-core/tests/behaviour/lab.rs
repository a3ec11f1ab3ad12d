//! A node under observation, and puppets that say to it whatever a test wants.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use swim_codec::{
    Ack, Challenge, Claim, ClusterId, Cookie, Destination, Echo, Epoch, Fingerprint, Header, Incarnation,
    Key, Keyring, MemberId, Message, Name, Nonce, Ping, STREAM_PREFIX_LEN, Sequence, State, Status,
};
use swim_core::{
    Addr, Config, DropReason, Fact, Instant, Local, Machine, Node, Roster, StreamId, StreamInput, Transmit,
};

pub const SECOND: Duration = Duration::from_secs(1);
pub const MS: Duration = Duration::from_millis(1);

pub fn cluster() -> ClusterId {
    ClusterId::from_name("lab")
}

pub fn keyring() -> Keyring {
    Keyring::sealed(Key::from_bytes([1; 32]))
}

pub fn addr(port: u16) -> Addr {
    SocketAddr::from(([10, 0, 0, 1], port)).into()
}

pub fn epoch(value: u64) -> Epoch {
    Epoch::new(value).expect("below 2^48")
}

/// A node called `node` at port 1, and everything it did.
pub struct Lab {
    pub node: Node,
    pub now: Instant,
    pub sent: Vec<Sent>,
    pub facts: Vec<Fact>,
    /// Folded from the events: always what the node believes.
    roster: Roster,
    /// What whoever speaks on a stream must echo.
    challenges: BTreeMap<StreamId, Cookie>,
}

/// Something that the node wanted sent.
#[derive(Debug)]
pub enum Sent {
    Datagram { to: Addr, at: Instant, len: usize, messages: Vec<Message<'static>> },
    Connect { stream: StreamId, to: Addr },
    Write { stream: StreamId, bytes: Vec<u8> },
    Finish { stream: StreamId },
    Abort { stream: StreamId },
}

impl Lab {
    pub fn new() -> Self {
        Self::with(Config::lan())
    }

    pub fn with(config: Config) -> Self {
        let local = Local { cluster: cluster(), name: name("node"), addr: addr(1), epoch: epoch(10) };
        Self::of(Node::new(config, local, keyring(), [3; 32], Instant::ZERO).expect("a valid config"))
    }

    pub fn of(node: Node) -> Self {
        let mut lab = Self {
            node,
            now: Instant::ZERO,
            sent: vec![],
            facts: vec![],
            roster: Roster::new(),
            challenges: BTreeMap::new(),
        };
        lab.drain();
        lab
    }

    /// A node that knows these members already.
    pub fn knowing(puppets: &[&Puppet]) -> Self {
        Self::with_members(Config::lan(), puppets)
    }

    pub fn with_members(config: Config, puppets: &[&Puppet]) -> Self {
        let mut lab = Self::with(config);
        for puppet in puppets {
            lab.hear(puppet, &[Message::Claim(puppet.claim(0, Status::Alive))]);
        }
        lab
    }

    /// The node receives one datagram from a puppet. One that is not listened to pings, answers the challenge with an
    /// echo, and says it again.
    pub fn hear(&mut self, from: &Puppet, messages: &[Message<'_>]) {
        let unheard = |lab: &Self| lab.dropped(DropReason::Unproven) + lab.dropped(DropReason::EarlierLife);
        let (unheard_before, before) = (unheard(self), self.sent.len());
        self.say(from, messages);
        if unheard(self) > unheard_before {
            self.sent.truncate(before);
            let cookie = self.cookie_for(from);
            let again: Vec<_> = [Message::Echo(Echo { cookie })].iter().chain(messages).copied().collect();
            self.say(from, &again);
        }
    }

    fn say(&mut self, from: &Puppet, messages: &[Message<'_>]) {
        let mut datagram = from.datagram(self.id().destination(), messages);
        self.hear_bytes(&from.addr, &mut datagram);
    }

    /// What a puppet must echo; what is sent for that is forgotten.
    pub fn cookie_for(&mut self, stranger: &Puppet) -> Cookie {
        let before = self.sent.len();
        let (nonce, fingerprint) = (Nonce::from_u64(7), Fingerprint::default());
        self.say(stranger, &[Message::Ping(Ping { nonce, fingerprint })]);
        let challenge = self.sent.drain(before..).find_map(|sent| match sent {
            Sent::Datagram { messages, .. } => messages.into_iter().next(),
            _ => None,
        });
        match challenge {
            Some(Message::Challenge(challenge)) => challenge.cookie,
            other => panic!("{} was not challenged: {other:?}", stranger.name),
        }
    }

    pub fn hear_bytes(&mut self, from: &Addr, datagram: &mut [u8]) {
        self.node.handle_datagram(self.now, from, datagram);
        self.drain();
    }

    pub fn stream(&mut self, stream: StreamId, input: StreamInput<'_>) {
        self.node.handle_stream(self.now, stream, input);
        self.drain();
    }

    /// A puppet accepts a stream that the node dialled.
    pub fn connected(&mut self, stream: StreamId, to: &Puppet) {
        self.stream(stream, StreamInput::Connected);
        let mut greeting = to.stream_frame(Destination::UNKNOWN, &[challenge()]);
        self.stream(stream, StreamInput::Data(&mut greeting));
    }

    /// What a puppet says first on a stream, behind the echo of the node's challenge.
    pub fn first_frame(&self, stream: StreamId, from: &Puppet, messages: &[Message<'_>]) -> Vec<u8> {
        let cookie = *self.challenges.get(&stream).expect("the node has said something there");
        let mut all = vec![Message::Echo(Echo { cookie })];
        all.extend(matches!(stream, StreamId::Accepted(_)).then(challenge));
        all.extend(messages);
        from.stream_frame(self.id().destination(), &all)
    }

    /// Time passes, deadline by deadline.
    pub fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.node.poll_timeout().filter(|&next| next <= end) {
            self.now = next.max(self.now);
            self.node.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// Time passes while the driver wakes the node so often, and takes nothing.
    pub fn pass_untaken(&mut self, times: u32, pause: Duration) {
        for _ in 0..times {
            self.now = self.now + pause;
            self.node.handle_timeout(self.now);
        }
    }

    /// The node receives one datagram from a member, and the driver takes nothing.
    pub fn hear_untaken(&mut self, from: &Puppet, messages: &[Message<'_>]) {
        let mut datagram = from.datagram(self.id().destination(), messages);
        self.node.handle_datagram(self.now, &from.addr, &mut datagram);
    }

    /// Time passes while all these puppets answer what they are asked.
    pub fn pass_with(&mut self, duration: Duration, answering: &[&Puppet]) {
        let end = self.now + duration;
        while let Some(next) = self.node.poll_timeout().filter(|&next| next <= end) {
            self.now = next.max(self.now);
            self.node.handle_timeout(self.now);
            let before = self.sent.len();
            self.drain();
            self.answer_since(before, answering);
        }
        self.now = end;
    }

    /// One of them says that all of these are dead, as it usually comes: when they were suspected for long enough.
    pub fn bury(&mut self, gone: &[&Puppet], answering: &[&Puppet]) {
        let by = answering[0].id();
        for status in [Status::Suspect { by }, Status::Dead { by }] {
            for some in gone.chunks(50) {
                let claims: Vec<_> = some.iter().map(|it| Message::Claim(it.claim(0, status))).collect();
                self.hear(answering[0], &claims);
            }
            if matches!(status, Status::Suspect { .. }) {
                let least = self.node.config().suspicion_time(self.node.members().len(), u8::MAX);
                self.pass_with(least / 2, answering);
            }
        }
    }

    /// A member says goodbye, and once more when it is asked.
    pub fn part(&mut self, leaver: &Puppet, incarnation: u64) {
        let farewell = Message::Claim(leaver.claim(incarnation, Status::Left));
        let before = self.sent.len();
        self.hear(leaver, &[farewell]);
        let answers: Vec<_> =
            self.sent[before..].iter().filter_map(|sent| Some(answer(sent, &[leaver])?.1)).collect();
        answers.iter().for_each(|&ack| self.hear(leaver, &[ack, farewell]));
    }

    fn answer_since(&mut self, mut from: usize, answering: &[&Puppet]) {
        while from < self.sent.len() {
            if let Some((puppet, ack)) = answer(&self.sent[from], answering) {
                self.hear(puppet, &[ack]);
            }
            from += 1;
        }
    }

    /// Time passes while each call comes that much later than the node wanted, and what was answered meanwhile is read
    /// before it looks at its deadlines, or behind that.
    pub fn pass_late(
        &mut self,
        duration: Duration,
        late: Duration,
        socket_first: bool,
        answering: &[&Puppet],
    ) {
        let end = self.now + duration;
        while let Some(due) = self.node.poll_timeout().filter(|_| self.now < end) {
            let answers: Vec<_> = self.sent.iter().filter_map(|sent| answer(sent, answering)).collect();
            self.clear_sent();
            self.now = due.max(self.now) + late;
            if !socket_first {
                self.node.handle_timeout(self.now);
            }
            for (puppet, ack) in answers {
                self.hear(puppet, &[ack]);
            }
            self.node.handle_timeout(self.now);
            self.drain();
        }
    }

    pub fn drain(&mut self) {
        let mut buf = Vec::new();
        while let Some(transmit) = self.node.poll_transmit(&mut buf) {
            let sent = match transmit {
                Transmit::Datagram { to } => {
                    let (len, messages) = (buf.len(), messages_of(&buf));
                    Sent::Datagram { to, at: self.now, len, messages }
                }
                Transmit::Connect { stream, to } => Sent::Connect { stream, to },
                Transmit::Write { stream } => {
                    self.note_challenge(stream, &buf);
                    Sent::Write { stream, bytes: buf.clone() }
                }
                Transmit::Finish { stream } => Sent::Finish { stream },
                Transmit::Abort { stream } => Sent::Abort { stream },
            };
            self.sent.push(sent);
        }
        let known = self.roster.version();
        while let Some(event) = self.node.poll_event() {
            if self.roster.fold(&event).is_err() {
                self.roster = Roster::of(&self.node);
            }
            self.facts.push(event.fact);
        }
        // Comparing after each of many arrivals would take a time that grows with their square.
        if self.roster.version() != known && self.roster.len() <= 256 {
            assert_eq!(self.roster, Roster::of(&self.node), "the events tell everything");
        }
    }

    fn note_challenge(&mut self, stream: StreamId, written: &[u8]) {
        for message in messages_of(&written[STREAM_PREFIX_LEN..]) {
            if let Message::Challenge(Challenge { cookie, .. }) = message {
                self.challenges.insert(stream, cookie);
            }
        }
    }

    /// Forgets what was sent and told so far.
    pub fn clear(&mut self) {
        self.clear_sent();
        self.facts.clear();
    }

    pub fn clear_sent(&mut self) {
        self.sent.clear();
    }

    pub fn id(&self) -> MemberId {
        self.node.local().name().id()
    }

    pub fn state(&self, of: &Puppet) -> Option<State> {
        self.node.member(of.name.as_str()).map(|member| member.state())
    }

    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.node.stats().dropped(reason)
    }

    /// The messages of all datagrams to a puppet.
    pub fn told(&self, to: &Puppet) -> Vec<Message<'static>> {
        let to_puppet = self.sent.iter().filter_map(|sent| match sent {
            Sent::Datagram { to: addr, messages, .. } if *addr == to.addr => Some(messages.clone()),
            _ => None,
        });
        to_puppet.flatten().collect()
    }

    /// All datagrams: to whom, when, how large, and what.
    pub fn datagrams(&self) -> impl Iterator<Item = (&Addr, Instant, usize, &[Message<'static>])> {
        self.sent.iter().filter_map(|sent| match sent {
            Sent::Datagram { to, at, len, messages } => Some((to, *at, *len, messages.as_slice())),
            _ => None,
        })
    }

    /// Lets the node probe until it pings this puppet, and returns the nonce.
    pub fn until_pinged(&mut self, target: &Puppet, answering: &[&Puppet]) -> swim_codec::Nonce {
        let pinged = |lab: &Self| {
            lab.told(target).into_iter().find_map(|message| match message {
                Message::Ping(ping) => Some(ping.nonce),
                _ => None,
            })
        };
        for _ in 0..60_000 {
            if let Some(nonce) = pinged(self) {
                return nonce;
            }
            self.pass_with(MS, answering);
        }
        panic!("{} was never pinged", target.name)
    }
}

/// What one of these says when it is sent that, if it was asked something.
fn answer<'a>(sent: &Sent, answering: &[&'a Puppet]) -> Option<(&'a Puppet, Message<'static>)> {
    let Sent::Datagram { to, messages, .. } = sent else { return None };
    let puppet = answering.iter().find(|puppet| puppet.addr == *to)?;
    let Some(Message::Ping(ping)) = messages.first() else { return None };
    Some((puppet, Message::Ack(Ack { nonce: ping.nonce, fingerprint: ping.fingerprint })))
}

/// Of the next frame of any puppet: one that a test plays twice never repeats itself.
static SEQUENCE: AtomicU64 = AtomicU64::new(1);

/// Another member, played by the test.
pub struct Puppet {
    pub name: Name,
    pub addr: Addr,
    pub epoch: Epoch,
    pub keyring: Keyring,
    pub cluster: ClusterId,
}

pub fn crowd(count: u16) -> Vec<Puppet> {
    (0..count).map(|i| Puppet::new(&format!("m{i}"), 100 + i)).collect()
}

impl Puppet {
    pub fn new(called: &str, port: u16) -> Self {
        Self {
            name: name(called),
            addr: addr(port),
            epoch: epoch(10),
            keyring: keyring(),
            cluster: cluster(),
        }
    }

    pub fn id(&self) -> MemberId {
        self.name.id()
    }

    pub fn header(&self, destination: Destination) -> Header {
        let sequence = Sequence::new(SEQUENCE.fetch_add(1, Ordering::Relaxed)).expect("tests are short");
        Header { cluster: self.cluster, sender: self.id(), epoch: self.epoch, sequence, destination }
    }

    pub fn datagram(&self, destination: Destination, messages: &[Message<'_>]) -> Vec<u8> {
        let mut buf = vec![];
        let mut keyring = self.keyring.clone();
        let mut frame = keyring.frame(&self.header(destination), 65_507, &mut buf);
        for message in messages {
            assert!(frame.push(message), "{message:?} does not fit");
        }
        frame.seal();
        buf
    }

    pub fn stream_frame(&self, destination: Destination, messages: &[Message<'_>]) -> Vec<u8> {
        let mut buf = vec![];
        let mut keyring = self.keyring.clone();
        let mut frame = keyring.stream_frame(&self.header(destination), 1 << 20, &mut buf);
        for message in messages {
            assert!(frame.push(message), "{message:?} does not fit");
        }
        frame.seal();
        buf
    }

    /// What somebody says of this puppet.
    pub fn claim(&self, incarnation: u64, status: Status) -> Claim<'_> {
        Claim {
            name: self.name.as_str(),
            addr: self.addr.as_ref(),
            epoch: self.epoch,
            incarnation: Incarnation::new(incarnation),
            status,
        }
    }

    pub fn register<'a>(&'a self, key: &'a str, stamp: u64, value: Option<&'a [u8]>) -> Message<'a> {
        Message::Register(swim_codec::Register {
            owner: self.name.as_str(),
            epoch: self.epoch,
            key,
            stamp,
            value,
        })
    }
}

pub fn name(called: &str) -> Name {
    Name::new(called).expect("a valid name")
}

/// The answer to a ping.
pub fn ack(nonce: Nonce) -> Message<'static> {
    Message::Ack(Ack { nonce, fingerprint: Fingerprint::default() })
}

/// Of the pings that a puppet was sent.
pub fn nonces_of_pings(lab: &Lab, to: &Puppet) -> Vec<Nonce> {
    let told = lab.told(to).into_iter();
    told.filter_map(|message| if let Message::Ping(ping) = message { Some(ping.nonce) } else { None })
        .collect()
}

/// What a puppet wants to see echoed.
pub fn challenge() -> Message<'static> {
    Message::Challenge(Challenge { nonce: Nonce::from_u64(0), cookie: Cookie::from_bytes([7; 8]) })
}

/// Decoded for good: a test's memory is short.
pub fn messages_of(frame: &[u8]) -> Vec<Message<'static>> {
    let frame = Box::leak(frame.to_vec().into_boxed_slice());
    let frame = keyring().open(cluster(), frame).expect("the node sends frames that open");
    frame.messages().map(|message| message.expect("the node sends messages that decode")).collect()
}

/// The claims among these messages that are about `about`.
pub fn claims<'a>(
    messages: &'a [Message<'static>],
    about: &'a str,
) -> impl Iterator<Item = &'a Claim<'static>> {
    messages.iter().filter_map(move |message| match message {
        Message::Claim(claim) if claim.name == about => Some(claim),
        _ => None,
    })
}
