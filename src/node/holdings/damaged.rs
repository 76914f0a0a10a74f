//! Damaged entries: their text is not what was stored.

use crate::ports::NamedVersion;
use crate::record::KeyHash;

/// Damaged entries, sorted by the hashes of their keys. Usually there are none.
#[derive(Debug, Default)]
pub struct Damaged(Vec<(KeyHash, NamedVersion)>);

impl Damaged {
    /// Remembers an entry, with the version that the store gives for it.
    pub fn insert(&mut self, key_hash: KeyHash, entry: NamedVersion) {
        match self.place(&key_hash) {
            Ok(at) => self.0.splice(at..=at, [(key_hash, entry)]).for_each(drop),
            Err(at) => self.0.insert(at, (key_hash, entry)),
        }
    }

    /// Whether this version of this slot is known to be damaged.
    pub fn holds(&self, key: &str, version: &str) -> bool {
        let held = if self.0.is_empty() { None } else { self.place(&KeyHash::of(key)).ok() };
        held.and_then(|at| self.0.get(at)).is_some_and(|(_, held)| held.version == version)
    }

    /// The damaged entries in these slots.
    pub fn among<'k>(&self, slots: impl Iterator<Item = &'k KeyHash>) -> Vec<NamedVersion> {
        let found = slots.filter_map(|key_hash| self.0.get(self.place(key_hash).ok()?));
        found.map(|(_, entry)| entry.clone()).collect()
    }

    /// Forgets entries, which are no longer in the store.
    pub fn forget(&mut self, entries: &[NamedVersion]) {
        for entry in entries {
            if let Ok(at) = self.place(&KeyHash::of(&entry.key)) {
                self.0.remove(at);
            }
        }
    }

    fn place(&self, key_hash: &KeyHash) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key_hash))
    }
}
