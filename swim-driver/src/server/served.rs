//! A client that is being served.

use std::sync::Arc;

use swim_core::{Addr, Instant};

use super::clients::ClientId;
use super::shared::Shared;

/// A client and its handler, for as long as that runs or its `Peer` is in anybody's hands.
pub(super) struct Served {
    pub(super) shared: Arc<Shared>,
    pub(super) client: ClientId,
}

impl Served {
    /// `None`: a Unix socket without a name.
    pub(super) fn addr(&self) -> Option<&Addr> {
        match &self.client {
            ClientId::Named(addr) => Some(addr),
            ClientId::Unnamed(_) => None,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        state.clients.finish(&self.client, &mut state.later);
        if state.clients.has_due() {
            state.wake_driver_by(Instant::ZERO);
        }
        state.tell_if_nothing_is_left();
    }
}
