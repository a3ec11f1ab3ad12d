//! S8: the events tell everything, in an order that makes sense, each once: folded from nothing they give the
//! members at every moment.

use std::collections::{BTreeMap, BTreeSet};

use swim_core::{Event, Fact, Name, Peer};

use super::record::{Row, Table, subject};
use super::{Input, Law, Moment};
use crate::NodeId;

/// What an application would know that only listens.
#[derive(Default)]
pub(super) struct EventsFold(BTreeMap<NodeId, Application>);

#[derive(Default)]
struct Application {
    version: u64,
    members: Table,
    /// Who failed or left and was not forgotten.
    gone: BTreeSet<Name>,
    /// Who may be told of otherwise than believed, until they are compared.
    touched: BTreeSet<Name>,
}

impl Law for EventsFold {
    fn rule(&self) -> &'static str {
        "S8"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let application = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start {
            *application = Application::default();
        }
        for event in moment.events {
            application.count(event)?;
            application.fold(event, moment)?;
            application.touched.extend(subject(&event.fact).cloned());
        }
        application.touched.extend(moment.changes.iter().map(|change| change.subject.clone()));
        if !moment.listening || application.touched.is_empty() && moment.events.is_empty() {
            return Ok(());
        }
        if application.version != moment.version {
            return Err(format!("has version {} after event {}", moment.version, application.version));
        }
        application.compare(moment.table)
    }
}

impl Application {
    /// Every event has the next number, and a loss says how many it stands for.
    fn count(&mut self, event: &Event) -> Result<(), String> {
        let step = if let Fact::Lagged { missed } = event.fact { missed } else { 1 };
        let expected = self.version + step;
        self.version = event.version;
        if event.version == expected { Ok(()) } else { Err(format!("event {expected} is {event:?}")) }
    }

    fn fold(&mut self, event: &Event, moment: &Moment<'_>) -> Result<(), String> {
        match &event.fact {
            Fact::Joined { member } => self.join(member)?,
            Fact::Suspected { member, .. }
            | Fact::Refuted { member }
            | Fact::AddressChanged { member, .. }
            | Fact::SelfRefuted { member } => {
                let known = self.known(&member.name)?;
                *known = Row { registers: std::mem::take(&mut known.registers), ..Row::of_peer(member) };
            }
            Fact::Restarted { member } => *self.known(&member.name)? = Row::of_peer(member),
            Fact::Failed { member, .. } | Fact::Left { member } => self.depart(&member.name)?,
            Fact::Updated { member, key, value } => {
                let registers = &mut self.known(member)?.registers;
                match value {
                    Some(value) => registers.insert(key.to_string(), value.to_vec()),
                    None => registers.remove(&**key),
                };
            }
            Fact::Forgotten { member } => self.forget(member)?,
            Fact::Lagged { .. } => self.read_again(moment.table),
            _ => {}
        }
        Ok(())
    }

    fn known(&mut self, name: &Name) -> Result<&mut Row, String> {
        self.members.get_mut(name).ok_or_else(|| format!("tells of {name}, who is no member"))
    }

    fn join(&mut self, member: &Peer) -> Result<(), String> {
        self.gone.remove(&member.name);
        match self.members.insert(member.name.clone(), Row::of_peer(member)) {
            None => Ok(()),
            Some(_) => Err(format!("{} joined twice", member.name)),
        }
    }

    fn depart(&mut self, name: &Name) -> Result<(), String> {
        self.known(name)?;
        self.members.remove(name);
        self.gone.insert(name.clone());
        Ok(())
    }

    fn forget(&mut self, name: &Name) -> Result<(), String> {
        let was_gone = self.gone.remove(name);
        was_gone.then_some(()).ok_or_else(|| format!("forgets {name}, who was not gone"))
    }

    /// What an application does that was too slow.
    fn read_again(&mut self, table: &Table) {
        let (live, gone): (Table, Table) = table.clone().into_iter().partition(|(_, row)| row.is_live());
        self.members = live;
        self.gone = gone.into_keys().collect();
    }

    /// Those of whom neither side has heard since the last time are equal still.
    fn compare(&mut self, table: &Table) -> Result<(), String> {
        for name in std::mem::take(&mut self.touched) {
            let member = table.get(&name).filter(|row| row.is_live());
            let folded = self.members.get(&name);
            if member != folded {
                return Err(format!("has {member:?} of {name}, its events say {folded:?}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_core::State::{Alive, Dead, Suspect};

    use super::super::scene::{Scene, name, peer, row};
    use super::*;

    fn joined(text: &str, row: &Row) -> Fact {
        Fact::Joined { member: peer(text, row) }
    }

    /// `me` has joined and knows itself.
    fn alone() -> Scene {
        Scene::new().event(joined("me", &row(1, 0, Alive)))
    }

    #[test]
    fn a_change_that_no_event_tells_is_seen() {
        let x = row(1, 0, Alive);
        alone().event(joined("x", &x)).change("x", None, Some(x.clone())).holds(&mut EventsFold::default());
        alone().change("x", None, Some(x.clone())).breaks(&mut EventsFold::default(), "its events say None");
        let suspect = Row { state: Suspect, ..x.clone() };
        let silent = alone().event(joined("x", &x)).change("x", Some(x), Some(suspect));
        silent.breaks(&mut EventsFold::default(), "Suspect");
    }

    #[test]
    fn an_event_without_a_change_is_seen() {
        let scene = alone().event(joined("x", &row(1, 0, Alive)));
        scene.breaks(&mut EventsFold::default(), "its events say Some");
    }

    #[test]
    fn a_register_that_no_event_tells_is_seen() {
        let x = row(1, 0, Alive);
        let with_role = Row { registers: [("role".into(), b"db".into())].into(), ..x.clone() };
        let scene = alone().event(joined("x", &x)).change("x", None, Some(with_role));
        scene.breaks(&mut EventsFold::default(), "role");
        let updated = Fact::Updated { member: name("x"), key: "role".into(), value: Some(b"db"[..].into()) };
        scene.event(updated).holds(&mut EventsFold::default());
    }

    #[test]
    fn events_in_an_order_that_makes_no_sense_are_seen() {
        let x = row(1, 0, Alive);
        let member = peer("x", &x);
        let breaks = |scene: Scene, part| scene.breaks(&mut EventsFold::default(), part);
        breaks(alone().event(joined("x", &x)).event(joined("x", &x)), "x joined twice");
        breaks(alone().event(Fact::Refuted { member: member.clone() }), "tells of x, who is no member");
        breaks(alone().event(Fact::Left { member: member.clone() }), "tells of x, who is no member");
        breaks(alone().event(Fact::Forgotten { member: name("x") }), "forgets x, who was not gone");
        let failed = Fact::Failed { member: peer("x", &Row { state: Dead, ..x.clone() }), by: None };
        breaks(alone().event(joined("x", &x)).event(failed.clone()).event(failed), "who is no member");
    }

    #[test]
    fn a_gap_in_the_numbers_is_seen() {
        let mut scene = alone();
        scene.events[0].version = 2;
        scene.breaks(&mut EventsFold::default(), "event 1 is Event { version: 2");
        let mut scene = alone();
        scene.version = 2;
        scene.breaks(&mut EventsFold::default(), "has version 2 after event 1");
    }

    #[test]
    fn a_slow_application_reads_again_and_goes_on() {
        let x = row(1, 0, Alive);
        let mut scene = alone().event(Fact::Lagged { missed: 3 }).change("x", None, Some(x));
        scene.breaks(&mut EventsFold::default(), "event 4 is");
        scene.events[1].version = 4;
        scene.version = 4;
        scene.holds(&mut EventsFold::default());
    }
}
