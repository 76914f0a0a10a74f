//! One peer's body, fed chunk by chunk: items → held already? skip → verify in batches → winners and rejections.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::error::{PeerFault, Rejection};
use crate::index::{Index, Parking};
use crate::json::{ItemReader, Json, Step};
use crate::merge::{Decision, Why, ahead_of_clock};
use crate::record::{Identity, KeyHash, Record, UncheckedRecord};
use crate::report::Counts;
use crate::verify::memory::{Recognised, Verdicts};
use crate::verify::{BATCH, Candidate, Claim, MAX_ITEM_BYTES, check_time};

/// How many bytes one slice of work scans at most.
const SLICE_BYTES: usize = 64 * 1024;
/// Winners are handed over for writing when there are this many …
const WRITE_RECORDS: usize = 2_000;
/// … or when their texts are this long together.
const WRITE_BYTES: usize = 2 * 1024 * 1024;

/// What one peer may cost in one round.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of its body, after decompression.
    pub max_body_bytes: u64,
    /// Items in its body.
    pub max_items: u64,
    /// Signatures that do not verify.
    pub max_rejected: u64,
}

/// What the rules need to know beside the records.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What makes two records the same slot.
    pub identity: Identity,
    /// This node's clock.
    pub now_ms: u64,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All input is judged: feed or end.
    NeedsInput,
    /// One slice of work is done and more is waiting.
    Busy,
    /// The body is judged as far as it will be.
    Done,
}

/// The state of one body.
#[derive(Debug)]
pub struct Payload {
    max_body_bytes: u64,
    reader: ItemReader,
    chunk: Vec<u8>,
    at: usize,
    end: Option<Result<(), PeerFault>>,
    judge: Judge,
}

impl Payload {
    /// A body of which nothing has arrived.
    #[must_use]
    pub fn new(terms: Terms, limits: Limits) -> Self {
        Self {
            max_body_bytes: limits.max_body_bytes,
            reader: ItemReader::new(MAX_ITEM_BYTES),
            chunk: Vec::new(),
            at: 0,
            end: None,
            judge: Judge::new(terms, limits),
        }
    }

    /// Takes the next bytes; to be called when [`Progress::NeedsInput`] was said.
    pub fn feed(&mut self, mut chunk: Vec<u8>) {
        let received = &mut self.judge.counts.bytes_received;
        let room = self.max_body_bytes.saturating_sub(*received);
        *received = received.saturating_add(chunk.len() as u64);
        if chunk.len() as u64 > room {
            chunk.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            self.end(Err(PeerFault::BodyTooLarge { max_body_bytes: self.max_body_bytes }));
        }
        (self.chunk, self.at) = (chunk, 0);
    }

    /// Says that no more bytes will come, and why.
    pub fn end(&mut self, end: Result<(), PeerFault>) {
        self.end.get_or_insert(end);
    }

    /// Does one slice of work: scans some bytes, or verifies one batch.
    pub fn work(&mut self, index: &mut Index, verdicts: &mut Verdicts) -> Progress {
        let is_input_judged = self.at >= self.chunk.len();
        let worked =
            if self.judge.is_batch_full() || (is_input_judged && self.end.is_some() && self.judge.has_pending()) {
                self.judge.verify_pending(index, verdicts)
            } else if !is_input_judged {
                self.scan(index, verdicts)
            } else if self.end.is_none() {
                return Progress::NeedsInput;
            } else {
                return Progress::Done;
            };
        if let Err(fault) = worked {
            self.cut_off(fault);
        }
        Progress::Busy
    }

    /// How the body ended: whether all of it was judged.
    ///
    /// # Errors
    ///
    /// What cut it short.
    pub fn outcome(&self) -> Result<(), PeerFault> {
        match &self.end {
            Some(Ok(())) if self.reader.bytes_read() == 0 => self.reader.finish().map_err(PeerFault::BadBody),
            Some(Ok(())) => self.reader.finish().map_err(|fault| PeerFault::BodyCut(fault.to_string())),
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(PeerFault::Aborted),
        }
    }

    /// What was judged so far.
    pub fn judge(&mut self) -> &mut Judge {
        &mut self.judge
    }

    /// What was judged, when the body is done.
    #[must_use]
    pub fn into_judge(self) -> Judge {
        self.judge
    }

    fn scan(&mut self, index: &mut Index, verdicts: &mut Verdicts) -> Result<(), PeerFault> {
        let stop = self.at.saturating_add(SLICE_BYTES).min(self.chunk.len());
        let slice = self.chunk.get(..stop).unwrap_or_default();
        while self.at < stop && !self.judge.is_batch_full() {
            match self.reader.next(slice, &mut self.at).map_err(PeerFault::BadBody)? {
                Step::NeedsMore => {}
                Step::Item(item) => self.judge.take(Ok(item), index, verdicts)?,
                Step::TooLarge { bytes } => self.judge.take(Err(bytes), index, verdicts)?,
            }
        }
        Ok(())
    }

    /// Reads no further; what waits in its batch is still judged.
    fn cut_off(&mut self, fault: PeerFault) {
        self.end = Some(Err(fault));
        (self.chunk, self.at) = (Vec::new(), 0);
    }
}

/// What becomes of the items of one body.
#[derive(Debug)]
pub struct Judge {
    terms: Terms,
    limits: Limits,
    pending: Vec<Candidate>,
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

    /// Whether enough winners wait to be written.
    #[must_use]
    pub fn is_ready_to_write(&self) -> bool {
        self.winners.len() >= WRITE_RECORDS || self.winner_bytes >= WRITE_BYTES
    }

    /// The records that won so far and were not taken before.
    pub fn take_winners(&mut self) -> Vec<Record> {
        self.winner_bytes = 0;
        std::mem::take(&mut self.winners).into_values().collect()
    }

    /// Counts whatever waits as skipped, because it can no longer be stored.
    pub fn give_up(&mut self, code: &'static str) {
        let waiting = self.pending.len().saturating_add(self.winners.len());
        for _ in 0..waiting {
            self.counts.reject(code);
        }
        self.pending.clear();
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

    fn is_batch_full(&self) -> bool {
        self.pending.len() >= BATCH
    }

    fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes one item, or the length of one that was too long to be read.
    fn take(&mut self, item: Result<Json<'_>, u64>, index: &mut Index, verdicts: &Verdicts) -> Result<(), PeerFault> {
        let max_items = self.limits.max_items;
        if self.counts.offered >= max_items {
            return Err(PeerFault::TooManyItems { max_items });
        }
        self.counts.offered = self.counts.offered.saturating_add(1);
        let claim = match item {
            Ok(item) => Claim::read(UncheckedRecord::read(item), self.terms.identity),
            Err(bytes) => Err(Rejection::TooLarge { what: "the item", bytes, limit: MAX_ITEM_BYTES as u64 }),
        };
        match claim.and_then(|claim| self.consider(claim, index, verdicts)) {
            Ok(Some(verdict)) => self.conclude(verdict, index),
            Ok(None) => Ok(()),
            Err(rejection) => {
                self.counts.reject_for(&rejection);
                Ok(())
            }
        }
    }

    /// Looks whether a claim needs its signature checked; gives a verdict where one was given before.
    fn consider(
        &mut self,
        claim: Claim<'_>,
        index: &Index,
        verdicts: &Verdicts,
    ) -> Result<Option<Result<Record, Rejection>>, Rejection> {
        if let Decision::Keep(why) = index.decide_unverified(&claim) {
            self.count_kept(why);
            return Ok(None);
        }
        let timestamp_ms = claim.version.timestamp.0;
        if let Some(due_ms) = ahead_of_clock(timestamp_ms, self.terms.now_ms)
            && index.parked.contains(&claim.key_hash, &claim.version)
        {
            return Err(Rejection::FromTheFuture { timestamp_ms, due_ms });
        }
        Ok(match verdicts.recognise(claim.decode()?) {
            Recognised::Judged(verdict) => Some(*verdict),
            Recognised::New(candidate) => {
                self.pending.push(*candidate);
                None
            }
        })
    }

    fn verify_pending(&mut self, index: &mut Index, verdicts: &mut Verdicts) -> Result<(), PeerFault> {
        let pending = std::mem::take(&mut self.pending);
        self.counts.verified = self.counts.verified.saturating_add(pending.len() as u64);
        let judged = verdicts.verify_batch(pending);
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
