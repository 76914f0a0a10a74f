//! What the writes of one round, or of one put, share, and what a node remembers of all writes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::lock::Mutex;

use crate::error::StoreFault;

/// The writes of one round, or of one put: one at a time, so that another peer's copies of the same records are found to
/// be held, and none after the database has timed out or is down.
#[derive(Debug)]
pub(super) struct Writes {
    pub(super) now_ms: u64,
    /// Whether these are the task's own records, which are tried even if they are settled.
    pub(super) is_own: bool,
    /// Held while a write is under way.
    pub(super) turn: Mutex<()>,
    fault: RefCell<Option<StoreFault>>,
    is_over: Cell<bool>,
    /// Whether so many records failed alone that another one has to show whether the database accepts any write.
    pub(super) is_in_doubt: Cell<bool>,
    /// Whether one has shown that, in this round.
    pub(super) is_trusted: Cell<bool>,
    /// How many writes were due while writes failed.
    pub(super) doubtful: Cell<u32>,
}

impl Writes {
    /// The writes of a round that begins at this time of the node's clock.
    pub(super) fn of_round(now_ms: u64) -> Self {
        let (turn, fault, is_over, is_in_doubt, is_trusted, doubtful) = Default::default();
        Self { now_ms, is_own: false, turn, fault, is_over, is_in_doubt, is_trusted, doubtful }
    }

    /// The writes of one put, at this time of the node's clock.
    pub(super) fn of_task(now_ms: u64) -> Self {
        Self { is_own: true, ..Self::of_round(now_ms) }
    }

    /// The fault of the database, if it failed.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.fault.borrow().clone()
    }

    /// Why nothing more is written: the database timed out, is down, or dropped what it acknowledged.
    pub(super) fn over(&self) -> Option<StoreFault> {
        if self.is_over.get() { self.fault() } else { None }
    }

    /// Notes a fault of the database; the fault that ended the writes takes precedence.
    pub(super) fn note(&self, fault: &StoreFault) {
        if !self.is_over.get() {
            self.fault.replace(Some(fault.clone()));
        }
    }

    /// Whether another record has to show whether the database accepts any write.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.is_in_doubt.get()
    }

    /// Ends the doubt: another record was written (`is_trusted`), so that those that failed are to blame; or there was none
    /// to try, and writing goes on with caution.
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

/// How the writes of a node went so far.
#[derive(Debug, Default)]
pub(super) struct WriteHistory {
    /// How many there were; each has its number.
    pub(super) calls: u64,
    /// The number of the last write that stored something.
    pub(super) written_at: u64,
    /// Whether writes of a round have failed since, so that the database may be down.
    pub(super) is_failing: bool,
}

/// The room that new records reserve while they are written; released when this is dropped.
pub(super) struct Room {
    coming: Rc<Cell<u64>>,
    taken: u64,
}

impl Room {
    /// No room yet; what is taken is added to `coming`.
    pub(super) fn in_use(coming: &Rc<Cell<u64>>) -> Self {
        Self { coming: Rc::clone(coming), taken: 0 }
    }

    /// Reserves room for this many records.
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
