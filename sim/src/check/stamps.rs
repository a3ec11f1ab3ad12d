//! S6 for registers: one stamp of a key means one value, whoever tells it.

use std::collections::BTreeMap;

use swim_core::{Epoch, Name};

use super::said::Said;
use super::{Law, Moment};

/// The value that came with each stamp, whoever told it first.
#[derive(Default)]
pub(super) struct OneValuePerStamp(BTreeMap<(Name, Epoch, String, u64), Option<u64>>);

impl Law for OneValuePerStamp {
    fn rule(&self) -> &'static str {
        "S6"
    }

    fn presumes_truth(&self) -> bool {
        true
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for said in moment.said.iter().flatten().flatten() {
            let Said::Register { of, epoch, key, stamp, value } = said else { continue };
            let first = self.0.entry((of.clone(), *epoch, key.clone(), *stamp)).or_insert(*value);
            if first != value {
                return Err(format!("tells two values of {key} of {of} for the stamp {stamp}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_codec::{Message, Register};

    use super::super::scene::{Scene, addr, frame, word};
    use super::*;

    #[test]
    fn two_values_for_one_stamp_are_seen() {
        let tell = |stamp, value| {
            let epoch = word(1, 0).epoch;
            let register = Register { owner: "x", key: "role", epoch, stamp, value };
            Scene::new().datagram(addr(2), frame(&[Message::Register(register)]))
        };
        let law = &mut OneValuePerStamp::default();
        tell(1, Some(b"db")).holds(law);
        tell(2, Some(b"cache")).holds(law);
        tell(1, Some(b"db")).holds(law);
        tell(1, Some(b"web")).breaks(law, "two values of role of x for the stamp 1");
        tell(2, None).breaks(law, "for the stamp 2");
    }
}
