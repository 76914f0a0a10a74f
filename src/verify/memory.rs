//! Verdicts that were given before, so that no signature is judged twice.

use std::collections::BTreeMap;

use crate::error::Rejection;
use crate::record::{ContentId, Record, SignatureBytes};
use crate::verify::{Candidate, verify_batch};

/// How many verdicts one generation holds; two generations are kept, about 4 MB when full.
const GENERATION: usize = 16_384;

/// A bounded memory of verdicts, by (content id, reduced signature).
#[derive(Debug, Default)]
pub struct Verdicts {
    young: BTreeMap<(ContentId, SignatureBytes), bool>,
    old: BTreeMap<(ContentId, SignatureBytes), bool>,
}

/// What earlier verdicts say of a candidate.
#[derive(Debug)]
pub enum Recognised {
    /// Its signature was judged before, with this verdict.
    Judged(Box<Result<Record, Rejection>>),
    /// It was never judged, or that is forgotten.
    New(Box<Candidate>),
}

impl Verdicts {
    /// Says what is known of a candidate.
    #[must_use]
    pub fn recognise(&self, candidate: Candidate) -> Recognised {
        let id = candidate.id();
        match self.young.get(&id).or_else(|| self.old.get(&id)) {
            Some(holds) => Recognised::Judged(Box::new(candidate.conclude(*holds))),
            None => Recognised::New(Box::new(candidate)),
        }
    }

    /// Judges many candidates and remembers their verdicts.
    #[must_use]
    pub fn verify_batch(&mut self, candidates: Vec<Candidate>) -> Vec<Result<Record, Rejection>> {
        let ids: Vec<_> = candidates.iter().map(Candidate::id).collect();
        let verdicts = verify_batch(candidates);
        for (id, verdict) in ids.into_iter().zip(&verdicts) {
            self.remember(id, verdict.is_ok());
        }
        verdicts
    }

    fn remember(&mut self, id: (ContentId, SignatureBytes), holds: bool) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, holds);
    }
}
