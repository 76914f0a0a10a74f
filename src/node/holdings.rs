//! What this node holds: the version and signature in each slot, the digest of the set, and parked records.
//!
//! The holdings mirror the store: they are filled from it at the start, and changed only after a write was
//! acknowledged. They contain no text, but the keys of the slots.

use std::cell::RefCell;
use std::rc::Rc;

use crate::merge::{Decision, Why, decide};
use crate::record::{KeyHash, SignatureTail, Version};
use crate::symbols::{ElementId, Own, Symbols, View};
use crate::verify::{Claim, Glimpse, Record};

mod damaged;
mod digest;
mod held_slot;
mod names;
mod owners;
mod parked;
mod promise;
mod slots;
mod symbols;
mod table;

pub use damaged::Damaged;
pub use digest::SetDigest;
pub use held_slot::Held;
use held_slot::HeldSlot;
pub(super) use names::NameAt;
use names::Names;
pub use names::SlotKey;
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

    /// What to do with a record of this slot that has this version.
    #[must_use]
    pub fn decide(&self, key: &KeyHash, offered: &Version) -> Decision {
        decide(self.held(key).map(|held| held.version).as_ref(), offered)
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
        let known = self.held(&key.hash).map(|known| known.version).filter(|known| *known > held.version);
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
        let before = self.symbols.are_watching().then(|| OwnInBoth::of(&self.records, id));
        change(&mut self.records, &mut self.names);
        if let Some(before) = before {
            self.symbols.change(id, before, OwnInBoth::of(&self.records, id));
        }
        self.digest = None;
        self.changes = self.changes.wrapping_add(1);
    }

    /// Begins a load of all versions. What is held stays in force until the store is found to hold something else.
    pub fn begin_load(&mut self) {
        self.records.mark_all();
        self.written = None;
        self.has_lost = false;
    }

    /// Notes that the load found this version in a slot; returns whether it is greater than what was held. A greater
    /// version that was written since the load began stays.
    pub fn read(&mut self, key: SlotKey<'_>, version: Version) -> bool {
        let is_unread = self.records.unmark(&key.hash);
        let decision = self.decide(&key.hash, &version);
        match decision {
            Decision::Keep(Why::Same) => {}
            Decision::Keep(Why::Older) if !is_unread => {}
            _ => {
                self.has_lost |= matches!(decision, Decision::Keep(_));
                self.apply(key, Held { version, signature: None });
            }
        }
        !matches!(decision, Decision::Keep(_))
    }

    /// Ends the load: forgets what it did not find, and returns whether the store has lost anything.
    pub fn end_load(&mut self) -> bool {
        let gone = self.records.marked();
        gone.iter().for_each(|key| self.forget(key));
        self.has_lost || !gone.is_empty()
    }

    /// Notes that this record was stored, as [`Self::raise`] does: the store may acknowledge writes out of order.
    pub fn note_stored(&mut self, record: &Record) -> Option<Version> {
        let held = Held { version: record.version(), signature: SignatureTail::of(record.signature()) };
        let content = record.content();
        self.raise(SlotKey { hash: content.key_hash, text: content.key.as_str() }, held)
    }

    /// Begins a look, in which the store names what has changed.
    pub fn begin_look(&mut self) {
        self.written = Some(Vec::new());
        self.has_lost = false;
    }

    /// Notes what the look found in a slot; returns it where it is greater than what was held. A greater version that
    /// was written since the look began stays.
    pub fn follow(&mut self, key: SlotKey<'_>, found: Option<Version>) -> Option<Version> {
        let known = self.held(&key.hash).map(|held| held.version);
        if known > found {
            if self.written.as_ref().is_some_and(|written| written.contains(&key.hash)) {
                return None;
            }
            self.has_lost = true;
        }
        match found {
            Some(version) => self.apply(key, Held { version, signature: None }),
            None => self.remove(&key.hash),
        }
        found.filter(|found| known < Some(*found))
    }

    /// Ends the look, and returns whether the store has lost anything.
    pub fn end_look(&mut self) -> bool {
        self.written = None;
        self.has_lost
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

    fn version(ms: u64) -> Version {
        Version { timestamp: TimestampMs(ms), content: ContentId([0; 32]) }
    }

    fn key(name: &str) -> KeyHash {
        KeyHash::of(name)
    }

    #[test]
    fn the_digest_of_a_large_set_is_computed_in_parts() {
        let mut holdings = Holdings::default();
        (0..9_000)
            .for_each(|at| holdings.apply(SlotKey::of(&at.to_string()), Held { version: version(1), signature: None }));
        let mut parts = 1;
        while !holdings.digest_further() {
            parts += 1;
        }
        assert!(parts > 2, "{parts}");
        let whole = holdings.digest();
        assert!(holdings.digest_further(), "it is known");
        holdings.remove(&key("0"));
        assert_ne!(holdings.digest(), whole);
    }

    fn holding(held: &[(&str, u64)]) -> Holdings {
        let mut holdings = Holdings::default();
        held.iter()
            .for_each(|(name, ms)| holdings.apply(SlotKey::of(name), Held { version: version(*ms), signature: None }));
        holdings
    }

    fn held(holdings: &Holdings, name: &str) -> Option<u64> {
        holdings.held(&key(name)).map(|held| held.version.timestamp.0)
    }

    #[test]
    fn reading_anew_mirrors_the_store_and_says_whether_it_lost_something() {
        for (found, has_lost) in [
            (&[("a", 2), ("b", 2)][..], false),
            (&[("a", 3), ("b", 2), ("c", 1)], false),
            (&[("a", 1), ("b", 2)], true),
            (&[("b", 2)], true),
        ] {
            let mut again = holding(&[("a", 2), ("b", 2)]);
            again.begin_load();
            for (name, ms) in found {
                again.read(SlotKey::of(name), version(*ms));
            }
            assert_eq!(again.end_load(), has_lost, "{found:?}");
            assert_eq!(again.digest(), holding(found).digest(), "{found:?}");
        }
    }

    #[test]
    fn a_look_mirrors_the_store_but_for_what_was_written_after_it_began() {
        for (found, is_ours, left, has_lost) in [
            (Some(3), false, Some(3), false),
            (Some(2), false, Some(2), false),
            (Some(1), false, Some(1), true),
            (None, false, None, true),
            (Some(1), true, Some(2), false),
            (None, true, Some(2), false),
            (Some(3), true, Some(3), false),
        ] {
            let mut holdings = holding(&[("a", 2)]);
            holdings.begin_look();
            if is_ours {
                holdings.apply(SlotKey::of("a"), Held { version: version(2), signature: None });
            }
            holdings.follow(SlotKey::of("a"), found.map(version));
            assert_eq!((holdings.end_look(), held(&holdings, "a")), (has_lost, left), "{found:?} {is_ours}");
        }
    }

    #[test]
    fn what_is_noted_again_while_the_store_is_read_stays() {
        let mut holdings = holding(&[("a", 1)]);
        holdings.begin_load();
        holdings.apply(SlotKey::of("a"), Held { version: version(1), signature: None });
        assert!(!holdings.end_load());
        assert_eq!(held(&holdings, "a"), Some(1));
    }

    #[test]
    fn what_is_written_while_the_store_is_read_stays() {
        let mut holdings = holding(&[("a", 1), ("b", 1)]);
        holdings.begin_load();
        assert_eq!(holdings.len(), 2, "what is held stays in force");
        for name in ["a", "c"] {
            holdings.apply(SlotKey::of(name), Held { version: version(5), signature: None });
        }
        holdings.read(SlotKey::of("a"), version(1));
        holdings.read(SlotKey::of("b"), version(1));
        assert!(!holdings.end_load());
        assert_eq!(["a", "b", "c"].map(|name| held(&holdings, name)), [Some(5), Some(1), Some(5)]);
    }
}
