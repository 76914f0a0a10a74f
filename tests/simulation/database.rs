//! A machine's database: what a store keeps, and everything that may go wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dbsharing::error::{StoreFault, StoreFaultKind};
use dbsharing::ports::{Access, Changes, NamedVersion, Scan, Store, StoredEntry, Written};
use dbsharing::record::KeyHash;

use super::plan::{SECOND_US, StoreFailure, StoreKind};
use super::records::{Set, Shared, short, short_key};
use super::world::World;

/// The deadline that a store's calls have: option `storeTimeoutMs`.
const STORE_TIMEOUT_US: u64 = 10 * SECOND_US;
/// What one entry costs, besides the call.
const ENTRY_US: u64 = 10;
/// About 64 kB of entries.
pub const PAGE: usize = 100;
/// What a damaged text has in the place of its member `linktree`.
pub const DAMAGED: &str = "damaged!";
/// A log that is longer than this begins anew, and with it the marks.
const LOG: usize = 10_000;

/// A version and a text. Equal ones are shared by all machines.
type Kept = (Rc<str>, Rc<str>);
type Entries = BTreeMap<Rc<str>, Kept>;

/// What a machine's database holds, and how it fails.
#[derive(Debug, Default)]
pub struct Database {
    pub entries: Entries,
    /// The keys that were written or removed, in order.
    log: Vec<Rc<str>>,
    epoch: u64,
    pub failure: Option<StoreFailure>,
    pub backup: Option<Entries>,
    /// Whether it ever held less than it had acknowledged.
    pub has_lost: bool,
    /// The slots that it refuses for ever: those whose key's hash begins with this byte modulo 16.
    pub refuses: Option<u8>,
    /// When another process last wrote to each slot.
    pub foreign_us: BTreeMap<Rc<str>, u64>,
}

impl Database {
    /// What it says that it holds.
    pub fn set(&self) -> Set {
        self.entries.iter().map(|(key, (version, _))| (Rc::clone(key), Rc::clone(version))).collect()
    }

    /// What it holds, without what is damaged: nobody can get that from it.
    pub fn intact(&self) -> Set {
        let intact = self.entries.iter().filter(|(_, (_, text))| !text.contains(DAMAGED));
        intact.map(|(key, (version, _))| (Rc::clone(key), Rc::clone(version))).collect()
    }

    pub fn is_refused(&self, key: &str) -> bool {
        self.refuses.is_some_and(|refused| nibble(key) == refused)
    }

    /// Writes an entry if its version is greater than the stored one.
    pub fn write(&mut self, entry: Shared) -> Written {
        if self.entries.get(&entry.key).is_some_and(|(held, _)| *held >= entry.version) {
            return Written::Stale;
        }
        self.put(entry);
        Written::Written
    }

    pub fn put(&mut self, entry: Shared) {
        self.note(&entry.key);
        self.entries.insert(entry.key, (entry.version, entry.text));
    }

    fn note(&mut self, key: &Rc<str>) {
        if self.log.len() == LOG {
            self.log.clear();
            self.epoch += 1;
        }
        self.log.push(Rc::clone(key));
    }

    /// Removes every other entry; says so in the log where an operator would have done it by a statement.
    pub fn lose(&mut self, is_noted: bool, keep: impl Fn(usize) -> bool) {
        let lost: Vec<Rc<str>> =
            self.entries.keys().enumerate().filter(|(at, _)| !keep(*at)).map(|(_, key)| Rc::clone(key)).collect();
        for key in lost {
            self.entries.remove(&key);
            if is_noted {
                self.note(&key);
            }
        }
        self.has_lost = true;
    }

    /// Changes some texts in place, so that they are no longer what was signed.
    pub fn damage(&mut self, is_damaged: impl Fn(usize) -> bool) {
        for (_, (_, text)) in self.entries.values_mut().enumerate().filter(|(at, _)| is_damaged(*at)) {
            *text = text.replace("linktree", DAMAGED).into();
        }
        self.has_lost = true;
    }

    pub fn restore(&mut self) {
        if let Some(backup) = self.backup.clone() {
            (self.entries, self.epoch, self.has_lost) = (backup, self.epoch + 1, true);
            self.log.clear();
        }
    }

    fn changes(&self, since: Option<&str>) -> Changes {
        let mark = format!("{}.{}", self.epoch, self.log.len());
        let place = since.and_then(|since| since.strip_prefix(&format!("{}.", self.epoch))?.parse::<usize>().ok());
        let keys = place.and_then(|place| self.log.get(place..)).map(BTreeSet::from_iter);
        let version = |key: &Rc<str>| self.entries.get(key).map(|(version, _)| version.to_string()).unwrap_or_default();
        let entries = keys.map(|keys: BTreeSet<&Rc<str>>| {
            keys.into_iter().map(|key| NamedVersion { key: key.to_string(), version: version(key) }).collect()
        });
        Changes { mark, entries }
    }
}

/// The [`Store`] port of one machine.
pub struct SimStore {
    pub world: Rc<World>,
    pub machine: usize,
}

impl SimStore {
    fn kind(&self) -> StoreKind {
        self.world.plan.machines[self.machine].store
    }

    pub fn database<V>(&self, work: impl FnOnce(&mut Database) -> V) -> V {
        work(&mut self.world.machines[self.machine].database.borrow_mut())
    }

    /// Waits as long as a call of this many entries takes, or fails as the database does at this time.
    pub async fn call(&self, entries: usize, is_write: bool) -> Result<(), StoreFault> {
        let call_us = self.world.plan.machines[self.machine].store_call_us;
        self.world.executor.sleep(call_us + ENTRY_US * entries as u64).await;
        match self.database(|database| database.failure) {
            Some(StoreFailure::All) => Err(failed("the disk is gone")),
            Some(StoreFailure::Writes) if is_write => Err(failed("the disk is full")),
            Some(StoreFailure::Hangs) => {
                self.world.executor.sleep(STORE_TIMEOUT_US).await;
                let message = "the db did not answer within 10000 ms".to_owned();
                Err(StoreFault { kind: StoreFaultKind::Timeout, message })
            }
            _ => Ok(()),
        }
    }

    fn scan<I>(&self, after: &str, item: fn(&str, &Kept) -> I) -> SimScan<I> {
        let snapshot = (self.kind() == StoreKind::Telling).then(|| self.database(|database| database.entries.clone()));
        SimScan {
            store: SimStore { world: Rc::clone(&self.world), machine: self.machine },
            snapshot,
            after: after.into(),
            item,
        }
    }

    fn write_now(&self, entries: &[StoredEntry]) -> Vec<Written> {
        let loses = self.database(|database| database.failure) == Some(StoreFailure::Loses);
        let write = |(at, entry): (usize, &StoredEntry)| {
            self.world.laws.only_what_was_verified_is_stored(&self.world, self.machine, entry);
            let is_lost = loses && at % 2 == 1;
            let written = self.database(|database| {
                database.has_lost |= is_lost;
                if is_lost { Written::Written } else { database.write(self.world.pool.shared(entry)) }
            });
            self.world.say(self.machine, || {
                let how = if is_lost { "lost" } else { word(&written) };
                format!("db {how} {} {}", short_key(&entry.key), short(&entry.version))
            });
            written
        };
        entries.iter().enumerate().map(write).collect()
    }
}

impl SimStore {
    /// Puts an entry, whatever was there.
    pub fn put_now(&self, entry: &StoredEntry) {
        self.world.laws.only_what_was_verified_is_stored(&self.world, self.machine, entry);
        self.world.laws.no_slot_goes_back(&self.world, self.machine, entry);
        self.database(|database| database.put(self.world.pool.shared(entry)));
        self.world.say(self.machine, || format!("db put {} {}", short_key(&entry.key), short(&entry.version)));
    }
}

fn word(written: &Written) -> &'static str {
    if *written == Written::Written { "wrote" } else { "has newer than" }
}

/// The last four bits of the first byte of a key's hash: what refuses slots refuses one in sixteen.
pub fn nibble(key: &str) -> u8 {
    KeyHash::of(key).0[0] % 16
}

pub fn failed(message: &str) -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: message.to_owned() }
}

impl Store for SimStore {
    type Entries = SimScan<StoredEntry>;
    type Versions = SimScan<NamedVersion>;

    async fn open(&self) -> Result<Access, StoreFault> {
        Ok(Access::ByKey)
    }

    async fn entries(&self, after: &str) -> Result<SimScan<StoredEntry>, StoreFault> {
        self.call(0, false).await?;
        Ok(self.scan(after, |key, (version, text)| StoredEntry {
            key: key.to_owned(),
            version: version.to_string(),
            text: text.to_string(),
        }))
    }

    async fn versions(&self) -> Result<SimScan<NamedVersion>, StoreFault> {
        self.call(0, false).await?;
        Ok(self.scan("", |key, (version, _)| NamedVersion { key: key.to_owned(), version: version.to_string() }))
    }

    async fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        if self.kind() == StoreKind::Mute {
            return Ok(None);
        }
        self.call(0, false).await?;
        Ok(Some(self.database(|database| database.changes(since))))
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        self.call(keys.len(), false).await?;
        let entry = |database: &Database, key: &String| {
            let (version, text) = database.entries.get(key.as_str())?;
            Some(StoredEntry { key: key.clone(), version: version.to_string(), text: text.to_string() })
        };
        Ok(self.database(|database| keys.iter().map(|key| entry(database, key)).collect()))
    }

    async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        self.call(entries.len(), true).await?;
        if let Some(refused) = entries.iter().find(|entry| self.database(|database| database.is_refused(&entry.key))) {
            return Err(failed(&format!("CHECK constraint failed: {}", refused.key)));
        }
        let written = self.write_now(entries);
        match self.database(|database| database.failure) {
            Some(StoreFailure::AfterWrites) => Err(failed("the connection broke")),
            _ => Ok(written),
        }
    }

    async fn remove(&self, entries: &[NamedVersion]) -> Result<(), StoreFault> {
        self.call(entries.len(), true).await?;
        for NamedVersion { key, version } in entries {
            let text = self.database(|database| {
                database.entries.get(key.as_str()).filter(|(held, _)| **held == **version)?;
                let (key, (_, text)) = database.entries.remove_entry(key.as_str())?;
                database.note(&key);
                Some(text)
            });
            if let Some(text) = text {
                self.world.say(self.machine, || format!("db removed {} {}", short_key(key), short(version)));
                self.world.laws.only_what_is_damaged_is_removed(&self.world, self.machine, key, version, &text);
            }
        }
        Ok(())
    }
}

/// A way through a database.
pub struct SimScan<I> {
    store: SimStore,
    snapshot: Option<Entries>,
    after: Rc<str>,
    item: fn(&str, &Kept) -> I,
}

impl<I> Scan for SimScan<I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        self.store.call(PAGE, false).await?;
        let read = |entries: &Entries| -> Vec<(Rc<str>, I)> {
            let rest = entries.range::<str, _>((std::ops::Bound::Excluded(&*self.after), std::ops::Bound::Unbounded));
            rest.take(PAGE).map(|(key, held)| (Rc::clone(key), (self.item)(key, held))).collect()
        };
        let page = match &self.snapshot {
            Some(snapshot) => read(snapshot),
            None => self.store.database(|database| read(&database.entries)),
        };
        if let Some((last, _)) = page.last() {
            self.after.clone_from(last);
        }
        Ok(page.into_iter().map(|(_, item)| item).collect())
    }
}
