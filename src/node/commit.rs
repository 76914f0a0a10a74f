//! Commit: the winners of one body are written, their outcomes are noted, and so is how far the body was read.

use super::exchange::Round;
use super::payload::Payload;
use super::visit::Visit;
use super::walk::Part;
use crate::error::{PeerFault, StoreFault};
use crate::ports::{Access, Host, Store, Transport};
use crate::report::{ItemOutcome, PeerEnd, PeerId, PeerOutcome, ReadAgain};
use crate::verify::Record;

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Writes the winners so far. A few are kept back as witnesses; they are written at the end of the body, or alone
    /// when one has to show whether the database accepts any write. None are kept back where each write reads the whole
    /// database, nor from a body that makes a single write.
    pub(super) async fn commit(
        &self,
        visit: &Visit<'_>,
        payload: &mut Payload,
        is_end: bool,
    ) -> Result<(), StoreFault> {
        let is_whole = self.node.state.borrow().access == Access::Whole;
        let is_only = is_end && !payload.intake().has_given_winners();
        let mut records = payload.intake().take_winners(!is_whole && !is_only);
        let mut stage = if is_end { Stage::Winners } else { Stage::End };
        loop {
            if !records.is_empty() {
                let outcomes = self.node.write(records, visit.until_ms, &self.writes).await;
                outcomes.into_iter().for_each(|(record, outcome)| self.note_written(visit, record, outcome));
                self.tell_refused();
            }
            if let Some(fault) = self.writes.over() {
                return Err(fault);
            }
            records = match self.next_records(visit, payload, &mut stage) {
                Some(records) => records,
                None => return Ok(()),
            };
        }
    }

    /// What is written next: a witness while it is in doubt whether the database accepts any write; once it does, what was
    /// left unwritten because of that; and at the end of the body the rest, stage by stage.
    fn next_records(&self, visit: &Visit<'_>, payload: &mut Payload, stage: &mut Stage) -> Option<Vec<Record>> {
        let is_failing = self.node.state.borrow().writing.is_failing;
        if self.writes.is_in_doubt() {
            if !is_failing {
                self.writes.resolve(true);
                return Some(take_left(visit));
            }
            if let Some(witness) = payload.intake().witnesses().pop() {
                return Some(vec![witness]);
            }
            self.writes.resolve(false);
        }
        *stage = match stage {
            Stage::Winners => Stage::Left,
            Stage::Left => Stage::Witnesses,
            Stage::Witnesses | Stage::End => return None,
        };
        Some(match stage {
            Stage::Left if !is_failing => take_left(visit),
            Stage::Witnesses => std::mem::take(payload.intake().witnesses()),
            Stage::Left | Stage::Winners | Stage::End => Vec::new(),
        })
    }

    /// Notes the outcome of a record, or leaves it to be written or reviewed later.
    fn note_written(&self, visit: &Visit<'_>, record: Record, outcome: ItemOutcome) {
        visit.stored_any.set(visit.stored_any.get() || outcome.is_stored());
        if matches!(outcome, ItemOutcome::NotStored(_)) && self.writes.over().is_none() {
            visit.left.borrow_mut().push((record, outcome));
        } else {
            self.note_last(visit, record, outcome);
        }
    }

    /// Notes the outcome of a record that is not written again, or leaves it to be reviewed when all writes are done.
    fn note_last(&self, visit: &Visit<'_>, record: Record, outcome: ItemOutcome) {
        if !self.note(visit.peer, record, outcome) {
            visit.has_suspects.set(true);
        }
    }

    /// Notes the outcome of a record, unless the database itself may have failed: that shows when all writes are done.
    /// Returns whether it was noted.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn note(&self, peer: PeerId, record: Record, outcome: ItemOutcome) -> bool {
        let is_suspect = outcome.is_failure() && self.writes.over().is_none();
        if is_suspect {
            self.suspects.borrow_mut().push((peer, record, outcome));
        } else {
            self.ledger.borrow_mut().note_content(peer, record.content(), outcome);
        }
        !is_suspect
    }

    /// Notes as not stored what is not written any more, because the body or all writes have ended.
    pub(super) fn give_up(&self, visit: &Visit<'_>, payload: &mut Payload) {
        for (record, outcome) in visit.left.take() {
            self.note_last(visit, record, outcome);
        }
        if let Some(fault) = self.writes.over() {
            payload.intake().give_up(&fault, &mut self.ledger.borrow_mut());
        }
        self.tell_refused();
    }

    /// Reports new rejections to the host, as many as it wants to hear of.
    #[inline(never)] // for size, as above
    pub(super) fn tell_refused(&self) {
        let host = &self.node.ports.host;
        let refused = self.ledger.borrow_mut().take_refused(host.hears_rejections());
        if !refused.is_empty() {
            host.rejected(&refused);
        }
    }

    /// Notes the outcomes of the records that failed alone, now that all writes are done.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn review_suspects(&self) {
        for (peer, record, outcome) in self.suspects.take() {
            let outcome = self.node.outcome_now(&record, outcome, &self.writes);
            let ledger = &mut *self.ledger.borrow_mut();
            if let Some(fault) = outcome.fault() {
                ledger.spoil(peer, &PeerFault::Store(fault.clone()));
            }
            ledger.note_content(peer, record.content(), outcome);
        }
        self.tell_refused();
    }

    /// Notes how far the peer was read, and its tag if that was to the end.
    pub(super) fn note_part(&self, visit: &Visit<'_>, etag: Option<String>, payload: &mut Payload) -> PeerEnd {
        let read_again = match visit.has_suspects.get() {
            true => ReadAgain::AtOnce,
            false => self.ledger.borrow().read_again(visit.peer),
        };
        let is_durable = read_again != ReadAgain::AtOnce;
        let part = Part { etag, read_again, epoch: visit.epoch };
        let state = &mut *self.node.state.borrow_mut();
        let notes = state.book.notes_mut(visit.url);
        // Such a body is all that the peer has.
        if payload.ignores_after() {
            notes.note_ignoring(self.now_ms);
        }
        let (end, is_first) = (payload.outcome(), notes.walk.is_none());
        match &end {
            Ok(()) if is_durable => notes.end_walk(part),
            // Part of this body has to be offered again.
            Ok(()) => notes.validator = None,
            Err(
                PeerFault::BodyTooLarge { .. }
                | PeerFault::TooManyItems { .. }
                | PeerFault::Crowded(_)
                | PeerFault::Timeout { .. },
            ) => {
                visit.goes_on.set(is_durable && notes.go_on(part, payload.last_key(), self.now_ms));
            }
            Err(PeerFault::BodyCut(_) | PeerFault::Aborted) => {}
            Err(_) => notes.walk = None,
        }
        let is_empty = is_first && payload.intake().taken() == 0;
        end.map(|()| if is_empty { PeerOutcome::Empty } else { PeerOutcome::Synced })
    }
}

/// What is written at the end of a body, in this order.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Winners,
    Left,
    Witnesses,
    End,
}

fn take_left(visit: &Visit<'_>) -> Vec<Record> {
    visit.left.take().into_iter().map(|(record, _)| record).collect()
}
