//! Somebody who lies on streams, and breaks their rules: a member with the key and a valid identity (I2), or whoever has
//! another key or another cluster (O1, O3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use swim_codec::{
    Ack, Challenge, Cookie, Echo, Fingerprint, Message, Nack, Nonce, Ping, STREAM_PREFIX_LEN, Sequence,
    StreamDecoder, Sync, limits,
};
use swim_core::{Incarnation, Keyring, Local, MemberId, Node, StreamId};

use super::Attacker;
use super::forger::Forger;
use super::lie::{Lie, Telling, own_claim};
use crate::{Arrival, Cluster, Guest, Seed};

/// How somebody may behave on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trick {
    /// As it should.
    None,
    /// Says nothing, and waits.
    Silence,
    /// Echoes something else than the challenge.
    WrongEcho,
    /// Says what does not belong there.
    OutOfPlace,
    /// Says everything twice, the second time with the same sequence.
    Again,
    /// Goes on in the name of another member.
    OtherName,
    /// Speaks in the name of the one it speaks to.
    Mirror,
    /// Answers another ping than that which was asked.
    OtherNonce,
    /// Says what is no frame.
    Noise,
    /// Announces a frame that would fill the memory.
    Gigabytes,
    /// Finishes in the middle of a frame.
    Half,
    /// Breaks off in the middle of a frame.
    BreakOff,
    /// Says everything, but never that this was all.
    Unfinished,
}

impl Trick {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::Silence,
        Self::WrongEcho,
        Self::OutOfPlace,
        Self::Again,
        Self::OtherName,
        Self::Mirror,
        Self::OtherNonce,
        Self::Noise,
        Self::Gigabytes,
        Self::Half,
        Self::BreakOff,
        Self::Unfinished,
    ];
}

/// Streams that it dials at a time.
const DIALED_MAX: usize = 16;
/// Lies on one stream.
const LIES_MAX: usize = 16;
/// The longest noise, in bytes.
const NOISE_MAX: usize = 1_400;

/// Dials nodes, lets itself be dialled, and says on each stream that it is alive itself. It hears no datagrams, and
/// needs no node.
pub struct Caller {
    forger: Forger,
    local: Local,
    lies: Vec<Lie>,
    tricks: Vec<Trick>,
    sequence: Sequence,
    incarnation: Incarnation,
    /// Here since its first act.
    guest: Option<Guest>,
    calls: BTreeMap<StreamId, Call>,
}

/// A stream on which the caller has not said yet what it has to say.
struct Call {
    trick: Trick,
    decoder: StreamDecoder,
    peer: Option<Peer>,
    /// What they ping with, if they do.
    ping: Option<Nonce>,
}

/// Who is at the other end.
#[derive(Clone, Copy)]
struct Peer {
    id: MemberId,
    cookie: Cookie,
}

impl Peer {
    /// What somebody guesses who cannot read what they say.
    fn invented(forger: &mut Forger) -> Self {
        let mut any = || forger.rng.any().to_be_bytes();
        Self { id: MemberId::from_bytes(any()), cookie: Cookie::from_bytes(any()) }
    }
}

impl Call {
    /// Takes note of what they said.
    fn hear(&mut self, forger: &mut Forger, bytes: &[u8]) {
        self.decoder.push(bytes);
        while let Ok(Some(frame)) = self.decoder.next_frame() {
            let Some(frame) = forger.open(frame) else {
                self.peer = Some(Peer::invented(forger));
                return;
            };
            for message in frame.messages().map_while(Result::ok) {
                match message {
                    Message::Challenge(Challenge { cookie, .. }) => {
                        self.peer = Some(Peer { id: frame.header.sender, cookie });
                    }
                    Message::Ping(ping) => self.ping = Some(ping.nonce),
                    _ => {}
                }
            }
        }
    }
}

impl Caller {
    /// The member `local`, which tells these lies in these ways; in none, if there are no tricks.
    #[must_use]
    pub fn new(seed: Seed, local: Local, keys: Keyring, lies: &[Lie], tricks: &[Trick]) -> Self {
        let forger = Forger::new(seed, local.cluster, keys);
        Self {
            forger,
            local,
            lies: lies.to_vec(),
            tricks: tricks.to_vec(),
            sequence: Sequence::FIRST,
            incarnation: Incarnation::default(),
            guest: None,
            calls: BTreeMap::new(),
        }
    }

    fn hear(&mut self, cluster: &mut Cluster<Node>, guest: &Guest, stream: StreamId, arrival: &Arrival) {
        match arrival {
            Arrival::Accepted { .. } => {
                self.begin(stream);
                self.challenge(cluster, guest, stream);
            }
            Arrival::Data(bytes) => {
                let Some(call) = self.calls.get_mut(&stream) else { return };
                call.hear(&mut self.forger, bytes);
                if is_dialed(stream) && call.peer.is_some() {
                    self.speak(cluster, guest, stream);
                }
            }
            Arrival::Finished if !is_dialed(stream) => self.speak(cluster, guest, stream),
            Arrival::Finished | Arrival::Failed => drop(self.calls.remove(&stream)),
            Arrival::Connected | Arrival::Written => {}
        }
    }

    fn begin(&mut self, stream: StreamId) {
        let Some(&trick) = self.forger.rng.pick(&self.tricks) else { return };
        let decoder = StreamDecoder::new(limits::STREAM_FRAME_MAX);
        self.calls.insert(stream, Call { trick, decoder, peer: None, ping: None });
    }

    /// What an acceptor says first.
    fn challenge(&mut self, cluster: &mut Cluster<Node>, guest: &Guest, stream: StreamId) {
        if self.calls.get(&stream).is_some_and(|call| call.trick != Trick::Silence) {
            let challenge = self.any_challenge();
            let frame = self.frame(self.local.name.id(), &[challenge]);
            cluster.write(guest, stream, &frame);
        }
    }

    /// Says all there is to say on this stream.
    fn speak(&mut self, cluster: &mut Cluster<Node>, guest: &Guest, stream: StreamId) {
        let Some(Call { trick, peer: Some(peer), ping, .. }) = self.calls.remove(&stream) else { return };
        if trick == Trick::Silence {
            return;
        }
        let mut bytes = self.words(cluster, is_dialed(stream), trick, peer, ping);
        if matches!(trick, Trick::Half | Trick::BreakOff) {
            bytes.truncate(bytes.len() / 2);
        }
        cluster.write(guest, stream, &bytes);
        match trick {
            Trick::Unfinished => {}
            Trick::BreakOff => cluster.hang_up(guest, stream),
            _ => cluster.finish(guest, stream),
        }
    }

    fn words(
        &mut self,
        cluster: &Cluster<Node>,
        dialed: bool,
        trick: Trick,
        peer: Peer,
        ping: Option<Nonce>,
    ) -> Vec<u8> {
        if trick == Trick::Noise {
            return self.noise();
        }
        let opening = self.opening(dialed, trick, peer, ping);
        let sender = if trick == Trick::Mirror { peer.id } else { self.local.name.id() };
        let mut first = self.frame(sender, &opening);
        if trick == Trick::Gigabytes {
            first[..STREAM_PREFIX_LEN].fill(u8::MAX);
        }
        let repeated = if trick == Trick::Again { first.clone() } else { Vec::new() };
        let other = self.forger.pick(cluster).and_then(|node| cluster.machines().get(node));
        let sender =
            other.filter(|_| trick == Trick::OtherName).map_or(sender, |other| other.local().name().id());
        let lies = self.lies(cluster, sender);
        [first, repeated, lies].concat()
    }

    /// What the first frame begins with.
    fn opening(
        &mut self,
        dialed: bool,
        trick: Trick,
        peer: Peer,
        ping: Option<Nonce>,
    ) -> Vec<Message<'static>> {
        let cookie = if trick == Trick::WrongEcho { self.any_cookie() } else { peer.cookie };
        let nonce =
            if trick == Trick::OtherNonce { self.any_nonce() } else { ping.unwrap_or(self.any_nonce()) };
        let fingerprint = Fingerprint::from_u64(self.forger.rng.any());
        let answer = match ping {
            _ if dialed && self.forger.rng.chance(0.2) => Message::Ping(Ping { nonce, fingerprint }),
            Some(_) => Message::Ack(Ack { nonce, fingerprint }),
            None => Message::Sync(Sync { fingerprint }),
        };
        let mut messages = vec![Message::Echo(Echo { cookie })];
        messages.extend(dialed.then(|| self.any_challenge()));
        messages.push(answer);
        if trick == Trick::OutOfPlace {
            let stray = self.any_stray();
            messages.insert(self.forger.rng.index(messages.len() + 1), stray);
        }
        messages
    }

    /// That it is alive, and lies, as many as may fit.
    fn lies(&mut self, cluster: &Cluster<Node>, sender: MemberId) -> Vec<u8> {
        let times = self.forger.rng.index(LIES_MAX);
        let mut told = Vec::new();
        for _ in 0..times {
            let Some(about) = self.forger.pick(cluster).and_then(|node| cluster.machines().get(node)) else {
                continue;
            };
            let Some(&lie) = self.forger.rng.pick(&self.lies) else { continue };
            told.push((lie, Telling::new(&self.local, about, self.incarnation.get(), &mut self.forger)));
        }
        self.incarnation = self.incarnation.next();
        let own = own_claim(&self.local, self.incarnation);
        let lies = told.iter().map(|(lie, telling)| telling.message(*lie));
        let messages: Vec<_> = [own].into_iter().chain(lies).collect();
        self.sequence = self.sequence.next().unwrap_or(Sequence::FIRST);
        self.forger.stream_frame(sender, self.local.epoch, self.sequence, &messages)
    }

    fn frame(&mut self, sender: MemberId, messages: &[Message<'_>]) -> Vec<u8> {
        self.sequence = self.sequence.next().unwrap_or(Sequence::FIRST);
        self.forger.stream_frame(sender, self.local.epoch, self.sequence, messages)
    }

    fn noise(&mut self) -> Vec<u8> {
        let len = self.forger.rng.index(NOISE_MAX) + 1;
        (0..len).map(|_| self.forger.byte()).collect()
    }

    /// A message that begins nothing, or belongs in a datagram.
    fn any_stray(&mut self) -> Message<'static> {
        let nonce = self.any_nonce();
        let fingerprint = Fingerprint::from_u64(self.forger.rng.any());
        match self.forger.rng.below(6) {
            0 => Message::Ping(Ping { nonce, fingerprint }),
            1 => Message::Ack(Ack { nonce, fingerprint }),
            2 => Message::Nack(Nack { nonce }),
            3 => Message::Sync(Sync { fingerprint }),
            4 => Message::Echo(Echo { cookie: self.any_cookie() }),
            _ => self.any_challenge(),
        }
    }

    fn any_challenge(&mut self) -> Message<'static> {
        Message::Challenge(Challenge { nonce: self.any_nonce(), cookie: self.any_cookie() })
    }

    fn any_cookie(&mut self) -> Cookie {
        Cookie::from_bytes(self.forger.rng.any().to_be_bytes())
    }

    fn any_nonce(&mut self) -> Nonce {
        Nonce::from_u64(self.forger.rng.any())
    }
}

fn is_dialed(stream: StreamId) -> bool {
    matches!(stream, StreamId::Dialed(_))
}

impl Attacker for Caller {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        let guest = self.guest.get_or_insert_with(|| cluster.invite(self.local.addr.clone())).clone();
        while let Some((stream, arrival)) = guest.take() {
            self.hear(cluster, &guest, stream, &arrival);
        }
        let dialed = self.calls.keys().filter(|stream| is_dialed(**stream)).count();
        if dialed < DIALED_MAX
            && let Some(to) = self.forger.pick(cluster)
        {
            let stream = cluster.dial(&guest, to);
            self.begin(stream);
        }
    }
}
