//! What was judged before, so that nothing is judged twice.

use super::batch::{Judged, Verification};
use super::candidate::{Candidate, Record, Signed, signature_of};
use super::claim::IdentifiedClaim;
use super::ed25519;
use super::public_keys::{Generations, PublicKeys};
use crate::error::Rejection;
use crate::record::{Content, ContentId, SignatureBytes};

/// How many verdicts one generation of a node's memory holds: full, the two take about 4 MB.
const VERDICTS: usize = 16_384;

/// What a verdict is remembered by: content id and reduced signature.
pub type Id = (ContentId, SignatureBytes);

/// A bounded memory of verdicts, by (content id, reduced signature), and of keys.
#[derive(Debug)]
pub struct Memory {
    verdicts: Generations<Id, bool>,
    /// The keys that were decoded last.
    pub keys: PublicKeys,
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(VERDICTS)
    }
}

/// A record, or what was said under a signature that does not hold.
pub type Concluded = Result<Record, Box<Content>>;

/// What earlier verdicts say of a claim.
#[derive(Debug)]
pub enum Recognised {
    /// Its signature was judged before, with this verdict.
    Judged(Box<Concluded>),
    /// It was never judged, or that is forgotten.
    New(Box<Candidate>),
}

/// Candidates, by what is known of them.
#[derive(Debug, Default)]
pub struct Parted {
    /// The verdicts on those that were judged before.
    pub judged: Vec<Concluded>,
    /// Those to be judged, each once.
    pub new: Vec<Candidate>,
    /// What is among the new ones already.
    pub copies: Vec<Candidate>,
}

impl Memory {
    /// An empty memory whose two generations hold this many verdicts each.
    #[must_use]
    pub fn of(verdicts: usize) -> Self {
        Self { verdicts: Generations::of(verdicts), keys: PublicKeys::default() }
    }

    /// The verdict on a signature and its content, if it is remembered.
    #[must_use]
    pub fn recall(&self, id: &Id) -> Option<bool> {
        self.verdicts.recall(&id.0.0, id)
    }

    /// Says what is known of a claim.
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

    /// Parts candidates, some of which may have been judged since they were decoded.
    #[must_use]
    pub fn part(&self, candidates: Vec<Candidate>) -> Parted {
        // A batch is short enough for a list.
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

    /// Remembers the verdicts of a verification that has nothing more to do, and gives them in the order of its
    /// candidates.
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
