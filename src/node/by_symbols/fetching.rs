//! Fetching records by their ids, in lots: each lot is judged and stored like any other body.

use std::rc::Rc;

use super::discovering::is_served;
use crate::error::PeerFault;
use crate::limits::{FETCH_AGAIN_MS, MAX_IDS, MAX_IDS_AN_EXCHANGE};
use crate::node::exchange::Round;
use crate::node::payload::Payload;
use crate::node::routes::records_by_ids_url;
use crate::node::tags::conditional;
use crate::node::visit::Visit;
use crate::ports::{Exchange as _, Host, Store, Transport};
use crate::symbols::{ElementId, Noted, View, ids_to_text};

/// Records that are wanted of a peer, each because of what this view noted; in ascending order of their ids.
#[derive(Debug, Default)]
pub(super) struct Wanted(Vec<(View, Noted)>);

impl Wanted {
    /// Adds what one view noted and asks for, except for ids that are among `known`; both are in ascending order.
    pub fn add(&mut self, view: View, noted: &[Noted], known: &[Noted]) {
        let is_known = |id| known.binary_search_by_key(&id, |known| known.id).is_ok();
        let mut before = std::mem::take(&mut self.0).into_iter().peekable();
        for noted in noted.iter().filter(|noted| noted.is_wanted() && !is_known(noted.id)) {
            while let Some(lesser) = before.next_if(|(_, other)| other.id < noted.id) {
                self.0.push(lesser);
            }
            self.0.push((view, *noted));
        }
        self.0.extend(before);
    }

    fn ids(&self) -> impl Iterator<Item = ElementId> {
        self.0.iter().map(|(_, noted)| noted.id)
    }

    /// Moves those with these ids, which are in ascending order.
    fn take(&mut self, ids: &[ElementId], into: &mut Vec<(View, Noted)>) {
        for (view, noted) in std::mem::take(&mut self.0) {
            let place = if ids.binary_search(&noted.id).is_ok() { &mut *into } else { &mut self.0 };
            place.push((view, noted));
        }
    }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Fetches what is wanted, at most as much as one exchange may ask for; returns whether the peer serves it. An id that is
    /// being fetched from another peer is asked for only after that.
    pub(super) async fn fetch(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
        wanted: Wanted,
    ) -> Result<bool, PeerFault> {
        let host = &self.node.ports.host;
        let in_flight = Rc::clone(&self.node.state.borrow().in_flight);
        let (mut left, mut asked) = (wanted, Vec::new());
        self.ledger.borrow_mut().watch_arrivals(visit.peer);
        loop {
            let seen = in_flight.changed.count();
            self.leave_held(&mut left);
            let most = MAX_IDS.min(MAX_IDS_AN_EXCHANGE.saturating_sub(asked.len()));
            if left.0.is_empty() || most == 0 {
                self.settle_values(visit, &asked);
                return Ok(true);
            }
            let (fetch, lot) = in_flight.claim(left.ids(), most, host.elapsed_ms());
            if !lot.is_empty() {
                left.take(&lot, &mut asked);
                let is_served = self.fetch_lot(visit, exchange, &lot).await?;
                drop(fetch);
                if !is_served {
                    return Ok(false);
                }
            } else if host.is_aborted() {
                return Err(PeerFault::Aborted);
            } else if host.elapsed_ms() >= visit.until_ms {
                return Err(PeerFault::Timeout { limit_ms: visit.deadline_ms, is_longer: false });
            } else {
                let began_ms = host.elapsed_ms();
                in_flight.changed.wait(seen, host.idle(FETCH_AGAIN_MS)).await;
                visit.spend_ms(host.elapsed_ms().saturating_sub(began_ms));
            }
        }
    }

    /// Removes what is held by now.
    fn leave_held(&self, wanted: &mut Wanted) {
        let holdings = &self.node.state.borrow().holdings;
        wanted.0.retain(|(view, noted)| holdings.own(*view, noted.id).value != noted.theirs);
    }

    /// Fetches one lot and stores the winners; returns whether the peer served it.
    async fn fetch_lot(&self, visit: &Visit<'_>, exchange: &T::Exchange, ids: &[ElementId]) -> Result<bool, PeerFault> {
        let url =
            records_by_ids_url(visit.url.as_str(), self.task_id, &self.node.options.collection, &ids_to_text(ids));
        self.ledger.borrow_mut().note_request(visit.peer);
        let answer = exchange.get(conditional(url, &[], self.allows_private.get())).await?;
        self.note_status(visit, answer.status);
        if !is_served(answer.status)? {
            return Ok(false);
        }
        let (mut payload, mut body) = (Payload::new(self.terms(visit), None), answer.body);
        self.judge_all(visit, &mut payload, Vec::new(), &mut body).await?;
        match payload.outcome() {
            // A route of the task, or something between, answers a page of its own.
            Err(PeerFault::BadBody(..)) if payload.intake().taken() == 0 => Ok(false),
            end => end.map(|()| true),
        }
    }

    /// Settles the values of what came and is settled: it is left out of the next discoveries.
    fn settle_values(&self, visit: &Visit<'_>, asked: &[(View, Noted)]) {
        let state = &mut *self.node.state.borrow_mut();
        let ledger = self.ledger.borrow();
        for (view, noted) in asked {
            let settled = ledger.arrivals(visit.peer).and_then(|arrivals| arrivals.settled(noted.id));
            // Not what was announced and did not come.
            if let Some(settled) = settled.filter(|settled| settled.value(*view) == noted.theirs) {
                state.settled_values.settle(noted.id, settled, &state.holdings);
            }
        }
    }

    /// Whether all that a view noted and asks for is held, or came.
    pub(super) fn has_come(&self, visit: &Visit<'_>, view: View, noted: &[Noted]) -> bool {
        let (state, ledger) = (self.node.state.borrow(), self.ledger.borrow());
        let is_held = |noted: &Noted| state.holdings.own(view, noted.id).value == noted.theirs;
        let came = |noted: &Noted| ledger.arrivals(visit.peer).is_some_and(|arrivals| arrivals.has(noted.id));
        noted.iter().filter(|noted| noted.is_wanted()).all(|noted| is_held(noted) || came(noted))
    }
}
