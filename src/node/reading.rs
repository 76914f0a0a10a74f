//! Reading one body: its items are judged while it arrives, in turns with the other bodies of the round, and stored.

use super::desk::Desk;
use super::exchange::Round;
use super::payload::{Payload, PayloadStep};
use super::visit::Visit;
use super::write::write_at_most;
use crate::error::StoreFault;
use crate::ports::{Body as _, Exchange, Host, Store, Transport};

/// How many signatures are enough for a batch while other bodies, which may contain the same records, wait for their turn.
const WORTH_A_BATCH: usize = 32;

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    pub(super) async fn judge_and_store(
        &self,
        visit: &Visit<'_>,
        payload: &mut Payload,
        first: Vec<u8>,
        body: &mut <T::Exchange as Exchange>::Body,
    ) -> Result<(), StoreFault> {
        let _open = self.open_bodies.begin();
        let mut first = Some(first).filter(|first| !first.is_empty());
        loop {
            let next = match first.take() {
                Some(first) => Ok(Some(first)),
                None => body.next().await,
            };
            visit.note_progress(self.node.ports.host.elapsed_ms());
            match next {
                Ok(Some(chunk)) => payload.feed(chunk),
                Ok(None) => payload.end(Ok(())),
                Err(fault) => payload.end(Err(fault)),
            }
            let began_ms = self.node.ports.host.elapsed_ms();
            let judged = self.judge_input(visit, payload).await;
            let took_ms = self.node.ports.host.elapsed_ms().saturating_sub(began_ms);
            visit.spend_ms(took_ms);
            if judged? == PayloadStep::Done {
                return Ok(());
            }
        }
    }

    /// Judges what has arrived, one body at a time: where several peers offer the same records, those of the first body
    /// are stored before the others are judged, and are known there. The next turn goes to the body that has used least
    /// time, so that a body made to take long holds up no other. A body gives way once its winners so far are stored.
    async fn judge_input(&self, visit: &Visit<'_>, payload: &mut Payload) -> Result<PayloadStep, StoreFault> {
        let mut judging = Some(self.judging.take(visit.used_ms.get()).await);
        let mut rewriting = None;
        loop {
            if let Some(fault) = self.writes.over() {
                return Err(fault);
            }
            let step = self.work(visit, payload);
            rewriting.take_if(|_| !payload.is_within_item());
            let wants_rewriting = payload.is_within_item() && rewriting.is_none();
            let gives_way = (wants_rewriting || self.judging.is_over(visit.used_ms.get())) && !payload.hurry();
            let write_at_most = if gives_way { 1 } else { self.write_at_most() };
            if step == PayloadStep::Done || payload.intake().is_ready_to_write(write_at_most) {
                // The task's own accept may hang; the other bodies do not wait for it.
                judging.take_if(|_| self.node.ports.host.has_accept());
                self.commit(visit, payload, step == PayloadStep::Done).await?;
            }
            match step {
                PayloadStep::NeedsInput
                    if self.open_bodies.is_shared() && payload.intake().pending() >= WORTH_A_BATCH =>
                {
                    payload.hurry();
                }
                PayloadStep::NeedsInput | PayloadStep::Done => return Ok(step),
                PayloadStep::Busy => {}
            }
            judging.take_if(|_| gives_way);
            if gives_way && wants_rewriting {
                rewriting = Some(self.rewriting.take(visit.used_ms.get()).await);
            }
            self.node.let_others_run().await;
            if judging.is_none() {
                judging = Some(self.judging.take(visit.used_ms.get()).await);
            }
        }
    }

    fn write_at_most(&self) -> usize {
        write_at_most(self.node.state.borrow().access, self.open_bodies.is_shared())
    }

    /// Does one slice of work and reports its rejections; the time is charged to this body.
    fn work(&self, visit: &Visit<'_>, payload: &mut Payload) -> PayloadStep {
        let host = &self.node.ports.host;
        let began_ms = host.elapsed_ms();
        let step = self.judge_slice(payload);
        self.tell_refused();
        let took_ms = host.elapsed_ms().saturating_sub(began_ms);
        visit.used_ms.set(visit.used_ms.get().saturating_add(took_ms));
        step
    }

    /// Judges one slice, and learns from the time that this took.
    fn judge_slice(&self, payload: &mut Payload) -> PayloadStep {
        let state = &mut *self.node.state.borrow_mut();
        let host = &self.node.ports.host;
        let (began_ms, verified) = (host.elapsed_ms(), payload.intake().verified());
        let ledger = &mut *self.ledger.borrow_mut();
        let mut desk =
            Desk { holdings: &mut state.holdings, memory: &mut state.memory, settled: &mut state.settled, ledger };
        let step = payload.work(&mut desk, state.pace.batch());
        let took_ms = host.elapsed_ms().saturating_sub(began_ms);
        state.pace.learn(payload.intake().verified().saturating_sub(verified), took_ms);
        step
    }
}
