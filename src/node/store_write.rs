//! One write on its way into the store: as a whole or in halves, then confirmed and noted.

use std::borrow::Cow;

use super::halves::{Became, EntryTraits, Halves};
use super::load::broken_contract;
use super::state::Node;
use super::writes::{Room, Writes};
use crate::error::{StoreFault, StoreFaultKind};
use crate::merge::Decision;
use crate::ports::{Access, Host, Store, StoredEntry, Written};
use crate::verify::Record;

/// While writes fail, a round gives up after this many; it tries the first, the second, the fourth and the last.
const LAST_DOUBTFUL: u32 = 8;

/// Records to be written, each with the decision about it.
pub(super) type Selected = Vec<(Record, Decision)>;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Writes entries, in halves where the database does not accept them as a whole. Entries that were tried without their
    /// unsigned members are left that way in `entries`.
    pub(super) async fn write_entries(
        &self,
        selected: &Selected,
        entries: &mut [StoredEntry],
        writes: &Writes,
    ) -> Vec<Became> {
        let (mut halves, is_cautious) = self.halves(selected, writes);
        let slots = selected.iter().map(|(record, _)| &record.content().key_hash);
        if let Err(fault) = self.remove_damaged(slots).await {
            self.end_writes(&fault, writes);
            return halves.into_became();
        }
        let (mut is_probed, mut is_first) = (false, true);
        while let Some(attempt) = halves.next() {
            if attempt.is_bare {
                attempt.at.iter().for_each(|at| strip_unsigned(*at, selected, entries));
            }
            let (number, answer) = self.write_once(&tried(&attempt.at, entries)).await;
            let (is_whole, fault) = (answer.is_err(), fault_of(&answer));
            if answer.as_ref().is_ok_and(|written| written.len() != attempt.at.len()) {
                // Its other answers could not be relied on either.
                self.end_writes(
                    &broken_contract("db.write() gave another number of outcomes than of entries; wanted one for each"),
                    writes,
                );
                break;
            }
            let is_probe = is_cautious && std::mem::take(&mut is_first);
            halves.note(attempt, answer, number);
            let Some(mut fault) = fault else { continue };
            let is_unread =
                is_whole && !std::mem::replace(&mut is_probed, true) && self.fails_to_read(entries, &mut fault).await;
            if is_unread || fault.kind == StoreFaultKind::Timeout {
                self.end_writes(&fault, writes);
                break;
            }
            if self.stops_after(&fault, halves.is_down(), is_probe, writes) {
                break;
            }
        }
        halves.into_became()
    }

    /// Whether to stop after an attempt that failed: because so many have failed that the database may be down, or because
    /// the attempt was the probe of a cautious write.
    fn stops_after(&self, fault: &StoreFault, is_down: bool, is_probe: bool, writes: &Writes) -> bool {
        if is_down {
            self.doubt(fault, writes);
        } else if is_probe {
            writes.note(fault);
            if writes.doubtful.get() >= LAST_DOUBTFUL {
                self.end_writes(fault, writes);
            }
        }
        is_down || is_probe
    }

    /// The order in which entries are written, and whether that is done with caution, because recent writes have failed.
    fn halves(&self, selected: &Selected, writes: &Writes) -> (Halves, bool) {
        let state = self.state.borrow();
        let is_cautious = state.writing.is_failing && !writes.is_own;
        let of = |(record, _): &(Record, _)| EntryTraits {
            has_failed: state.settled.has_failed(record),
            has_unsigned: !record.content().unsigned.is_empty(),
        };
        let traits = selected.iter().map(of).collect();
        (Halves::new(traits, state.access == Access::ByKey, is_cautious, writes.is_trusted.get()), is_cautious)
    }

    /// One write, with its number.
    async fn write_once(&self, entries: &[StoredEntry]) -> (u64, Result<Vec<Written>, StoreFault>) {
        let number = {
            let writing = &mut self.state.borrow_mut().writing;
            writing.calls = writing.calls.saturating_add(1);
            writing.calls
        };
        let answer = self.ports.store.write(entries).await;
        if answer.as_ref().is_ok_and(|written| written.contains(&Written::Written)) {
            let state = &mut *self.state.borrow_mut();
            state.writing.written_at = number;
            if std::mem::take(&mut state.writing.is_failing) && state.settled.release() {
                state.settled_values.clear();
                state.forget_validators();
            }
        }
        (number, answer)
    }

    /// Whether the database cannot be read either; a timeout of that replaces the fault.
    async fn fails_to_read(&self, entries: &[StoredEntry], fault: &mut StoreFault) -> bool {
        let Some(entry) = entries.first() else { return false };
        let read = self.ports.store.get_many(std::slice::from_ref(&entry.key)).await;
        let failed = read.err();
        let is_unread = failed.is_some();
        if let Some(hanging) = failed.filter(|failed| failed.kind == StoreFaultKind::Timeout) {
            *fault = hanging;
        }
        is_unread
    }

    /// Notes that so many entries failed alone that the database may be down; the next write shows whether it is.
    fn doubt(&self, fault: &StoreFault, writes: &Writes) {
        writes.note(fault);
        writes.is_in_doubt.set(true);
        self.state.borrow_mut().writing.is_failing |= !writes.is_own;
    }

    /// Notes that nothing more is written, and that it is uncertain what was.
    fn end_writes(&self, fault: &StoreFault, writes: &Writes) {
        writes.end(fault);
        let state = &mut *self.state.borrow_mut();
        state.read_store_again();
        // A database that hangs costs each round one timeout anyway.
        state.writing.is_failing |= !writes.is_own && fault.kind != StoreFaultKind::Timeout;
    }

    /// Confirms what the store acknowledged, and notes what it holds now.
    pub(super) async fn confirm(
        &self,
        selected: &Selected,
        entries: &[StoredEntry],
        became: &mut [Became],
        room: Room,
        writes: &Writes,
    ) {
        let with = |became: &[Became], wanted: &Written| -> Vec<(&Record, &StoredEntry)> {
            let all = selected.iter().zip(entries).zip(became);
            let of = all.filter(|(_, became)| became.written.as_ref() == Some(wanted));
            of.map(|(((record, _), entry), _)| (record, entry)).collect()
        };
        let written = with(became, &Written::Written);
        if !written.is_empty() {
            match self.check_kept(&written).await {
                Ok(()) => self.tell_stored(&written),
                Err(fault) => self.discard_unconfirmed(became, &Written::Written, &fault, writes),
            }
        }
        // The records are noted next, and count themselves from then on.
        drop(room);
        with(became, &Written::Written).into_iter().for_each(|(record, _)| self.note_stored(record));
        self.confirm_stale(selected, became, writes).await;
    }

    /// Tells the host what was stored, except for what a look at the store has already found: that is told as news, or is
    /// held no longer.
    fn tell_stored(&self, written: &[(&Record, &StoredEntry)]) {
        let is_unnoticed = |record: &Record| {
            let decision = self.state.borrow().holdings.decide(&record.content().key_hash, &record.version());
            !matches!(decision, Decision::Keep(_))
        };
        let unnoticed = written.iter().filter(|(record, _)| is_unnoticed(record));
        let texts: Vec<&str> = unnoticed.map(|(_, entry)| entry.text.as_str()).collect();
        if !texts.is_empty() {
            self.ports.host.records_stored(&texts);
        }
    }

    /// Checks the slots that are said to hold the same or a greater version; where one does not, the write has failed.
    async fn confirm_stale(&self, selected: &Selected, became: &mut [Became], writes: &Writes) {
        let all = became.iter().enumerate();
        let stale: Vec<usize> =
            all.filter(|(_, became)| became.written == Some(Written::Stale)).map(|(at, _)| at).collect();
        let records: Vec<&Record> = stale.iter().filter_map(|at| selected.get(*at)).map(|(record, _)| record).collect();
        let keys: Vec<String> = records.iter().map(|record| record.content().key.as_str().to_owned()).collect();
        if keys.is_empty() {
            return;
        }
        let found = match self.look_up(&keys).await {
            Ok(found) => found,
            Err(fault) => return self.discard_unconfirmed(became, &Written::Stale, &fault, writes),
        };
        for ((at, record), found) in stale.into_iter().zip(records).zip(found) {
            if found.is_none_or(|found| found < record.version())
                && let Some(became) = became.get_mut(at)
            {
                let key = record.content().key.as_str();
                let message =
                    format!("the db says that it holds the same or a newer version of {key}, but it does not");
                became.written = Some(Written::Failed(StoreFault { kind: StoreFaultKind::Dropped, message }));
            }
        }
    }

    /// Discards what the database said about these entries: it could not be confirmed.
    fn discard_unconfirmed(&self, became: &mut [Became], of: &Written, fault: &StoreFault, writes: &Writes) {
        self.end_writes(fault, writes);
        became.iter_mut().for_each(|became| became.written = became.written.take().filter(|written| written != of));
    }

    /// Looks for three of the written entries, the first, the middle and the last: a database that drops its writes would
    /// otherwise go unnoticed until a restart. Over a simple database all of them are looked for anyway.
    async fn check_kept(&self, written: &[(&Record, &StoredEntry)]) -> Result<(), StoreFault> {
        if self.state.borrow().access == Access::Whole {
            return Ok(());
        }
        let last = written.len().saturating_sub(1);
        let mut places = vec![0, last / 2, last];
        places.dedup();
        let some: Vec<&StoredEntry> =
            places.iter().filter_map(|at| written.get(*at)).map(|(_, entry)| *entry).collect();
        let keys: Vec<String> = some.iter().map(|entry| entry.key.clone()).collect();
        let mut held = self.ports.store.get_many(&keys).await?.into_iter();
        let mut is_kept = |entry: &StoredEntry| held.next().flatten().is_some_and(|held| held.version >= entry.version);
        match some.into_iter().find(|entry| !is_kept(entry)) {
            None => Ok(()),
            Some(StoredEntry { key, .. }) => {
                let message = format!("db.write() acknowledged {key}, and the db does not hold it");
                Err(StoreFault { kind: StoreFaultKind::Dropped, message })
            }
        }
    }

    fn note_stored(&self, record: &Record) {
        let state = &mut *self.state.borrow_mut();
        if state.holdings.note_stored(record).is_some() {
            // A greater one was written meanwhile, or the store has lost it.
            state.read_store_again();
        }
    }
}

/// The entries at these places, borrowed where they are adjacent.
fn tried<'e>(at: &[usize], entries: &'e [StoredEntry]) -> Cow<'e, [StoredEntry]> {
    match (at.first(), at.last()) {
        (Some(first), Some(last)) if last.saturating_sub(*first) < at.len() => {
            Cow::Borrowed(entries.get(*first..=*last).unwrap_or_default())
        }
        _ => Cow::Owned(at.iter().filter_map(|at| entries.get(*at)).cloned().collect()),
    }
}

/// Removes the unsigned members from an entry.
fn strip_unsigned(at: usize, selected: &Selected, entries: &mut [StoredEntry]) {
    if let (Some((record, _)), Some(entry)) = (selected.get(at), entries.get_mut(at)) {
        entry.text = record.bare_envelope();
    }
}

/// What the database failed with; a timeout takes precedence.
fn fault_of(answer: &Result<Vec<Written>, StoreFault>) -> Option<StoreFault> {
    let failed = |written: &Written| match written {
        Written::Failed(fault) => Some(fault.clone()),
        Written::Written | Written::Stale | Written::Unsafe => None,
    };
    match answer {
        Ok(written) => {
            let hangs = |fault: &StoreFault| fault.kind == StoreFaultKind::Timeout;
            let mut faults = written.iter().filter_map(failed);
            let first = faults.next()?;
            Some(if hangs(&first) { first } else { faults.find(hangs).unwrap_or(first) })
        }
        Err(fault) => Some(fault.clone()),
    }
}

pub(super) fn entry_of(record: &Record) -> StoredEntry {
    StoredEntry {
        key: record.content().key.as_str().to_owned(),
        version: record.version().to_string(),
        text: record.envelope(),
    }
}
