//! S9: every datagram has at least one byte and at most as many as the configuration allows.

use swim_core::Transmit;

use super::{Law, Moment};

pub(super) struct DatagramsFit;

impl Law for DatagramsFit {
    fn rule(&self) -> &'static str {
        "S9"
    }

    fn judge(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let limit = usize::from(moment.config.datagram_limit);
        let datagrams = moment.sent.iter().filter(|sent| matches!(sent.transmit, Transmit::Datagram { .. }));
        let mut lengths = datagrams.map(|sent| sent.bytes.len());
        match lengths.find(|len| !(1..=limit).contains(len)) {
            Some(len) => Err(format!("sends a datagram of {len} bytes, the limit is {limit}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, addr};
    use super::*;

    #[test]
    fn an_empty_and_a_long_datagram_are_seen() {
        let send = |len| Scene::new().datagram(addr(1), vec![0; len]);
        send(1).holds(&mut DatagramsFit);
        send(1400).holds(&mut DatagramsFit);
        send(0).breaks(&mut DatagramsFit, "a datagram of 0 bytes");
        send(1401).breaks(&mut DatagramsFit, "a datagram of 1401 bytes, the limit is 1400");
    }
}
