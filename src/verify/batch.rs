//! Rule 7 for many candidates together: how many, and in which steps.

use super::candidate::{Candidate, Record, Signed};
use super::equation::Search;
use crate::record::{Content, ContentId, SignatureBytes};

/// How many signatures a batch of a round holds at most: about 8 ms of work on a machine of 2023.
pub const BATCH: usize = 128;
/// The first batch is smaller, because wasm that was just compiled is several times slower than later.
const FIRST_BATCH: usize = 32;
/// No batch is smaller than this, because smaller ones cost more than they save.
const LEAST_BATCH: usize = 16;
/// How long one batch may take, so that the event loop is not held up. After a slower one, batches get smaller.
const BATCH_MS: u64 = 9;
/// How many signatures a batch holds at most if nothing else waits for the event loop. Measured in wasm, the work for a
/// record falls by a tenth from 512 to 2 048, and hardly beyond.
pub const LARGE_BATCH: usize = 2048;

/// How many signatures to verify together. While all are good, many. If some are bad, about as many as contain one bad
/// one, so that finding the bad ones costs about as much again as verifying all.
#[derive(Debug, Clone, Copy)]
pub struct BatchSize {
    size: usize,
    most: usize,
}

impl BatchSize {
    /// Begins with the limit itself.
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

/// How many signatures this machine verifies without holding up the event loop.
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
    /// How many signatures the next batch may hold at most.
    #[must_use]
    pub fn batch(self) -> usize {
        self.batch
    }

    /// Learns from how long a batch of `verified` signatures took.
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

/// The verification of a batch of candidates, in steps that each sum a part of it, so that a batch full of bad
/// signatures does not hold up the event loop for longer than a good one.
#[derive(Debug)]
pub struct Verification {
    signed: Vec<Signed>,
    search: Search,
}

/// The result for one candidate: the record, or the content of a candidate whose signature does not verify.
#[derive(Debug)]
pub struct Judged {
    /// Which candidate it is.
    pub id: (ContentId, SignatureBytes),
    /// The result.
    pub outcome: Result<Record, Box<Content>>,
}

impl Verification {
    /// A batch of which nothing is verified yet.
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

    /// Does one more step; says whether there is more to do.
    pub fn step(&mut self) -> bool {
        // Rule 7: "the cofactored ed25519 equation holds over the signed text"
        self.search.step()
    }

    /// The results for the candidates, in their order, once there is no more to do. Each is the same as if the
    /// candidate were verified alone.
    pub fn into_judged(self) -> impl Iterator<Item = Judged> {
        let verdicts = self.signed.into_iter().zip(self.search.into_verdicts());
        verdicts.map(|(signed, holds)| Judged { id: signed.id(), outcome: signed.conclude(holds) })
    }

    /// The contents of the candidates, in their order.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        self.signed.iter().map(Signed::content)
    }
}

/// The results for many candidates, in their order: the record, or the content of a candidate whose signature does not
/// verify. Each is the same as if the candidate were verified alone.
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
    fn a_batch_grows_while_all_are_good_and_shrinks_to_about_one_bad_each() {
        let mut size = BatchSize::at_most(128);
        let mut after = |good: usize, bad: usize| {
            size.learn((0..good + bad).map(|number| number < good));
            size.get()
        };
        assert_eq!([after(128, 0), after(127, 1), after(96, 32), after(0, 4)], [128, 128, 4, 1]);
        assert_eq!([after(1, 0), after(2, 0), after(4, 0)], [2, 4, 8]);
    }
}
