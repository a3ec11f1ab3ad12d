//! What comes on streams, frame by frame.

use std::collections::BTreeMap;

use swim_codec::{ClusterId, Keyring, StreamDecoder, limits};
use swim_core::StreamId;

use super::said::{self, Said};
use crate::{Arrival, Call, NodeId};

/// The streams of all nodes on which something came.
#[derive(Default)]
pub(super) struct Ears(BTreeMap<(NodeId, StreamId), StreamDecoder>);

impl Ears {
    /// What the frames say that have come whole with this call, as far as they open.
    pub(super) fn hear(
        &mut self,
        node: NodeId,
        call: &Call<'_>,
        keyring: &mut Keyring,
        cluster: ClusterId,
    ) -> Vec<Said> {
        let mut heard = Vec::new();
        match call {
            Call::Start => self.0.retain(|(other, _), _| *other != node),
            Call::Stream { stream, arrival: Arrival::Data(bytes) } => {
                let new = || StreamDecoder::new(limits::STREAM_FRAME_MAX);
                let decoder = self.0.entry((node, *stream)).or_insert_with(new);
                decoder.push(bytes);
                while let Ok(Some(frame)) = decoder.next_frame() {
                    heard.extend(said::read(keyring, cluster, frame).into_iter().flatten());
                }
            }
            Call::Stream { stream, arrival: Arrival::Finished | Arrival::Failed } => {
                self.0.remove(&(node, *stream));
            }
            _ => {}
        }
        heard
    }
}
