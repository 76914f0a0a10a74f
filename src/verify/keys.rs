//! Bounded memory: a map that forgets what is old, and in it the keys that were decoded.

use std::collections::BTreeMap;

use super::ed25519::PublicKey;
use crate::error::Rejection;

/// How many keys one generation holds: full, the two take about 4 MB.
const KEYS: usize = 8_192;

/// A map that forgets: when the young generation is full it becomes the old one, and what was old is gone.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
    size: usize,
}

impl<K: Ord, V: Clone> Generations<K, V> {
    /// An empty map whose generations hold this many entries each.
    pub(super) fn of(size: usize) -> Self {
        Self { young: BTreeMap::new(), old: BTreeMap::new(), size }
    }

    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn recall(&self, key: &K) -> Option<V> {
        [&self.young, &self.old].into_iter().find_map(|generation| generation.get(key)).cloned()
    }

    #[inline(never)] // as above
    pub(super) fn remember(&mut self, key: K, value: V) {
        if self.young.len() >= self.size {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// A bounded memory of the public keys that were decoded last: a key signs many records, and decoding its point is a
/// third of the work of a verification.
#[derive(Debug)]
pub struct Keys(Generations<[u8; 32], PublicKey>);

impl Default for Keys {
    fn default() -> Self {
        Self(Generations::of(KEYS))
    }
}

impl Keys {
    /// What [`PublicKey::decode`] gives.
    ///
    /// # Errors
    ///
    /// `BAD_KEY`.
    pub fn decode(&mut self, bytes: &[u8; 32]) -> Result<PublicKey, Rejection> {
        if let Some(key) = self.0.recall(bytes) {
            return Ok(key);
        }
        let key = PublicKey::decode(bytes)?;
        self.0.remember(*bytes, key.clone());
        Ok(key)
    }
}
