//! Where an attacker that is no node reads what is sent to its address.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::NodeId;

/// More than this is not kept: the oldest letter goes first.
const LETTERS_MAX: usize = 1_024;

/// The datagrams that nodes sent to an address where no node is; see [`Cluster::listen`](crate::Cluster::listen). A
/// clone is another key to the same box.
#[derive(Clone, Debug, Default)]
pub struct Mailbox(Rc<RefCell<VecDeque<Letter>>>);

/// A datagram that nobody but an attacker received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Who sent it.
    pub from: NodeId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Mailbox {
    /// The oldest letter that was not taken yet.
    #[must_use]
    pub fn take(&self) -> Option<Letter> {
        self.0.borrow_mut().pop_front()
    }

    pub(crate) fn put(&self, from: NodeId, bytes: &[u8]) {
        let mut letters = self.0.borrow_mut();
        if letters.len() == LETTERS_MAX {
            letters.pop_front();
        }
        letters.push_back(Letter { from, bytes: bytes.to_vec() });
    }
}
