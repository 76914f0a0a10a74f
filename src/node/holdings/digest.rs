//! The digest of a set of records, computed in buckets, so that after a write only one bucket is hashed anew.
//!
//! Frozen bytes: 4 096 buckets by the first 12 bits of SHA-256(key). A bucket's digest is SHA-256 over its records in
//! ascending order of key hash, each as its 32 bytes of key hash and its 32 bytes of content id; an empty bucket's is
//! SHA-256 of nothing. The root is SHA-256 over the 4 096 digests. (A plain sum of content ids falls to
//! generalised-birthday attacks by anyone who signs many records.)

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::table::{BUCKETS, Table};
use crate::record::write_hex;

/// The root over all buckets; printed as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SetDigest(pub [u8; 32]);

/// About how many SHA-256 blocks are hashed in one step: 2 ms of work.
const BLOCKS_AT_ONCE: usize = 4_000;

impl SetDigest {
    /// Computes some of the buckets that have changed; returns whether all are known now.
    pub(super) fn prepare(table: &mut Table) -> bool {
        let mut blocks = 0_usize;
        for bucket in 0..BUCKETS {
            if table.digest(bucket).is_some() {
                continue;
            }
            if blocks >= BLOCKS_AT_ONCE {
                return false;
            }
            digest_of(table, bucket);
            blocks = blocks.saturating_add(table.len_of(bucket)).saturating_add(1);
        }
        true
    }

    /// The digest of a table; only buckets that have changed are computed.
    pub(super) fn of(table: &mut Table) -> Self {
        let mut root = Sha256::new();
        for bucket in 0..BUCKETS {
            root.update(digest_of(table, bucket));
        }
        Self(root.finalize().into())
    }
}

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

fn digest_of(table: &mut Table, bucket: usize) -> [u8; 32] {
    if let Some(known) = table.digest(bucket) {
        return known;
    }
    let mut hash = Sha256::new();
    for slot in table.bucket(bucket) {
        hash.update(slot.key.0);
        hash.update(slot.content.0);
    }
    let digest = hash.finalize().into();
    table.set_digest(bucket, digest);
    digest
}

#[cfg(test)]
mod tests {
    use super::super::held_slot::Held;
    use super::super::names::NameAt;
    use super::*;
    use crate::record::{ContentId, KeyHash, TimestampMs, Version};
    use std::collections::BTreeMap;

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
        let (mut records, mut table) = (BTreeMap::new(), Table::default());
        assert_eq!(SetDigest::of(&mut table), obvious(&records));
        for number in 0..300_u32 {
            let (name, held) = ((number % 200).to_string(), held((number % 251) as u8));
            records.insert(KeyHash::of(&name), held);
            table.insert(KeyHash::of(&name), &held, &mut NameAt::default);
            if number % 60 == 0 {
                assert_eq!(SetDigest::of(&mut table), obvious(&records));
            }
        }
        let key = KeyHash::of("7");
        records.remove(&key);
        table.remove(&key);
        assert_eq!(SetDigest::of(&mut table), obvious(&records));
    }
}
