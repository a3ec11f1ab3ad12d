//! S17: on a stream that somebody else opened a node challenges, and says nothing else before that one has echoed: what was
//! recorded, or comes from somebody without the key, is told nothing.

use std::collections::BTreeMap;

use swim_codec::Cookie;
use swim_core::{StreamId, Transmit};

use super::said::Said;
use super::{Input, Law, Moment};
use crate::{Arrival, NodeId};

/// Those who opened a stream to a node and have not echoed yet, and what they are to echo.
#[derive(Default)]
pub(super) struct EchoesFirst(BTreeMap<NodeId, BTreeMap<StreamId, Option<Cookie>>>);

impl Law for EchoesFirst {
    fn rule(&self) -> &'static str {
        "S17"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let unproven = self.0.entry(moment.node).or_default();
        if moment.input == Input::Start || moment.ended {
            unproven.clear();
        }
        if let Some((stream, arrival)) = moment.arrival {
            note_arrival(unproven, stream, arrival, moment.heard_on_stream);
        }
        for (sent, said) in moment.sent.iter().zip(moment.written) {
            match &sent.transmit {
                Transmit::Abort { stream } | Transmit::Finish { stream } => drop(unproven.remove(stream)),
                Transmit::Write { stream } => match said.as_deref() {
                    None => return Err(format!("writes {} bytes that are no frame", sent.bytes.len())),
                    Some(said) => note_written(unproven, *stream, said)?,
                },
                Transmit::Datagram { .. } | Transmit::Connect { .. } => {}
            }
        }
        Ok(())
    }
}

fn note_arrival(
    unproven: &mut BTreeMap<StreamId, Option<Cookie>>,
    stream: StreamId,
    arrival: &Arrival,
    heard: &[Said],
) {
    match arrival {
        Arrival::Accepted { .. } => drop(unproven.insert(stream, None)),
        Arrival::Failed => drop(unproven.remove(&stream)),
        Arrival::Data(_) => {
            let echoed = |cookie: &Cookie| heard.contains(&Said::Echo(*cookie));
            if unproven.get(&stream).is_some_and(|challenge| challenge.as_ref().is_some_and(echoed)) {
                unproven.remove(&stream);
            }
        }
        Arrival::Connected | Arrival::Written | Arrival::Finished => {}
    }
}

fn note_written(
    unproven: &mut BTreeMap<StreamId, Option<Cookie>>,
    stream: StreamId,
    said: &[Said],
) -> Result<(), String> {
    let Some(challenge) = unproven.get_mut(&stream) else { return Ok(()) };
    match (&*challenge, said) {
        (None, [Said::Challenge(cookie)]) => *challenge = Some(*cookie),
        _ => return Err(format!("says {said:?} on {stream:?}, where nobody has echoed its challenge")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use swim_codec::{Challenge, Echo, Fingerprint, Message, Nonce, Sync};

    use super::super::scene::{Scene, addr, stream_frame};
    use super::*;
    use crate::Sent;

    const STREAM: StreamId = StreamId::Accepted(1);

    fn cookie(byte: u8) -> Cookie {
        Cookie::from_bytes([byte; 8])
    }

    fn accepts() -> Scene {
        let mut scene = Scene::new();
        scene.arrival = Some((STREAM, Arrival::Accepted { from: addr(2) }));
        writes(scene, &[Message::Challenge(Challenge { nonce: Nonce::from_u64(0), cookie: cookie(1) })])
    }

    fn hears(said: Said) -> Scene {
        let mut scene = Scene::new();
        scene.arrival = Some((STREAM, Arrival::Data(vec![0])));
        scene.heard_on_stream = vec![said];
        scene
    }

    fn writes(mut scene: Scene, messages: &[Message<'_>]) -> Scene {
        let bytes = stream_frame(messages);
        scene.sent.push(Sent { transmit: Transmit::Write { stream: STREAM }, bytes });
        scene
    }

    fn answers() -> Scene {
        let sync = Message::Sync(Sync { fingerprint: Fingerprint::default() });
        writes(Scene::new(), &[Message::Echo(Echo { cookie: cookie(9) }), sync])
    }

    #[test]
    fn whoever_has_echoed_is_answered() {
        let law = &mut EchoesFirst::default();
        accepts().holds(law);
        hears(Said::Echo(cookie(1))).holds(law);
        answers().holds(law);
    }

    #[test]
    fn an_answer_to_somebody_who_echoed_nothing_or_something_else_is_seen() {
        for heard in [Said::Sync, Said::Echo(cookie(2))] {
            let law = &mut EchoesFirst::default();
            accepts().holds(law);
            hears(heard).holds(law);
            answers().breaks(law, "where nobody has echoed its challenge");
        }
    }

    #[test]
    fn a_stream_that_broke_is_another_than_the_next_of_its_number() {
        let law = &mut EchoesFirst::default();
        accepts().holds(law);
        let mut fails = Scene::new();
        fails.arrival = Some((STREAM, Arrival::Failed));
        fails.holds(law);
        accepts().holds(law);
    }

    #[test]
    fn what_is_written_and_is_no_frame_is_seen() {
        let mut scene = Scene::new();
        let bytes = vec![7; 100];
        scene.sent.push(Sent { transmit: Transmit::Write { stream: StreamId::Dialed(1) }, bytes });
        scene.breaks(&mut EchoesFirst::default(), "writes 100 bytes that are no frame");
    }
}
