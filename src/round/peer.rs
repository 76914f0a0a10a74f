//! One peer's part of a round: ask, read, judge, store, and only then remember what it had.

use std::rc::Rc;

use super::node::Validator;
use super::{Round, let_others_run, storage::Durability};
use crate::error::{Code, PeerFault, StoreFault};
use crate::payload::{Judge, Payload, Progress};
use crate::peers::PeerUrl;
use crate::ports::{Answer, Body as _, Exchange, Host, Store, Transport};
use crate::report::{Outcome, PeerReport};
use crate::serve::{entity_tag, records_url};

/// A body with records that the task did not accept is read in full again after this time.
const ACCEPT_AGAIN_MS: u64 = 10 * 60 * 1000;

/// So many signatures are verified while more may come, where other bodies may hold the same ones.
const WORTH_A_BATCH: usize = 32;

/// How many bodies are being read.
#[derive(Debug, Default)]
pub(super) struct Reading(Rc<()>);

impl Reading {
    /// Counts as one until it is dropped.
    fn begin(&self) -> Rc<()> {
        Rc::clone(&self.0)
    }

    fn is_shared(&self) -> bool {
        Rc::strong_count(&self.0) > 2
    }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    pub(super) async fn ask(&self, url: &PeerUrl) -> PeerReport {
        let began_ms = self.ports.host.elapsed_ms();
        let mut report = PeerReport::asked(url.as_str());
        match self.converse(url, &mut report, self.until_ms()).await {
            Ok(outcome) => report.outcome = outcome,
            Err(fault) => report.fail(&fault),
        }
        report.duration_ms = self.ports.host.elapsed_ms().saturating_sub(began_ms);
        report
    }

    async fn converse(&self, url: &PeerUrl, report: &mut PeerReport, until_ms: u64) -> Result<Outcome, PeerFault> {
        if self.ports.host.is_aborted() {
            return Err(PeerFault::Aborted);
        }
        let exchange = self.ports.transport.exchange();
        let tags = self.tags(url);
        let Some(answer) = self.get_records(&exchange, url, &tags, report).await? else {
            return Ok(Outcome::Empty);
        };
        match answer.status {
            200..=299 => self.read(url, answer, report, until_ms).await,
            304 if !tags.is_empty() => Ok(Outcome::Unchanged),
            422 => Err(PeerFault::Stopped),
            301..=303 | 307 | 308 => Err(PeerFault::Redirected),
            status => Err(PeerFault::Status(status)),
        }
    }

    /// Asks on the path that worked before, and on the other one after a 404. `None`: 404 on both.
    async fn get_records(
        &self,
        exchange: &T::Exchange,
        url: &PeerUrl,
        tags: &[String],
        report: &mut PeerReport,
    ) -> Result<Option<Answer<<T::Exchange as Exchange>::Body>>, PeerFault> {
        let first = self.node.borrow().book.notes(url).is_some_and(|notes| notes.answers_on_list);
        for on_list in [first, !first] {
            report.counts.requests = report.counts.requests.saturating_add(1);
            let target = records_url(url.as_str(), self.task_id(), &self.options.collection, on_list);
            let answer = exchange.get(&target, tags).await?;
            report.http_status = Some(answer.status);
            if answer.status != 404 {
                self.node.borrow_mut().book.notes_mut(url).answers_on_list = on_list;
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The tags of what this node has of the peer: the peer's own, as last read, and that of the set held now. A peer
    /// that holds the same set answers 304 to the latter although its own tag has changed.
    fn tags(&self, url: &PeerUrl) -> Vec<String> {
        let node = &mut *self.node.borrow_mut();
        let epoch = node.epoch();
        let validator = node.book.notes(url).and_then(|notes| notes.validator.as_ref());
        let mut tags = Vec::new();
        if let Some(validator) = validator.filter(|validator| validator.epoch == epoch) {
            if validator.judge_again_at_ms.is_some_and(|at_ms| at_ms <= self.now_ms) {
                return tags;
            }
            tags.push(validator.etag.clone());
        }
        if !node.index.is_empty() {
            let own = entity_tag(&node.index.digest());
            if !tags.contains(&own) {
                tags.push(own);
            }
        }
        tags
    }

    async fn read(
        &self,
        url: &PeerUrl,
        answer: Answer<<T::Exchange as Exchange>::Body>,
        report: &mut PeerReport,
        until_ms: u64,
    ) -> Result<Outcome, PeerFault> {
        let Answer { etag, mut body, .. } = answer;
        let mut payload = Payload::new(self.terms(), self.options.limits);
        let stored = self.judge_and_store(&mut payload, &mut body, until_ms, &mut report.own_ms).await;
        let ended = payload.outcome();
        let mut judge = payload.into_judge();
        if let Err(fault) = &stored {
            judge.give_up(fault.code());
        }
        let judge_again_at_ms = self.judge_again_at_ms(&judge);
        judge.counts.requests = report.counts.requests;
        report.counts = judge.counts;
        let durability = stored?;
        ended?;

        let validator = etag.filter(|_| durability == Durability::All);
        let node = &mut *self.node.borrow_mut();
        let epoch = node.epoch();
        node.book.notes_mut(url).validator = validator.map(|etag| Validator { etag, judge_again_at_ms, epoch });
        Ok(if report.counts.offered == 0 { Outcome::Empty } else { Outcome::Synced })
    }

    async fn judge_and_store(
        &self,
        payload: &mut Payload,
        body: &mut <T::Exchange as Exchange>::Body,
        until_ms: u64,
        own_ms: &mut u64,
    ) -> Result<Durability, StoreFault> {
        let _reading = self.reading.begin();
        let mut durability = Durability::All;
        loop {
            match body.next().await {
                Ok(Some(chunk)) => payload.feed(chunk),
                Ok(None) => payload.end(Ok(())),
                Err(fault) => payload.end(Err(fault)),
            }
            let began_ms = self.ports.host.elapsed_ms();
            let judged = self.judge_input(payload, until_ms).await;
            *own_ms = own_ms.saturating_add(self.ports.host.elapsed_ms().saturating_sub(began_ms));
            let (progress, stored) = judged?;
            durability = durability.and(stored);
            if progress == Progress::Done {
                return Ok(durability);
            }
        }
    }

    /// Judges what has arrived, one body's at a time: where several peers offer the same records, the first body's are
    /// stored before the others are looked at, so that they are known there.
    async fn judge_input(&self, payload: &mut Payload, until_ms: u64) -> Result<(Progress, Durability), StoreFault> {
        let mut judging = Some(self.judging.lock().await);
        let mut durability = Durability::All;
        loop {
            if let Some(fault) = self.hanging_store() {
                return Err(fault);
            }
            let progress = self.work(payload);
            if progress == Progress::Done
                || payload.judge().is_ready_to_write(self.ports.store.write_at_most(self.reading.is_shared()))
            {
                // The task's own accept may hang: nobody else waits for it.
                judging.take_if(|_| self.ports.host.has_accept());
                durability = durability.and(self.commit(payload.judge(), until_ms).await?);
            }
            match progress {
                Progress::NeedsInput if self.reading.is_shared() && payload.judge().pending() >= WORTH_A_BATCH => {
                    payload.hurry();
                }
                Progress::NeedsInput | Progress::Done => return Ok((progress, durability)),
                Progress::Busy => {}
            }
            let_others_run(self.node, &self.ports.host).await;
            if judging.is_none() {
                judging = Some(self.judging.lock().await);
            }
        }
    }

    /// One slice of work, and what its time says of this machine.
    fn work(&self, payload: &mut Payload) -> Progress {
        let node = &mut *self.node.borrow_mut();
        let (began_ms, verified) = (self.ports.host.elapsed_ms(), payload.judge().counts.verified);
        let progress = payload.work(&mut node.index, &mut node.memory, node.pace.batch());
        let took_ms = self.ports.host.elapsed_ms().saturating_sub(began_ms);
        node.pace.learn(payload.judge().counts.verified.saturating_sub(verified), took_ms);
        progress
    }

    fn judge_again_at_ms(&self, judge: &Judge) -> Option<u64> {
        let not_accepted = judge.counts.rejected.contains_key("NOT_ACCEPTED");
        let accept_again_ms = not_accepted.then(|| self.now_ms.saturating_add(ACCEPT_AGAIN_MS));
        accept_again_ms.into_iter().chain(judge.judge_again_at_ms()).min()
    }

    fn task_id(&self) -> &str {
        self.options.task_id.as_deref().unwrap_or_default()
    }
}
