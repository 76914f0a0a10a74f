//! Rule 7 for many candidates at once: how many, and in which steps.

use super::candidate::{Candidate, Record, Signed};
use super::equation::Search;
use crate::record::{Content, ContentId, SignatureBytes};

/// The most signatures that one batch of a round holds: about 8 ms of work on a machine of 2023.
pub const BATCH: usize = 128;
/// Wasm that was just compiled is several times slower than it will be.
const FIRST_BATCH: usize = 32;
/// Smaller batches lose more than they spare.
const LEAST_BATCH: usize = 16;
/// A batch that took longer was too large.
const BATCH_MS: u64 = 9;
/// The most that one batch holds where nobody waits for the event loop. Measured in wasm: the work for a record falls
/// by a tenth from 512 to 2 048 and hardly beyond.
pub const LARGE_BATCH: usize = 2048;

/// How many signatures to verify together: many, as long as all are good; about as many as hold one bad one, where
/// some are bad, so that finding them costs about as much again as verifying all.
#[derive(Debug, Clone, Copy)]
pub struct BatchSize {
    size: usize,
    most: usize,
}

impl BatchSize {
    /// Begins with the most that are ever verified together.
    #[must_use]
    pub fn at_most(most: usize) -> Self {
        Self { size: most, most }
    }

    /// How many the next batch should hold.
    #[must_use]
    pub fn get(self) -> usize {
        self.size
    }

    /// Learns from the verdicts on a batch.
    pub fn learn(&mut self, verdicts: impl IntoIterator<Item = bool>) {
        let (mut good, mut bad) = (0_usize, 0_usize);
        for holds in verdicts {
            let count = if holds { &mut good } else { &mut bad };
            *count = count.saturating_add(1);
        }
        self.size = match good.saturating_add(bad).checked_div(bad) {
            Some(good_for_each_bad) => good_for_each_bad,
            None => self.size.saturating_mul(2),
        }
        .clamp(1, self.most);
    }
}

/// How many signatures this machine verifies in one stretch that the event loop does not feel.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    batch: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { batch: FIRST_BATCH }
    }
}

impl Pace {
    /// So many at most.
    #[must_use]
    pub fn batch(self) -> usize {
        self.batch
    }

    /// Learns from how long so many took.
    pub fn learn(&mut self, verified: u64, took_ms: u64) {
        if verified < self.batch as u64 {
            return;
        }
        if took_ms > BATCH_MS {
            self.batch = (self.batch / 2).max(LEAST_BATCH);
        } else if took_ms <= BATCH_MS / 2 {
            self.batch = self.batch.saturating_mul(2).min(BATCH);
        }
    }
}

/// The judging of a batch of candidates, in steps that each sum a part of it, so that a batch full of bad signatures
/// holds up nobody for longer than a good one.
#[derive(Debug)]
pub struct Verification {
    signed: Vec<Signed>,
    search: Search,
}

/// What became of one candidate; of what is refused, what it said.
#[derive(Debug)]
pub struct Judged {
    /// What was judged.
    pub id: (ContentId, SignatureBytes),
    /// How.
    pub outcome: Result<Record, Box<Content>>,
}

impl Verification {
    /// A batch of which nothing is judged.
    #[must_use]
    pub fn new(candidates: Vec<Candidate>) -> Self {
        let (signed, messages) = candidates.into_iter().map(|Candidate { signed, message }| (signed, message)).unzip();
        Self { signed, search: Search::new(messages) }
    }

    /// How many candidates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.signed.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.signed.is_empty()
    }

    /// Judges one step further; says whether there is more to do.
    pub fn step(&mut self) -> bool {
        // Rule 7: "the cofactored ed25519 equation holds over the signed text"
        self.search.step()
    }

    /// The verdicts on the candidates, in their order, when there is no more to do; each is the one that it would get
    /// alone.
    pub fn into_judged(self) -> impl Iterator<Item = Judged> {
        let verdicts = self.signed.into_iter().zip(self.search.into_verdicts());
        verdicts.map(|(signed, holds)| Judged { id: signed.id(), outcome: signed.conclude(holds) })
    }

    /// What the candidates say, in their order.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        self.signed.iter().map(Signed::content)
    }
}

/// The verdicts on many candidates, in their order; each is the one that it would get alone. What is refused is given
/// back as what it said.
#[must_use]
pub fn verify_batch(candidates: Vec<Candidate>) -> Vec<Result<Record, Box<Content>>> {
    let mut verification = Verification::new(candidates);
    while verification.step() {}
    verification.into_judged().map(|judged| judged.outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_machine_verifies_fewer_together_and_a_quick_one_more_again() {
        let mut pace = Pace::default();
        assert_eq!(pace.batch(), FIRST_BATCH);
        let mut after = |verified, took_ms| {
            pace.learn(verified, took_ms);
            pace.batch()
        };
        assert_eq!([after(32, 4), after(64, 0), after(128, 4)], [64, 128, BATCH]);
        assert_eq!([after(128, 9), after(128, 10), after(64, 30), after(32, 8)], [128, 64, 32, 32]);
        assert_eq!([after(31, 1), after(31, 50)], [32, 32], "a batch that was not full says nothing");
        assert_eq!([after(32, 50), after(16, 50)], [16, 16]);
        assert_eq!([after(16, 4), after(32, 0), after(64, 4), after(128, 0)], [32, 64, 128, 128]);
    }

    #[test]
    fn a_batch_grows_while_all_are_good_and_shrinks_to_one_bad_each() {
        let mut size = BatchSize::at_most(128);
        let mut after = |good: usize, bad: usize| {
            size.learn((0..good + bad).map(|number| number < good));
            size.get()
        };
        assert_eq!([after(128, 0), after(127, 1), after(96, 32), after(0, 4)], [128, 128, 4, 1]);
        assert_eq!([after(1, 0), after(2, 0), after(4, 0)], [2, 4, 8]);
    }
}
