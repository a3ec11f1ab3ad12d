//! B10: an address where no member ever was gets no more bytes than came in.

use super::{Law, Moment};
use crate::Sent;

pub(super) struct NoAmplification;

impl Law for NoAmplification {
    fn rule(&self) -> &'static str {
        "B10"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let Some(heard) = moment.heard_bytes else { return Ok(()) };
        let is_unknown = |sent: &&Sent| sent.to().is_some_and(|to| moment.truth.at(to).is_none());
        let bytes: usize = moment.sent.iter().filter(is_unknown).map(|sent| sent.bytes.len()).sum();
        if bytes > heard {
            return Err(format!("answers {heard} bytes with {bytes} to an address where nobody is known"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr, name};
    use super::*;

    #[test]
    fn a_stranger_who_gets_more_than_it_sent_is_seen() {
        let answers = |len: usize| {
            let mut scene = Scene::new().datagram(addr(9), vec![0; len]);
            scene.heard_bytes = Some(60);
            scene
        };
        answers(60).holds(&mut NoAmplification);
        answers(61).breaks(&mut NoAmplification, "answers 60 bytes with 61");
        let mut known = answers(1400);
        known.truth.listen(&name("x"), &addr(9));
        known.holds(&mut NoAmplification);
    }
}
