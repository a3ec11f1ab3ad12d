//! Pinging on behalf of others (the helpers of SWIM §3.1, with the nacks of Lifeguard §IV-A).

use alloc::vec::Vec;

use swim_codec::{MemberId, Nonce, PingReq};

use crate::Node;
use crate::buggify::Site;
use crate::outbox::{News, Outgoing, Recipient};
use crate::planted::{Bug, planted};
use crate::stats::DropReason;
use crate::timers::Timer;

/// A ping on somebody's behalf that waits for its answer.
struct Relay {
    asker: Recipient,
    /// The nonce of the asker's probe.
    asked: Nonce,
    target: MemberId,
    /// The nonce of our own ping.
    nonce: Nonce,
    patience: Patience,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// The asker waits.
    Fresh,
    /// The asker was told that there is no answer yet, or nothing; one that comes late is still passed on.
    Nacked,
}

/// Pings on behalf of others that wait at a time.
const RELAYS_MAX: u8 = 64;

/// Every relay keeps its place while it waits.
#[derive(Default)]
pub(crate) struct Relays(Vec<Option<Relay>>);

impl Relays {
    pub(crate) fn len(&self) -> usize {
        self.0.iter().flatten().count()
    }

    fn add(&mut self, relay: Relay) -> Option<u8> {
        let place = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        let number = u8::try_from(place).ok().filter(|&number| number < RELAYS_MAX)?;
        if place == self.0.len() {
            self.0.push(None);
        }
        self.0[place] = Some(relay);
        Some(number)
    }

    fn forget(&mut self, place: u8) {
        self.0[usize::from(place)] = None;
    }

    fn take_answered(&mut self, target: MemberId, nonce: Nonce) -> Option<(u8, Relay)> {
        let answered = |relay: &Relay| relay.nonce == nonce && relay.target == target;
        let place = self.0.iter().position(|relay| relay.as_ref().is_some_and(answered))?;
        Some((u8::try_from(place).ok()?, self.0[place].take()?))
    }
}

impl Node {
    /// Pings only whom it knows, and with no more bytes than it was sent, so it cannot be aimed at anybody.
    pub(crate) fn on_ping_req(&mut self, asker: Recipient, ping_req: &PingReq) {
        let target = self.table.find_id(ping_req.target).filter(|&index| {
            index != crate::table::MemberIndex::LOCAL
                && self.table.get(index).is_some_and(|row| row.is_live())
        });
        assert!(target.is_some() || !planted(Bug::PanicsOnStrangers), "asked to ping a stranger");
        let Some(target) = target else { return self.stats.drop(DropReason::UnknownTarget) };
        if self.switches.fires(Site::HelpsNobody) {
            return self.stats.drop(DropReason::TooManyRelays);
        }
        let nonce = self.rng.nonce();
        let relay =
            Relay { asker, asked: ping_req.nonce, target: ping_req.target, nonce, patience: Patience::Fresh };
        let Some(place) = self.relays.add(relay) else { return self.stats.drop(DropReason::TooManyRelays) };
        if self.send(Outgoing::Ping { to: target, nonce, news: News::Unasked }) {
            self.timers.set(Timer::Relay(place), self.now + self.config.probe_timeout * 4 / 5);
        } else {
            self.relays.forget(place);
        }
    }

    /// Whether this answers a ping on somebody's behalf.
    pub(crate) fn on_relayed_ack(&mut self, sender: MemberId, nonce: Nonce) -> bool {
        let Some((place, relay)) = self.relays.take_answered(sender, nonce) else { return false };
        self.timers.clear(Timer::Relay(place));
        self.send(Outgoing::Ack { to: relay.asker, nonce: relay.asked });
        true
    }

    pub(crate) fn on_relay_timeout(&mut self, place: u8) {
        let Some(Some(relay)) = self.relays.0.get_mut(usize::from(place)) else { return };
        match relay.patience {
            Patience::Fresh => {
                relay.patience = Patience::Nacked;
                let nack = Outgoing::Nack { to: relay.asker.clone(), nonce: relay.asked };
                // Whom the driver let nobody ask has not been silent.
                if !self.outbox.holds_question(relay.nonce) {
                    self.send(nack);
                }
                self.timers.set(Timer::Relay(place), self.now + self.config.probe_interval);
            }
            Patience::Nacked if planted(Bug::KeepsRelays) => {}
            Patience::Nacked => self.relays.forget(place),
        }
    }
}
