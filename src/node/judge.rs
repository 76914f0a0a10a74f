//! What becomes of the items of one body: known, refused, waiting for the equation, or a winner that is to be written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::holdings::{Holdings, Parking};
use super::options::PeerLimits;
use crate::error::{PeerFault, Rejection, StoreFault};
use crate::json::Json;
use crate::merge::{Decision, Why};
use crate::peers::PeerUrl;
use crate::record::{Identity, KeyHash, UncheckedRecord};
use crate::report::{ItemOutcome, Ledger, PeerId};
use crate::verify::memory::{Memory, Parted, Recognised};
use crate::verify::{BATCH, BatchSize, Candidate, Claim, Glimpse, Record, Verification, check_time};

/// Winners are handed over for writing when their texts are this long together.
const WRITE_BYTES: usize = 2 * 1024 * 1024;

/// What all bodies of a round are judged with; lent for one slice of work.
#[derive(Debug)]
pub struct Desk<'a> {
    /// What is held.
    pub holdings: &'a mut Holdings,
    /// What was judged before.
    pub memory: &'a mut Memory,
    /// Where outcomes are noted.
    pub ledger: &'a mut Ledger,
}

/// Whose body is judged, and on which terms.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The peer's page in the ledger.
    pub peer: PeerId,
    /// The peer.
    pub url: PeerUrl,
    /// What makes two records the same slot.
    pub identity: Identity,
    /// This node's clock.
    pub now_ms: u64,
    /// What the body may cost.
    pub limits: PeerLimits,
}

/// The judge of one body's items.
#[derive(Debug)]
pub struct Judge {
    terms: Terms,
    pending: Vec<Candidate>,
    batch_size: BatchSize,
    verifying: Option<Verification>,
    winners: BTreeMap<KeyHash, Record>,
    winner_bytes: usize,
    taken: u64,
    unverified: u64,
    verified: u64,
}

impl Judge {
    /// A judge who has seen nothing.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            pending: Vec::new(),
            batch_size: BatchSize::at_most(BATCH),
            verifying: None,
            winners: BTreeMap::new(),
            winner_bytes: 0,
            taken: 0,
            unverified: 0,
            verified: 0,
        }
    }

    /// How many items it has seen.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// How many signatures were checked.
    #[must_use]
    pub fn verified(&self) -> u64 {
        self.verified
    }

    /// Whether enough winners wait to be written: this many, or fewer long ones.
    #[must_use]
    pub fn is_ready_to_write(&self, records: usize) -> bool {
        self.winners.len() >= records || self.winner_bytes >= WRITE_BYTES
    }

    /// The records that won so far and were not taken before.
    pub fn take_winners(&mut self) -> Vec<Record> {
        self.winner_bytes = 0;
        std::mem::take(&mut self.winners).into_values().collect()
    }

    /// Notes whatever waits as not stored, because it can no longer be.
    pub fn give_up(&mut self, fault: &StoreFault, ledger: &mut Ledger) {
        let pending = std::mem::take(&mut self.pending);
        let verifying: Vec<KeyHash> = self.verifying.take().iter().flat_map(Verification::keys).collect();
        let winners = std::mem::take(&mut self.winners);
        let waiting = pending.iter().map(|candidate| candidate.content().key_hash).chain(verifying);
        for key in waiting.chain(winners.into_keys()) {
            ledger.note(self.terms.peer, Some(key), ItemOutcome::NotStored(fault.clone()));
        }
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
    pub(super) fn take(&mut self, item: Result<Json<'_>, u64>, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        let max_items = self.terms.limits.max_items;
        if self.taken >= max_items {
            return Err(PeerFault::TooManyItems { max_items });
        }
        self.taken = self.taken.saturating_add(1);
        let claim = match item {
            Ok(item) => {
                if let Some(key) = self.known_key(item, desk.holdings) {
                    self.note(Some(key), ItemOutcome::Kept(Why::Same), desk);
                    return Ok(());
                }
                Claim::read(UncheckedRecord::read(item), self.terms.identity)
            }
            Err(bytes) => Err(Rejection::too_large_item(bytes)),
        };
        match claim {
            Ok(claim) => self.consider(claim, desk),
            Err(rejection) => {
                self.note(None, ItemOutcome::Rejected(rejection), desk);
                Ok(())
            }
        }
    }

    /// The slot of an item that is what is held.
    fn known_key(&self, item: Json<'_>, holdings: &Holdings) -> Option<KeyHash> {
        if holdings.is_empty() {
            return None;
        }
        let glimpse = Glimpse::of(item, self.terms.identity)?;
        holdings.holds(&glimpse).then_some(glimpse.key_hash)
    }

    /// Looks whether a claim needs its signature checked, and concludes it where it does not.
    fn consider(&mut self, claim: Claim<'_>, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        let key = claim.key_hash;
        let known = if desk.holdings.is_older(&claim) {
            Err(ItemOutcome::Kept(Why::Older))
        } else {
            self.recognise(claim, desk)
        };
        match known {
            Ok(Recognised::Judged(verdict)) => self.conclude(key, *verdict, desk),
            Ok(Recognised::New(candidate)) => {
                self.pending.push(*candidate);
                Ok(())
            }
            Err(outcome) => {
                self.note(Some(key), outcome, desk);
                Ok(())
            }
        }
    }

    /// What is known of a claim that is not older than what is held; the outcome where that says enough.
    fn recognise(&self, claim: Claim<'_>, desk: &mut Desk<'_>) -> Result<Recognised, ItemOutcome> {
        let claim = claim.identify().map_err(ItemOutcome::Rejected)?;
        let (key, version) = (claim.claim.key_hash, claim.version);
        if let Decision::Keep(why) = desk.holdings.decide(&key, &version) {
            return Err(ItemOutcome::Kept(why));
        }
        if desk.holdings.parked.contains(&key, &version) {
            check_time(version.timestamp, self.terms.now_ms).map_err(ItemOutcome::Parked)?;
        }
        desk.memory.recognise(claim).map_err(ItemOutcome::Rejected)
    }

    /// Verifies one step further. What was judged in another body meanwhile is not judged again, and copies in this body
    /// wait for the verdict on the first.
    pub(super) fn verify(&mut self, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        if self.verifying.is_none() {
            let Parted { judged, new, copies } = desk.memory.part(std::mem::take(&mut self.pending));
            self.pending = copies;
            self.verified = self.verified.saturating_add(new.len() as u64);
            if !new.is_empty() {
                self.verifying = Some(Verification::new(new));
            }
            self.conclude_all(judged, desk)?;
        }
        let has_more = self.verifying.as_mut().is_some_and(Verification::step);
        if let Some(verification) = self.verifying.take_if(|_| !has_more) {
            let judged = desk.memory.remember(verification);
            self.batch_size.learn(judged.iter().map(|(_, verdict)| verdict.is_ok()));
            self.conclude_all(judged, desk)?;
        }
        Ok(())
    }

    /// Concludes them all, also after the one that ends the body.
    fn conclude_all(
        &mut self,
        judged: Vec<(KeyHash, Result<Record, Rejection>)>,
        desk: &mut Desk<'_>,
    ) -> Result<(), PeerFault> {
        judged.into_iter().map(|(key, verdict)| self.conclude(key, verdict, desk)).fold(Ok(()), Result::and)
    }

    fn conclude(
        &mut self,
        key: KeyHash,
        verdict: Result<Record, Rejection>,
        desk: &mut Desk<'_>,
    ) -> Result<(), PeerFault> {
        let outcome = match verdict {
            Ok(record) => match check_time(record.version().timestamp, self.terms.now_ms) {
                Ok(()) => {
                    self.place(record, desk);
                    return Ok(());
                }
                Err(rejection) => match desk.holdings.parked.park(record, &self.terms.url, self.terms.now_ms) {
                    Parking::Parked => ItemOutcome::Parked(rejection),
                    Parking::Refused => ItemOutcome::Rejected(rejection),
                },
            },
            Err(rejection) => {
                self.unverified = self.unverified.saturating_add(1);
                ItemOutcome::Rejected(rejection)
            }
        };
        self.note(Some(key), outcome, desk);
        let max_rejected = self.terms.limits.max_rejected;
        if self.unverified > max_rejected { Err(PeerFault::TooManyRejected { max_rejected }) } else { Ok(()) }
    }

    /// Puts a verified record whose time has come among the winners, where it may meet another of its slot.
    fn place(&mut self, record: Record, desk: &mut Desk<'_>) {
        let (key, bytes) = (record.content().key_hash, record.content().signed_text.len());
        match self.winners.entry(key) {
            Entry::Vacant(slot) => {
                slot.insert(record);
                self.winner_bytes = self.winner_bytes.saturating_add(bytes);
            }
            Entry::Occupied(mut slot) => {
                let why = if slot.get().version() == record.version() { Why::Same } else { Why::Older };
                if slot.get().version() < record.version() {
                    slot.insert(record);
                }
                self.note(Some(key), ItemOutcome::Kept(why), desk);
            }
        }
    }

    fn note(&self, key: Option<KeyHash>, outcome: ItemOutcome, desk: &mut Desk<'_>) {
        desk.ledger.note(self.terms.peer, key, outcome);
    }
}
