//! The results of earlier verifications, so that no signature is verified twice.

use super::batch::{Judged, Verification};
use super::candidate::{Candidate, Record, Signed, signature_of};
use super::claim::IdentifiedClaim;
use super::ed25519;
use super::public_keys::{Generations, PublicKeys};
use crate::error::Rejection;
use crate::record::{Content, ContentId, SignatureBytes};

/// How many results one generation of a node's memory holds. When full, the two generations take about 4 MB.
const VERDICTS: usize = 16_384;

/// What a result is remembered by: content id and reduced signature.
pub type Id = (ContentId, SignatureBytes);

/// A bounded memory of results, by (content id, reduced signature), and of decoded public keys.
#[derive(Debug)]
pub struct Memory {
    verdicts: Generations<Id, bool>,
    /// The public keys that were decoded last.
    pub keys: PublicKeys,
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(VERDICTS)
    }
}

/// A record, or the content whose signature does not verify.
pub type Concluded = Result<Record, Box<Content>>;

/// What is remembered of a claim.
#[derive(Debug)]
pub enum Recognised {
    /// Its signature was verified before, with this result.
    Judged(Box<Concluded>),
    /// It was never verified, or the result is forgotten.
    New(Box<Candidate>),
}

/// Candidates, sorted by what is remembered of them.
#[derive(Debug, Default)]
pub struct Parted {
    /// The results of those that were verified before.
    pub judged: Vec<Concluded>,
    /// Those to be verified, each once.
    pub new: Vec<Candidate>,
    /// Copies of new ones.
    pub copies: Vec<Candidate>,
}

impl Memory {
    /// An empty memory whose two generations hold this many results each.
    #[must_use]
    pub fn of(verdicts: usize) -> Self {
        Self { verdicts: Generations::of(verdicts), keys: PublicKeys::default() }
    }

    /// Whether a signature verifies, if that is remembered.
    #[must_use]
    pub fn recall(&self, id: &Id) -> Option<bool> {
        self.verdicts.recall(&id.0.0, id)
    }

    /// What is remembered of a claim, or the candidate to be verified.
    ///
    /// # Errors
    ///
    /// The first of rules 5 and 6 that it fails: `BAD_KEY` or `BAD_SIGNATURE`.
    pub fn recognise(&mut self, claim: IdentifiedClaim<'_>) -> Result<Recognised, Rejection> {
        let signature = signature_of(&claim);
        if let Ok(bytes) = signature {
            let reduced = ed25519::reduce(bytes);
            if let Some(holds) = self.recall(&(claim.version.content, reduced)) {
                let (content, _) = claim.into_content();
                let verdict = Signed::new(content, reduced).conclude(holds);
                return Ok(Recognised::Judged(Box::new(verdict)));
            }
        }
        let candidate = Candidate::decode_with(claim, signature, &mut self.keys)?;
        Ok(Recognised::New(Box::new(candidate)))
    }

    /// Sorts candidates, some of which may have been verified since they were decoded.
    #[must_use]
    pub fn part(&self, candidates: Vec<Candidate>) -> Parted {
        // A batch is small enough for a linear search.
        let (mut parted, mut ids) = (Parted::default(), Vec::with_capacity(candidates.len()));
        for candidate in candidates {
            let id = candidate.id();
            if let Some(holds) = self.recall(&id) {
                parted.judged.push(candidate.signed.conclude(holds));
            } else if ids.contains(&id) {
                parted.copies.push(candidate);
            } else {
                ids.push(id);
                parted.new.push(candidate);
            }
        }
        parted
    }

    /// Remembers the results of a finished verification, and returns them in the order of its candidates.
    pub fn remember(&mut self, verification: Verification) -> Vec<Concluded> {
        let judged = verification.into_judged();
        judged
            .map(|Judged { id, outcome }| {
                self.verdicts.remember(&id.0.0, id, outcome.is_ok());
                outcome
            })
            .collect()
    }
}
