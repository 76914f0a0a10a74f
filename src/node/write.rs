//! Write, the one way into the store, for rounds and for the task's own records: accept → room → still greater? → store →
//! note.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::lock::Mutex;

use super::load::rubbish;
use super::state::{Node, State};
use crate::error::{Rejection, StoreFault, StoreFaultKind};
use crate::merge::{Decision, Why};
use crate::ports::{Access, Host, Store, StoredEntry, Written};
use crate::report::ItemOutcome;
use crate::verify::Record;

/// How many records are written at one time: handing over more would hold up the event loop for longer.
const WRITE: usize = 250;
/// Fewer where several peers may come with the same records, which are spared the work once these are stored.
const EARLY_WRITE: usize = 60;
/// A database that is read whole before and after each write is given fewer and larger ones.
const WHOLE_WRITE: usize = 2_000;

/// How many records to write at one time.
pub(super) fn write_at_most(access: Access, may_repeat: bool) -> usize {
    match (access, may_repeat) {
        (Access::Whole, _) => WHOLE_WRITE,
        (Access::ByKey, true) => EARLY_WRITE,
        (Access::ByKey, false) => WRITE,
    }
}

/// What became of each record of a write.
pub(super) type Outcomes = Vec<(Record, ItemOutcome)>;

/// The writes of one round: one at a time, so that another peer's copies of the same records are found to be held, and
/// none after the database has hung.
#[derive(Debug, Default)]
pub(super) struct Writes {
    turn: Mutex<()>,
    fault: RefCell<Option<StoreFault>>,
}

impl Writes {
    /// What the database failed with, if it did; that it hung counts most.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.fault.borrow().clone()
    }

    /// Why nothing more is written: the database does not answer. One that failed in another way may have refused one
    /// peer's record, which must not keep out another's.
    pub(super) fn hanging(&self) -> Option<StoreFault> {
        self.fault().filter(|fault| fault.kind == StoreFaultKind::Timeout)
    }

    fn note(&self, fault: &StoreFault) {
        let noted = &mut *self.fault.borrow_mut();
        if noted.is_none() || fault.kind == StoreFaultKind::Timeout {
            *noted = Some(fault.clone());
        }
    }
}

/// The room of new records whose write is under way; given back when it is dropped.
struct Room {
    coming: Rc<Cell<u64>>,
    taken: u64,
}

impl Room {
    fn in_use(coming: &Rc<Cell<u64>>) -> Self {
        Self { coming: Rc::clone(coming), taken: 0 }
    }

    fn take(&mut self, records: u64) {
        self.taken = self.taken.saturating_add(records);
        self.coming.set(self.coming.get().saturating_add(records));
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.coming.set(self.coming.get().saturating_sub(self.taken));
    }
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Stores verified records whose time has come: what the task accepts, what has room, and what is still greater than
    /// what is held. The task's own `accept` may take until `until_ms` of the host's clock; what comes after it takes its
    /// turn among `writes`.
    pub(super) async fn write(&self, records: Vec<Record>, until_ms: u64, writes: &Writes) -> Outcomes {
        self.let_others_run().await;
        let (accepted, mut outcomes) = self.accept(records, until_ms).await;
        let _turn = writes.turn.lock().await;
        let (selected, room) = self.select(accepted, &mut outcomes);
        if selected.is_empty() {
            return outcomes;
        }
        let stored = match writes.hanging() {
            Some(fault) => Err(fault),
            None => self.store(&selected, room).await.inspect_err(|fault| writes.note(fault)),
        };
        let stored = stored.unwrap_or_else(|fault| vec![ItemOutcome::NotStored(fault); selected.len()]);
        outcomes.extend(selected.into_iter().map(|(record, _)| record).zip(stored));
        outcomes
    }

    /// Rule 9: "the task's own accept agrees"
    async fn accept(&self, records: Vec<Record>, until_ms: u64) -> (Vec<Record>, Outcomes) {
        let host = &self.ports.host;
        if !host.has_accept() {
            return (records, Vec::new());
        }
        let answers = host.accept(records.iter().map(Record::envelope).collect(), until_ms).await;
        let mut answers = answers.into_iter();
        let (accepted, refused): (Vec<_>, Vec<_>) = records.into_iter().partition(|_| answers.next().unwrap_or(false));
        let refuse = |record| (record, ItemOutcome::Rejected(Rejection::NotAccepted));
        (accepted, refused.into_iter().map(refuse).collect())
    }

    /// Decides, just before writing, because other writes may have come first. The room that new records take is theirs
    /// until the write is over.
    fn select(&self, records: Vec<Record>, outcomes: &mut Outcomes) -> (Vec<(Record, Decision)>, Room) {
        let state = self.state.borrow();
        let (mut selected, mut room) = (Vec::new(), Room::in_use(&state.coming));
        for record in records {
            let decision = state.holdings.decide(&record.content().key_hash, &record.version());
            if let Decision::Keep(why) = decision {
                outcomes.push((record, ItemOutcome::Kept(why)));
            } else if let Some(full) = self.no_room(&state, decision) {
                outcomes.push((record, ItemOutcome::Rejected(full)));
            } else {
                room.take(u64::from(decision == Decision::Insert));
                selected.push((record, decision));
            }
        }
        (selected, room)
    }

    fn no_room(&self, state: &State, decision: Decision) -> Option<Rejection> {
        let max_records = self.options.max_records;
        let is_full = (state.holdings.len() as u64).saturating_add(state.coming.get()) >= max_records;
        (is_full && decision == Decision::Insert).then_some(Rejection::StoreFull { max_records })
    }

    /// Hands records to the store, and notes what it acknowledged.
    async fn store(&self, selected: &[(Record, Decision)], room: Room) -> Result<Vec<ItemOutcome>, StoreFault> {
        let written = self.write_entries(selected, room).await;
        let written = written.inspect_err(|_| self.state.borrow_mut().read_store_again())?;
        let outcomes = selected.iter().zip(written).map(|((record, decision), written)| match written {
            Written::Written if *decision == Decision::Insert => ItemOutcome::Inserted,
            Written::Written => ItemOutcome::Replaced,
            Written::Stale => ItemOutcome::Kept(self.why_stale(record)),
            Written::Unsafe => ItemOutcome::Rejected(Rejection::StoreUnsafe),
            Written::Failed(fault) => ItemOutcome::NotStored(fault),
        });
        Ok(outcomes.collect())
    }

    async fn write_entries(&self, selected: &[(Record, Decision)], room: Room) -> Result<Vec<Written>, StoreFault> {
        let entries: Vec<StoredEntry> = selected.iter().map(|(record, _)| entry_of(record)).collect();
        self.remove_damaged(selected).await?;
        let written = self.ports.store.write(&entries).await?;
        if written.len() != entries.len() {
            return Err(rubbish("write() answered for another number of entries"));
        }
        let with = |wanted: &'static Written| {
            let all = entries.iter().zip(selected).zip(&written);
            all.filter(move |(_, written)| **written == *wanted).map(|((entry, (record, _)), _)| (entry, record))
        };
        let texts: Vec<&str> = with(&Written::Written).map(|(entry, _)| entry.text.as_str()).collect();
        if let Some((last, _)) = with(&Written::Written).next_back() {
            self.check_kept(last).await?;
            self.ports.host.records_stored(&texts);
        }
        // From here on the records themselves count.
        drop(room);
        with(&Written::Written).for_each(|(_, record)| self.note_stored(record));
        let stale: Vec<String> = with(&Written::Stale).map(|(entry, _)| entry.key.clone()).collect();
        if !stale.is_empty() {
            self.look_up(&stale).await?;
        }
        Ok(written)
    }

    /// What is damaged in the store has the version of the good copy, which would be stale.
    async fn remove_damaged(&self, selected: &[(Record, Decision)]) -> Result<(), StoreFault> {
        let damaged = self.state.borrow().damaged.among(selected.iter().map(|(record, _)| &record.content().key_hash));
        if damaged.is_empty() {
            return Ok(());
        }
        self.ports.store.remove(&damaged).await?;
        self.state.borrow_mut().damaged.forget(&damaged);
        Ok(())
    }

    /// Looks for one entry of a batch: a database that drops its writes would otherwise be believed until a restart. One
    /// that is read whole looks for all of them itself.
    async fn check_kept(&self, entry: &StoredEntry) -> Result<(), StoreFault> {
        if self.state.borrow().access == Access::Whole {
            return Ok(());
        }
        let held = self.ports.store.get_many(std::slice::from_ref(&entry.key)).await?;
        let is_kept = held.into_iter().flatten().any(|held| held.version >= entry.version);
        let message = || format!("the db acknowledged a write of {} and does not hold it", entry.key);
        if is_kept { Ok(()) } else { Err(StoreFault { kind: StoreFaultKind::Dropped, message: message() }) }
    }

    fn note_stored(&self, record: &Record) {
        let state = &mut *self.state.borrow_mut();
        if state.holdings.note_stored(record).is_some() {
            // A greater one came meanwhile, or the store has lost it.
            state.read_store_again();
        }
    }

    /// Another peer's copy, or the task's own write, came first.
    fn why_stale(&self, record: &Record) -> Why {
        match self.state.borrow().holdings.decide(&record.content().key_hash, &record.version()) {
            Decision::Keep(why) => why,
            Decision::Insert | Decision::Replace => Why::Older,
        }
    }
}

fn entry_of(record: &Record) -> StoredEntry {
    StoredEntry {
        key: record.content().key.as_str().to_owned(),
        version: record.version().to_string(),
        text: record.envelope(),
    }
}
