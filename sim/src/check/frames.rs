//! S9: every datagram is a frame that says something.

use swim_core::Transmit;

use super::{Law, Moment};

pub(super) struct FramesSaySomething;

impl Law for FramesSaySomething {
    fn rule(&self) -> &'static str {
        "S9"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        for (sent, said) in moment.sent.iter().zip(moment.said) {
            match said.as_deref() {
                None if matches!(sent.transmit, Transmit::Datagram { .. }) => {
                    return Err(format!("sends {} bytes that are no frame", sent.bytes.len()));
                }
                Some([]) => return Err("sends a frame without a message".into()),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr, frame, ping};
    use super::*;

    #[test]
    fn a_datagram_that_says_nothing_is_seen() {
        let send = |bytes| Scene::new().datagram(addr(2), bytes);
        send(frame(&[ping()])).holds(&mut FramesSaySomething);
        send(frame(&[])).breaks(&mut FramesSaySomething, "a frame without a message");
        send(vec![7; 100]).breaks(&mut FramesSaySomething, "100 bytes that are no frame");
    }
}
