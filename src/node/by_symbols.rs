//! An exchange with a peer that speaks symbols: what differs is discovered in view 0, and in view 1 where that does not get
//! on; the records are fetched by their ids; and only then the peer's tag is remembered.
//!
//! Where neither view says what differs, the peer's whole body is read, though not often. In each round one peer is audited:
//! view 1 is discovered thoroughly, which believes nothing that view 0 said.

mod audit;
mod discovering;
mod fetching;
mod in_flight;
mod places;
mod settled_values;

use std::collections::VecDeque;

pub use in_flight::InFlight;
pub(super) use places::{Place, Places};
pub use settled_values::SettledValues;

use super::exchange::{Opening, Round};
use super::visit::Visit;
use super::walk::Validator;
use crate::error::PeerFault;
use crate::limits::{ASK_FOR_SYMBOLS_AGAIN_MS, MAX_FALLBACKS, SETTLED_MS};
use crate::peers::PeerUrl;
use crate::ports::{Host, Store, Transport};
use crate::report::{By, PeerEnd, PeerOutcome, ReadAgain};
use crate::symbols::{Body, View, is_of_symbols, opening_count, second_view_count};
pub(super) use audit::Differing;
use discovering::{Discovered, End, Found, SymbolsAnswer};
use fetching::Wanted;

/// Peers whose whole bodies were read although they speak symbols, because these did not say what differs.
#[derive(Debug, Default)]
pub struct Fallbacks(VecDeque<(PeerUrl, u64)>);

impl Fallbacks {
    /// Whether this peer's whole body may be read at this time of the node's clock; if so, that is noted. It may once in
    /// [`SETTLED_MS`], and no more than [`MAX_FALLBACKS`] bodies may in all.
    pub(super) fn take(&mut self, url: &PeerUrl, now_ms: u64) -> bool {
        self.0.retain(|(_, at_ms)| now_ms.checked_sub(*at_ms).is_some_and(|age_ms| age_ms < SETTLED_MS));
        let is_free = self.0.len() < MAX_FALLBACKS && !self.0.iter().any(|(other, _)| other == url);
        if is_free {
            self.0.push_back((url.clone(), now_ms));
        }
        is_free
    }
}

/// From this many elements on, an opening request asks for more cells than by default: below it, the default suffices mostly.
const MANY_NOTED: u32 = 8;

/// How many elements the last two discoveries noted.
#[derive(Debug, Clone, Copy, Default)]
pub struct LastNoted([u32; 2]);

impl LastNoted {
    fn note(&mut self, noted: usize) {
        let Self([last, _]) = *self;
        *self = Self([u32::try_from(noted).unwrap_or(u32::MAX), last]);
    }

    /// How many cells an opening request asks for: more than by default where discoveries have noted more for a while.
    pub(super) fn opening_count(self) -> u32 {
        let Self([last, before]) = self;
        let steady = last.min(before);
        opening_count(if steady < MANY_NOTED { 0 } else { steady })
    }
}

/// What an exchange goes on with.
enum Course {
    /// It has ended so.
    End(PeerOutcome),
    /// The peer's whole body is read.
    WholeBody,
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
                Course::FirstBody => {}
            }
            let holds_nothing = || self.node.state.borrow().holdings.is_empty();
            if let Some(place) = self.places.take(&self.node.ports.host, holds_nothing).await {
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
            self.remember(visit, answer.etag, ReadAgain::Never);
            return Ok(Course::End(PeerOutcome::Empty));
        }
        let first = match self.discover(visit, exchange, (View::ByTime, false), Ok(answer)).await? {
            Found::Same(etag) => return Ok(self.end_same(visit, etag)),
            Found::NotServed => return Ok(self.not_served(visit)),
            Found::View(first) => first,
        };
        let holds_nothing = self.node.state.borrow().holdings.is_empty();
        if first.end == End::TooMuch && holds_nothing {
            return Ok(Course::FirstBody);
        }
        self.note_differences(visit, &first);
        if first.end == End::Whole && !first.noted.is_empty() {
            return self.fetch_noted(visit, exchange, (first, None)).await;
        }
        let count = second_view_count(u32::try_from(first.noted.len()).unwrap_or(u32::MAX));
        match self.discover(visit, exchange, (View::ByContent, false), Err(count)).await? {
            Found::Same(etag) => Ok(self.end_same(visit, etag)),
            Found::NotServed => Ok(self.not_served(visit)),
            Found::View(second) if first.noted.is_empty() && second.noted.is_empty() => Ok(self.fall_back(visit)),
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
        let noted = first.noted.len();
        let views = [second.map(|second| (View::ByContent, second)), Some((View::ByTime, first))];
        let whole = views.into_iter().flatten().find(|(_, discovered)| discovered.end == End::Whole);
        let is_same = whole.as_ref().is_some_and(|(_, whole)| self.is_own(whole.etag.as_deref()));
        let is_audited = is_same || whole.as_ref().is_some_and(|(view, _)| *view == View::ByContent);
        if !is_audited {
            self.note_for_audit(visit, noted);
        }
        if let Some((view, whole)) = whole
            && (is_same || self.has_come(visit, view, &whole.noted))
        {
            self.remember(visit, whole.etag, whole.read_again);
        }
        Ok(Course::End(PeerOutcome::Synced))
    }

    fn note_differences(&self, visit: &Visit<'_>, first: &Discovered) {
        self.ledger.borrow_mut().note_differences(visit.peer, first.noted.len() as u64);
        self.node.state.borrow_mut().last_noted.note(first.noted.len());
    }

    /// Ends an exchange with a peer that has the same records as this node by now.
    fn end_same(&self, visit: &Visit<'_>, etag: Option<String>) -> Course {
        self.remember(visit, etag, ReadAgain::Never);
        Course::End(PeerOutcome::Synced)
    }

    /// The whole body instead, where symbols do not say what differs; not if such bodies were read lately.
    fn fall_back(&self, visit: &Visit<'_>) -> Course {
        let is_free = self.node.state.borrow_mut().fallbacks.take(visit.url, self.now_ms);
        if is_free { Course::WholeBody } else { Course::End(PeerOutcome::Synced) }
    }

    /// The whole body of a peer that does not answer where it should. It is not asked for symbols for a while.
    fn not_served(&self, visit: &Visit<'_>) -> Course {
        self.ask_without_symbols(visit);
        Course::WholeBody
    }

    /// From now on this peer is not asked for symbols for a while.
    fn ask_without_symbols(&self, visit: &Visit<'_>) {
        let until_ms = self.now_ms.saturating_add(ASK_FOR_SYMBOLS_AGAIN_MS);
        self.node.state.borrow_mut().book.notes_mut(visit.url).without_symbols_until_ms = until_ms;
    }

    /// Remembers the tag of a peer of which all is held or settled, if that is durable.
    fn remember(&self, visit: &Visit<'_>, etag: Option<String>, read_again: ReadAgain) {
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
        let validator = etag.map(|etag| Validator { etag, read_again_at_ms, epoch: visit.epoch });
        notes.book.notes_mut(visit.url).validator = validator;
    }
}
