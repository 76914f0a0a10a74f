//! Judges a whole body by itself, without a node that holds anything.

use super::batch::{BatchSize, LARGE_BATCH, verify_batch};
use super::candidate::{Candidate, Record, UNVERIFIED};
use super::claim::{Claim, signed_text};
use super::clock::check_time;
use super::public_keys::PublicKeys;
use crate::error::Rejection;
use crate::json::{Fault, ItemReader, Json, Kind, Step};
use crate::limits::MAX_ITEM_BYTES;
use crate::record::{Content, Identity, UncheckedRecord};

/// An item that a rule rejects. It has a signed text if `data` is an object that keeps rule 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedItem {
    /// The rule that it fails.
    pub rejection: Rejection,
    /// The signed text.
    pub signed_text: Option<String>,
}

/// Judges the items of one body by rules 1 to 8; signatures are verified in large batches.
#[derive(Debug)]
pub struct BodyJudge<'k> {
    identity: Identity,
    now_ms: u64,
    keys: &'k mut PublicKeys,
    batch: BatchSize,
    verdicts: Vec<Option<Result<Record, RejectedItem>>>,
    waiting: Vec<(usize, Candidate)>,
}

impl<'k> BodyJudge<'k> {
    /// A judge that knows these public keys already.
    #[must_use]
    pub fn new(identity: Identity, now_ms: u64, keys: &'k mut PublicKeys) -> Self {
        let batch = BatchSize::at_most(LARGE_BATCH);
        Self { identity, now_ms, keys, batch, verdicts: Vec::new(), waiting: Vec::new() }
    }

    /// One verdict for each item of a body, in their order.
    ///
    /// # Errors
    ///
    /// The first byte at which the body cannot be a JSON array.
    ///
    /// ```
    /// use dbsharing::json::ItemReader;
    /// use dbsharing::record::Identity;
    /// use dbsharing::limits::MAX_ITEM_BYTES;
    /// use dbsharing::verify::PublicKeys;
    /// use dbsharing::verify::body_judge::BodyJudge;
    ///
    /// let mut keys = PublicKeys::default();
    /// let judge = BodyJudge::new(Identity::Record, 1_700_000_000_000, &mut keys);
    /// let verdicts = judge.judge(ItemReader::new(MAX_ITEM_BYTES), b"[{}]").unwrap();
    /// assert!(verdicts[0].is_err());
    /// ```
    pub fn judge(mut self, mut reader: ItemReader, body: &[u8]) -> Result<Vec<Result<Record, RejectedItem>>, Fault> {
        let mut at = 0;
        while at < body.len() {
            match reader.next(body, &mut at)? {
                Step::NeedsMore => {}
                Step::Item(item) => self.take(item),
                Step::TooLarge { bytes } => self.verdicts.push(Some(Err(too_large(bytes)))),
            }
        }
        reader.finish()?;
        self.verify_waiting();
        Ok(self.verdicts.into_iter().flatten().collect())
    }

    /// The verdict on one item alone.
    ///
    /// # Errors
    ///
    /// Why it is rejected.
    pub fn judge_one(mut self, item: Json<'_>) -> Result<Record, RejectedItem> {
        self.take(item);
        self.verify_waiting();
        let nothing =
            RejectedItem { rejection: Rejection::BadShape("the item is missing; wanted a record"), signed_text: None };
        self.verdicts.pop().flatten().unwrap_or(Err(nothing))
    }

    fn take(&mut self, item: Json<'_>) {
        let place = self.verdicts.len();
        match decode(item, self.identity, self.keys) {
            Ok(candidate) => {
                self.verdicts.push(None);
                self.waiting.push((place, candidate));
            }
            Err(refusal) => self.verdicts.push(Some(Err(refusal))),
        }
        if self.waiting.len() >= self.batch.get() {
            self.verify_waiting();
        }
    }

    fn verify_waiting(&mut self) {
        let (places, candidates): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        let judged = verify_batch(candidates);
        self.batch.learn(judged.iter().map(Result::is_ok));
        for (place, verdict) in places.into_iter().zip(judged) {
            if let Some(slot) = self.verdicts.get_mut(place) {
                *slot = Some(conclude(verdict, self.now_ms));
            }
        }
    }
}

/// Applies rules 1 to 6 to one item. What remains is to verify the candidate.
pub(crate) fn decode(item: Json<'_>, identity: Identity, keys: &mut PublicKeys) -> Result<Candidate, RejectedItem> {
    if item.text().len() > MAX_ITEM_BYTES {
        return Err(too_large(item.text().len() as u64));
    }
    let unchecked = UncheckedRecord::read(item);
    let data = unchecked.data.filter(|data| data.kind() == Kind::Object);
    let claim = Claim::read(unchecked, identity).and_then(Claim::identify);
    claim.and_then(|claim| Candidate::decode(claim, keys)).map_err(|rejection| {
        let signed_text = data.and_then(|data| signed_text(data).ok()).map(String::from);
        RejectedItem { rejection, signed_text }
    })
}

/// The verdict on one item at this time, from the result of its verification.
pub(crate) fn conclude(verified: Result<Record, Box<Content>>, now_ms: u64) -> Result<Record, RejectedItem> {
    let record =
        verified.map_err(|content| RejectedItem { rejection: UNVERIFIED, signed_text: Some(content.signed_text) })?;
    match check_time(record.version().timestamp, now_ms) {
        Ok(()) => Ok(record),
        Err(rejection) => Err(RejectedItem { rejection, signed_text: Some(record.into_content().signed_text) }),
    }
}

fn too_large(bytes: u64) -> RejectedItem {
    RejectedItem { rejection: Rejection::too_large_item(bytes), signed_text: None }
}
