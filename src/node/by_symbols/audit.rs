//! The audit of a round: view 1 of one peer is discovered thoroughly, so that what view 0 hides is found.
//!
//! It is made when all peers were asked: what they had is stored then, so that mostly nothing is left to find. A peer whose
//! records are all held needs none, as its tag shows. A peer that answers 304 and was never audited has its turn too. What
//! this node held itself until lately, and has a greater version of, is known to be older.

use super::discovering::{Discovered, End, Found};
use super::fetching::Wanted;
use crate::limits::{AUDIT_AGAIN_ROUNDS, DEFAULT_CELLS, MAX_SYMBOL_BODIES};
use crate::node::exchange::{Differing, Round};
use crate::node::visit::Visit;
use crate::ports::{Host, Store, Transport};
use crate::report::{PeerEnd, PeerOutcome};
use crate::symbols::{Discovery, View};

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Notes that a peer's set differs, so that it may be audited.
    pub(super) fn note_for_audit(&self, visit: &Visit<'_>, (count, answers): (u32, u32)) {
        if let Some(order) = visit.order {
            let differing = Differing { order, url: visit.url.clone(), peer: visit.peer, count, answers };
            let all = &mut *self.differing.borrow_mut();
            all.insert(all.partition_point(|other| other.order < order), differing);
        }
    }

    /// Notes a peer that has not changed for an audit, if only view 0 of it was read, some rounds ago, and its set still differs.
    pub(in crate::node) fn note_unaudited(&self, visit: &Visit<'_>, etag: Option<String>) {
        let known = {
            let state = &mut *self.node.state.borrow_mut();
            let notes = state.book.notes_mut(visit.url);
            let may_ask = notes.may_serve_symbols(self.now_ms);
            let Some(validator) = notes.validator.as_mut().filter(|_| may_ask) else { return };
            let Some(rounds) = &mut validator.until_audit else { return };
            *rounds = rounds.saturating_sub(1);
            (*rounds == 0).then(|| validator.etag.clone())
        };
        if known.is_some_and(|known| !self.is_own(Some(etag.as_ref().unwrap_or(&known)))) {
            self.note_for_audit(visit, (DEFAULT_CELLS, 0));
        }
    }

    /// Audits the first peer, in the order of choice, whose set differs; if that does not become whole, the next one.
    pub(in crate::node) async fn audit(&self) {
        let host = &self.node.ports.host;
        let until_ms = self.node.until_ms();
        self.node.state.borrow_mut().holdings.outgrown.begin_audit();
        for differing in self.differing.take() {
            let left_ms = until_ms.saturating_sub(host.elapsed_ms());
            if left_ms == 0 || host.is_aborted() || self.writes.over().is_some() {
                return;
            }
            let visit = self.visit(&differing.url, differing.peer, left_ms, None);
            let exchange = self.node.ports.transport.exchange(left_ms);
            match self.audit_one(&visit, &exchange, &differing).await {
                Ok(PeerOutcome::Synced) => return,
                Ok(_) => {}
                Err(fault) => self.ledger.borrow_mut().spoil(differing.peer, &fault),
            }
        }
    }

    /// If the audit that begins now does not tell what the peer has, it is not made again soon.
    fn put_off_audit(&self, visit: &Visit<'_>) {
        let state = &mut *self.node.state.borrow_mut();
        let validator = &mut state.book.notes_mut(visit.url).validator;
        if let Some(rounds) = validator.as_mut().and_then(|known| known.until_audit.as_mut()) {
            *rounds = AUDIT_AGAIN_ROUNDS;
        }
    }

    /// Audits one peer; the outcome is [`PeerOutcome::Synced`] if it became whole.
    async fn audit_one(&self, visit: &Visit<'_>, exchange: &T::Exchange, differing: &Differing) -> PeerEnd {
        self.ledger.borrow_mut().note_audit(visit.peer);
        self.put_off_audit(visit);
        if differing.answers >= MAX_SYMBOL_BODIES {
            return self.end_unwhole(visit, exchange).await;
        }
        let discovery = Discovery::new(View::ByContent, true).after(differing.answers);
        let Discovered { end, noted, etag, read_again, .. } =
            match self.discover(visit, exchange, (View::ByContent, discovery), Err(differing.count)).await? {
                Found::Same(etag) => {
                    self.end_same(visit, etag);
                    return Ok(PeerOutcome::Synced);
                }
                Found::NotServed => {
                    self.not_served(visit);
                    return self.read_whole(visit, exchange, None).await;
                }
                Found::View(discovered) => discovered,
            };
        if end != End::Whole {
            return self.end_unwhole(visit, exchange).await;
        }
        let mut wanted = Wanted::default();
        wanted.add(View::ByContent, &noted, &[]);
        if !self.fetch(visit, exchange, wanted).await? {
            self.not_served(visit);
            return self.read_whole(visit, exchange, None).await;
        }
        if self.has_come(visit, View::ByContent, &noted) {
            self.remember(visit, etag, read_again, true);
            return Ok(PeerOutcome::Synced);
        }
        Ok(PeerOutcome::Unchanged)
    }

    /// Ends an audit that did not become whole: the peer's whole body is read, unless one had nothing new lately.
    async fn end_unwhole(&self, visit: &Visit<'_>, exchange: &T::Exchange) -> PeerEnd {
        let may_read = self.node.state.borrow_mut().fallbacks.may_read(visit.url, self.now_ms);
        if may_read {
            self.read_instead(visit, exchange).await?;
        }
        Ok(PeerOutcome::Unchanged)
    }
}
