//! A member with the key and a valid identity, whose word is not to be trusted (I2).

use std::iter;

use swim_codec::{Destination, Echo, Message, Sequence};
use swim_core::{ClusterId, Incarnation, Keyring, Local, Node};

use super::Attacker;
use super::forger::Forger;
use super::lie::{Lie, Telling, own_claim};
use crate::{Cluster, Letter, Mailbox, NodeId, Seed};

/// The upper half of this byte of a frame is the version.
const VERSION_AT: usize = 2;
const NO_VERSION: u8 = 0x0f;

/// Requests in one datagram, of which one is to be answered.
const PINGS: usize = 8;

/// Says with each lie that it is alive itself, or that it is the member about which it lies, and answers nothing but
/// challenges, for nobody acts on what a stranger says. It needs no node.
pub struct Liar {
    forger: Forger,
    local: Local,
    lies: Vec<Lie>,
    sequence: Sequence,
    incarnation: Incarnation,
    /// Open since its first act.
    mailbox: Option<Mailbox>,
}

impl Liar {
    /// The member `local`, which tells these lies.
    #[must_use]
    pub fn new(seed: Seed, local: Local, keys: Keyring, lies: &[Lie]) -> Self {
        let cluster: ClusterId = local.cluster;
        let forger = Forger::new(seed, cluster, keys);
        let (sequence, incarnation) = (Sequence::FIRST, Incarnation::default());
        Self { forger, local, lies: lies.to_vec(), sequence, incarnation, mailbox: None }
    }

    /// Who wants to see that the liar speaks now, as whom, and what it must hear.
    fn challenger(&mut self, cluster: &mut Cluster<Node>) -> Option<(NodeId, Destination, Echo)> {
        let mailbox = self.mailbox.get_or_insert_with(|| cluster.listen(self.local.addr.clone())).clone();
        iter::from_fn(|| mailbox.take()).find_map(|Letter { from, mut bytes }| {
            let frame = self.forger.open(&mut bytes)?;
            match frame.messages().next() {
                Some(Ok(Message::Challenge(challenge))) => {
                    Some((from, frame.header.destination, Echo { cookie: challenge.cookie }))
                }
                _ => None,
            }
        })
    }

    /// Whom it pretended to be, where it was challenged by that name.
    fn is_somebody_else(&self, cluster: &Cluster<Node>, name: Destination) -> Option<NodeId> {
        let mut others = cluster.machines().iter();
        let other = others.find(|(_, node)| node.local().name().id().destination() == name);
        other.map(|(id, _)| id).filter(|_| self.local.name.id().destination() != name)
    }

    fn lie(&mut self, lie: Lie, about: &Node, echo: Option<Echo>) -> Vec<u8> {
        let telling = Telling::new(&self.local, about, self.incarnation.get(), &mut self.forger);
        let times = if lie == Lie::ManyPingReqs { PINGS } else { 1 };
        let lies = iter::repeat_n(telling.message(lie), times);
        let pretends = lie.is_in_its_name();
        let own = (!pretends).then(|| own_claim(&self.local, self.incarnation));
        let messages: Vec<_> = echo.map(Message::Echo).into_iter().chain(own).chain(lies).collect();
        let mut bytes = if pretends {
            // Above what the member has sent, where it may be taken for its next word, or below.
            let sequence = Sequence::new(self.forger.number()).unwrap_or(self.sequence);
            let sequence = if self.forger.rng.chance(0.5) { sequence } else { self.sequence };
            let itself = about.local();
            self.forger.frame(itself.name().id(), itself.epoch(), sequence, &messages)
        } else {
            self.forger.frame(self.local.name.id(), self.local.epoch, self.sequence, &messages)
        };
        if lie == Lie::Version {
            bytes[VERSION_AT] &= NO_VERSION;
        }
        bytes
    }
}

impl Attacker for Liar {
    fn act(&mut self, cluster: &mut Cluster<Node>) {
        let (Some(anybody), Some(victim)) = (self.forger.pick(cluster), self.forger.pick(cluster)) else {
            return;
        };
        let challenged = self.challenger(cluster);
        let pretended = challenged.as_ref().and_then(|(_, name, _)| self.is_somebody_else(cluster, *name));
        let (to, echo) = challenged.map_or((anybody, None), |(by, _, echo)| (by, Some(echo)));
        let Some(about) = cluster.machines().get(pretended.unwrap_or(victim)) else { return };
        let fits = |lie: &Lie| echo.is_none() || lie.is_in_its_name() == pretended.is_some();
        let lies: Vec<_> = self.lies.iter().copied().filter(fits).collect();
        let Some(&lie) = self.forger.rng.pick(&lies) else { return };
        let bytes = self.lie(lie, about, echo);
        self.sequence = self.sequence.next().unwrap_or(Sequence::FIRST);
        self.incarnation = self.incarnation.next();
        cluster.inject(self.local.addr.clone(), to, &bytes);
    }
}
