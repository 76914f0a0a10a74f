//! Bounded memory: a map that forgets old entries, and a memory of decoded public keys that uses it.

use super::ed25519::PublicKey;
use crate::error::Rejection;

/// How many public keys one generation holds. When full, the two generations take about 4 MB.
const KEYS: usize = 8_192;

/// Over how many buckets the entries of a generation are spread. A short list is quick to search, and takes 10 kB less
/// of the module than a map. An attacker who makes entries for one bucket wears out only that bucket.
const BUCKETS: usize = 512;

/// A map that forgets: when the young generation of a bucket is full, it replaces the old one.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    buckets: Vec<Bucket<K, V>>,
    bucket_size: usize,
}

#[derive(Debug)]
struct Bucket<K, V> {
    young: Vec<(K, V)>,
    old: Vec<(K, V)>,
}

impl<K: Eq, V: Clone> Generations<K, V> {
    /// An empty map whose two generations hold about this many entries each.
    pub(super) fn of(size: usize) -> Self {
        let bucket = || Bucket { young: Vec::new(), old: Vec::new() };
        Self { buckets: (0..BUCKETS).map(|_| bucket()).collect(), bucket_size: size.div_ceil(BUCKETS) }
    }

    /// The value that is remembered for this key. The bytes in `spread` choose the bucket.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn recall(&self, spread: &[u8; 32], key: &K) -> Option<V> {
        let Bucket { young, old } = self.buckets.get(bucket_of(spread))?;
        young.iter().chain(old).find(|(known, _)| known == key).map(|(_, value)| value.clone())
    }

    #[inline(never)] // as above
    pub(super) fn remember(&mut self, spread: &[u8; 32], key: K, value: V) {
        let Some(Bucket { young, old }) = self.buckets.get_mut(bucket_of(spread)) else { return };
        if young.len() >= self.bucket_size {
            *old = std::mem::take(young);
        }
        match young.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => young.push((key, value)),
        }
    }
}

fn bucket_of(spread: &[u8; 32]) -> usize {
    let [first, second, ..] = *spread;
    usize::from(u16::from_le_bytes([first, second])) % BUCKETS
}

/// A bounded memory of the public keys that were decoded last. A public key signs many records, and decoding its point
/// is a third of the work of a verification.
#[derive(Debug)]
pub struct PublicKeys(Generations<[u8; 32], PublicKey>);

impl Default for PublicKeys {
    fn default() -> Self {
        Self(Generations::of(KEYS))
    }
}

impl PublicKeys {
    /// The same as [`PublicKey::decode`].
    ///
    /// # Errors
    ///
    /// `BAD_KEY`.
    pub fn decode(&mut self, bytes: &[u8; 32]) -> Result<PublicKey, Rejection> {
        if let Some(key) = self.0.recall(bytes, bytes) {
            return Ok(key);
        }
        let key = PublicKey::decode(bytes)?;
        self.0.remember(bytes, *bytes, key.clone());
        Ok(key)
    }
}
