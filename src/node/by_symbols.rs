//! An exchange with a peer that speaks symbols: what differs is discovered in view 0, and in view 1 where that does not get
//! on; the records are fetched by their ids; and only then the peer's tag is remembered.
//!
//! Where neither view says what differs, the peer's whole body is read, though not often. In each round one peer is audited:
//! view 1 is discovered thoroughly, which believes nothing that view 0 said.

mod audit;
mod discovering;
mod fetching;

use super::exchange::Round;
use super::places::Place;
use super::requests::Opening;
use super::visit::Visit;
use super::walk::Validator;
use crate::error::PeerFault;
use crate::limits::{ASK_AFTER_GATEWAY_MS, ASK_FOR_SYMBOLS_AGAIN_MS, DEFAULT_CELLS, UNAUDITED_ROUNDS};
use crate::ports::{Host, Store, Transport};
use crate::report::{By, PeerEnd, PeerOutcome, ReadAgain};
use crate::symbols::{Body, Discovery, Noted, View, cells_for_estimate, is_of_symbols, second_view_count};
use discovering::{Discovered, End, Found, SymbolsAnswer};
use fetching::Wanted;

/// A view, and its discovery from the beginning.
fn anew(view: View) -> (View, Discovery) {
    (view, Discovery::new(view, false))
}

/// Whether these views are whole, and nothing differs in them.
fn nothing_differs(views: &[&Discovered]) -> bool {
    views.iter().all(|view| view.end == End::Whole && view.noted.is_empty())
}

/// What an exchange goes on with.
enum Course {
    /// It has ended so.
    End(PeerOutcome),
    /// The peer's whole body is read, because it does not serve what symbols need.
    WholeBody,
    /// The same, because its symbols do not say what differs.
    Fallback,
    /// The same while this node holds nothing: then few such bodies are read at one time.
    FirstBody,
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Reads a peer that has answered with symbols.
    pub(super) async fn read_by_symbols(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
        mut opening: Opening<T::Exchange>,
    ) -> PeerEnd {
        if let Some(identity) = opening.identity.filter(|identity| *identity != self.node.options.identity) {
            let fault = PeerFault::Differs { theirs: identity, ours: self.node.options.identity };
            self.ledger.borrow_mut().note_differing(visit.peer, &fault);
            return self.read_whole(visit, exchange, None).await;
        }
        loop {
            let bytes = self.read_symbols_body(visit, opening.first, &mut opening.body).await?;
            match self.exchange_symbols(visit, exchange, SymbolsAnswer { etag: opening.etag, bytes }).await? {
                Course::End(outcome) => return Ok(outcome),
                Course::WholeBody => return self.read_whole(visit, exchange, None).await,
                Course::Fallback => return self.read_instead(visit, exchange).await,
                Course::FirstBody => {}
            }
            let holds_nothing = || self.node.state.borrow().holdings.is_empty();
            let (host, began_ms) = (&self.node.ports.host, self.node.ports.host.elapsed_ms());
            let place = self.places.take(host, holds_nothing).await;
            visit.spend_ms(host.elapsed_ms().saturating_sub(began_ms));
            if let Some(place) = place {
                return self.read_whole(visit, exchange, Some(place)).await;
            }
            // Others' records have arrived meanwhile.
            opening = match self.open(visit, exchange).await? {
                Ok(opening) => opening,
                Err(outcome) => return Ok(outcome),
            };
        }
    }

    /// The peer's whole body as JSON.
    async fn read_whole(&self, visit: &Visit<'_>, exchange: &T::Exchange, place: Option<Place>) -> PeerEnd {
        let Some(mut answer) = self.get_records(exchange, visit, (None, &[]), None).await? else {
            return Ok(PeerOutcome::Empty);
        };
        visit.hold(place);
        let mut first = self.first_bytes(&mut answer).await?;
        if first.first_chunk().copied().is_some_and(is_of_symbols) {
            // A cache that ignores `vary` gives what it kept of another request. Of the other path it has no symbols.
            let on_list = self.get_on(exchange, visit, true, (None, &[]), None).await?;
            if on_list.status == 200 {
                (answer, first) = (on_list, Vec::new());
            } else {
                self.ask_without_symbols(visit);
            }
        }
        self.read_answer(visit, answer, first, (None, &[])).await
    }

    /// From an answer with symbols to the end, or to what the exchange goes on with.
    async fn exchange_symbols(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
        answer: SymbolsAnswer,
    ) -> Result<Course, PeerFault> {
        self.ledger.borrow_mut().note_by(visit.peer, By::Symbols);
        let opening = Body::parse(&answer.bytes, View::ByTime, 0).map_err(PeerFault::BadSymbols)?;
        if opening.records == 0 {
            self.remember(visit, answer.etag, ReadAgain::Never, true);
            return Ok(Course::End(PeerOutcome::Empty));
        }
        let first = match self.discover(visit, exchange, anew(View::ByTime), Ok(answer)).await? {
            Found::Same(etag) => return Ok(self.end_same(visit, etag)),
            Found::NotServed => return Ok(self.not_served(visit)),
            Found::View(first) => first,
        };
        let holds_nothing = self.node.state.borrow().holdings.is_empty();
        if first.end == End::TooMuch && holds_nothing {
            return Ok(Course::FirstBody);
        }
        if first.end == End::Whole {
            self.note_differences(visit, &first);
        }
        if first.end == End::Whole && !first.noted.is_empty() {
            return self.fetch_noted(visit, exchange, (first, None)).await;
        }
        if first.is_hopeless {
            return Ok(self.fall_back(visit));
        }
        let count = second_view_count(u32::try_from(first.noted.len()).unwrap_or(u32::MAX));
        match self.discover(visit, exchange, anew(View::ByContent), Err(count)).await? {
            Found::Same(etag) => Ok(self.end_same(visit, etag)),
            Found::NotServed => Ok(self.not_served(visit)),
            Found::View(second) if nothing_differs(&[&first, &second]) && second.read_again != ReadAgain::Never => {
                // All that differs is settled.
                self.remember(visit, second.etag, second.read_again.or(first.read_again), true);
                Ok(Course::End(PeerOutcome::Synced))
            }
            Found::View(second)
                if first.noted.is_empty() && second.noted.is_empty()
                    || first.end == End::TooMuch && second.end == End::TooMuch =>
            {
                Ok(self.fall_back(visit))
            }
            Found::View(second) => self.fetch_noted(visit, exchange, (first, Some(second))).await,
        }
    }

    /// Fetches what the views noted, and remembers the tag of one that was whole.
    async fn fetch_noted(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
        (first, second): (Discovered, Option<Discovered>),
    ) -> Result<Course, PeerFault> {
        let mut wanted = Wanted::default();
        wanted.add(View::ByTime, &first.noted, &[]);
        if let Some(second) = &second {
            wanted.add(View::ByContent, &second.noted, &first.noted);
        }
        if !self.fetch(visit, exchange, wanted).await? {
            return Ok(self.not_served(visit));
        }
        let audit = match &second {
            // It goes on from there, with many more cells.
            Some(second) => (second.cells.saturating_mul(4), second.answers),
            None => (self.cells_for_what_is_left(&first), 0),
        };
        let views = [second.map(|second| (View::ByContent, second)), Some((View::ByTime, first))];
        let whole = views.into_iter().flatten().find(|(_, discovered)| discovered.end == End::Whole);
        let is_same = whole.as_ref().is_some_and(|(_, whole)| self.is_own(whole.etag.as_deref()));
        let is_audited = is_same || whole.as_ref().is_some_and(|(view, _)| *view == View::ByContent);
        if !is_audited {
            self.note_for_audit(visit, audit);
        }
        if let Some((view, whole)) = whole
            && (is_same || self.has_come(visit, view, &whole.noted))
        {
            self.remember(visit, whole.etag, whole.read_again, is_audited);
        }
        Ok(Course::End(PeerOutcome::Synced))
    }

    /// How many cells of view 1 tell what differs now, as far as view 0 is right: mostly what it noted has come.
    fn cells_for_what_is_left(&self, first: &Discovered) -> u32 {
        let state = self.node.state.borrow();
        let differs = |noted: &&Noted| state.holdings.own(View::ByTime, noted.id).value != noted.theirs;
        let left = first.noted.iter().filter(differs).count();
        cells_for_estimate(u32::try_from(left).unwrap_or(u32::MAX)).max(DEFAULT_CELLS)
    }

    fn note_differences(&self, visit: &Visit<'_>, first: &Discovered) {
        self.ledger.borrow_mut().note_differences(visit.peer, first.noted.len() as u64);
        self.node.state.borrow_mut().last_noted.note(first.noted.len());
    }

    /// Ends an exchange with a peer that has the same records as this node by now.
    fn end_same(&self, visit: &Visit<'_>, etag: Option<String>) -> Course {
        self.remember(visit, etag, ReadAgain::Never, true);
        Course::End(PeerOutcome::Synced)
    }

    /// The whole body instead, where symbols do not say what differs; not if such bodies were read lately.
    fn fall_back(&self, visit: &Visit<'_>) -> Course {
        let may_read = self.node.state.borrow_mut().fallbacks.may_read(visit.url, self.now_ms);
        if may_read { Course::Fallback } else { Course::End(PeerOutcome::Synced) }
    }

    /// Reads the whole body of a peer whose symbols do not say what differs.
    async fn read_instead(&self, visit: &Visit<'_>, exchange: &T::Exchange) -> PeerEnd {
        let before = visit.limits();
        let end = self.read_whole(visit, exchange, None).await;
        if !visit.stored_any.get() {
            let fallbacks = &mut self.node.state.borrow_mut().fallbacks;
            fallbacks.note_useless(visit.url, visit.bytes_of(before), self.now_ms);
        }
        end
    }

    /// The whole body of a peer that does not answer where it should. It is not asked for symbols for a while.
    fn not_served(&self, visit: &Visit<'_>) -> Course {
        self.ask_without_symbols(visit);
        Course::WholeBody
    }

    /// From now on this peer is not asked for symbols for a while; only a short one if a gateway did not get through to it.
    fn ask_without_symbols(&self, visit: &Visit<'_>) {
        let wait_ms = match visit.status.get() {
            Some(502 | 504) => ASK_AFTER_GATEWAY_MS,
            _ => ASK_FOR_SYMBOLS_AGAIN_MS,
        };
        let until_ms = self.now_ms.saturating_add(wait_ms);
        self.node.state.borrow_mut().book.notes_mut(visit.url).without_symbols_until_ms = until_ms;
    }

    /// Remembers the tag of a peer of which all is held or settled, if that is durable. Where only view 0 says so, the peer is
    /// audited before long, though it does not change.
    fn remember(&self, visit: &Visit<'_>, etag: Option<String>, read_again: ReadAgain, is_audited: bool) {
        let noted = match visit.has_suspects.get() {
            true => ReadAgain::AtOnce,
            false => self.ledger.borrow().read_again(visit.peer),
        };
        let read_again_at_ms = match read_again.or(noted) {
            ReadAgain::Never => None,
            ReadAgain::From(at_ms) => Some(at_ms),
            ReadAgain::AtOnce => return,
        };
        let notes = &mut *self.node.state.borrow_mut();
        let until_audit = if is_audited { None } else { Some(UNAUDITED_ROUNDS) };
        let validator = etag.map(|etag| Validator { etag, read_again_at_ms, epoch: visit.epoch, until_audit });
        notes.book.notes_mut(visit.url).validator = validator;
    }
}
