//! What was decoded and judged before, so that nothing is decoded or judged twice.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::Verdict;
use super::ed25519::{self, PublicKey};
use super::{Candidate, IdentifiedClaim, UNVERIFIED, Verification, conclude};
use crate::error::Rejection;
use crate::record::{ContentId, Record, SignatureBytes};

/// How many entries one generation of a memory holds; two generations are kept. Full, the verdicts take about 4 MB and
/// the keys about 4 MB.
const VERDICTS: usize = 16_384;
const KEYS: usize = 8_192;

/// A map that forgets: when the young generation is full it becomes the old one, and what was old is gone.
#[derive(Debug)]
struct Generations<K, V, const SIZE: usize> {
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
}

impl<K, V, const SIZE: usize> Default for Generations<K, V, SIZE> {
    fn default() -> Self {
        Self { young: BTreeMap::new(), old: BTreeMap::new() }
    }
}

impl<K: Ord, V: Clone, const SIZE: usize> Generations<K, V, SIZE> {
    fn recall(&self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    fn remember(&mut self, key: K, value: V) {
        if self.young.len() >= SIZE {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// A bounded memory of the public keys that were decoded last: a key signs many records, and decoding its point is a
/// third of the work of a verification.
#[derive(Debug, Default)]
pub struct Keys(Generations<[u8; 32], PublicKey, KEYS>);

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

/// A bounded memory of verdicts, by (content id, reduced signature), and of keys.
#[derive(Debug, Default)]
pub struct Memory {
    verdicts: Generations<(ContentId, SignatureBytes), bool, VERDICTS>,
    keys: Keys,
}

/// What earlier verdicts say of a claim.
#[derive(Debug)]
pub enum Recognised {
    /// Its signature was judged before, with this verdict.
    Judged(Box<Result<Record, Rejection>>),
    /// It was never judged, or that is forgotten.
    New(Box<Candidate>),
}

/// Candidates, by what is known of them.
#[derive(Debug, Default)]
pub struct Parted {
    /// The verdicts on those that were judged before.
    pub judged: Vec<Result<Record, Rejection>>,
    /// Those to be judged, each once.
    pub new: Vec<Candidate>,
    /// What is among the new ones already.
    pub copies: Vec<Candidate>,
}

impl Memory {
    /// Says what is known of a claim.
    ///
    /// # Errors
    ///
    /// The first of rules 5 and 6 that it fails: `BAD_KEY` or `BAD_SIGNATURE`.
    pub fn recognise(&mut self, claim: IdentifiedClaim<'_>) -> Result<Recognised, Rejection> {
        let signature = claim.signature_bytes();
        if let Ok(bytes) = signature {
            let reduced = ed25519::reduce(bytes);
            if let Some(holds) = self.verdicts.recall(&(claim.version.content, reduced)) {
                let (content, _) = claim.into_content();
                let verdict = conclude(content, reduced.to_base58(), holds).map_err(|_| UNVERIFIED);
                return Ok(Recognised::Judged(Box::new(verdict)));
            }
        }
        claim.decode_with(signature, &mut self.keys).map(|candidate| Recognised::New(Box::new(candidate)))
    }

    /// Parts candidates, some of which may have been judged since they were decoded.
    #[must_use]
    pub fn part(&self, candidates: Vec<Candidate>) -> Parted {
        let (mut parted, mut ids) = (Parted::default(), BTreeSet::new());
        for candidate in candidates {
            let id = candidate.id();
            if let Some(holds) = self.verdicts.recall(&id) {
                parted.judged.push(candidate.conclude(holds).map_err(|_| UNVERIFIED));
            } else if ids.insert(id) {
                parted.new.push(candidate);
            } else {
                parted.copies.push(candidate);
            }
        }
        parted
    }

    /// Remembers the verdicts of a verification that has nothing more to do, and gives them in the order of its
    /// candidates.
    #[must_use]
    pub fn remember(&mut self, verification: Verification) -> Vec<Result<Record, Rejection>> {
        let verdicts = verification.into_verdicts();
        verdicts
            .map(|Verdict { id, outcome }| {
                self.verdicts.remember(id, outcome.is_ok());
                outcome.map_err(|_| UNVERIFIED)
            })
            .collect()
    }
}
