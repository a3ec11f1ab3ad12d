//! One handler, from beginning to end.

use std::error::Error;
use std::sync::Arc;
use std::thread;

use tracing::{Instrument, debug_span, field, warn};

use super::peer::Peer;
use super::served::Served;
use super::shared::Life;

/// A handler that runs, whatever it does with its peer.
struct Handling(Arc<Served>);

/// Runs a handler in a span that names its client. A panic is logged and counted, and so is an error, unless the server has
/// ended: then it is no news.
pub async fn attend<Fut, E>(peer: Peer, handler: impl FnOnce(Peer) -> Fut)
where
    Fut: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let handling = Handling(Arc::clone(&peer.served));
    let span = debug_span!("peer", addr = handling.0.addr().map(field::debug));
    let answer = span.in_scope(|| handler(peer));
    if let Err(error) = answer.instrument(span).await {
        let error: Box<dyn Error + Send + Sync> = error.into();
        handling.fail(&*error);
    }
}

impl Handling {
    fn fail(&self, error: &(dyn Error + 'static)) {
        let mut state = self.0.shared.lock();
        if !matches!(state.life, Life::Running { .. }) {
            return;
        }
        state.stats.handlers_failed += 1;
        drop(state);
        warn!(peer = self.0.addr().map(field::debug), error, "a handler failed");
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.shared.lock().stats.handlers_failed += 1;
            warn!(peer = self.0.addr().map(field::debug), "a handler panicked");
        }
    }
}
