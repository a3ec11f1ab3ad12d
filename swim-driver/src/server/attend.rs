//! One handler, from beginning to end.

use std::error::Error;

use tracing::{Instrument, debug_span, field, warn};

use super::peer::Peer;
use super::shared::Life;

/// Runs a handler in a span that names its client. An error is logged and counted, unless the server has ended: then it
/// is no news.
pub async fn attend<Fut, E>(peer: Peer, handler: impl FnOnce(Peer) -> Fut)
where
    Fut: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let (shared, addr) = (peer.shared.clone(), peer.addr().cloned());
    let span = debug_span!("peer", addr = addr.as_ref().map(field::debug));
    let handling = span.in_scope(|| handler(peer));
    let Err(error) = handling.instrument(span).await else { return };
    let mut state = shared.lock();
    if matches!(state.life, Life::Running { .. }) {
        state.stats.handlers_failed += 1;
        drop(state);
        let error: Box<dyn Error + Send + Sync> = error.into();
        let error: &(dyn Error + 'static) = &*error;
        warn!(peer = addr.as_ref().map(field::debug), error, "a handler failed");
    }
}
