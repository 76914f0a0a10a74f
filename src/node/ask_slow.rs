//! Asking slow peers: a peer that timed out is asked with a longer deadline, outside the rounds. A round does not wait for
//! it longer than for other peers, and its outcome is part of the report of the round during which its exchange ends.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::exchange::{Asked, Round};
use super::random::Random;
use super::slow_peers::{Ended, MAX_SLOW, Slow};
use super::state::Node;
use crate::error::{PeerFault, ShareError};
use crate::peers::PeerUrl;
use crate::ports::{Host, Store, Transport};

impl<T: Transport, S: Store, H: Host> Node<T, S, H> {
    /// Asks a slow peer for which a round has called [`Host::ask_slow`], stores the winners, and keeps the ledger for the
    /// report of the current round or the next.
    pub async fn ask_slow(&self) {
        let begun = self.state.borrow_mut().slow_peers.begin();
        let (Some(slow), Some(task_id)) = (begun, self.options.task_id.as_deref()) else { return };
        let round = Round::new(self, task_id, slow.now_ms);
        round.allows_private.set(slow.allows_private);
        let asked = round.ask(&slow.url, slow.deadline_ms, None).await;
        round.review_suspects();
        round.note_slow(&slow.url, &asked, &mut Random::new(slow.seed));
        let was_aborted = matches!(asked.end, Err(PeerFault::Aborted));
        let fault = round.store_fault();
        let ended = Ended { url: slow.url, ledger: round.ledger.into_inner(), fault };
        self.state.borrow_mut().slow_peers.end(ended, was_aborted);
    }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Removes from the chosen peers those that are due a longer deadline, at most [`MAX_SLOW`], and has them asked
    /// outside this round. Returns them. While writes fail there are none: then one peer is asked at a time.
    pub(super) fn begin_slow(&self, chosen: &mut Vec<PeerUrl>, random: &mut Random) -> Vec<PeerUrl> {
        let (host, mut begun) = (&self.node.ports.host, Vec::new());
        let state = &mut *self.node.state.borrow_mut();
        while state.slow_peers.under_way.len() < MAX_SLOW
            && !state.writing.is_failing
            && let Some((url, deadline_ms)) = state.book.choose_patient(chosen, self.node.options.peer_timeout_ms)
        {
            chosen.retain(|other| *other != url);
            begun.push(url.clone());
            state.slow_peers.under_way.push(Slow {
                url,
                since_ms: host.elapsed_ms(),
                deadline_ms,
                now_ms: self.now_ms,
                allows_private: self.allows_private.get(),
                seed: random.draw().to_bits(),
                is_begun: false,
            });
            host.ask_slow();
        }
        begun
    }

    /// Waits for the slow peers that this round has begun to ask, but no longer than for any other peer: until this time
    /// of the host's clock.
    pub(super) async fn wait_for_slow(&self, begun: &[PeerUrl], until_ms: u64) {
        let host = &self.node.ports.host;
        let left_ms = until_ms.saturating_sub(host.elapsed_ms());
        if begun.is_empty() || left_ms == 0 {
            return;
        }
        let mut idle = pin!(host.idle(left_ms));
        poll_fn(|context| {
            if self.node.state.borrow_mut().slow_peers.have_ended(begun, context.waker()) {
                return Poll::Ready(());
            }
            idle.as_mut().poll(context)
        })
        .await;
    }

    /// Adds the slow peers to the report: those still being asked, and the outcomes of those that have ended. Returns the
    /// error to report if the store failed meanwhile.
    pub(super) fn join_slow(&self) -> Option<ShareError> {
        let slow_peers = &mut self.node.state.borrow_mut().slow_peers;
        let (ledger, now_ms) = (&mut *self.ledger.borrow_mut(), self.node.ports.host.elapsed_ms());
        for Slow { url, since_ms, deadline_ms, .. } in &slow_peers.under_way {
            let waited_ms = now_ms.saturating_sub(*since_ms);
            ledger.skip(url.as_str(), &PeerFault::Slow { waited_ms, limit_ms: *deadline_ms });
        }
        let mut fault = None;
        for ended in std::mem::take(&mut slow_peers.ended) {
            ledger.join(ended.ledger);
            fault = fault.or(ended.fault);
        }
        fault
    }

    /// Notes the health of a slow peer, unless our own connection is down.
    fn note_slow(&self, url: &PeerUrl, asked: &Asked, random: &mut Random) {
        let now_ms = self.node.ports.host.now_ms();
        if !asked.is_silent() {
            self.note_health(url, asked, now_ms, random);
            if asked.status.is_some() {
                self.node.state.borrow_mut().note_connected();
            }
            return;
        }
        let state = &mut *self.node.state.borrow_mut();
        if !state.is_cut_off && !self.node.ports.host.is_aborted() {
            asked.note_time(url, &mut state.book, self.node.options.peer_timeout_ms);
            state.book.failed(url, now_ms, &mut || random.draw());
        }
    }
}
