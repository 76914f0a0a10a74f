//! What becomes of the items of one body: each is known, rejected, waiting for its signature, or a winner to be written.

use super::desk::{Desk, Terms};
use super::holdings::{Holdings, Parking};
use super::walk::key_of;
use crate::error::{PeerFault, Rejection, StoreFault};
use crate::json::Json;
use crate::merge::{Decision, Why};
use crate::record::{Identity, KeyHash, UncheckedRecord};
use crate::report::{ItemOutcome, Ledger};
use crate::verify::memory::{Concluded, Parted, Recognised};
use crate::verify::{
    BATCH, BatchSize, Candidate, Claim, Glimpse, Record, UNVERIFIED, Verification, check_time, due_ms,
};

/// Winners are written once their texts add up to this length.
const WRITE_BYTES: usize = 2 * 1024 * 1024;

/// How many winners of a body are kept back to be written last: its witnesses.
const WITNESSES: usize = 8;
/// How many witnesses are taken from one write.
const WITNESSES_A_WRITE: usize = 2;

/// The intake of one body: judges its items and collects the winners.
#[derive(Debug)]
pub struct Intake {
    terms: Terms,
    pending: Vec<Candidate>,
    batch_size: BatchSize,
    verifying: Option<Verification>,
    /// In ascending order of their slots; boxed, so that inserting moves little.
    winners: Vec<(KeyHash, Box<Record>)>,
    winner_bytes: usize,
    witnesses: Vec<Record>,
    has_given_winners: bool,
    taken: u64,
    unverified: u64,
    verified: u64,
}

impl Intake {
    /// An intake that has seen no item.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            pending: Vec::new(),
            batch_size: BatchSize::at_most(BATCH),
            verifying: None,
            winners: Vec::new(),
            winner_bytes: 0,
            witnesses: Vec::new(),
            has_given_winners: false,
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

    /// Whether a slot is named by public key and uuid, or by public key alone.
    pub(super) fn identity(&self) -> Identity {
        self.terms.identity
    }

    /// How many signatures were verified.
    #[must_use]
    pub fn verified(&self) -> u64 {
        self.verified
    }

    /// Whether enough winners wait to be written: this many records, or fewer long ones.
    #[must_use]
    pub fn is_ready_to_write(&self, records: usize) -> bool {
        self.winners.len() >= records || self.winner_bytes >= WRITE_BYTES
    }

    /// Removes and returns the winners so far; with `leaves_witnesses`, a few are kept back.
    pub fn take_winners(&mut self, leaves_witnesses: bool) -> Vec<Record> {
        self.winner_bytes = 0;
        let mut winners = self.all_winners();
        self.has_given_winners |= !winners.is_empty();
        if leaves_witnesses && self.witnesses.len() < WITNESSES {
            let kept = winners.len().saturating_sub(WITNESSES_A_WRITE);
            self.witnesses.append(&mut winners.split_off(kept));
        }
        winners
    }

    #[inline(never)] // for size: each of its callers would have a copy
    fn all_winners(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.winners).into_iter().map(|(_, winner)| *winner).collect()
    }

    /// Whether any winners were taken before.
    pub(super) fn has_given_winners(&self) -> bool {
        self.has_given_winners
    }

    /// The winners that were kept back: each written alone, they show whether the database accepts any write.
    pub(super) fn witnesses(&mut self) -> &mut Vec<Record> {
        &mut self.witnesses
    }

    /// Notes everything that waits as not stored, because nothing more is written.
    pub fn give_up(&mut self, fault: &StoreFault, ledger: &mut Ledger) {
        let (verifying, pending) = (self.verifying.take(), std::mem::take(&mut self.pending));
        let mut winners = self.all_winners();
        self.witnesses.append(&mut winners);
        let waiting = verifying.iter().flat_map(Verification::contents).chain(pending.iter().map(Candidate::content));
        for content in waiting.chain(self.witnesses.iter().map(Record::content)) {
            ledger.note_content(self.terms.peer, content, ItemOutcome::NotStored(fault.clone()));
        }
        self.witnesses.clear();
    }

    /// Whether a whole batch of signatures waits: as many as are verified together, and at most `at_most`.
    pub(super) fn is_batch_full(&self, at_most: usize) -> bool {
        self.pending.len() >= self.batch_size.get().min(at_most)
    }

    /// How many signatures wait to be verified.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len().saturating_add(self.verifying.as_ref().map_or(0, Verification::len))
    }

    /// How many signatures did not verify.
    pub(super) fn unverified(&self) -> u64 {
        self.unverified
    }

    pub(super) fn is_verifying(&self) -> bool {
        self.verifying.is_some()
    }

    /// Takes one item, or the length of one that was too long to be read; returns whether it has a slot.
    pub(super) fn take(&mut self, item: Result<Json<'_>, u64>, desk: &mut Desk<'_>) -> Result<bool, PeerFault> {
        let max_items = self.terms.limits.max_items;
        if self.taken >= max_items {
            return Err(PeerFault::TooManyItems { max_items });
        }
        self.taken = self.taken.saturating_add(1);
        let claim = match item {
            Ok(item) => {
                if let Some(key) = self.known_key(item, desk.holdings) {
                    desk.ledger.note(self.terms.peer, Some(key), ItemOutcome::Kept(Why::Same), &|| None);
                    return Ok(true);
                }
                Claim::read(UncheckedRecord::read(item), self.terms.identity).map(|claim| (claim, item))
            }
            Err(bytes) => Err(Rejection::too_large_item(bytes)),
        };
        match claim {
            Ok((claim, item)) => self.consider(claim, item, desk).map(|()| true),
            Err(rejection) => {
                desk.ledger.note(self.terms.peer, None, ItemOutcome::Rejected(rejection), &|| None);
                Ok(false)
            }
        }
    }

    /// The slot of an item that is held already, as it is.
    fn known_key(&self, item: Json<'_>, holdings: &Holdings) -> Option<KeyHash> {
        if holdings.is_empty() {
            return None;
        }
        let glimpse = Glimpse::of(item, self.terms.identity)?;
        holdings.holds(&glimpse).then_some(glimpse.key_hash)
    }

    /// Queues a claim for verification, or notes its outcome where that is known without.
    fn consider(&mut self, claim: Claim<'_>, item: Json<'_>, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        let key = claim.key_hash;
        let known = if desk.holdings.is_older(&claim) {
            Err(ItemOutcome::Kept(Why::Older))
        } else {
            self.recognise(claim, desk)
        };
        match known {
            Ok(Recognised::Judged(verdict)) => self.conclude(*verdict, desk),
            Ok(Recognised::New(candidate)) => {
                self.pending.push(*candidate);
                Ok(())
            }
            Err(outcome) => {
                let name = || key_of(item, self.terms.identity);
                desk.ledger.note(self.terms.peer, Some(key), outcome, &name);
                Ok(())
            }
        }
    }

    /// What is known about a claim that is not older than what is held; `Err` is an outcome that needs no verification.
    fn recognise(&self, claim: Claim<'_>, desk: &mut Desk<'_>) -> Result<Recognised, ItemOutcome> {
        let claim = claim.identify().map_err(ItemOutcome::Rejected)?;
        let (key, version) = (claim.claim.key_hash, claim.version);
        if let Decision::Keep(why) = desk.holdings.decide(&key, &version) {
            return Err(ItemOutcome::Kept(why));
        }
        if desk.holdings.parked.contains(&key, &version) {
            check_time(version.timestamp, self.terms.now_ms).map_err(ItemOutcome::Parked)?;
        }
        let id = (&key, &version.content);
        if let Some(settled) = desk.settled.outcome(id, &|| claim.claim.unsigned(), self.terms.now_ms) {
            return Err(settled);
        }
        desk.memory.recognise(claim).map_err(ItemOutcome::Rejected)
    }

    /// Verifies one step further. What was verified meanwhile for another body is not verified again, and copies within
    /// this body wait for the first of them.
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
            self.batch_size.learn(judged.iter().map(Result::is_ok));
            self.conclude_all(judged, desk)?;
        }
        Ok(())
    }

    /// Concludes all of these, even after one that cuts the body off.
    fn conclude_all(&mut self, judged: Vec<Concluded>, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        judged.into_iter().map(|verdict| self.conclude(verdict, desk)).fold(Ok(()), Result::and)
    }

    fn conclude(&mut self, verdict: Concluded, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        match verdict {
            Ok(record) => match check_time(record.version().timestamp, self.terms.now_ms) {
                Ok(()) => {
                    self.place(record, desk);
                    return Ok(());
                }
                Err(rejection) => {
                    let outcome = self.park(&record, rejection, desk);
                    desk.ledger.note_content(self.terms.peer, record.content(), outcome);
                }
            },
            Err(content) => {
                self.unverified = self.unverified.saturating_add(1);
                desk.ledger.note_content(self.terms.peer, &content, ItemOutcome::Rejected(UNVERIFIED));
            }
        }
        let max_rejected = self.terms.limits.max_rejected;
        if self.unverified > max_rejected { Err(PeerFault::TooManyRejected { max_rejected }) } else { Ok(()) }
    }

    /// Parks a record that is dated ahead; one for which there is no room has to be offered again when it is due.
    fn park(&self, record: &Record, why: Rejection, desk: &mut Desk<'_>) -> ItemOutcome {
        let due_ms = due_ms(record.version().timestamp);
        match desk.holdings.parked.park(record.clone(), &self.terms.url, self.terms.now_ms) {
            Parking::Parked => ItemOutcome::Parked(why),
            Parking::Refused => {
                desk.settled.settle(record, why.clone(), due_ms, self.terms.now_ms);
                ItemOutcome::Settled(why, due_ms)
            }
        }
    }

    /// Adds a verified record to the winners, where it may compete with another of its slot.
    fn place(&mut self, record: Record, desk: &mut Desk<'_>) {
        let (key, bytes) = (record.content().key_hash, record.content().signed_text.len());
        let at = self.winners.partition_point(|(other, _)| *other < key);
        match self.winners.get_mut(at).filter(|(other, _)| *other == key) {
            None => {
                self.winners.insert(at, (key, Box::new(record)));
                self.winner_bytes = self.winner_bytes.saturating_add(bytes);
            }
            Some((_, winner)) => {
                let why = if winner.version() == record.version() { Why::Same } else { Why::Older };
                if winner.version() < record.version() {
                    **winner = record;
                }
                desk.ledger.note(self.terms.peer, Some(key), ItemOutcome::Kept(why), &|| None);
            }
        }
    }
}
