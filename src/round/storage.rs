//! Between the index and the store: filling the one from the other, and writing what won.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Node, Options, Ports, Round, let_others_run};
use crate::error::{Code, Rejection, StoreFault, StoreFaultKind};
use crate::index::{Held, Index};
use crate::merge::{Decision, Why};
use crate::payload::Judge;
use crate::ports::{Host, Store, StoredEntry, Transport, Written};
use crate::record::{KeyHash, Record, Version};
use crate::verify::check_time;

/// Whether everything that won is stored, so that its source need not be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It is.
    All,
    /// Some had no room.
    Partial,
}

impl Durability {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::All { other } else { self }
    }
}

/// Fills the index from the store, unless it mirrors it already, and brings its digest up to date.
///
/// # Errors
///
/// Whatever the database said.
pub async fn load<T, S: Store, H: Host>(node: &RefCell<Node>, ports: &Ports<T, S, H>) -> Result<(), StoreFault> {
    let reading = Rc::clone(&node.borrow().reading);
    let _reading = reading.lock().await;
    if !node.borrow().is_loaded {
        read_store(node, ports).await?;
    }
    while !node.borrow_mut().index.digest_further() {
        let_others_run(node, &ports.host).await;
    }
    Ok(())
}

async fn read_store<T, S: Store, H: Host>(node: &RefCell<Node>, ports: &Ports<T, S, H>) -> Result<(), StoreFault> {
    node.borrow_mut().index.begin_reading();
    let mut after = None;
    loop {
        let page = ports.store.versions(after.as_deref()).await?;
        let Some((last, _)) = page.last() else { break };
        if after.as_ref().is_some_and(|after| last <= after) {
            return Err(rubbish("its entries do not ascend by key"));
        }
        after = Some(last.clone());
        for (key, version) in &page {
            let version = Version::parse(version).ok_or_else(|| rubbish("an entry's version is none of ours"))?;
            node.borrow_mut().index.read(KeyHash::of(key), version);
        }
        let_others_run(node, &ports.host).await;
    }
    let node = &mut *node.borrow_mut();
    node.is_loaded = true;
    if node.index.end_reading() {
        // What the store lost, the peers that gave it have to offer again.
        node.forget_validators();
    }
    Ok(())
}

/// Looks up what the store holds in slots of which it held more than was known here.
async fn look_up<S: Store>(node: &RefCell<Node>, store: &S, keys: &[String]) -> Result<(), StoreFault> {
    let entries = store.get_many(keys).await?;
    let node = &mut *node.borrow_mut();
    for (key, entry) in keys.iter().zip(entries) {
        let version = entry.and_then(|entry| Version::parse(&entry.version));
        let found = version.map(|version| node.index.raise(KeyHash::of(key), Held { version, signature: None }));
        if found != Some(None) {
            // Something was deleted, or written while this answer was under way.
            node.read_store_again();
        }
    }
    Ok(())
}

/// What became of one record of the task's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is stored.
    Stored,
    /// The same or a greater version is held.
    Stale,
    /// A rule refuses it.
    Rejected(Rejection),
}

/// Stores one verified record of the task's own, if it is greater than what is held.
///
/// # Errors
///
/// Whatever the database said.
pub async fn put<T, S: Store, H: Host>(
    node: &RefCell<Node>,
    ports: &Ports<T, S, H>,
    options: &Options,
    now_ms: u64,
    record: Record,
) -> Result<Put, StoreFault> {
    load(node, ports).await?;
    if let Err(rejection) = check_time(&record, now_ms) {
        return Ok(Put::Rejected(rejection));
    }
    let until_ms = ports.host.elapsed_ms().saturating_add(options.peer_timeout_ms);
    if ports.host.has_accept() && ports.host.accept(vec![record.envelope()], until_ms).await.first() != Some(&true) {
        return Ok(Put::Rejected(Rejection::NotAccepted));
    }
    if let Some(full) = no_room(&node.borrow().index, options, &record, 0) {
        return Ok(Put::Rejected(full));
    }
    let written = write(node, &ports.store, std::slice::from_ref(&record)).await?;
    Ok(match written.first() {
        Some(Written::Written) => Put::Stored,
        Some(Written::Unsafe) => Put::Rejected(Rejection::StoreUnsafe),
        Some(Written::Stale) | None => Put::Stale,
    })
}

/// Writes records, and notes in the index what the store acknowledged.
async fn write<S: Store>(node: &RefCell<Node>, store: &S, records: &[Record]) -> Result<Vec<Written>, StoreFault> {
    let written = store.write(records.iter().map(entry_of).collect()).await.and_then(|written| {
        if written.len() == records.len() {
            Ok(written)
        } else {
            Err(rubbish("write() answered for another number of entries"))
        }
    });
    let written = written.inspect_err(|_| node.borrow_mut().read_store_again())?;
    let mut stale = Vec::new();
    for (record, written) in records.iter().zip(&written) {
        match written {
            Written::Written => {
                let node = &mut *node.borrow_mut();
                if node.index.note_stored(record).is_some() {
                    // A greater one came meanwhile, or the store has lost it.
                    node.read_store_again();
                }
            }
            Written::Stale => stale.push(record.content().key.as_str().to_owned()),
            Written::Unsafe => {}
        }
    }
    if !stale.is_empty() {
        look_up(node, store, &stale).await.inspect_err(|_| node.borrow_mut().read_store_again())?;
    }
    Ok(written)
}

fn entry_of(record: &Record) -> StoredEntry {
    StoredEntry {
        key: record.content().key.as_str().to_owned(),
        version: record.version().to_string(),
        text: record.envelope(),
    }
}

fn no_room(index: &Index, options: &Options, record: &Record, coming: u64) -> Option<Rejection> {
    let max_records = options.max_records;
    let is_new = index.held(&record.content().key_hash).is_none();
    (is_new && (index.len() as u64).saturating_add(coming) >= max_records)
        .then_some(Rejection::StoreFull { max_records })
}

fn rubbish(what: &str) -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: format!("the db answered with rubbish: {what}") }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Stores parked records whose time has come.
    pub(super) async fn store_due_records(&self) -> Result<(), StoreFault> {
        let due = {
            let node = &mut *self.node.borrow_mut();
            if node.index.parked.take_evicted_due(self.now_ms) {
                node.forget_validators();
            }
            node.index.parked.take_due(self.now_ms)
        };
        let mut judge = Judge::new(self.terms(), self.options.limits);
        due.into_iter().for_each(|record| judge.place(record));
        let stored = self.commit(&mut judge, self.until_ms()).await;
        if stored.is_err() || !judge.counts.rejected.is_empty() {
            // They wait no longer, so the peers that gave them have to offer them again.
            self.node.borrow_mut().forget_validators();
        }
        stored.map(|_| ())
    }

    /// Stores what won: what the task accepts, what has room, and what is still greater than what is held.
    /// The task's own `accept` may take until `until_ms` of the host's clock.
    pub(super) async fn commit(&self, judge: &mut Judge, until_ms: u64) -> Result<Durability, StoreFault> {
        let winners = judge.take_winners();
        if winners.is_empty() {
            return Ok(Durability::All);
        }
        let_others_run(self.node, &self.ports.host).await;
        let accepted = self.ask_task(winners, judge, until_ms).await;
        // One peer's write at a time, so that another's copies of the same records are found to be held.
        let _writing = self.writing.lock().await;
        let (writes, durability) = self.select(accepted, judge);
        if writes.is_empty() {
            return Ok(durability);
        }
        if let Err(fault) = self.write_all(&writes, judge).await {
            writes.iter().for_each(|_| judge.counts.reject(fault.code()));
            self.note_store_fault(&fault);
            return Err(fault);
        }
        Ok(durability)
    }

    fn note_store_fault(&self, fault: &StoreFault) {
        let noted = &mut *self.store_fault.borrow_mut();
        if noted.is_none() || fault.kind == StoreFaultKind::Timeout {
            *noted = Some(fault.clone());
        }
    }

    /// Why nothing more is stored in this round: the database does not answer. One that failed in another way may have
    /// refused one peer's record, which must not keep out another's.
    pub(super) fn hanging_store(&self) -> Option<StoreFault> {
        self.store_fault.borrow().clone().filter(|fault| fault.kind == StoreFaultKind::Timeout)
    }

    async fn ask_task(&self, winners: Vec<Record>, judge: &mut Judge, until_ms: u64) -> Vec<Record> {
        // Rule 9: "the task's own accept agrees"
        if !self.ports.host.has_accept() {
            return winners;
        }
        let verdicts = self.ports.host.accept(winners.iter().map(Record::envelope).collect(), until_ms).await;
        let mut verdicts = verdicts.into_iter();
        winners
            .into_iter()
            .filter(|_| {
                let agrees = verdicts.next().unwrap_or(false);
                if !agrees {
                    judge.counts.reject_for(&Rejection::NotAccepted);
                }
                agrees
            })
            .collect()
    }

    /// Other peers' writes may have come first: decides again, just before writing.
    fn select(&self, winners: Vec<Record>, judge: &mut Judge) -> (Vec<(Record, Decision)>, Durability) {
        let index = &self.node.borrow().index;
        let (mut writes, mut durability, mut coming) = (Vec::new(), Durability::All, 0_u64);
        for record in winners {
            let decision = index.decide(&record.content().key_hash, &record.version());
            if let Decision::Keep(why) = decision {
                judge.count_kept(why);
            } else if let Some(full) = no_room(index, self.options, &record, coming) {
                judge.counts.reject_for(&full);
                durability = Durability::Partial;
            } else {
                coming = coming.saturating_add(u64::from(decision == Decision::Insert));
                writes.push((record, decision));
            }
        }
        (writes, durability)
    }

    async fn write_all(&self, writes: &[(Record, Decision)], judge: &mut Judge) -> Result<(), StoreFault> {
        if let Some(fault) = self.hanging_store() {
            return Err(fault);
        }
        let records: Vec<Record> = writes.iter().map(|(record, _)| record.clone()).collect();
        let written = write(self.node, &self.ports.store, &records).await?;
        for (written, (record, decision)) in written.into_iter().zip(writes) {
            match written {
                Written::Written => judge.counts.store(*decision == Decision::Insert),
                Written::Stale => judge.count_kept(self.why_stale(record)),
                Written::Unsafe => judge.counts.reject_for(&Rejection::StoreUnsafe),
            }
        }
        Ok(())
    }

    /// Another peer's copy, or the task's own write, came first.
    fn why_stale(&self, record: &Record) -> Why {
        match self.node.borrow().index.decide(&record.content().key_hash, &record.version()) {
            Decision::Keep(why) => why,
            Decision::Insert | Decision::Replace => Why::Older,
        }
    }
}
