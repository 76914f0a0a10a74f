//! What this node holds: key → version and signature, the digest of the set, and the records that wait for their time.
//!
//! The index is a mirror of the store: it is filled from the store at the start and changed only after a write has been
//! acknowledged. It holds no text.

use std::collections::BTreeMap;

use crate::merge::{Decision, Why, decide};
use crate::record::{KeyHash, Record, SignatureBytes, Version};
use crate::verify::Claim;

mod digest;
mod parked;

use digest::Buckets;
pub use digest::SetDigest;
pub use parked::{Parked, Parking};

/// What is remembered of one stored record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The stored version.
    pub version: Version,
    /// The stored signature, once it has been seen.
    pub signature: Option<SignatureBytes>,
}

/// The records that the store holds.
#[derive(Debug, Default)]
pub struct Index {
    records: BTreeMap<KeyHash, Held>,
    buckets: Buckets,
    /// Records that are dated ahead of this node's clock.
    pub parked: Parked,
}

impl Index {
    /// How many records the store holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the store holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What is held in a slot.
    #[must_use]
    pub fn held(&self, key: &KeyHash) -> Option<&Held> {
        self.records.get(key)
    }

    /// What to do with a record of this slot and version.
    #[must_use]
    pub fn decide(&self, key: &KeyHash, offered: &Version) -> Decision {
        decide(self.held(key).map(|held| &held.version), offered)
    }

    /// What to do with a claim whose signature nobody has judged. Of equal time and equal signature is what is held
    /// already: altered data under that signature could not verify.
    #[must_use]
    pub fn decide_unverified(&self, claim: &Claim<'_>) -> Decision {
        let decision = self.decide(&claim.key_hash, &claim.version);
        match self.held(&claim.key_hash) {
            Some(held) if decision != Decision::Keep(Why::Same) && is_same_signature(held, claim) => {
                Decision::Keep(Why::Same)
            }
            _ => decision,
        }
    }

    /// Notes that the store holds this version of a slot.
    pub fn apply(&mut self, key: KeyHash, held: Held) {
        self.records.insert(key, held);
        self.buckets.touch(&key);
    }

    /// Forgets what the store holds; what waits for its time stays.
    pub fn clear(&mut self) {
        self.records.clear();
        self.buckets = Buckets::default();
    }

    /// Notes that the store holds this record.
    pub fn apply_record(&mut self, record: &Record) {
        let held = Held { version: record.version(), signature: Some(record.signature()) };
        self.apply(record.content().key_hash, held);
    }

    /// Notes that the store holds nothing in a slot.
    pub fn remove(&mut self, key: &KeyHash) {
        if self.records.remove(key).is_some() {
            self.buckets.touch(key);
        }
    }

    /// The digest of the whole set: two nodes with equal digests hold the same records.
    pub fn digest(&mut self) -> SetDigest {
        self.buckets.digest(&self.records)
    }
}

fn is_same_signature(held: &Held, claim: &Claim<'_>) -> bool {
    held.version.timestamp == claim.version.timestamp
        && held.signature.is_some_and(|signature| claim.reduced_signature() == Some(signature))
}
