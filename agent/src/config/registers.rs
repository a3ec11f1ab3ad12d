//! The registers of this node.

use std::collections::BTreeMap;

use adapter_std::epoch_now;
use swim_core::{ClusterId, Config, Instant, Keyring, Local, Name, Node, RegisterError};
use swim_trace::Recorder;

use crate::config::settings::Settings;
use crate::config::value::{quote, refusal};
use crate::output::printable;

type Registers = BTreeMap<String, String>;

/// Reads `KEY=VALUE`s; the last one of a key counts.
pub(crate) fn parse(texts: &[&str]) -> Result<Registers, String> {
    let pairs = texts.iter().map(|text| {
        let (key, value) =
            text.split_once('=').ok_or_else(|| refusal(text, "write it as KEY=VALUE, such as role=web"))?;
        Ok((key.to_owned(), value.to_owned()))
    });
    let registers = pairs.collect::<Result<Registers, String>>()?;
    rehearse(&registers)?;
    Ok(registers)
}

pub(crate) fn show(settings: &Settings) -> Option<String> {
    let pairs: Vec<_> =
        settings.registers.iter().map(|(key, value)| format!("{} = {}", quote(key), quote(value))).collect();
    (!pairs.is_empty()).then(|| format!("{{ {} }}", pairs.join(", ")))
}

/// Gives the node these registers and no others.
pub(crate) fn apply(node: &mut Recorder, now: Instant, wanted: &Registers) -> Result<(), String> {
    let outdated: Vec<String> = node
        .local()
        .registers()
        .filter(|(key, _)| !wanted.contains_key(*key))
        .map(|(key, _)| key.into())
        .collect();
    for key in outdated {
        node.remove(now, &key).map_err(|error| refused(&key, &error))?;
    }
    for (key, value) in wanted {
        if node.local().register(key) != Some(value.as_bytes()) {
            node.set(now, key, value.as_bytes()).map_err(|error| refused(key, &error))?;
        }
    }
    Ok(())
}

fn refused(key: &str, error: &RegisterError) -> String {
    format!("{}=...: {error}", printable(key))
}

/// Sets them on a node that never runs: only the protocol knows their bounds.
fn rehearse(registers: &Registers) -> Result<(), String> {
    let local = Local {
        cluster: ClusterId::from_name(""),
        name: Name::new("rehearsal").map_err(|error| error.to_string())?,
        addr: std::net::SocketAddr::from(([127, 0, 0, 1], 1)).into(),
        epoch: epoch_now(),
    };
    let node = Node::new(Config::local(), local, Keyring::plain(), [0; 32], Instant::ZERO);
    apply(&mut node.map_err(|error| error.to_string())?.into(), Instant::ZERO, registers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_equal_signs_and_be_empty() {
        let parsed = parse(&["a=b=c", "empty=", "twice=1", "twice=2"]).expect("registers");
        let pairs: Vec<_> = parsed.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a", "b=c"), ("empty", ""), ("twice", "2")]);
    }
}
