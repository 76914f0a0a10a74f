//! A store made of the least that a task can supply: all its records, and a way to put some.
//!
//! Such a database has no versions, so they are computed from the records; it has no conditional write, so it is read
//! before each write; it says nothing about what became of a write, so it is read again afterwards. What the task put
//! there itself may be forged: all rules apply, and what fails one counts as absent.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_util::lock::Mutex;

use crate::error::{Rejection, StoreFault, StoreFaultKind};
use crate::json::Json;
use crate::ports::{Host, NamedVersion, Scan, SimpleDb, StoredEntry, Written};
use crate::record::{Identity, UncheckedRecord};
use crate::verify::memory::{Id, Memory};
use crate::verify::{Candidate, Claim, Verification, check_time};

/// How many verdicts one of the two generations remembers, so that signatures are verified when they are first seen.
const VERDICTS: usize = 100_000;
/// A page holds about this much text, as pages of other stores do.
const PAGE_BYTES: usize = 64 * 1024;

/// A simple database as a store.
#[derive(Debug)]
pub struct ReadBack<D, H> {
    db: D,
    host: H,
    identity: Identity,
    memory: RefCell<Memory>,
    /// Held from the reading before a write to the one after it.
    writing: Mutex<()>,
    /// How many writes did not end in time.
    late_writes: Cell<u64>,
}

/// What is wanted of each record that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Text,
    Version,
}

/// What the database holds, by key: the greatest version where it holds several of one key.
type Held = BTreeMap<String, StoredEntry>;

impl<D: SimpleDb, H: Host> ReadBack<D, H> {
    /// A store over `db`, in which `identity` says what makes two records the same slot.
    #[must_use]
    pub fn new(db: D, host: H, identity: Identity) -> Self {
        let memory = RefCell::new(Memory::of(VERDICTS));
        Self { db, host, identity, memory, writing: Mutex::default(), late_writes: Cell::new(0) }
    }

    /// All entries whose keys are greater than `after`, ascending by key, as they are now.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    pub async fn entries(&self, after: &str) -> Result<ReadPages<StoredEntry>, StoreFault> {
        let mut held = self.read(Wanted::Text).await?;
        held.retain(|key, _| key.as_str() > after);
        Ok(ReadPages::of(held.into_values(), |entry| entry.text.len()))
    }

    /// The keys and versions of all entries, as they are now.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    pub async fn versions(&self) -> Result<ReadPages<NamedVersion>, StoreFault> {
        let held = self.read(Wanted::Version).await?;
        let named = held.into_values().map(|StoredEntry { key, version, .. }| NamedVersion { key, version });
        Ok(ReadPages::of(named, |named| named.key.len().saturating_add(named.version.len())))
    }

    /// The entries of these keys, in their order.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    pub async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        let held = self.read(Wanted::Text).await?;
        Ok(keys.iter().map(|key| held.get(key).cloned()).collect())
    }

    /// Writes each entry whose version is greater than the stored one.
    ///
    /// # Errors
    ///
    /// Whatever the database said, or that it does not hold what it was given.
    pub async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        let late_writes = self.late_writes.get();
        // Between reading and writing nobody else of this process may write.
        let _writing = self.writing.lock().await;
        if late_writes != self.late_writes.get() {
            let message = "the db did not answer the write before this one in time".to_owned();
            return Err(StoreFault { kind: StoreFaultKind::Timeout, message });
        }
        self.write_alone(entries).await.inspect_err(|fault| {
            let is_late = fault.kind == StoreFaultKind::Timeout;
            self.late_writes.set(self.late_writes.get().wrapping_add(u64::from(is_late)));
        })
    }

    async fn write_alone(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        let held = self.read(Wanted::Version).await?;
        let is_greater = |entry: &&StoredEntry| held.get(&entry.key).is_none_or(|held| held.version < entry.version);
        let greater: Vec<StoredEntry> = entries.iter().filter(is_greater).cloned().collect();
        if greater.is_empty() {
            return Ok(vec![Written::Stale; entries.len()]);
        }
        let put = self.db.put_all(&greater).await?;
        let written = greater.iter().zip(&put).filter(|(_, put)| **put == Written::Written);
        self.check_kept(written.map(|(entry, _)| entry).collect()).await?;
        let mut put = put.into_iter();
        let outcome = |entry| if is_greater(&entry) { put.next() } else { None };
        Ok(entries.iter().map(outcome).map(|outcome| outcome.unwrap_or(Written::Stale)).collect())
    }

    async fn check_kept(&self, put: Vec<&StoredEntry>) -> Result<(), StoreFault> {
        if put.is_empty() {
            return Ok(());
        }
        let held = self.read(Wanted::Version).await?;
        let is_kept = |entry: &StoredEntry| held.get(&entry.key).is_some_and(|held| held.version >= entry.version);
        match put.iter().filter(|entry| !is_kept(entry)).count() {
            0 => Ok(()),
            dropped => {
                let message = format!("the db acknowledged {} records and does not hold {dropped} of them", put.len());
                Err(StoreFault { kind: StoreFaultKind::Dropped, message })
            }
        }
    }

    async fn read(&self, wanted: Wanted) -> Result<Held, StoreFault> {
        let mut records = self.db.read_all().await?;
        let (mut held, mut refused) = (Held::new(), 0_u64);
        loop {
            let page = records.page().await?;
            if page.is_empty() {
                break;
            }
            let page = self.sound(page).await;
            for entry in page {
                let Some(entry) = entry else {
                    refused = refused.saturating_add(1);
                    continue;
                };
                if held.get(&entry.key).is_none_or(|held| held.version < entry.version) {
                    let text = if wanted == Wanted::Text { entry.text } else { String::new() };
                    held.insert(entry.key.clone(), StoredEntry { text, ..entry });
                }
            }
        }
        if refused > 0 {
            self.host.warn(&format!("{refused} records of the db break the rules and count as absent"));
        }
        Ok(held)
    }

    /// The entry of each text that all rules hold of; a signature is verified when it is first seen with its content.
    async fn sound(&self, texts: Vec<String>) -> Vec<Option<StoredEntry>> {
        self.host.turn().await;
        let now_ms = self.host.now_ms();
        let (mut unseen, mut read) = (Vec::new(), Vec::with_capacity(texts.len()));
        for text in texts {
            let entry = self.read_one(&text, now_ms, &mut unseen).ok();
            read.push(entry.map(|(key, version, id)| (StoredEntry { key, version, text }, id)));
        }
        self.verify(unseen).await;
        let memory = self.memory.borrow();
        let holds = |(_, id): &(StoredEntry, Id)| memory.recall(id) == Some(true);
        read.into_iter().map(|entry| entry.filter(holds).map(|(entry, _)| entry)).collect()
    }

    /// Key and version of a text, and what its signature is remembered by; one that was never seen joins the `unseen`.
    fn read_one(
        &self,
        text: &str,
        now_ms: u64,
        unseen: &mut Vec<Candidate>,
    ) -> Result<(String, String, Id), Rejection> {
        let item = Json::parse(text).map_err(|_| Rejection::BadShape("the record is no JSON"))?;
        let claim = Claim::read(UncheckedRecord::read(item), self.identity)?.identify()?;
        check_time(claim.version.timestamp, now_ms)?;
        let (key, version) = (claim.claim.key().as_str().to_owned(), claim.version.to_string());
        let memory = &mut *self.memory.borrow_mut();
        let id = claim.id()?;
        if memory.recall(&id).is_none() {
            unseen.push(Candidate::decode(claim, &mut memory.keys)?);
        }
        Ok((key, version, id))
    }

    async fn verify(&self, unseen: Vec<Candidate>) {
        let mut verification = Verification::new(unseen);
        while verification.step() {
            self.host.turn().await;
        }
        self.memory.borrow_mut().remember(verification);
    }
}

/// What was read, page by page.
#[derive(Debug)]
pub struct ReadPages<I> {
    items: std::vec::IntoIter<I>,
    bytes: fn(&I) -> usize,
}

impl<I> ReadPages<I> {
    fn of(items: impl Iterator<Item = I>, bytes: fn(&I) -> usize) -> Self {
        Self { items: items.collect::<Vec<_>>().into_iter(), bytes }
    }
}

impl<I> Scan for ReadPages<I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        let (mut page, mut bytes) = (Vec::new(), 0_usize);
        while bytes < PAGE_BYTES
            && let Some(item) = self.items.next()
        {
            bytes = bytes.saturating_add((self.bytes)(&item));
            page.push(item);
        }
        Ok(page)
    }
}
