//! Looking at the members.

use core::fmt;

use swim_codec::{Addr, AddrRef, Epoch, Incarnation, Name, State};

use crate::register_store::Registers;
use crate::table::{MemberIndex, Seen, Table};
use crate::{Instant, Peer};

/// A member as this node sees it now.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    row: Seen<'a>,
    registers: &'a Registers,
}

impl<'a> Member<'a> {
    pub(crate) fn new(row: Seen<'a>, registers: &'a Registers) -> Self {
        Self { row, registers }
    }

    /// Its name, unique in the cluster.
    #[must_use]
    pub fn name(&self) -> &'a Name {
        self.row.name()
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> Addr {
        self.row.addr()
    }

    /// The same in the borrowed form that goes on the wire.
    #[must_use]
    pub fn addr_ref(&self) -> AddrRef<'a> {
        self.row.addr_ref()
    }

    /// What is believed of it.
    #[must_use]
    pub fn state(&self) -> State {
        self.row.state()
    }

    /// Since when it is believed.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.row.since
    }

    /// Which life of this name it is.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.row.epoch
    }

    /// How often it refuted in this life.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.row.incarnation
    }

    /// The value of one of its registers.
    #[must_use]
    pub fn register(&self, key: &str) -> Option<&'a [u8]> {
        self.registers.find(self.row.registers(), key)?.value.as_deref()
    }

    /// All its registers, in the order of their keys.
    pub fn registers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let places = self.row.registers().places().iter();
        places.filter_map(|&place| {
            let register = self.registers.get(place)?;
            Some((&*register.key, register.value.as_deref()?))
        })
    }

    /// A copy that outlives the node.
    #[must_use]
    pub fn to_peer(&self) -> Peer {
        self.row.peer()
    }
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_peer().fmt(f)
    }
}

/// The live members; made by [`Node::members`](crate::Node::members).
#[derive(Clone)]
pub struct Members<'a> {
    table: &'a Table,
    registers: &'a Registers,
    local: bool,
    next: usize,
}

impl<'a> Members<'a> {
    pub(crate) fn new(table: &'a Table, registers: &'a Registers) -> Self {
        Self { table, registers, local: table.local().is_live(), next: 0 }
    }

    fn next_index(&mut self) -> Option<MemberIndex> {
        if core::mem::take(&mut self.local) {
            return Some(MemberIndex::LOCAL);
        }
        let index = self.table.ring().get(self.next)?;
        self.next += 1;
        Some(index)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let row = self.next_index().and_then(|index| self.table.get(index))?;
        Some(Member::new(row, self.registers))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.local) + self.table.ring().len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Members<'_> {}
