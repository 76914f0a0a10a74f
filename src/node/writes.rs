//! What the writes of a round, or of the task's own record, share, and what a node remembers of them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::lock::Mutex;

use crate::error::StoreFault;

/// The writes of one round, or of the task's own record: one at a time, so that another peer's copies of the same records
/// are found to be held, and none after the database has hung or is down.
#[derive(Debug)]
pub(super) struct Writes {
    pub(super) now_ms: u64,
    /// Whether it is the task's own record, which is tried whatever is remembered of it.
    pub(super) is_own: bool,
    /// Held by whoever writes.
    pub(super) turn: Mutex<()>,
    fault: RefCell<Option<StoreFault>>,
    is_over: Cell<bool>,
    /// Whether so much failed alone that something else has to show whether the database takes anything.
    pub(super) is_in_doubt: Cell<bool>,
    /// Whether that was shown before, in this round.
    pub(super) is_trusted: Cell<bool>,
    /// How many batches came while writes failed.
    pub(super) doubtful: Cell<u32>,
}

impl Writes {
    /// The writes of a round that begins at this time of the node's clock.
    pub(super) fn of_round(now_ms: u64) -> Self {
        let (turn, fault, is_over, is_in_doubt, is_trusted, doubtful) = Default::default();
        Self { now_ms, is_own: false, turn, fault, is_over, is_in_doubt, is_trusted, doubtful }
    }

    /// The write of one record of the task's own, at this time of the node's clock.
    pub(super) fn of_task(now_ms: u64) -> Self {
        Self { is_own: true, ..Self::of_round(now_ms) }
    }

    /// What the database failed with, if it did.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.fault.borrow().clone()
    }

    /// Why nothing more is written: the database does not answer, is down, or drops what it acknowledges.
    pub(super) fn over(&self) -> Option<StoreFault> {
        if self.is_over.get() { self.fault() } else { None }
    }

    /// Notes what the database failed with; what ended the writes counts most.
    pub(super) fn note(&self, fault: &StoreFault) {
        if !self.is_over.get() {
            self.fault.replace(Some(fault.clone()));
        }
    }

    /// Whether something else has to show whether the database takes anything.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.is_in_doubt.get()
    }

    /// Whether something else was written, so that what failed is to blame for that itself. Else all that follows is
    /// tried with caution.
    pub(super) fn resolve(&self, is_trusted: bool) {
        self.is_in_doubt.set(false);
        if is_trusted {
            self.is_trusted.set(true);
            self.fault.take();
        }
    }

    pub(super) fn end(&self, fault: &StoreFault) {
        self.note(fault);
        self.is_over.set(true);
    }
}

/// How the writes of a node went, from its beginning on.
#[derive(Debug, Default)]
pub(super) struct WriteHistory {
    /// How many there were.
    pub(super) calls: u64,
    /// The number of the last one that stored something.
    pub(super) written_at: u64,
    /// Whether a round's writes have failed since, so that the database may be down.
    pub(super) is_failing: bool,
}

/// The room of new records whose write is under way; given back when it is dropped.
pub(super) struct Room {
    coming: Rc<Cell<u64>>,
    taken: u64,
}

impl Room {
    /// No room yet, of what is in use there.
    pub(super) fn in_use(coming: &Rc<Cell<u64>>) -> Self {
        Self { coming: Rc::clone(coming), taken: 0 }
    }

    /// Takes the room of so many records.
    pub(super) fn take(&mut self, records: u64) {
        self.taken = self.taken.saturating_add(records);
        self.coming.set(self.coming.get().saturating_add(records));
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.coming.set(self.coming.get().saturating_sub(self.taken));
    }
}
