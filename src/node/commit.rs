//! Commit: what won in one peer's body goes to write, what became of it is noted, and how far the body was read.

use super::exchange::{Round, Visit};
use super::payload::Payload;
use super::walk::Part;
use crate::error::{PeerFault, StoreFault};
use crate::ports::{Access, Host, Store, Transport};
use crate::report::{ItemOutcome, PeerEnd, PeerId, PeerOutcome, ReadAgain};
use crate::verify::Record;

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Stores what won so far. A few winners are left to the end of the body, and written by themselves then or when
    /// something has to show whether the database takes anything; but what is read whole for each write is given much,
    /// and a body of few records makes one write.
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

    /// What is written next: a witness while it is in doubt whether the database takes anything; what was left for that,
    /// when it is known that it does; and at the end of the body, as its turns say, the rest.
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

    /// Notes what became of a record, or leaves it to be written or judged later.
    fn note_written(&self, visit: &Visit<'_>, record: Record, outcome: ItemOutcome) {
        visit.stored_any.set(visit.stored_any.get() || outcome.is_stored());
        if matches!(outcome, ItemOutcome::NotStored(_)) && self.writes.over().is_none() {
            visit.left.borrow_mut().push((record, outcome));
        } else {
            self.note_last(visit, record, outcome);
        }
    }

    /// Notes what became of a record that is not written any more, or leaves it to be judged when all writes are done.
    fn note_last(&self, visit: &Visit<'_>, record: Record, outcome: ItemOutcome) {
        if !self.note(visit.peer, record, outcome) {
            visit.has_suspects.set(true);
        }
    }

    /// Notes what became of a record, unless it may be the database that failed: then all writes have to be done. Says
    /// whether it is noted.
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

    /// Notes as not stored what cannot be any more, because the body has ended, or the writes have.
    pub(super) fn give_up(&self, visit: &Visit<'_>, payload: &mut Payload) {
        for (record, outcome) in visit.left.take() {
            self.note_last(visit, record, outcome);
        }
        if let Some(fault) = self.writes.over() {
            payload.intake().give_up(&fault, &mut self.ledger.borrow_mut());
        }
        self.tell_refused();
    }

    /// Tells the host what was refused since it was last told, and hears how much it wants to be told of.
    pub(super) fn tell_refused(&self) {
        let host = &self.node.ports.host;
        let refused = self.ledger.borrow_mut().take_refused(host.hears_rejections());
        if !refused.is_empty() {
            host.rejected(&refused);
        }
    }

    /// Notes what became of the records that failed, when all writes are done.
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

    /// Notes how far the peer was read, and what it had where that was to the end.
    pub(super) fn note_part(&self, visit: &Visit<'_>, etag: Option<String>, payload: &mut Payload) -> PeerEnd {
        let read_again = match visit.has_suspects.get() {
            true => ReadAgain::AtOnce,
            false => self.ledger.borrow().read_again(visit.peer),
        };
        let is_durable = read_again != ReadAgain::AtOnce;
        let part = Part { etag, read_again, epoch: visit.epoch };
        let state = &mut *self.node.state.borrow_mut();
        let notes = state.book.notes_mut(visit.url);
        // Then it is all that the peer has.
        if payload.ignores_after() {
            notes.note_ignoring(self.now_ms);
        }
        let (end, is_first) = (payload.outcome(), notes.walk.is_none());
        match &end {
            Ok(()) if is_durable => notes.end_walk(part),
            // Something of this part has to come again.
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

/// What of a body is written in its turn at its end.
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
