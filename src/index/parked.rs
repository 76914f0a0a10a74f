//! Records that are dated ahead of this node's clock: verified, and judged again when their time has come.

use std::collections::BTreeMap;

use crate::merge::FUTURE_TOLERANCE_MS;
use crate::record::{KeyHash, Record, Version};

/// The most records that are parked.
const MAX_PARKED: usize = 1_000;
/// The most records of one slot that are parked.
const MAX_PARKED_A_KEY: usize = 4;
/// How far ahead a parked record may be due.
const MAX_WAIT_MS: u64 = 24 * 60 * 60 * 1000;

/// Whether a record was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parking {
    /// It will be judged again by itself.
    Parked,
    /// It was not taken; it has to be offered again once it is due.
    Refused {
        /// When that is.
        due_ms: u64,
    },
}

/// A bounded set of records, by slot and version.
#[derive(Debug, Default)]
pub struct Parked {
    records: BTreeMap<(KeyHash, Version), Record>,
    evicted_due_ms: Option<u64>,
}

impl Parked {
    /// How many records wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether this version of this slot waits already.
    #[must_use]
    pub fn contains(&self, key: &KeyHash, version: &Version) -> bool {
        self.records.contains_key(&(*key, *version))
    }

    /// Parks a record, in the place of the one due farthest ahead where there is no room.
    pub fn park(&mut self, record: Record, now_ms: u64) -> Parking {
        let (key, version) = (record.content().key_hash, record.version());
        let due_ms = due_ms(&version);
        if self.contains(&key, &version) {
            return Parking::Parked;
        }
        if due_ms > now_ms.saturating_add(MAX_WAIT_MS) || !self.make_room(key, &version) {
            return Parking::Refused { due_ms };
        }
        self.records.insert((key, version), record);
        Parking::Parked
    }

    fn make_room(&mut self, key: KeyHash, version: &Version) -> bool {
        let of_key = || self.records.keys().filter(|(other, _)| *other == key);
        let farthest = if of_key().count() >= MAX_PARKED_A_KEY {
            of_key().max_by_key(|(_, version)| *version)
        } else if self.records.len() >= MAX_PARKED {
            self.records.keys().max_by_key(|(_, version)| *version)
        } else {
            return true;
        };
        match farthest.copied() {
            Some(farthest) if farthest.1 > *version => {
                self.records.remove(&farthest);
                let due_ms = due_ms(&farthest.1);
                self.evicted_due_ms = Some(self.evicted_due_ms.map_or(due_ms, |earlier| earlier.min(due_ms)));
                true
            }
            _ => false,
        }
    }

    /// The records whose time has come, removed.
    pub fn take_due(&mut self, now_ms: u64) -> Vec<Record> {
        let due: Vec<_> = self.records.keys().filter(|(_, version)| due_ms(version) <= now_ms).copied().collect();
        due.iter().filter_map(|id| self.records.remove(id)).collect()
    }

    /// Whether an evicted record has become due, said once: a peer that was taken as read has it to offer again.
    pub fn take_evicted_due(&mut self, now_ms: u64) -> bool {
        self.evicted_due_ms.take_if(|due_ms| *due_ms <= now_ms).is_some()
    }
}

fn due_ms(version: &Version) -> u64 {
    version.timestamp.0.saturating_sub(FUTURE_TOLERANCE_MS)
}
