//! Round: node list → peers in parallel → records → rules → merge → store → report.
//!
//! Its clock and its randomness are arguments.

use std::cell::RefMut;
use std::rc::Rc;

use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::exchange::{Asked, Round};
use super::mirror::Purpose;
use super::random::Random;
use super::state::Node;
use crate::error::{PeerFault, ShareError};
use crate::merge::Why;
use crate::peers::{Health, PeerUrl};
use crate::ports::{Host, Phase, Store, Transport};
use crate::record::{KeyHash, Version};
use crate::report::{ItemOutcome, Ledger, PeerId, PeerOutcome, Report};
use crate::verify::Record;

/// From this many peers on, it may be due to our own connection that none answers.
const FEWEST_WITNESSES: usize = 3;

impl<T: Transport, S: Store, H: Host> Node<T, S, H> {
    /// Runs one round and returns its report; it never fails, because failures are part of the report.
    pub async fn round(&self, now_ms: u64, seed: u64) -> Report {
        let (ledger, error, duration_ms) = self.noted_round(now_ms, seed).await;
        ledger.into_report(error.as_ref(), duration_ms)
    }

    /// Runs one round, after the one under way; returns its ledger, the error that ended it or kept it from asking the
    /// service, and how long it took in milliseconds.
    pub async fn noted_round(&self, now_ms: u64, seed: u64) -> (Ledger, Option<ShareError>, u64) {
        let sharing = Rc::clone(&self.state.borrow().sharing);
        let _sharing = sharing.lock().await;
        let began_ms = self.ports.host.elapsed_ms();
        let (ledger, error) = match self.options.task_id.as_deref() {
            Some(task_id) => {
                let round = Round::new(self, task_id, now_ms);
                let error = round.share(Random::new(seed)).await;
                let error = error.or(round.join_slow());
                (round.ledger.into_inner(), error)
            }
            None => (Ledger::new(now_ms), Some(ShareError::NoTaskId)),
        };
        (ledger, error, self.ports.host.elapsed_ms().saturating_sub(began_ms))
    }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Shares with all peers that it can; returns the first error that ended the round or kept it from asking the service.
    async fn share(&self, mut random: Random) -> Option<ShareError> {
        self.tell_refused();
        self.places.draw_from(random.draw().to_bits());
        if let Err(fault) = self.node.load(Purpose::Share).await {
            return Some(fault.into());
        }
        self.store_due_records().await;
        if let Some(fault) = self.writes.over() {
            return Some(fault.into());
        }
        let (urls, service_fault) = self.admitted_urls().await;
        self.node.let_others_run().await;
        let mut chosen = self.choose(&urls, &mut random).await;
        let slow = self.begin_slow(&mut chosen, &mut random);
        self.finished.set((0, chosen.len() as u64));
        let until_ms = self.node.until_ms();
        let asking = async {
            // Boxed for size: their code stays out of this future's.
            let silent = self.ask_each(&chosen, &mut random).boxed_local().await;
            self.audit().boxed_local().await;
            self.wait_for_slow(&slow, until_ms).await;
            silent
        };
        let silent = self.node.with_progress(asking, || self.tell_progress()).await;
        self.note_silent(&silent, chosen.len(), urls.len(), &mut random);
        self.review_suspects();
        service_fault.or(self.store_fault()).or(self.node.ports.host.is_aborted().then_some(ShareError::Aborted))
    }

    /// The error to report for a fault of the store.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn store_fault(&self) -> Option<ShareError> {
        let fault = self.writes.fault()?;
        if self.writes.over().is_some() {
            // It is uncertain what the store lost: everything that this round read is read again.
            self.node.state.borrow_mut().forget_validators();
        }
        Some(fault.into())
    }

    /// Stores parked records whose time has come; each is attributed to the peer that offered it.
    async fn store_due_records(&self) {
        let due = {
            let state = &mut *self.node.state.borrow_mut();
            if state.holdings.parked.take_evicted_due(self.now_ms) {
                state.forget_validators();
            }
            state.forget_due_validators(self.now_ms);
            state.holdings.parked.take_due(self.now_ms)
        };
        let (mut records, mut sources) = (Vec::new(), Vec::new());
        for (record, url) in due {
            let (id, peer) = (id_of(&record), self.ledger.borrow_mut().open_early(url.as_str()));
            // They are in the order of their slots and versions.
            if let Some(lesser) = records.pop_if(|lesser: &mut Record| lesser.content().key_hash == id.0)
                && let Some((_, peer)) = sources.pop()
            {
                self.note_due(peer, lesser, ItemOutcome::Kept(Why::Older));
            }
            records.push(record);
            sources.push((id, peer));
        }
        for (record, outcome) in self.node.write(records, self.node.until_ms(), &self.writes).await {
            if let Some((_, peer)) = sources.iter().find(|(id, _)| *id == id_of(&record)) {
                self.note_due(*peer, record, outcome);
            }
        }
        self.tell_refused();
    }

    /// Notes the outcome of a record that was parked. If it was not stored, a peer has to offer it again, because it is not
    /// parked any more.
    fn note_due(&self, peer: PeerId, record: Record, outcome: ItemOutcome) {
        match &outcome {
            ItemOutcome::NotStored(_) => self.node.state.borrow_mut().forget_validators(),
            ItemOutcome::Settled(_, until_ms) => self.node.state.borrow_mut().forget_validators_at(*until_ms),
            ItemOutcome::Inserted
            | ItemOutcome::Replaced
            | ItemOutcome::Kept(_)
            | ItemOutcome::Parked(_)
            | ItemOutcome::Rejected(_) => {}
        }
        self.note(peer, record, outcome);
    }

    pub(super) async fn choose(&self, urls: &[PeerUrl], random: &mut Random) -> Vec<PeerUrl> {
        let mut draw = || random.draw();
        let book = || RefMut::map(self.node.state.borrow_mut(), |state| &mut state.book);
        let slow = self.node.state.borrow().slow_peers.to_be_reported();
        let mut choosing = book().begin_choice(urls, slow);
        while book().go_on_choosing(&mut choosing, self.now_ms, &mut draw) {
            self.node.let_others_run().await;
        }
        let choice = book().end_choice(choosing, self.node.options.max_peers, &mut draw);
        for (url, Health { failures, retry_at_ms, .. }) in choice.backing_off {
            let wait_ms = retry_at_ms.saturating_sub(self.now_ms);
            self.ledger.borrow_mut().skip(url.as_str(), &PeerFault::BackingOff { wait_ms, failures });
        }
        choice.ask
    }

    /// Asks all of these peers; while writes fail, one of them first, and the others only if writes succeed again. Returns
    /// those that were silent.
    async fn ask_each<'u>(&self, urls: &'u [PeerUrl], random: &mut Random) -> Vec<(&'u PeerUrl, Asked)> {
        let mut silent = Vec::new();
        let is_failing = self.node.state.borrow().writing.is_failing;
        let in_order: Vec<(usize, &PeerUrl)> = urls.iter().enumerate().collect();
        let (first, others) = in_order.split_at(usize::from(is_failing).min(urls.len()));
        for urls in [first, others] {
            if self.writes.fault().is_none() && self.suspects.borrow().is_empty() {
                self.ask_all(urls, &mut silent, random).await;
            }
        }
        silent
    }

    async fn ask_all<'u>(
        &self,
        urls: &[(usize, &'u PeerUrl)],
        silent: &mut Vec<(&'u PeerUrl, Asked)>,
        random: &mut Random,
    ) {
        let deadline_ms = self.node.options.peer_timeout_ms;
        let ask = |(order, url): &(usize, &'u PeerUrl)| {
            let (order, url) = (*order, *url);
            async move { (url, self.ask(url, deadline_ms, Some(order)).await) }
        };
        let asked = stream::iter(urls).map(ask);
        let mut answers = asked.buffer_unordered(self.node.options.concurrency.max(1));
        while let Some((url, asked)) = answers.next().await {
            let (finished, of) = self.finished.get();
            self.finished.set((finished.saturating_add(1), of));
            if asked.is_silent() {
                silent.push((url, asked));
            } else {
                self.note_health(url, &asked, self.now_ms, random);
            }
        }
    }

    /// Reports how many peers are finished, and how many records were judged.
    fn tell_progress(&self) {
        let (host, (finished, of)) = (&self.node.ports.host, self.finished.get());
        host.progress(Phase::Peers, finished, Some(of));
        let judged = self.ledger.borrow().offered();
        host.progress(Phase::Records, judged, None);
    }

    /// Notes the peers that were silent as failed, unless our own connection was down: then neither the service
    /// answered nor any of several peers, of which at least one had not failed before.
    fn note_silent(&self, silent: &[(&PeerUrl, Asked)], asked: usize, known: usize, random: &mut Random) {
        if self.node.ports.host.is_aborted() {
            return;
        }
        let is_all = asked > 0 && silent.len() == asked && known >= FEWEST_WITNESSES;
        let state = &mut *self.node.state.borrow_mut();
        if is_all && self.service_is_silent.get() {
            state.is_cut_off |= silent.iter().any(|(url, _)| state.book.is_well(url));
            if state.is_cut_off {
                return;
            }
        }
        for (url, asked) in silent {
            asked.note_time(url, &mut state.book, self.node.options.peer_timeout_ms);
            state.book.failed(url, self.now_ms, &mut || random.draw());
        }
        if silent.len() < asked {
            state.note_connected();
        }
    }

    /// Notes the health of a peer that was not silent, at this time of the node's clock.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn note_health(&self, url: &PeerUrl, asked: &Asked, now_ms: u64, random: &mut Random) {
        let book = &mut self.node.state.borrow_mut().book;
        if self.node.ports.host.is_aborted() {
            return;
        }
        asked.note_time(url, book, self.node.options.peer_timeout_ms);
        match &asked.end {
            // The fault of the database, or ours, not the peer's.
            Err(PeerFault::Store(_) | PeerFault::Crowded(_) | PeerFault::Aborted) => {}
            // It has more than the time or the limits allow, or the delay is ours: the next round goes on.
            Err(_) if asked.goes_on => {}
            Err(PeerFault::Timeout { .. }) if asked.stored_any || asked.is_our_delay() => {}
            Err(_) => book.failed(url, now_ms, &mut || random.draw()),
            Ok(PeerOutcome::Empty) => {
                book.succeeded(url);
                // A peer that answers with an empty list is one; a 404 may come from any server.
                if asked.status == Some(404) {
                    book.had_nothing(url, now_ms, &mut || random.draw());
                }
            }
            Ok(_) => book.gave(url),
        }
    }
}

fn id_of(record: &Record) -> (KeyHash, Version) {
    (record.content().key_hash, record.version())
}
