//! S18: whoever was gone before a node heard of it is told of by it to nobody but itself: such hearsay would go round for
//! ever. What counts is registers in datagrams: a claim about such a one corrects whoever believes otherwise.

use super::said::Said;
use super::{Law, Moment};

pub(super) struct QuietGraves;

impl Law for QuietGraves {
    fn rule(&self) -> &'static str {
        "S18"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for (sent, said) in moment.sent.iter().zip(moment.said) {
            let there = sent.to().and_then(|to| moment.truth.at(to));
            for said in said.iter().flatten() {
                match said {
                    Said::Register { of, key, .. } if !moment.table.contains_key(of) && there != Some(of) => {
                        return Err(format!("tells {key} of {of}, whom it has announced to nobody"));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use swim_codec::{Message, Register};
    use swim_core::State::Dead;

    use super::super::scene::{Scene, addr, frame, name, row};
    use super::*;

    fn telling() -> Scene {
        let about = row(5, 5, Dead);
        let register = Register { owner: "x", epoch: about.word.epoch, key: "role", stamp: 1, value: None };
        Scene::new().datagram(addr(2), frame(&[Message::Register(register)]))
    }

    #[test]
    fn what_is_told_of_somebody_whom_nobody_was_told_of_is_seen() {
        telling().breaks(&mut QuietGraves, "tells role of x");
        telling().change("x", None, Some(row(5, 5, Dead))).holds(&mut QuietGraves);
    }

    #[test]
    fn whoever_is_told_of_may_hear_it_itself() {
        let mut scene = telling();
        scene.truth.listen(&name("x"), &addr(2));
        scene.holds(&mut QuietGraves);
    }
}
