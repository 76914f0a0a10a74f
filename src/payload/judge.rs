//! What becomes of the items of one body: known, refused, waiting for the equation, or a winner that is to be written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Limits, Terms};
use crate::error::{PeerFault, Rejection};
use crate::index::{Index, Parking};
use crate::json::Json;
use crate::merge::{Decision, Why, ahead_of_clock};
use crate::record::{KeyHash, Record, UncheckedRecord};
use crate::report::Counts;
use crate::verify::memory::{Memory, Parted, Recognised};
use crate::verify::{BATCH, BatchSize, Candidate, Claim, Glimpse, Verification, check_time};

/// Winners are handed over for writing when their texts are this long together.
const WRITE_BYTES: usize = 2 * 1024 * 1024;

/// The judge of one body's items.
#[derive(Debug)]
pub struct Judge {
    terms: Terms,
    limits: Limits,
    pending: Vec<Candidate>,
    batch_size: BatchSize,
    verifying: Option<Verification>,
    winners: BTreeMap<KeyHash, Record>,
    winner_bytes: usize,
    unverified: u64,
    judge_again_at_ms: Option<u64>,
    /// What was counted so far.
    pub counts: Counts,
}

impl Judge {
    /// A judge who has seen nothing.
    #[must_use]
    pub fn new(terms: Terms, limits: Limits) -> Self {
        Self {
            terms,
            limits,
            pending: Vec::new(),
            batch_size: BatchSize::at_most(BATCH),
            verifying: None,
            winners: BTreeMap::new(),
            winner_bytes: 0,
            unverified: 0,
            judge_again_at_ms: None,
            counts: Counts::default(),
        }
    }

    /// The earliest time at which a record that is dated ahead, and was not parked, has to be offered again.
    #[must_use]
    pub fn judge_again_at_ms(&self) -> Option<u64> {
        self.judge_again_at_ms
    }

    /// Whether enough winners wait to be written: so many, or fewer long ones.
    #[must_use]
    pub fn is_ready_to_write(&self, records: usize) -> bool {
        self.winners.len() >= records || self.winner_bytes >= WRITE_BYTES
    }

    /// The records that won so far and were not taken before.
    pub fn take_winners(&mut self) -> Vec<Record> {
        self.winner_bytes = 0;
        std::mem::take(&mut self.winners).into_values().collect()
    }

    /// Counts whatever waits as skipped, because it can no longer be stored.
    pub fn give_up(&mut self, code: &'static str) {
        let waiting = self.pending().saturating_add(self.winners.len());
        for _ in 0..waiting {
            self.counts.reject(code);
        }
        self.pending.clear();
        self.verifying = None;
        self.winners.clear();
    }

    /// Counts a good record that is not written.
    pub fn count_kept(&mut self, why: Why) {
        let count = match why {
            Why::Same => &mut self.counts.known,
            Why::Older => &mut self.counts.kept,
        };
        *count = count.saturating_add(1);
    }

    /// Whether as many signatures wait as are to be verified together: at most `at_most`.
    pub(super) fn is_batch_full(&self, at_most: usize) -> bool {
        self.pending.len() >= self.batch_size.get().min(at_most)
    }

    /// How many signatures wait to be verified.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len().saturating_add(self.verifying.as_ref().map_or(0, Verification::len))
    }

    pub(super) fn is_verifying(&self) -> bool {
        self.verifying.is_some()
    }

    /// Takes one item, or the length of one that was too long to be read.
    pub(super) fn take(
        &mut self,
        item: Result<Json<'_>, u64>,
        index: &mut Index,
        memory: &mut Memory,
    ) -> Result<(), PeerFault> {
        let max_items = self.limits.max_items;
        if self.counts.offered >= max_items {
            return Err(PeerFault::TooManyItems { max_items });
        }
        self.counts.offered = self.counts.offered.saturating_add(1);
        let claim = match item {
            Ok(item) if self.is_held(item, index) => {
                self.count_kept(Why::Same);
                return Ok(());
            }
            Ok(item) => Claim::read(UncheckedRecord::read(item), self.terms.identity),
            Err(bytes) => Err(Rejection::too_large_item(bytes)),
        };
        match claim.and_then(|claim| self.consider(claim, index, memory)) {
            Ok(Some(verdict)) => self.conclude(verdict, index),
            Ok(None) => Ok(()),
            Err(rejection) => {
                self.counts.reject_for(&rejection);
                Ok(())
            }
        }
    }

    fn is_held(&self, item: Json<'_>, index: &Index) -> bool {
        !index.is_empty() && Glimpse::of(item, self.terms.identity).is_some_and(|glimpse| index.holds(&glimpse))
    }

    /// Looks whether a claim needs its signature checked; gives a verdict where one was given before.
    fn consider(
        &mut self,
        claim: Claim<'_>,
        index: &Index,
        memory: &mut Memory,
    ) -> Result<Option<Result<Record, Rejection>>, Rejection> {
        if index.is_older(&claim) {
            self.count_kept(Why::Older);
            return Ok(None);
        }
        let (timestamp_ms, key_hash) = (claim.timestamp.0, claim.key_hash);
        let claim = claim.identify()?;
        if let Decision::Keep(why) = index.decide(&key_hash, &claim.version) {
            self.count_kept(why);
            return Ok(None);
        }
        if let Some(due_ms) = ahead_of_clock(timestamp_ms, self.terms.now_ms)
            && index.parked.contains(&key_hash, &claim.version)
        {
            return Err(Rejection::FromTheFuture { timestamp_ms, due_ms });
        }
        Ok(match memory.recognise(claim)? {
            Recognised::Judged(verdict) => Some(*verdict),
            Recognised::New(candidate) => {
                self.pending.push(*candidate);
                None
            }
        })
    }

    /// Verifies one step further. What was judged in another body meanwhile is not judged again, and copies in this body
    /// wait for the verdict on the first.
    pub(super) fn verify(&mut self, index: &mut Index, memory: &mut Memory) -> Result<(), PeerFault> {
        if self.verifying.is_none() {
            let Parted { judged, new, copies } = memory.part(std::mem::take(&mut self.pending));
            self.pending = copies;
            self.counts.verified = self.counts.verified.saturating_add(new.len() as u64);
            if !new.is_empty() {
                self.verifying = Some(Verification::new(new));
            }
            self.conclude_all(judged, index)?;
        }
        let has_more = self.verifying.as_mut().is_some_and(Verification::step);
        if let Some(verification) = self.verifying.take_if(|_| !has_more) {
            let judged = memory.remember(verification);
            self.batch_size.learn(judged.iter().map(Result::is_ok));
            self.conclude_all(judged, index)?;
        }
        Ok(())
    }

    /// Concludes them all, also after the one that ends the body.
    fn conclude_all(&mut self, judged: Vec<Result<Record, Rejection>>, index: &mut Index) -> Result<(), PeerFault> {
        judged.into_iter().map(|verdict| self.conclude(verdict, index)).fold(Ok(()), Result::and)
    }

    fn conclude(&mut self, verdict: Result<Record, Rejection>, index: &mut Index) -> Result<(), PeerFault> {
        let rejection = match verdict {
            Ok(record) => match check_time(&record, self.terms.now_ms) {
                Ok(()) => {
                    self.place(record);
                    return Ok(());
                }
                Err(rejection) => {
                    self.park(record, index);
                    rejection
                }
            },
            Err(rejection) => {
                self.unverified = self.unverified.saturating_add(1);
                rejection
            }
        };
        self.counts.reject_for(&rejection);
        let max_rejected = self.limits.max_rejected;
        if self.unverified > max_rejected { Err(PeerFault::TooManyRejected { max_rejected }) } else { Ok(()) }
    }

    fn park(&mut self, record: Record, index: &mut Index) {
        if let Parking::Refused { due_ms } = index.parked.park(record, self.terms.now_ms) {
            self.judge_again_at_ms = Some(self.judge_again_at_ms.map_or(due_ms, |earlier| earlier.min(due_ms)));
        }
    }

    /// Puts a verified record whose time has come among the winners, where it may meet another of its slot.
    pub fn place(&mut self, record: Record) {
        let bytes = record.content().signed_text.len();
        match self.winners.entry(record.content().key_hash) {
            Entry::Vacant(slot) => {
                slot.insert(record);
                self.winner_bytes = self.winner_bytes.saturating_add(bytes);
            }
            Entry::Occupied(mut slot) => {
                let why = if slot.get().version() == record.version() { Why::Same } else { Why::Older };
                if slot.get().version() < record.version() {
                    slot.insert(record);
                }
                self.count_kept(why);
            }
        }
    }
}
