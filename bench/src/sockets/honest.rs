//! A client that has the key, is no member, and asks again and again.

use std::net::UdpSocket;
use std::time::{Duration, Instant as Clock};
use std::{io, thread};

use swim_core::Config;

use crate::sockets::victim::Victim;
use crate::swim::{Voice, keyring};

/// Its number: no member has it.
pub(crate) const CLIENT: u32 = 99;
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(10);

/// What came of its questions.
pub(crate) struct Trips {
    /// Round trips in seconds, the shortest first; that of a question without an answer is the wait for it.
    pub(crate) seconds: Vec<f64>,
    pub(crate) answered: usize,
    pub(crate) time: Duration,
}

impl Trips {
    /// In microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let last = self.seconds.len().saturating_sub(1);
        self.seconds.get(last * percent / 100).map_or(f64::NAN, |seconds| seconds * 1e6)
    }

    pub(crate) fn answered_percent(&self) -> f64 {
        100.0 * self.answered as f64 / self.seconds.len().max(1) as f64
    }
}

/// Asks the victim for so long. A member does not know the client, and answers each question with a challenge.
#[allow(clippy::disallowed_methods, reason = "it measures")]
pub(crate) fn ask(victim: &Victim, time: Duration) -> io::Result<Trips> {
    // An answer is waited for as long as a node waits for that of a probe.
    let patience = Config::lan().probe_timeout;
    let (client, mut voice) = (UdpSocket::bind("127.0.0.1:0")?, Voice::of(CLIENT, keyring(victim.suite)));
    client.set_read_timeout(Some(patience))?;
    let begun = Clock::now();
    let (mut seconds, mut answered, mut buf) = (vec![], 0, [0; 2_048]);
    while begun.elapsed() < time {
        let (asked, question) = (Clock::now(), voice.ping());
        client.send_to(&question, victim.addr)?;
        let answer = client.recv(&mut buf);
        answered += usize::from(answer.is_ok());
        seconds.push(answer.map_or(patience, |_| asked.elapsed()).as_secs_f64());
        thread::sleep(PAUSE);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(Trips { seconds, answered, time: begun.elapsed() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_without_an_answer_counts_as_the_wait_for_it() {
        let mut seconds = vec![0.001; 97];
        seconds.extend([0.5; 3]);
        let trips = Trips { seconds, answered: 97, time: Duration::from_secs(1) };
        assert_eq!((trips.percentile(50), trips.percentile(99)), (1_000.0, 500_000.0));
        assert_eq!(trips.answered_percent(), 97.0);
    }
}
