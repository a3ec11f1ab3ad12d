//! Facts as JSON objects.

use adapter_std::IoStats;
use serde_json::{Map, Value, json};
use swim_core::{Fact, JoinFailure, Peer, State, Stats};

use crate::output::seconds;

/// Fields in the order in which they are printed.
pub(crate) type Object = Map<String, Value>;

/// The fields of an object literal.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(fields) => fields,
        other => Object::from_iter([("value".into(), other)]),
    }
}

/// A fact: `event` says which, and the other fields what about it.
pub(crate) fn fact(fact: &Fact) -> Object {
    match fact {
        Fact::Joined { member } => about("joined", member),
        Fact::Suspected { member, by } => with(about("suspected", member), "by", json!(name(by.as_ref()))),
        Fact::Refuted { member } => about("refuted", member),
        Fact::Restarted { member } => about("restarted", member),
        Fact::AddressChanged { member, from } => {
            with(about("address_changed", member), "from", json!(from.to_string()))
        }
        Fact::Failed { member, by } => with(about("failed", member), "by", json!(name(by.as_ref()))),
        Fact::Left { member } => about("left", member),
        Fact::Updated { member, key, value } => updated(member.as_str(), key, value.as_deref()),
        Fact::Forgotten { member } => object(json!({"event": "forgotten", "name": member.as_str()})),
        Fact::HasJoined { seed } => object(json!({"event": "has_joined", "seed": seed.to_string()})),
        Fact::JoinFailed { seed, reason, retry_in } => object(json!({
            "event": "join_failed",
            "seed": seed.to_string(),
            "reason": failure(*reason),
            "retry_in": retry_in.map(seconds),
        })),
        Fact::SelfRefuted { member } => about("self_refuted", member),
        Fact::NameClaimed { addr } => object(json!({"event": "name_claimed", "addr": addr.to_string()})),
        Fact::NameConflict { addr } => object(json!({"event": "name_conflict", "addr": addr.to_string()})),
        Fact::KeyMismatch { member, key } => object(json!({
            "event": "key_mismatch",
            "name": member.as_str(),
            "key": key.map(|key| key.to_string()),
        })),
        Fact::DatagramsBlocked { member } => about("datagrams_blocked", member),
        Fact::HasLeft => object(json!({"event": "has_left"})),
        Fact::Lagged { missed } => object(json!({"event": "lagged", "missed": missed})),
        // A fact that this program is too old to know.
        other => object(json!({"event": "other", "text": format!("{other:?}")})),
    }
}

fn about(event: &str, member: &Peer) -> Object {
    object(json!({
        "event": event,
        "name": member.name.as_str(),
        "addr": member.addr.to_string(),
        "state": state(member.state),
        "epoch": member.epoch.get(),
        "incarnation": member.incarnation.get(),
    }))
}

/// A value is text where it can be, and hexadecimal digits under another name where not.
fn updated(member: &str, key: &str, value: Option<&[u8]>) -> Object {
    let fields = object(json!({"event": "updated", "name": member, "key": key}));
    match value.map(|bytes| (bytes, str::from_utf8(bytes))) {
        None => with(fields, "value", Value::Null),
        Some((_, Ok(text))) => with(fields, "value", json!(text)),
        Some((bytes, Err(_))) => with(fields, "value_hex", json!(hex(bytes))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn with(mut fields: Object, key: &str, value: Value) -> Object {
    fields.insert(key.into(), value);
    fields
}

fn name(name: Option<&swim_core::Name>) -> Option<&str> {
    name.map(swim_core::Name::as_str)
}

fn state(state: State) -> &'static str {
    match state {
        State::Alive => "alive",
        State::Suspect => "suspect",
        State::Dead => "dead",
        State::Left => "left",
    }
}

fn failure(reason: JoinFailure) -> &'static str {
    match reason {
        JoinFailure::Unreachable => "unreachable",
        JoinFailure::Refused => "refused",
        JoinFailure::BadAnswer => "bad_answer",
        JoinFailure::TimedOut => "timed_out",
        JoinFailure::TooManyStreams => "too_many_streams",
        _ => "other",
    }
}

/// What a node counted. Of the reasons for which input was dropped, those that there were.
pub(crate) fn stats(stats: &Stats, io: &IoStats) -> Value {
    let dropped: Object = stats
        .drops()
        .filter(|&(_, count)| count > 0)
        .map(|(reason, count)| (reason.as_str().replace(' ', "_"), json!(count)))
        .collect();
    json!({
        "datagrams_sent": stats.datagrams_sent,
        "datagram_bytes_sent": stats.datagram_bytes_sent,
        "datagrams_received": stats.datagrams_received,
        "datagram_bytes_received": stats.datagram_bytes_received,
        "gossip_sent": stats.gossip_sent,
        "probes": stats.probes,
        "probes_indirect": stats.probes_indirect,
        "probes_failed": stats.probes_failed,
        "refutations": stats.refutations,
        "claims_adopted": stats.claims_adopted,
        "registers_adopted": stats.registers_adopted,
        "syncs": stats.syncs,
        "dropped": dropped,
        "io": {
            "turns": io.turns,
            "send_errors": io.send_errors,
            "receive_errors": io.receive_errors,
            "accept_errors": io.accept_errors,
            "streams_opened": io.streams_opened,
            "streams_refused": io.streams_refused,
            "streams_expired": io.streams_expired,
            "streams_oversized": io.streams_oversized,
        },
    })
}

#[cfg(test)]
mod tests {
    use swim_core::Name;

    use super::*;

    #[test]
    fn a_value_that_is_no_text_is_told_in_hexadecimal() {
        let member = Name::new("bob").expect("a name");
        let told = |value: Option<&[u8]>| {
            let value = value.map(Into::into);
            Value::Object(fact(&Fact::Updated { member: member.clone(), key: "k".into(), value })).to_string()
        };
        assert_eq!(told(Some(b"v")), r#"{"event":"updated","name":"bob","key":"k","value":"v"}"#);
        assert_eq!(
            told(Some(&[0xff, 0])),
            r#"{"event":"updated","name":"bob","key":"k","value_hex":"ff00"}"#
        );
        assert_eq!(told(None), r#"{"event":"updated","name":"bob","key":"k","value":null}"#);
    }
}
