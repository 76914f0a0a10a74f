//! Parked records: verified, but dated ahead of this node's clock. They are stored when their time has come.

use crate::limits::{MAX_PARKED, MAX_PARKED_A_KEY, MAX_PARKED_MS};
use crate::peers::PeerUrl;
use crate::record::{KeyHash, Version};
use crate::verify::{Record, due_ms};

/// Whether a record was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parking {
    /// It waits here, and is stored when it is due.
    Parked,
    /// There is no room for it, or it is due too late: a peer has to offer it again.
    Refused,
}

/// What tells one parked record from another: its slot and version.
type ParkedId = (KeyHash, Version);

/// A bounded set of records, in ascending order of slot and version, each with the peer that offered it.
#[derive(Debug, Default)]
pub struct Parked {
    records: Vec<(ParkedId, Box<(Record, PeerUrl)>)>,
    /// The earliest time at which an evicted record is due.
    evicted_due_ms: Option<u64>,
}

impl Parked {
    /// How many records are parked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether no record is parked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether this version of this slot is parked already.
    #[must_use]
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn contains(&self, key: &KeyHash, version: &Version) -> bool {
        self.position(&(*key, *version)).is_ok()
    }

    /// Parks a record that a peer offered. Where there is no room left, it replaces the one that is due last.
    pub fn park(&mut self, record: Record, from: &PeerUrl, now_ms: u64) -> Parking {
        let (key, version) = (record.content().key_hash, record.version());
        let due_ms = due_ms(version.timestamp);
        if self.contains(&key, &version) {
            return Parking::Parked;
        }
        if due_ms > now_ms.saturating_add(MAX_PARKED_MS) || !self.make_room(key, &version) {
            return Parking::Refused;
        }
        if let Err(position) = self.position(&(key, version)) {
            self.records.insert(position, ((key, version), Box::new((record, from.clone()))));
        }
        Parking::Parked
    }

    /// The index of a parked record, or where it would be inserted.
    fn position(&self, id: &ParkedId) -> Result<usize, usize> {
        self.records.binary_search_by(|(other, _)| other.cmp(id))
    }

    /// Whether there is room for this version, if need be after evicting the record that is due last, which has to be due
    /// later than this one.
    fn make_room(&mut self, key: KeyHash, version: &Version) -> bool {
        let (mut of_key, mut farthest_of_key, mut farthest) = (0_usize, None, None);
        for (id, _) in &self.records {
            farthest = later(farthest, id);
            if id.0 == key {
                of_key = of_key.saturating_add(1);
                farthest_of_key = later(farthest_of_key, id);
            }
        }
        let evicted = match self.records.len() {
            _ if of_key >= MAX_PARKED_A_KEY => farthest_of_key,
            MAX_PARKED.. => farthest,
            _ => return true,
        };
        let Some(evicted) = evicted.copied().filter(|(_, farthest)| farthest > version) else { return false };
        self.records.retain(|(id, _)| *id != evicted);
        let due_ms = due_ms(evicted.1.timestamp);
        self.evicted_due_ms = Some(self.evicted_due_ms.map_or(due_ms, |earlier| earlier.min(due_ms)));
        true
    }

    /// Removes and returns the records whose time has come, in ascending order of slot and version.
    pub fn take_due(&mut self, now_ms: u64) -> Vec<(Record, PeerUrl)> {
        let is_due = |(_, version): &ParkedId| due_ms(version.timestamp) <= now_ms;
        let mut due = Vec::new();
        for (id, parked) in std::mem::take(&mut self.records) {
            if is_due(&id) { due.push(*parked) } else { self.records.push((id, parked)) }
        }
        due
    }

    /// Whether an evicted record has become due; true once. A peer that has it needs to offer it again.
    pub fn take_evicted_due(&mut self, now_ms: u64) -> bool {
        self.evicted_due_ms.take_if(|due_ms| *due_ms <= now_ms).is_some()
    }
}

/// The one of two that is due later.
fn later<'p>(found: Option<&'p ParkedId>, other: &'p ParkedId) -> Option<&'p ParkedId> {
    match found {
        Some(found) if found.1 >= other.1 => Some(found),
        _ => Some(other),
    }
}
