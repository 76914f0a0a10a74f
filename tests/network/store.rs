//! The database of a scripted network: it can be made to fail, to refuse and to lose entries.

use std::collections::{BTreeMap, BTreeSet};

use dbsharing::error::{StoreFault, StoreFaultKind};
use dbsharing::ports::{Changes, NamedVersion, StoredEntry, Written};

/// A store that holds its entries in memory, and can be made to fail.
#[derive(Default)]
pub struct MemoryStore {
    pub entries: BTreeMap<String, (String, String)>,
    pub fails: bool,
    pub fails_on_write: bool,
    pub fails_after_write: bool,
    /// It acknowledges writes but holds none of them.
    pub drops: bool,
    /// The same, for every other entry of a batch, from this one on.
    pub drops_every_other: Option<usize>,
    /// It claims to hold the same or a greater version of everything, and writes nothing.
    pub calls_all_stale: bool,
    /// What was written and removed, in order, if it can report that.
    pub log: Option<Vec<String>>,
    pub outcomes: Vec<Written>,
    /// It refuses entries whose text holds one of these.
    pub refuses: Vec<String>,
    /// Entries whose text holds one of these would harm it.
    pub harmed_by: Vec<String>,
    /// It reports which entries it refuses, and takes the others.
    pub one_by_one: bool,
    /// How many calls of `write` there were, and of how many entries together.
    pub writes: (u32, usize),
    /// How many calls of `get_many` there were.
    pub reads: u32,
}

impl MemoryStore {
    fn refuses(&self, entry: &StoredEntry) -> bool {
        self.refuses.iter().any(|part| entry.text.contains(part))
    }

    /// A store that reports what has changed.
    pub fn that_reports() -> Self {
        Self { log: Some(Vec::new()), ..Self::default() }
    }

    /// Notes a change of a slot that was made behind the node's back.
    pub fn note(&mut self, key: &str) {
        self.log.iter_mut().for_each(|log| log.push(key.to_owned()));
    }

    pub fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        let Some(log) = &self.log else { return Ok(None) };
        if self.fails {
            return Err(failure());
        }
        let keys = since.and_then(|mark| log.get(mark.parse::<usize>().ok()?..)).map(BTreeSet::from_iter);
        let version = |key: &String| self.entries.get(key).map(|(version, _)| version.clone()).unwrap_or_default();
        let entries = keys.map(|keys: BTreeSet<&String>| {
            keys.into_iter().map(|key| NamedVersion { key: key.clone(), version: version(key) }).collect()
        });
        Ok(Some(Changes { mark: log.len().to_string(), entries }))
    }

    pub fn write(&mut self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        self.writes = (self.writes.0 + 1, self.writes.1 + entries.len());
        if self.fails || self.fails_on_write {
            return Err(failure());
        }
        if !self.one_by_one && entries.iter().any(|entry| self.refuses(entry)) {
            return Err(refusal());
        }
        self.outcomes.clear();
        if self.calls_all_stale {
            return Ok(vec![Written::Stale; entries.len()]);
        }
        for (at, entry) in entries.iter().cloned().enumerate() {
            if self.refuses(&entry) {
                self.outcomes.push(Written::Failed(refusal()));
                continue;
            }
            if self.harmed_by.iter().any(|part| entry.text.contains(part)) {
                self.outcomes.push(Written::Unsafe);
                continue;
            }
            let StoredEntry { key, version, text } = entry;
            let is_newer = self.entries.get(&key).is_none_or(|(held, _)| *held < version);
            self.outcomes.push(if is_newer { Written::Written } else { Written::Stale });
            if is_newer && !self.drops && self.drops_every_other != Some(at % 2) {
                self.note(&key);
                self.entries.insert(key, (version, text));
            }
        }
        if self.fails_after_write { Err(failure()) } else { Ok(self.outcomes.clone()) }
    }
}

pub fn failure() -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: "the disk is gone".to_owned() }
}

fn refusal() -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: "CHECK constraint failed: text".to_owned() }
}
