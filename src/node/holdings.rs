//! What this node holds: the version and signature in each slot, the digest of the set, and parked records.
//!
//! The holdings mirror the store: they are filled from it at the start, and changed only after a write was
//! acknowledged. They contain no text, but the keys of the slots.

use std::cell::RefCell;
use std::rc::Rc;

use crate::merge::{Decision, decide};
use crate::record::{KeyHash, SignatureTail, Version};
use crate::symbols::{ElementId, Own, Symbols, View};
use crate::verify::{Claim, Glimpse, Record};

mod chunks;
mod damaged;
mod digest;
mod found;
mod held_slot;
mod names;
mod outgrown;
mod owners;
mod parked;
mod promise;
mod symbols;
mod table;

pub use damaged::Damaged;
pub use digest::SetDigest;
pub use held_slot::Held;
use held_slot::HeldSlot;
pub(super) use names::NameAt;
use names::Names;
pub use names::SlotKey;
pub use outgrown::OutgrownValues;
pub use parked::{Parked, Parking};
pub use promise::Promise;
pub use symbols::Journal;
use symbols::{KeptSymbols, OwnInBoth};
pub(super) use table::Table;

/// What the store holds, and what is parked.
#[derive(Debug, Default)]
pub struct Holdings {
    records: Table,
    /// The keys of the slots.
    names: Names,
    digest: Option<SetDigest>,
    /// How often the holdings have changed.
    changes: u64,
    /// Whether the current load or look has found that the store lost something.
    has_lost: bool,
    /// The slots written since the current look began: the store's answer may be older than these.
    written: Option<Vec<KeyHash>>,
    /// The sums over what is held.
    symbols: KeptSymbols,
    /// What was held until lately, since the sums have been kept.
    pub outgrown: OutgrownValues,
    /// Records dated ahead of this node's clock.
    pub parked: Parked,
}

impl Holdings {
    /// How many records the store holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the store holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is held in a slot.
    #[must_use]
    pub fn held(&self, key: &KeyHash) -> Option<Held> {
        self.records.get(key).map(HeldSlot::held)
    }

    fn version(&self, key: &KeyHash) -> Option<Version> {
        self.held(key).map(|held| held.version)
    }

    /// What to do with a record of this slot that has this version.
    #[must_use]
    pub fn decide(&self, key: &KeyHash, offered: &Version) -> Decision {
        decide(self.version(key).as_ref(), offered)
    }

    /// Whether an item is what is held, going by slot, time and signature: altered data would not verify under the same
    /// signature.
    #[must_use]
    pub fn holds(&self, glimpse: &Glimpse) -> bool {
        self.records.get(&glimpse.key_hash).is_some_and(|entry| entry.is(glimpse.timestamp, &glimpse.signature))
    }

    /// Whether a claim is older than what is held, so that its content need not be hashed.
    #[must_use]
    pub fn is_older(&self, claim: &Claim<'_>) -> bool {
        self.held(&claim.key_hash).is_some_and(|held| claim.timestamp < held.version.timestamp)
    }

    /// Notes that the store held this version in a slot, and perhaps a greater one since. Returns the known version,
    /// where that is greater and therefore kept.
    pub fn raise(&mut self, key: SlotKey<'_>, held: Held) -> Option<Version> {
        let known = self.version(&key.hash).filter(|known| *known > held.version);
        if known.is_none() {
            self.apply(key, held);
        }
        known
    }

    /// Notes that the store holds exactly this version in a slot.
    pub fn apply(&mut self, key: SlotKey<'_>, held: Held) {
        self.written.iter_mut().for_each(|written| written.push(key.hash));
        if held.signature.is_none() && self.held(&key.hash).is_some_and(|known| known.version == held.version) {
            self.records.unmark(&key.hash);
            return;
        }
        self.change(&key.hash, |records, names| {
            records.insert(key.hash, &held, &mut || names.put(key.text));
        });
    }

    /// Changes what is held in a slot, and the sums with it.
    fn change(&mut self, key: &KeyHash, change: impl FnOnce(&mut Table, &mut Names)) {
        let id = ElementId::of(key);
        let held = |records: &Table| OwnInBoth::and_version(records, id, Some(key));
        let before = self.symbols.are_watching().then(|| held(&self.records));
        change(&mut self.records, &mut self.names);
        if let Some((before, version)) = before {
            let (after, version_now) = held(&self.records);
            self.symbols.change(id, before, after);
            if version.is_some() && version < version_now {
                self.outgrown.note(id, before, after);
            }
        }
        self.digest = None;
        self.changes = self.changes.wrapping_add(1);
    }

    /// Notes that this record was stored, as [`Self::raise`] does: the store may acknowledge writes out of order.
    pub fn note_stored(&mut self, record: &Record) -> Option<Version> {
        let held = Held { version: record.version(), signature: SignatureTail::of(record.signature()) };
        let content = record.content();
        self.raise(SlotKey { hash: content.key_hash, text: content.key.as_str() }, held)
    }

    /// Notes that the store holds nothing in a slot.
    pub fn remove(&mut self, key: &KeyHash) {
        self.written.iter_mut().for_each(|written| written.push(*key));
        self.forget(key);
    }

    fn forget(&mut self, key: &KeyHash) {
        self.change(key, |records, names| {
            if let Some(name) = records.remove(key) {
                names.remove(name);
            }
        });
    }

    /// How often the holdings have changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Computes a part of the digest; returns whether the rest is known. For a large set that has changed everywhere
    /// the whole computation takes long.
    pub fn digest_further(&mut self) -> bool {
        self.digest.is_some() || SetDigest::prepare(&mut self.records)
    }

    /// What is held under an id, in one view.
    #[must_use]
    pub fn own(&self, view: View, id: ElementId) -> Own {
        OwnInBoth::of(&self.records, id).of_view(view)
    }

    /// The keys of the held slots that have one of these ids, ascending.
    #[must_use]
    pub fn keys_of(&self, ids: &[ElementId]) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for entry in ids.iter().flat_map(|id| self.records.with_id(*id)) {
            let key = self.names.get(entry.name);
            keys.insert(keys.partition_point(|other| *other < key), key);
        }
        keys
    }

    /// Computes a part of the sums of a view; returns whether there are sums with this many cells now, or with
    /// [`MAX_CELLS`](crate::limits::MAX_CELLS). For a large set the whole computation takes long.
    pub fn symbols_further(&mut self, view: View, cells: u32) -> bool {
        self.symbols.further(view, cells, &self.records)
    }

    /// The sums of a view over all that is held; `None` before [`Self::symbols_further`] has computed them.
    #[must_use]
    pub fn symbols(&self, view: View) -> Option<&Symbols> {
        self.symbols.whole(view)
    }

    /// Begins to note what was held under ids that change, for a decoding in this view that begins now; until it is dropped.
    pub fn journal(&mut self, view: View) -> Rc<RefCell<Journal>> {
        self.symbols.journal(view)
    }

    /// The digest of the whole set: two nodes with equal digests hold the same records.
    pub fn digest(&mut self) -> SetDigest {
        *self.digest.get_or_insert_with(|| SetDigest::of(&mut self.records))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ContentId, TimestampMs};

    #[test]
    fn the_digest_of_a_large_set_is_computed_in_parts() {
        let mut holdings = Holdings::default();
        let version = Version { timestamp: TimestampMs(1), content: ContentId([0; 32]) };
        (0..9_000).for_each(|at| holdings.apply(SlotKey::of(&at.to_string()), Held { version, signature: None }));
        let mut parts = 1;
        while !holdings.digest_further() {
            parts += 1;
        }
        assert!(parts > 2, "{parts}");
        let whole = holdings.digest();
        assert!(holdings.digest_further(), "it is known");
        holdings.remove(&KeyHash::of("0"));
        assert_ne!(holdings.digest(), whole);
    }
}
