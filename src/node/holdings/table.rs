//! The held slots, stored compactly: one sorted run for each bucket of the digest.
//!
//! A held slot takes 96 bytes and its name 20, and a bucket grows by a sixteenth, so that a million records of 100 000
//! owners take about 125 MB.

use super::held_slot::{GENERATIONS, Held, HeldSlot};
use super::names::NameAt;
use crate::record::KeyHash;
use crate::symbols::ElementId;

/// How many buckets the digest has: one for each value of the first 12 bits of the key hash.
pub(super) const BUCKETS: usize = 4096;

/// The held slots whose key hashes begin with the same 12 bits, in ascending order, and their digest.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// The held slots.
    pub entries: Vec<HeldSlot>,
    /// Their digest; `None` when they have changed.
    pub digest: Option<[u8; 32]>,
}

/// A generation of the table: what joins the table later can be told from what was there when the generation began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Generation {
    number: u64,
    /// How often the numbers have started over.
    turn: u64,
}

impl Generation {
    /// Whether a slot was there when the generation began.
    #[must_use]
    pub fn is_after(self, entry: &HeldSlot) -> bool {
        entry.joined() < self.number
    }
}

/// All held slots.
#[derive(Debug)]
pub struct Table {
    buckets: Vec<Bucket>,
    len: usize,
    generation: Generation,
    /// Whether something has joined in this generation.
    has_joined: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self { buckets: vec![Bucket::default(); BUCKETS], len: 0, generation: Generation::default(), has_joined: false }
    }
}

impl Table {
    /// How many held slots there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The buckets, in ascending order.
    pub fn buckets(&mut self) -> &mut [Bucket] {
        &mut self.buckets
    }

    /// The held slots of one bucket, in ascending order.
    #[must_use]
    pub fn bucket(&self, number: usize) -> &[HeldSlot] {
        self.buckets.get(number).map(|bucket| bucket.entries.as_slice()).unwrap_or_default()
    }

    /// The held slots that share an id.
    #[must_use]
    pub fn with_id(&self, id: ElementId) -> &[HeldSlot] {
        let entries = self.bucket(bucket_of_id(id));
        let from = entries.partition_point(|entry| ElementId::of(&entry.key) < id);
        let same = entries.get(from..).unwrap_or_default();
        let end = same.partition_point(|entry| ElementId::of(&entry.key) == id);
        same.get(..end).unwrap_or_default()
    }

    /// What is held in a slot.
    #[must_use]
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn get(&self, key: &KeyHash) -> Option<&HeldSlot> {
        let entries = &self.buckets.get(bucket_of(key))?.entries;
        let at = entries.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
        entries.get(at)
    }

    /// Replaces what is held in a slot; returns whether there was something. If not, `name` keeps its key. What replaces a
    /// greater version joins anew.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn insert(&mut self, key: KeyHash, held: &Held, name: &mut dyn FnMut() -> NameAt) -> bool {
        let Some(bucket) = self.buckets.get_mut(bucket_of(&key)) else { return false };
        bucket.digest = None;
        let entries = &mut bucket.entries;
        let joined = self.generation.number;
        match entries.binary_search_by(|entry| entry.key.cmp(&key)) {
            Ok(at) => {
                if let Some(entry) = entries.get_mut(at) {
                    let is_lesser = held.version < entry.held().version;
                    self.has_joined |= is_lesser;
                    *entry = HeldSlot::new(key, held, if is_lesser { joined } else { entry.joined() }, entry.name);
                }
                true
            }
            Err(at) => {
                if entries.len() == entries.capacity() {
                    entries.reserve_exact((entries.len() / 16).saturating_add(1));
                }
                entries.insert(at, HeldSlot::new(key, held, joined, name()));
                self.has_joined = true;
                self.len = self.len.saturating_add(1);
                false
            }
        }
    }

    /// Begins a generation: what joins from now on can be told from what is there.
    pub fn begin_generation(&mut self) -> Generation {
        if self.has_joined && self.generation.number == GENERATIONS {
            for entry in self.buckets.iter_mut().flat_map(|bucket| &mut bucket.entries) {
                entry.set_joined(0);
            }
            self.generation = Generation { number: 1, turn: self.generation.turn.wrapping_add(1) };
        } else if self.has_joined {
            self.generation.number = self.generation.number.saturating_add(1);
        }
        self.has_joined = false;
        self.generation
    }

    /// Whether the table still knows what was there when this generation began.
    #[must_use]
    pub fn remembers(&self, generation: Generation) -> bool {
        self.generation.turn == generation.turn
    }

    /// Forgets a slot; returns where its key is, if it was held.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn remove(&mut self, key: &KeyHash) -> Option<NameAt> {
        let bucket = self.buckets.get_mut(bucket_of(key))?;
        let at = bucket.entries.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
        bucket.digest = None;
        self.len = self.len.saturating_sub(1);
        Some(bucket.entries.remove(at).name)
    }

    /// Marks all held slots as unread.
    pub fn mark_all(&mut self) {
        for entry in self.buckets.iter_mut().flat_map(|bucket| &mut bucket.entries) {
            entry.set_unread(true);
        }
    }

    /// Removes the mark from a slot; returns whether it had one.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn unmark(&mut self, key: &KeyHash) -> bool {
        let Some(bucket) = self.buckets.get_mut(bucket_of(key)) else { return false };
        let Ok(at) = bucket.entries.binary_search_by(|entry| entry.key.cmp(key)) else { return false };
        let Some(entry) = bucket.entries.get_mut(at) else { return false };
        let was_marked = entry.is_unread();
        entry.set_unread(false);
        was_marked
    }

    /// The hashes of the marked slots.
    pub fn marked(&self) -> Vec<KeyHash> {
        let entries = self.buckets.iter().flat_map(|bucket| &bucket.entries);
        entries.filter(|entry| entry.is_unread()).map(|entry| entry.key).collect()
    }
}

fn bucket_of(key: &KeyHash) -> usize {
    bucket_of_id(ElementId::of(key))
}

/// The bucket of all slots that have this id.
pub(super) fn bucket_of_id(id: ElementId) -> usize {
    (id.0 >> 20) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ContentId, SignatureTail, TimestampMs, Version};
    use std::collections::BTreeMap;

    fn held(ms: u64, tail: u8) -> Held {
        let version = Version { timestamp: TimestampMs(ms), content: ContentId([tail; 32]) };
        Held { version, signature: (tail > 0).then_some(SignatureTail([tail; 16])) }
    }

    fn insert(table: &mut Table, hash: KeyHash, held: &Held) -> bool {
        table.insert(hash, held, &mut NameAt::default)
    }

    #[test]
    fn keys_that_differ_in_one_byte_are_different() {
        let mut table = Table::default();
        let key = |at: usize| KeyHash(std::array::from_fn(|byte| u8::from(byte == at)));
        (0..32).for_each(|at| assert!(!insert(&mut table, key(at), &held(at as u64, 0)), "{at}"));
        (0..32).for_each(|at| assert_eq!(table.get(&key(at)).map(HeldSlot::held), Some(held(at as u64, 0))));
        table.remove(&key(31));
        assert_eq!((table.len(), table.get(&key(31)).is_none()), (31, true));
    }

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut table, mut map) = (Table::default(), BTreeMap::new());
        for number in 0..20_000_u64 {
            let key = KeyHash::of(&(number * 7919 % 6000).to_string());
            if number % 5 == 4 {
                table.remove(&key);
                map.remove(&key);
            } else {
                let held = held(number, (number % 3) as u8);
                assert_eq!(insert(&mut table, key, &held), map.insert(key, held).is_some());
            }
            assert_eq!(table.len(), map.len());
        }
        for number in 0..6000 {
            let key = KeyHash::of(&number.to_string());
            assert_eq!(table.get(&key).map(HeldSlot::held), map.get(&key).copied());
        }
        let entries: Vec<KeyHash> = table.buckets().iter().flat_map(|bucket| &bucket.entries).map(|e| e.key).collect();
        assert!(entries.iter().eq(map.keys()), "ascending through all buckets");
        for key in &entries {
            assert!(table.with_id(ElementId::of(key)).iter().any(|entry| entry.key == *key));
        }
    }

    #[test]
    fn what_stays_marked_is_known() {
        let mut table = Table::default();
        let key = |number: u32| KeyHash::of(&number.to_string());
        assert!((0..100).all(|number| !insert(&mut table, key(number), &held(1, 1))));
        table.mark_all();
        assert_eq!(table.get(&key(1)).map(HeldSlot::held), Some(held(1, 1)), "a mark changes nothing else");
        assert!(table.unmark(&key(1)));
        assert!(!table.unmark(&key(1)) && !table.unmark(&key(100)));
        insert(&mut table, key(2), &held(2, 2));
        assert_eq!(table.marked().len(), 98);
        table.marked().iter().for_each(|key| assert!(table.remove(key).is_some()));
        assert_eq!((table.marked().len(), table.len()), (0, 2));
    }

    #[test]
    fn what_joins_is_told_from_what_was_there() {
        let mut table = Table::default();
        let key = |number: u64| KeyHash::of(&number.to_string());
        let was_there = |table: &Table, number, since: Generation| {
            table.get(&key(number)).is_some_and(|entry| since.is_after(entry))
        };
        insert(&mut table, key(0), &held(5, 1));
        let since = table.begin_generation();
        assert_eq!(table.begin_generation(), since, "nothing has joined");
        insert(&mut table, key(1), &held(5, 1));
        insert(&mut table, key(0), &held(6, 1));
        assert!(was_there(&table, 0, since), "a greater version of what was there");
        assert!(!was_there(&table, 1, since));
        insert(&mut table, key(0), &held(5, 1));
        assert!(!was_there(&table, 0, since), "a lesser one is not what was there");
        assert_eq!(table.get(&key(0)).map(HeldSlot::held), Some(held(5, 1)), "a generation changes nothing else");
    }

    #[test]
    fn generations_begin_anew_and_earlier_ones_are_not_remembered() {
        let mut table = Table::default();
        let key = |number: u64| KeyHash::of(&number.to_string());
        let first = table.begin_generation();
        for number in 0..GENERATIONS {
            assert!(table.remembers(first), "generation {number}");
            insert(&mut table, key(number), &held(1, 1));
            assert_ne!(table.begin_generation(), first);
        }
        insert(&mut table, key(GENERATIONS), &held(1, 1));
        let anew = table.begin_generation();
        assert!(table.remembers(anew) && !table.remembers(first));
        let all =
            |table: &Table| (0..=GENERATIONS).all(|number| table.get(&key(number)).is_some_and(|e| anew.is_after(e)));
        assert!(all(&table), "they are all there");
        insert(&mut table, key(GENERATIONS + 1), &held(1, 1));
        assert!(!table.get(&key(GENERATIONS + 1)).is_some_and(|entry| anew.is_after(entry)));
    }
}
