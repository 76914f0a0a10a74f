//! What is held, compactly: one sorted run of entries for each bucket of the digest.
//!
//! An entry takes 96 bytes, and a bucket grows by an eighth, so that a million records take about 105 MB.

use crate::record::{ContentId, KeyHash, SignatureTail, TimestampMs, Version};

/// The digest's buckets: by the first 12 bits of the key hash.
const BUCKETS: usize = 4096;

/// Set in an entry's time while the store is read anew and was not yet found to hold it; times end at 2^53.
const UNREAD: u64 = 1 << 63;

/// What is remembered of one stored record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The stored version.
    pub version: Version,
    /// The end of the stored signature's text, once it has been seen.
    pub signature: Option<SignatureTail>,
}

/// One record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The hash of the slot's name.
    pub key: KeyHash,
    /// What is held there.
    pub content: ContentId,
    timestamp_and_mark: u64,
    /// All zero where it is not known.
    signature: SignatureTail,
}

impl Entry {
    fn new(key: KeyHash, held: &Held) -> Self {
        Self {
            key,
            content: held.version.content,
            timestamp_and_mark: held.version.timestamp.0,
            signature: held.signature.unwrap_or_default(),
        }
    }

    /// Whether it has this time and this signature.
    #[must_use]
    pub fn is(&self, timestamp: TimestampMs, signature: &SignatureTail) -> bool {
        self.timestamp_and_mark & !UNREAD == timestamp.0 && self.signature == *signature
    }

    /// Whether it has not been read since all were marked.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.timestamp_and_mark & UNREAD != 0
    }

    /// What is remembered of it.
    #[must_use]
    pub fn held(&self) -> Held {
        let timestamp = TimestampMs(self.timestamp_and_mark & !UNREAD);
        let signature = (self.signature != SignatureTail::default()).then_some(self.signature);
        Held { version: Version { timestamp, content: self.content }, signature }
    }
}

/// The entries whose keys' hashes begin with the same 12 bits, ascending, and their digest where it is known.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Their digest; nothing when they have changed.
    pub digest: Option<[u8; 32]>,
}

/// All entries.
#[derive(Debug)]
pub struct Table {
    buckets: Vec<Bucket>,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { buckets: vec![Bucket::default(); BUCKETS], len: 0 }
    }
}

impl Table {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The buckets, in their order.
    pub fn buckets(&mut self) -> &mut [Bucket] {
        &mut self.buckets
    }

    /// What is held in a slot.
    #[must_use]
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn get(&self, key: &KeyHash) -> Option<&Entry> {
        let entries = &self.buckets.get(bucket_of(key))?.entries;
        let at = entries.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
        entries.get(at)
    }

    /// Puts what is held in a slot in the place of what was; gives back whether there was something.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn insert(&mut self, key: KeyHash, held: &Held) -> bool {
        let Some(bucket) = self.buckets.get_mut(bucket_of(&key)) else { return false };
        bucket.digest = None;
        let entries = &mut bucket.entries;
        match entries.binary_search_by(|entry| entry.key.cmp(&key)) {
            Ok(at) => {
                if let Some(entry) = entries.get_mut(at) {
                    *entry = Entry::new(key, held);
                }
                true
            }
            Err(at) => {
                if entries.len() == entries.capacity() {
                    entries.reserve_exact((entries.len() / 8).saturating_add(1));
                }
                entries.insert(at, Entry::new(key, held));
                self.len = self.len.saturating_add(1);
                false
            }
        }
    }

    /// Forgets a slot.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn remove(&mut self, key: &KeyHash) {
        let Some(bucket) = self.buckets.get_mut(bucket_of(key)) else { return };
        if let Ok(at) = bucket.entries.binary_search_by(|entry| entry.key.cmp(key)) {
            bucket.entries.remove(at);
            bucket.digest = None;
            self.len = self.len.saturating_sub(1);
        }
    }

    /// Marks all entries as not read.
    pub fn mark_all(&mut self) {
        for entry in self.buckets.iter_mut().flat_map(|bucket| &mut bucket.entries) {
            entry.timestamp_and_mark |= UNREAD;
        }
    }

    /// Takes the mark from an entry, and says whether it had one.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn unmark(&mut self, key: &KeyHash) -> bool {
        let Some(bucket) = self.buckets.get_mut(bucket_of(key)) else { return false };
        let Ok(at) = bucket.entries.binary_search_by(|entry| entry.key.cmp(key)) else { return false };
        let Some(entry) = bucket.entries.get_mut(at) else { return false };
        let was_marked = entry.timestamp_and_mark & UNREAD != 0;
        entry.timestamp_and_mark &= !UNREAD;
        was_marked
    }

    /// Forgets all marked entries; gives back how many these were.
    pub fn remove_marked(&mut self) -> usize {
        let before = self.len;
        for bucket in &mut self.buckets {
            let held = bucket.entries.len();
            bucket.entries.retain(|entry| entry.timestamp_and_mark & UNREAD == 0);
            let gone = held.saturating_sub(bucket.entries.len());
            if gone > 0 {
                bucket.digest = None;
                self.len = self.len.saturating_sub(gone);
            }
        }
        before.saturating_sub(self.len)
    }
}

fn bucket_of(key: &KeyHash) -> usize {
    let [first, second, ..] = key.0;
    usize::from(u16::from_be_bytes([first, second]) >> 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn held(ms: u64, tail: u8) -> Held {
        let version = Version { timestamp: TimestampMs(ms), content: ContentId([tail; 32]) };
        Held { version, signature: (tail > 0).then_some(SignatureTail([tail; 24])) }
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
                assert_eq!(table.insert(key, &held), map.insert(key, held).is_some());
            }
            assert_eq!(table.len(), map.len());
        }
        for number in 0..6000 {
            let key = KeyHash::of(&number.to_string());
            assert_eq!(table.get(&key).map(Entry::held), map.get(&key).copied());
        }
        let entries: Vec<KeyHash> = table.buckets().iter().flat_map(|bucket| &bucket.entries).map(|e| e.key).collect();
        assert!(entries.iter().eq(map.keys()), "ascending through all buckets");
    }

    #[test]
    fn what_stays_marked_is_removed() {
        let mut table = Table::default();
        let key = |number: u32| KeyHash::of(&number.to_string());
        assert!((0..100).all(|number| !table.insert(key(number), &held(1, 1))));
        table.mark_all();
        assert_eq!(table.get(&key(1)).map(Entry::held), Some(held(1, 1)), "a mark changes nothing else");
        assert!(table.unmark(&key(1)));
        assert!(!table.unmark(&key(1)) && !table.unmark(&key(100)));
        table.insert(key(2), &held(2, 2));
        assert_eq!((table.remove_marked(), table.len()), (98, 2));
        assert_eq!(table.remove_marked(), 0);
    }

    #[test]
    fn an_entry_takes_96_bytes() {
        assert_eq!(std::mem::size_of::<Entry>(), 96);
    }
}
