//! The digest of a set of records, in buckets, so that a write costs one bucket and not the set.
//!
//! Frozen bytes: 4 096 buckets by the first 12 bits of SHA-256(key). A bucket's digest is SHA-256 over its records in
//! ascending order of key hash, each as its 32 bytes of key hash and its 32 bytes of content id; an empty bucket's is
//! SHA-256 of nothing. The root is SHA-256 over the 4 096 digests. (A plain sum of content ids falls to
//! generalised-birthday attacks by whoever signs many records.)

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::Held;
use crate::record::{KeyHash, write_hex};

const BUCKETS: u16 = 4096;

/// The root over all buckets; printed as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SetDigest(pub [u8; 32]);

impl fmt::Display for SetDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for SetDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// The buckets' digests as last computed; a missing one is dirty.
#[derive(Debug, Default)]
pub struct Buckets {
    digests: BTreeMap<u16, [u8; 32]>,
    root: Option<SetDigest>,
}

impl Buckets {
    /// Marks the bucket of a key dirty.
    pub fn touch(&mut self, key: &KeyHash) {
        self.digests.remove(&bucket_of(key));
        self.root = None;
    }

    /// The root, after computing the dirty buckets anew.
    pub fn digest(&mut self, records: &BTreeMap<KeyHash, Held>) -> SetDigest {
        if let Some(root) = self.root {
            return root;
        }
        let mut root = Sha256::new();
        for bucket in 0..BUCKETS {
            root.update(self.digests.entry(bucket).or_insert_with(|| bucket_digest(bucket, records)));
        }
        *self.root.insert(SetDigest(root.finalize().into()))
    }
}

fn bucket_of(key: &KeyHash) -> u16 {
    let [first, second, ..] = key.0;
    u16::from_be_bytes([first, second]) >> 4
}

fn bucket_digest(bucket: u16, records: &BTreeMap<KeyHash, Held>) -> [u8; 32] {
    let [first, second] = (bucket << 4).to_be_bytes();
    let (mut lowest, mut highest) = ([0; 32], [0xff; 32]);
    let ([low_first, low_second, ..], [high_first, high_second, ..]) = (&mut lowest, &mut highest);
    (*low_first, *low_second) = (first, second);
    (*high_first, *high_second) = (first, second | 0x0f);
    let mut hash = Sha256::new();
    for (key, held) in records.range(KeyHash(lowest)..=KeyHash(highest)) {
        hash.update(key.0);
        hash.update(held.version.content.0);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ContentId, TimestampMs, Version};

    fn held(content: u8) -> Held {
        let version = Version { timestamp: TimestampMs(1), content: ContentId([content; 32]) };
        Held { version, signature: None }
    }

    /// The same rule as the documentation's sentences, written without buckets that remember anything.
    fn obvious(records: &BTreeMap<KeyHash, Held>) -> SetDigest {
        let mut root = Vec::new();
        for bucket in 0..4096_usize {
            let mut members = Vec::new();
            for (key, held) in records {
                if usize::from(key.0[0]) * 16 + usize::from(key.0[1]) / 16 == bucket {
                    members.extend(key.0);
                    members.extend(held.version.content.0);
                }
            }
            root.extend(Sha256::digest(&members));
        }
        SetDigest(Sha256::digest(&root).into())
    }

    #[test]
    fn remembered_buckets_give_the_digest_of_the_plain_rule() {
        let (mut records, mut buckets) = (BTreeMap::new(), Buckets::default());
        assert_eq!(buckets.digest(&records), obvious(&records));
        for number in 0..300_u32 {
            let key = KeyHash::of(&(number % 200).to_string());
            records.insert(key, held((number % 251) as u8));
            buckets.touch(&key);
            if number % 60 == 0 {
                assert_eq!(buckets.digest(&records), obvious(&records));
            }
        }
        let key = KeyHash::of("7");
        records.remove(&key);
        buckets.touch(&key);
        assert_eq!(buckets.digest(&records), obvious(&records));
    }
}
