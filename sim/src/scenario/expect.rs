//! What must be true, and when.

use std::time::Duration;

use swim_core::{Fact, Instant, Member, Node, State};

use super::command::{Belief, Claim, Mishap, Patience};
use super::nodes::Nodes;
use super::stage::{Stage, name_of, node_of};
use super::tell;
use crate::NodeId;

/// How often it is looked whether a claim is true.
const TRY: Duration = Duration::from_millis(100);

/// Answers since when it is true, or why it is not.
pub(super) fn expect(stage: &mut Stage, claim: &Claim, patience: Patience) -> Result<String, String> {
    match (claim, patience) {
        (Claim::Quiet, Patience::For(time)) => quiet(stage, time),
        (Claim::Traffic { bytes }, Patience::For(time)) => {
            stage.note_change();
            stage.cluster.run_for(time);
            traffic(stage, *bytes)
        }
        (Claim::Traffic { bytes }, _) => traffic(stage, *bytes),
        (_, Patience::Now) => holds(stage, claim, stage.changed()).map(|()| "true".into()),
        (_, Patience::Within(time)) => within(stage, claim, time),
        (_, Patience::For(time)) => throughout(stage, claim, time),
    }
}

fn within(stage: &mut Stage, claim: &Claim, time: Duration) -> Result<String, String> {
    let (begin, since) = (stage.now(), stage.changed());
    loop {
        let doubt = match holds(stage, claim, since) {
            Ok(()) if stage.now() == begin => return Ok("true at once".into()),
            Ok(()) => return Ok(format!("true after {}", tell::time(stage.now().since(begin)))),
            Err(doubt) => doubt,
        };
        if stage.now().since(begin) >= time || stage.cluster.violation().is_some() {
            return Err(format!("not within {}: {doubt}", tell::time(time)));
        }
        stage.cluster.run_for(TRY);
    }
}

fn throughout(stage: &mut Stage, claim: &Claim, time: Duration) -> Result<String, String> {
    let begin = stage.now();
    while stage.now().since(begin) < time && stage.cluster.violation().is_none() {
        stage.cluster.run_for(TRY.min(time - stage.now().since(begin)));
        holds(stage, claim, begin)
            .map_err(|doubt| format!("not after {}: {doubt}", tell::time(stage.now().since(begin))))?;
    }
    Ok(format!("true for {}", tell::time(time)))
}

/// The law of quiescence objects by itself if a node does more than it may.
fn quiet(stage: &mut Stage, time: Duration) -> Result<String, String> {
    stage.quiet.set(Some(stage.now()));
    stage.cluster.run_for(time);
    stage.quiet.set(None);
    Ok(format!("true for {}", tell::time(time)))
}

fn traffic(stage: &Stage, most: u32) -> Result<String, String> {
    let rate = tell::bytes_per_node_second(stage);
    let text = format!("{rate:.0} bytes per node and second");
    if rate < f64::from(most) { Ok(text) } else { Err(format!("{text}, not below {most}")) }
}

/// Whether it is true now, or of what happened since then.
fn holds(stage: &Stage, claim: &Claim, since: Instant) -> Result<(), String> {
    match claim {
        Claim::Agreement => agreement(stage),
        Claim::Belief { observers, subjects, belief } => believe(stage, observers, subjects, *belief),
        Claim::Reads { observers, owners, key, value } => {
            read(stage, observers, owners, key, value.as_deref())
        }
        Claim::Spared { from, except } => spared(stage, since, *from, except),
        Claim::Remembers { observers, most } => remember(stage, observers, *most),
        Claim::Quiet | Claim::Traffic { .. } => Err("this can only be expected for some time".into()),
    }
}

fn agreement(stage: &Stage) -> Result<(), String> {
    let running = stage.running();
    running.iter().filter_map(|node| Some((node, stage.member(node)?))).try_for_each(|(node, observer)| {
        let strange = observer
            .members()
            .find(|member| !node_of(member.name().as_str()).is_some_and(|node| running.has(node)));
        if let Some(member) = strange {
            return Err(format!("{node} believes that {} is {}", member.name(), tell::state(member.state())));
        }
        running
            .iter()
            .try_for_each(|subject| agrees(stage, observer, subject))
            .map_err(|text| format!("{node} {text}"))
    })
}

/// Whether the observer holds of the subject what that holds of itself.
fn agrees(stage: &Stage, observer: &Node, subject: NodeId) -> Result<(), String> {
    let Some(itself) = stage.member(subject).map(Node::local) else { return Ok(()) };
    let member = observer.member(itself.name().as_str()).ok_or_else(|| format!("does not know {subject}"))?;
    if member.state() != itself.state() {
        return Err(format!("believes that {subject} is {}", tell::state(member.state())));
    }
    if (member.epoch(), member.incarnation(), member.addr())
        != (itself.epoch(), itself.incarnation(), itself.addr())
    {
        return Err(format!("has an old record of {subject}"));
    }
    if member.registers().eq(itself.registers()) {
        Ok(())
    } else {
        Err(format!("has old registers of {subject}"))
    }
}

fn believe(stage: &Stage, observers: &Nodes, subjects: &Nodes, belief: Belief) -> Result<(), String> {
    each_pair(stage, observers, subjects, |observer, subject| {
        let member = observer.member(&name_of(subject));
        if belief.fits(member.as_ref()) {
            return Ok(());
        }
        let believed = member.map_or("unknown", |member| tell::state(member.state()));
        Err(format!("believes that {subject} is {believed}"))
    })
}

fn read(
    stage: &Stage,
    observers: &Nodes,
    owners: &Nodes,
    key: &str,
    value: Option<&str>,
) -> Result<(), String> {
    each_pair(stage, observers, owners, |observer, owner| {
        let member = observer.member(&name_of(owner));
        let read = member.and_then(|member| member.register(key));
        if read == value.map(str::as_bytes) {
            return Ok(());
        }
        let read = read.map_or("nothing".into(), String::from_utf8_lossy);
        Err(format!("reads {read} in {key} of {owner}"))
    })
}

/// No observer that runs says something else of anybody but itself.
fn each_pair(
    stage: &Stage,
    observers: &Nodes,
    subjects: &Nodes,
    says: impl Fn(&Node, NodeId) -> Result<(), String>,
) -> Result<(), String> {
    let running = observers.iter().filter_map(|node| Some((node, stage.member(node)?)));
    for (node, machine) in running {
        for subject in subjects.iter().filter(|&subject| subject != node) {
            says(machine, subject).map_err(|text| format!("{node} {text}"))?;
        }
    }
    Ok(())
}

fn spared(stage: &Stage, since: Instant, mishap: Mishap, except: &Nodes) -> Result<(), String> {
    let events = stage.cluster.events();
    let from = events.partition_point(|seen| seen.at < since);
    let wrong = events[from..].iter().find_map(|seen| {
        let subject = mishap.subject(&seen.event.fact)?;
        let counts = stage.member(subject).is_some() && !except.has(subject) && !except.has(seen.node);
        counts.then_some((seen, subject))
    });
    wrong.map_or(Ok(()), |(seen, subject)| {
        let after = tell::time(seen.at.since(since));
        Err(format!("{} {} {subject}, who runs, after {after}", seen.node, mishap.verb()))
    })
}

fn remember(stage: &Stage, observers: &Nodes, most: u32) -> Result<(), String> {
    let mut running = observers.iter().filter_map(|node| Some((node, stage.member(node)?)));
    let too_many = running.find_map(|(node, machine)| {
        let count = machine.members().len() + machine.departed().count();
        (count > most as usize).then(|| format!("{node} remembers {count}"))
    });
    too_many.map_or(Ok(()), Err)
}

impl Mishap {
    /// To whom it happened, if this is it.
    fn subject(self, fact: &Fact) -> Option<NodeId> {
        match (self, fact) {
            (Self::Suspected, Fact::Suspected { member, .. })
            | (Self::Buried, Fact::Failed { member, .. }) => node_of(member.name.as_str()),
            _ => None,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Buried => "buried",
        }
    }
}

impl Belief {
    pub(super) fn fits(self, member: Option<&Member<'_>>) -> bool {
        let state = member.map(Member::state);
        match self {
            Self::Is(wanted) => state == Some(wanted),
            Self::Unknown => state.is_none(),
            Self::Gone => !matches!(state, Some(State::Alive | State::Suspect)),
        }
    }
}
