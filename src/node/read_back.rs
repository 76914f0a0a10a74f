//! A store made of a simple database, which is the least that a task can supply: all its records, and a way to put some.
//!
//! Such a database has no versions, so they are computed from the records. It has no conditional write, so its slots are
//! read before each write. It does not report the outcome of a write, so they are read again afterwards. Its records may
//! be forged, because the task may put any there: they are judged by all rules, and what fails one counts as absent.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::lock::Mutex;

use crate::counted::Counted;
use crate::error::{StoreFault, StoreFaultKind};
use crate::limits::READ_WHOLE_AGAIN_MS;
use crate::ports::{EntryToPut, Host, Lookup, NamedVersion, SimpleDb, StoredEntry, Written};
use crate::record::Identity;
use crate::verify::memory::Memory;

mod judging;
mod pages;
mod seen;
mod slots;
mod whole;

pub use pages::ReadPages;
use pages::{HeldRecord, HeldRecords};
use seen::Seen;
use slots::FoundSlot;
use whole::Detail;

/// How, and after how many milliseconds, to look for what was put. Some models do not wait for their own writes, so the
/// last look is after a second.
const LOOKS: [(Lookup, u64); 7] = [
    (Lookup::Quick, 0),
    (Lookup::Whole, 0),
    (Lookup::Whole, 20),
    (Lookup::Whole, 80),
    (Lookup::Whole, 200),
    (Lookup::Whole, 300),
    (Lookup::Whole, 400),
];

/// A simple database as a store.
#[derive(Debug)]
pub struct ReadBack<D, H> {
    db: D,
    host: H,
    identity: Identity,
    memory: RefCell<Memory>,
    seen: RefCell<Seen>,
    /// How many records broke the rules when the whole database was last read.
    refused: Cell<u64>,
    /// Held while a write is under way, from reading its slots to reading them back.
    writing: Mutex<()>,
    /// How many writes timed out.
    late_writes: Cell<u64>,
    /// Raised whenever this store has reported what a read under way may have missed.
    news: Cell<u64>,
    /// Held while all texts are read; what was read last, for later readers while some reader still has it.
    texts: Mutex<Texts>,
    /// How often reading the texts has failed.
    failures: Cell<u64>,
}

/// All texts, as last read.
#[derive(Debug, Default)]
struct Texts {
    held: Weak<HeldRecords>,
    news: u64,
    began_ms: u64,
    fault: Option<StoreFault>,
}

impl<D: SimpleDb, H: Host> ReadBack<D, H> {
    /// A store over `db`, in which a slot is named as `identity` says.
    #[must_use]
    pub fn new(db: D, host: H, identity: Identity) -> Self {
        Self {
            db,
            host,
            identity,
            memory: RefCell::default(),
            seen: RefCell::default(),
            refused: Cell::default(),
            writing: Mutex::default(),
            late_writes: Cell::default(),
            news: Cell::default(),
            texts: Mutex::default(),
            failures: Cell::default(),
        }
    }

    /// All entries whose keys are greater than `after`, in ascending order of key, including all that this store has
    /// reported to hold so far. Simultaneous readers share what was read, if it is no older than an answer may be.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub async fn entries(&self, after: &str) -> Result<ReadPages<StoredEntry>, StoreFault> {
        let failures = self.failures.get();
        let texts = &mut *self.texts.lock().await;
        if let Some(fault) = texts.fault.as_ref().filter(|_| failures != self.failures.get()) {
            // With a database that hangs, each of many readers would otherwise wait for a timeout of its own.
            return Err(fault.clone());
        }
        let entry = |key: &String, held: &HeldRecord| StoredEntry {
            key: key.clone(),
            version: held.version.to_string(),
            text: held.text.clone(),
        };
        Ok(ReadPages::of(self.shared_texts(texts).await?, after, entry, |entry| entry.text.len()))
    }

    async fn shared_texts(&self, texts: &mut Texts) -> Result<Rc<HeldRecords>, StoreFault> {
        let (news, now_ms) = (self.news.get(), self.host.elapsed_ms());
        let is_recent = texts.news == news && now_ms.saturating_sub(texts.began_ms) <= READ_WHOLE_AGAIN_MS;
        if let Some(held) = texts.held.upgrade().filter(|_| is_recent) {
            return Ok(held);
        }
        match self.read_whole(Detail::Text).await {
            Ok(held) => {
                let held = Rc::new(held);
                *texts = Texts { held: Rc::downgrade(&held), news, began_ms: now_ms, fault: None };
                Ok(held)
            }
            Err(fault) => {
                self.failures.set(self.failures.get().wrapping_add(1));
                texts.fault = Some(fault.clone());
                Err(fault)
            }
        }
    }

    /// The keys and versions of all entries, as they are now.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub async fn versions(&self) -> Result<ReadPages<NamedVersion>, StoreFault> {
        let held = self.read_whole(Detail::Version).await?;
        self.has_news();
        let named =
            |key: &String, held: &HeldRecord| NamedVersion { key: key.clone(), version: held.version.to_string() };
        Ok(ReadPages::of(Rc::new(held), "", named, |named| named.key.len().saturating_add(named.version.len())))
    }

    /// The entries of these keys, in their order.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut slots = self.read_slots(&keys, Lookup::Exact, &[]).await?;
        if slots.iter().any(|slot| slot.held.is_none()) {
            // The task may have put them under other keys.
            slots = self.read_slots(&keys, Lookup::Whole, &[]).await?;
        }
        self.has_news();
        Ok(slots.into_iter().map(|slot| slot.held).collect())
    }

    /// Writes each entry whose version is greater than the stored one, and goes on after one that the database refuses. The
    /// signatures of the entries must have been verified.
    ///
    /// # Errors
    ///
    /// The database's fault when it was read, or that it did not answer in time.
    pub async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        let late_writes = self.late_writes.get();
        // Nothing else in this process may write between reading and writing.
        let _writing = self.writing.lock().await;
        if late_writes != self.late_writes.get() {
            let message = "the db did not answer the write before this one in time".to_owned();
            return Err(StoreFault { kind: StoreFaultKind::Timeout, message });
        }
        let written = self.write_alone(entries).await;
        self.has_news();
        written.inspect_err(|fault| {
            let is_late = fault.kind == StoreFaultKind::Timeout;
            self.late_writes.set(self.late_writes.get().wrapping_add(u64::from(is_late)));
        })
    }

    fn has_news(&self) {
        self.news.set(self.news.get().wrapping_add(1));
    }

    async fn write_alone(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let before = self.read_slots(&keys, Lookup::Quick, &[]).await?;
        let slots = entries.iter().zip(&before);
        let greater = slots.clone().filter(|(entry, slot)| slot.is_below(entry));
        let puts: Vec<EntryToPut<'_>> =
            greater.map(|(entry, slot)| EntryToPut { entry, is_held: slot.is_taken }).collect();
        if puts.is_empty() {
            return Ok(vec![Written::Stale; entries.len()]);
        }
        let mut put = self.db.put_all(&puts).await?;
        self.check_kept(&puts, &mut put).await?;
        let mut put = put.into_iter();
        let outcomes = slots.map(|(entry, slot)| if slot.is_below(entry) { put.next() } else { None });
        Ok(outcomes.map(|outcome| outcome.unwrap_or(Written::Stale)).collect())
    }

    /// Looks for what was put; what does not show up has failed.
    async fn check_kept(&self, puts: &[EntryToPut<'_>], put: &mut [Written]) -> Result<(), StoreFault> {
        let acknowledged = puts.iter().zip(put).filter(|(_, put)| **put == Written::Written);
        let mut missing: Vec<Missing<'_>> = acknowledged
            .map(|(EntryToPut { entry, .. }, written)| Missing { entry, written, is_changed: false })
            .collect();
        let acknowledged = missing.len();
        missing.iter().for_each(|one| self.remember(one.entry));
        for (how, wait_ms) in LOOKS {
            if missing.is_empty() {
                return Ok(());
            }
            if wait_ms > 0 {
                self.host.sleep(wait_ms).await;
            }
            let wanted: Vec<&StoredEntry> = missing.iter().map(|one| one.entry).collect();
            let keys: Vec<&str> = wanted.iter().map(|entry| entry.key.as_str()).collect();
            let mut found = self.read_slots(&keys, how, &wanted).await?.into_iter();
            missing.retain_mut(|one| found.next().is_none_or(|slot| one.is_missing_in(&slot)));
        }
        let lacking = match missing.len() {
            1 if acknowledged == 1 => "it".to_owned(),
            all if all == acknowledged => "any of them".to_owned(),
            some => format!("{some} of them"),
        };
        let (name, records) = (self.db.put_name(), Counted(acknowledged as u64, "record"));
        let message = format!("{name} acknowledged {records}, and the db does not hold {lacking}");
        for one in missing {
            self.forget(one.entry);
            let message = if one.is_changed { changed(&one.entry.key) } else { message.clone() };
            *one.written = Written::Failed(StoreFault { kind: StoreFaultKind::Dropped, message });
        }
        Ok(())
    }
}

/// An entry that the database acknowledged and that was not found yet.
struct Missing<'p> {
    entry: &'p StoredEntry,
    written: &'p mut Written,
    /// Whether the database returned it changed, so that its signature no longer verifies.
    is_changed: bool,
}

impl Missing<'_> {
    fn is_missing_in(&mut self, slot: &FoundSlot) -> bool {
        self.is_changed = slot.is_changed;
        slot.is_below(self.entry)
    }
}

fn changed(key: &str) -> String {
    format!(
        "the db gives the record of {key} back changed (its fields in another order, or values altered): \
         it has to come back as it was put; in PostgreSQL use text or json, not jsonb"
    )
}
