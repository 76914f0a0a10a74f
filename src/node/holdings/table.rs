//! The held slots, stored compactly: a sorted list of their numbers for each bucket of the digest.
//!
//! A held slot takes 96 bytes, its number 4 and its name 20, so that a million records of 100 000 owners take about 125 MB.

use std::cmp::Ordering;

use super::chunks::Numbered;
use super::held_slot::{GENERATIONS, Held, HeldSlot};
use super::names::NameAt;
use crate::record::KeyHash;
use crate::symbols::ElementId;

/// How many buckets the digest has: one for each value of the first 12 bits of the key hash.
pub(super) const BUCKETS: usize = 4096;

/// The held slots whose key hashes begin with the same 12 bits, and their digest.
#[derive(Debug, Clone, Default)]
struct Bucket {
    /// Their numbers, in ascending order of their key hashes.
    numbers: Vec<u32>,
    /// Their digest; `None` when they have changed.
    digest: Option<[u8; 32]>,
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
    /// In no order, each with a number that stays the same.
    slots: Numbered<HeldSlot, 512>,
    buckets: Vec<Bucket>,
    len: usize,
    generation: Generation,
    /// Whether something has joined in this generation.
    has_joined: bool,
}

impl Default for Table {
    fn default() -> Self {
        let (slots, generation) = Default::default();
        Self { slots, buckets: vec![Bucket::default(); BUCKETS], len: 0, generation, has_joined: false }
    }
}

impl Table {
    /// How many held slots there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The held slots of one bucket, in ascending order.
    pub fn bucket(&self, bucket: usize) -> impl Iterator<Item = &HeldSlot> {
        self.slots_of(self.numbers(bucket))
    }

    /// How many held slots a bucket has.
    #[must_use]
    pub fn len_of(&self, bucket: usize) -> usize {
        self.numbers(bucket).len()
    }

    /// The digest of a bucket, if that is known; `None` when it has changed.
    #[must_use]
    pub fn digest(&self, bucket: usize) -> Option<[u8; 32]> {
        self.buckets.get(bucket)?.digest
    }

    /// Notes the digest of a bucket.
    pub fn set_digest(&mut self, bucket: usize, digest: [u8; 32]) {
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.digest = Some(digest);
        }
    }

    /// The held slots that share an id.
    pub fn with_id(&self, id: ElementId) -> impl Iterator<Item = &HeldSlot> {
        let numbers = self.numbers(bucket_of_id(id));
        let id_of = |number: &u32| self.slots.get(*number).map(|slot| ElementId::of(&slot.key));
        let from = numbers.partition_point(|number| id_of(number) < Some(id));
        self.slots_of(numbers.get(from..).unwrap_or_default()).take_while(move |slot| ElementId::of(&slot.key) == id)
    }

    /// What is held in a slot.
    #[must_use]
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn get(&self, key: &KeyHash) -> Option<&HeldSlot> {
        let at = self.place_of(key).ok()?;
        self.slots.get(*self.numbers(bucket_of(key)).get(at)?)
    }

    /// Replaces what is held in a slot; returns whether there was something. If not, `name` keeps its key. What replaces a
    /// greater version joins anew.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn insert(&mut self, key: KeyHash, held: &Held, name: &mut dyn FnMut() -> NameAt) -> bool {
        let (place, joined) = (self.place_of(&key), self.generation.number);
        let Some(bucket) = self.buckets.get_mut(bucket_of(&key)) else { return false };
        bucket.digest = None;
        let numbers = &mut bucket.numbers;
        match place {
            Ok(at) => {
                if let Some(slot) = numbers.get(at).and_then(|number| self.slots.get_mut(*number)) {
                    let is_lesser = held.version < slot.held().version;
                    self.has_joined |= is_lesser;
                    *slot = HeldSlot::new(key, held, if is_lesser { joined } else { slot.joined() }, slot.name);
                }
                true
            }
            Err(at) => {
                if let Some(number) = self.slots.put(HeldSlot::new(key, held, joined, name()), u32::MAX) {
                    if numbers.len() == numbers.capacity() {
                        numbers.reserve_exact((numbers.len() / 8).saturating_add(1));
                    }
                    numbers.insert(at, number);
                    self.has_joined = true;
                    self.len = self.len.saturating_add(1);
                }
                false
            }
        }
    }

    /// Begins a generation: what joins from now on can be told from what is there.
    pub fn begin_generation(&mut self) -> Generation {
        if self.has_joined && self.generation.number == GENERATIONS {
            self.each_mut(|slot| slot.set_joined(0));
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
        let at = self.place_of(key).ok()?;
        let bucket = self.buckets.get_mut(bucket_of(key))?;
        bucket.digest = None;
        self.len = self.len.saturating_sub(1);
        let number = bucket.numbers.remove(at);
        self.slots.release(number);
        self.slots.get(number).map(|slot| slot.name)
    }

    /// Marks all held slots as unread.
    pub fn mark_all(&mut self) {
        self.each_mut(|slot| slot.set_unread(true));
    }

    /// Removes the mark from a slot; returns whether it had one.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn unmark(&mut self, key: &KeyHash) -> bool {
        let Ok(at) = self.place_of(key) else { return false };
        let number = self.numbers(bucket_of(key)).get(at).copied();
        let Some(slot) = number.and_then(|number| self.slots.get_mut(number)) else { return false };
        let was_marked = slot.is_unread();
        slot.set_unread(false);
        was_marked
    }

    /// The hashes of the marked slots.
    pub fn marked(&self) -> Vec<KeyHash> {
        let slots = (0..BUCKETS).flat_map(|bucket| self.bucket(bucket));
        slots.filter(|slot| slot.is_unread()).map(|slot| slot.key).collect()
    }

    fn numbers(&self, bucket: usize) -> &[u32] {
        self.buckets.get(bucket).map(|bucket| bucket.numbers.as_slice()).unwrap_or_default()
    }

    fn slots_of<'t>(&'t self, numbers: &'t [u32]) -> impl Iterator<Item = &'t HeldSlot> {
        numbers.iter().filter_map(|number| self.slots.get(*number))
    }

    /// The place of a slot in its bucket, or the place where it would have to be.
    #[inline(never)] // for size: each of its callers would have a copy
    fn place_of(&self, key: &KeyHash) -> Result<usize, usize> {
        let compare = |number: &u32| self.slots.get(*number).map_or(Ordering::Less, |slot| slot.key.cmp(key));
        self.numbers(bucket_of(key)).binary_search_by(compare)
    }

    fn each_mut(&mut self, change: impl Fn(&mut HeldSlot)) {
        for number in self.buckets.iter().flat_map(|bucket| &bucket.numbers) {
            if let Some(slot) = self.slots.get_mut(*number) {
                change(slot);
            }
        }
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
mod tests;
