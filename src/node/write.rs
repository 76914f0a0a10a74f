//! Write, the only way into the store, for rounds and for the task's own records: the task accepts them → they are still
//! greater than what is held, and there is room → they are stored → the outcomes are noted.

use super::load::broken_contract;
use super::state::Node;
use super::store_write::{Selected, entry_of};
use super::writes::{Room, Writes};
use crate::error::{Rejection, StoreFault, StoreFaultKind};
use crate::merge::{Decision, Why};
use crate::ports::{Access, Host, Store, StoredEntry, Written};
use crate::report::ItemOutcome;
use crate::verify::Record;

/// How many records one write has at most: handing over more would hold up the event loop.
const WRITE: usize = 250;
/// The limit where other peers may be offering the same records: once some are stored, their copies need no work.
const EARLY_WRITE: usize = 60;
/// The limit for a database that is read whole before and after each write: it gets fewer and larger ones.
const WHOLE_WRITE: usize = 2_000;

/// How many records one write has at most.
pub(super) fn write_at_most(access: Access, may_repeat: bool) -> usize {
    match (access, may_repeat) {
        (Access::Whole, _) => WHOLE_WRITE,
        (Access::ByKey, true) => EARLY_WRITE,
        (Access::ByKey, false) => WRITE,
    }
}

/// The outcome of each record of a write.
pub(super) type Outcomes = Vec<(Record, ItemOutcome)>;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Stores verified records whose time has come: those that the task accepts, that are still greater than what is
    /// held, and for which there is room. The task's own `accept` has until `until_ms` of the host's clock; the rest
    /// waits for its turn among `writes`.
    pub(super) async fn write(&self, mut records: Vec<Record>, until_ms: u64, writes: &Writes) -> Outcomes {
        self.let_others_run().await;
        let mut outcomes = Outcomes::new();
        self.leave_settled(&mut records, writes, &mut outcomes);
        let mut accepted = self.accept(records, until_ms, writes, &mut outcomes).await;
        let _turn = writes.turn.lock().await;
        // Another peer's copies may have been first.
        self.leave_settled(&mut accepted, writes, &mut outcomes);
        let (selected, room) = self.select(accepted, writes, &mut outcomes);
        if !selected.is_empty() {
            self.store(selected, room, writes, &mut outcomes).await;
        }
        outcomes
    }

    /// Moves records that are settled to the outcomes.
    fn leave_settled(&self, records: &mut Vec<Record>, writes: &Writes, outcomes: &mut Outcomes) {
        if writes.is_own {
            return;
        }
        let settled = &self.state.borrow().settled;
        for record in std::mem::take(records) {
            let content = record.content();
            let id = (&content.key_hash, &content.version.content);
            match settled.outcome(id, &|| content.unsigned.clone(), writes.now_ms) {
                Some(outcome) => outcomes.push((record, outcome)),
                None => records.push(record),
            }
        }
    }

    /// Settles a verified record that is not stored.
    fn settle(&self, record: &Record, why: Rejection, writes: &Writes) -> ItemOutcome {
        let settled = &mut self.state.borrow_mut().settled;
        let until_ms = settled.until_ms(writes.now_ms);
        settled.settle(record, why.clone(), until_ms, writes.now_ms);
        ItemOutcome::Settled(why, until_ms)
    }

    /// Rule 9: "the task's own accept agrees"
    async fn accept(
        &self,
        records: Vec<Record>,
        until_ms: u64,
        writes: &Writes,
        outcomes: &mut Outcomes,
    ) -> Vec<Record> {
        let host = &self.ports.host;
        if !host.has_accept() || records.is_empty() {
            return records;
        }
        let answers = host.accept(records.iter().map(Record::envelope).collect(), until_ms).await;
        let mut answers = answers.into_iter();
        let (accepted, refused): (Vec<_>, Vec<_>) = records.into_iter().partition(|_| answers.next().unwrap_or(false));
        for record in refused {
            let outcome = self.settle(&record, Rejection::NotAccepted, writes);
            outcomes.push((record, outcome));
        }
        accepted
    }

    /// Selects what is to be written, just before the write, because other writes may have been first. New records reserve
    /// their room until the write has ended.
    fn select(&self, records: Vec<Record>, writes: &Writes, outcomes: &mut Outcomes) -> (Selected, Room) {
        let (mut selected, mut room) = (Selected::new(), Room::in_use(&self.state.borrow().coming));
        for record in records {
            let decision = self.state.borrow().holdings.decide(&record.content().key_hash, &record.version());
            if let Decision::Keep(why) = decision {
                outcomes.push((record, ItemOutcome::Kept(why)));
            } else if let Some(full) = self.no_room(decision) {
                let outcome = self.settle(&record, full, writes);
                outcomes.push((record, outcome));
            } else {
                room.take(u64::from(decision == Decision::Insert));
                selected.push((record, decision));
            }
        }
        (selected, room)
    }

    fn no_room(&self, decision: Decision) -> Option<Rejection> {
        let state = self.state.borrow();
        let max_records = self.options.max_records;
        let is_full = (state.holdings.len() as u64).saturating_add(state.coming.get()) >= max_records;
        (is_full && decision == Decision::Insert).then_some(Rejection::StoreFull { max_records })
    }

    /// Hands records to the store, and notes the outcome of each.
    async fn store(&self, selected: Selected, room: Room, writes: &Writes, outcomes: &mut Outcomes) {
        if let Some(fault) = self.unavailable(writes) {
            outcomes.extend(selected.into_iter().map(|(record, _)| (record, ItemOutcome::NotStored(fault.clone()))));
            return;
        }
        let mut entries: Vec<StoredEntry> = selected.iter().map(|(record, _)| entry_of(record)).collect();
        let mut became = self.write_entries(&selected, &mut entries, writes).await;
        self.confirm(&selected, &entries, &mut became, room, writes).await;
        for (((record, decision), entry), became) in selected.into_iter().zip(entries).zip(became) {
            let record = as_tried(record, &entry);
            let outcome = match became.written {
                Some(Written::Written) if decision == Decision::Insert => ItemOutcome::Inserted,
                Some(Written::Written) => ItemOutcome::Replaced,
                Some(Written::Stale) => ItemOutcome::Kept(self.why_stale(&record)),
                Some(Written::Unsafe) => self.settle(&record, Rejection::StoreUnsafe, writes),
                Some(Written::Failed(fault)) => self.outcome_of_failure(&record, became.failed_at, fault, writes),
                None => ItemOutcome::NotStored(
                    writes
                        .fault()
                        .unwrap_or_else(|| broken_contract("db.write() gave no outcome; wanted one for each entry")),
                ),
            };
            outcomes.push((record, outcome));
        }
    }

    /// Why nothing is written at all. While writes fail, a round still tries its first, second, fourth and eighth, to see
    /// whether they succeed again: the first may contain nothing but records that the database refuses.
    fn unavailable(&self, writes: &Writes) -> Option<StoreFault> {
        if let Some(fault) = writes.over() {
            return Some(fault);
        }
        if writes.is_own || writes.is_in_doubt() || !self.state.borrow().writing.is_failing {
            return None;
        }
        writes.doubtful.set(writes.doubtful.get().saturating_add(1));
        if writes.doubtful.get().is_power_of_two() { None } else { writes.fault() }
    }

    /// The outcome of a record that failed alone: either the database refuses it, or the database fails.
    fn outcome_of_failure(&self, record: &Record, failed_at: u64, fault: StoreFault, writes: &Writes) -> ItemOutcome {
        let is_never =
            fault.kind == StoreFaultKind::Timeout || (writes.is_own && fault.kind == StoreFaultKind::Dropped);
        if is_never {
            return ItemOutcome::NotStored(fault);
        }
        let state = &mut *self.state.borrow_mut();
        // If nothing was tried after it, nothing has shown that the database accepts others.
        let is_last = writes.over().is_some() || writes.is_in_doubt();
        let failed_at = if is_last { state.writing.calls } else { failed_at };
        let numbers = (failed_at, state.writing.written_at);
        let (why, until_ms) = state.settled.settle_failure(record, numbers, &fault, writes.now_ms);
        match &why {
            Rejection::StoreFailed(_) => {
                state.read_store_again();
                state.writing.is_failing |= !writes.is_own;
            }
            Rejection::StoreRefused(StoreFault { kind: StoreFaultKind::Dropped, .. }) => writes.note(&fault),
            _ => {}
        }
        ItemOutcome::Settled(why, until_ms)
    }

    /// The outcome of a record that failed alone, now that all writes are done: the database refuses it if something was
    /// written after it.
    pub(super) fn outcome_now(&self, record: &Record, outcome: ItemOutcome, writes: &Writes) -> ItemOutcome {
        let Some(fault) = outcome.fault() else { return outcome };
        let is_proven = {
            let state = self.state.borrow();
            state.settled.is_proven(record, state.writing.written_at)
        };
        if is_proven {
            return self.outcome_of_failure(record, u64::MAX, fault.clone(), writes);
        }
        writes.note(fault);
        outcome
    }

    /// Why a record is stale: another peer's copy, or the task's own write, was first.
    fn why_stale(&self, record: &Record) -> Why {
        match self.state.borrow().holdings.decide(&record.content().key_hash, &record.version()) {
            Decision::Keep(why) => why,
            Decision::Insert | Decision::Replace => Why::Older,
        }
    }
}

/// The record as its entry was last tried: without the unsigned members, if the database did not accept those.
fn as_tried(record: Record, entry: &StoredEntry) -> Record {
    let is_whole = entry.text.strip_suffix('}').is_some_and(|text| text.ends_with(&record.content().unsigned));
    if is_whole { record } else { record.into_bare() }
}
