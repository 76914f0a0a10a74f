//! A discovery over HTTP: asks a peer for cells of one view until it is known what differs.

use std::ops::Range;

use crate::error::PeerFault;
use crate::limits::MAX_CELLS_A_BODY;
use crate::node::State;
use crate::node::exchange::Round;
use crate::node::routes::symbols_url;
use crate::node::tags::{conditional, digest_in, is_plain};
use crate::node::visit::Visit;
use crate::ports::{Body as _, Exchange, Host, Store, Transport};
use crate::report::ReadAgain;
use crate::symbols::{
    Answered, Body, BodyFault, Decoded, Decoding, Discovery, ElementId, IdMap, Next, Noted, Outline, Own, Residue,
    Symbols, View, estimate, is_hopeless, is_of_symbols, is_untellable,
};

/// How much of a decoding is done at once: about 2 ms of work.
const STEP: usize = 8_000;
/// The longest body of symbols that is read.
const MAX_BODY_BYTES: usize = 80 + 12 * MAX_CELLS_A_BODY as usize;

/// An answer with symbols.
#[derive(Debug)]
pub(super) struct SymbolsAnswer {
    pub etag: Option<String>,
    pub bytes: Vec<u8>,
}

/// How a discovery ended.
#[derive(Debug)]
pub(super) enum Found {
    /// By now this node holds what the peer with this tag has.
    Same(Option<String>),
    /// The peer does not answer where it should: it is to be read without symbols.
    NotServed,
    /// With what one view says.
    View(Discovered),
}

/// What one view says about a peer's set.
#[derive(Debug)]
pub(super) struct Discovered {
    pub end: End,
    /// What differs. If the end is not [`End::Whole`], some of it may be wrong.
    pub noted: Vec<Noted>,
    /// The tag of the set.
    pub etag: Option<String>,
    /// When what was left out of it as settled has to be looked at again.
    pub read_again: ReadAgain,
    /// How many answers there were, and how many cells they had at the end.
    pub answers: u32,
    pub cells: u32,
    /// Whether by the numbers of records alone no view could tell what differs.
    pub is_hopeless: bool,
}

/// How a discovery of one view ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    Stuck,
    TooMuch,
}

/// The sums of a peer, as far as they have arrived.
struct Theirs {
    symbols: Symbols,
    etag: Option<String>,
    records: u32,
}

/// What was found of the difference between the peer's sums and our own.
struct Difference {
    decoded: Decoded,
    estimate: u32,
    own_records: u32,
    read_again: ReadAgain,
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Finds out what differs in one view, beginning with an answer, or by asking for this number of cells.
    pub(super) async fn discover(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
        (view, mut discovery): (View, Discovery),
        first: Result<SymbolsAnswer, u32>,
    ) -> Result<Found, PeerFault> {
        let (mut theirs, mut from) = (None, 0);
        let mut answer = match first {
            Ok(answer) => Some(answer),
            Err(count) => self.ask_symbols(visit, exchange, view, 0..count.min(MAX_CELLS_A_BODY)).await?,
        };
        loop {
            let Some(SymbolsAnswer { etag, bytes }) = answer else { return Ok(Found::NotServed) };
            let body = Body::parse(&bytes, view, from).map_err(PeerFault::BadSymbols)?;
            if self.is_own(etag.as_deref()) {
                return Ok(Found::Same(etag));
            }
            let records = body.records;
            theirs = joined(theirs, body, etag);
            let (next, difference) = match &theirs {
                Some(theirs) => {
                    let difference = self.difference(visit, theirs).await?;
                    let Difference { decoded, estimate, own_records, .. } = &difference;
                    let answered = Answered { records, own_records: *own_records, estimate: *estimate, decoded };
                    (discovery.judge(answered), Some(difference))
                }
                None => (discovery.begin_anew(records), None),
            };
            let end = match next {
                Next::Ask(range) => {
                    from = range.start;
                    answer = self.ask_symbols(visit, exchange, view, range).await?;
                    continue;
                }
                Next::Whole => End::Whole,
                Next::Stuck => End::Stuck,
                Next::TooMuch => End::TooMuch,
            };
            let (mut noted, read_again) =
                difference.map(|difference| (difference.decoded.noted, difference.read_again)).unwrap_or_default();
            self.node.state.borrow().holdings.outgrown.mark_older(view, &mut noted);
            let cells = theirs.as_ref().map_or(0, |theirs| theirs.symbols.cells().range().end);
            let (etag, answers) = (theirs.and_then(|theirs| theirs.etag), discovery.answers());
            let own_records = u32::try_from(self.node.state.borrow().holdings.len()).unwrap_or(u32::MAX);
            let is_hopeless = is_hopeless(records, own_records) || is_untellable(records, own_records);
            return Ok(Found::View(Discovered { end, noted, etag, read_again, answers, cells, is_hopeless }));
        }
    }

    /// Whether this is the tag of what this node holds now.
    pub(super) fn is_own(&self, etag: Option<&str>) -> bool {
        let digest = etag.and_then(digest_in);
        digest.is_some_and(|digest| digest == self.node.state.borrow_mut().holdings.digest().to_string())
    }

    /// Asks for cells; `None` if the peer answers something else.
    async fn ask_symbols(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
        view: View,
        range: Range<u32>,
    ) -> Result<Option<SymbolsAnswer>, PeerFault> {
        let url = symbols_url(visit.url.as_str(), self.task_id, &self.node.options.collection, view, range);
        self.ledger.borrow_mut().note_request(visit.peer);
        let answer = exchange.get(conditional(url, &[], self.allows_private.get())).await?;
        self.note_status(visit, answer.status);
        if !is_served(answer.status)? {
            return Ok(None);
        }
        let etag = answer.headers.into_iter().next().flatten().filter(|tag| is_plain(tag));
        let mut body = answer.body;
        let bytes = self.read_symbols_body(visit, Vec::new(), &mut body).await?;
        Ok(bytes.first_chunk().copied().is_some_and(is_of_symbols).then_some(SymbolsAnswer { etag, bytes }))
    }

    /// The bytes of a body of symbols, of which the first were read; no more than the longest one has, and one.
    pub(super) async fn read_symbols_body(
        &self,
        visit: &Visit<'_>,
        mut bytes: Vec<u8>,
        body: &mut <T::Exchange as Exchange>::Body,
    ) -> Result<Vec<u8>, PeerFault> {
        while bytes.len() <= MAX_BODY_BYTES {
            match body.next().await {
                Ok(Some(chunk)) => bytes.extend(chunk),
                Ok(None) => break,
                Err(fault) => {
                    self.note_bytes(visit, bytes.len());
                    return Err(fault);
                }
            }
        }
        self.note_bytes(visit, bytes.len());
        bytes.truncate(MAX_BODY_BYTES.saturating_add(1));
        Ok(bytes)
    }

    #[inline(never)] // for size: each of its callers would have a copy
    fn note_bytes(&self, visit: &Visit<'_>, bytes: usize) {
        self.ledger.borrow_mut().note_work(visit.peer, bytes as u64, 0);
        visit.spend_bytes(bytes as u64);
    }

    /// Decodes the difference between a peer's sums and those of what is held now. What is settled is left out where that
    /// leaves less.
    async fn difference(&self, visit: &Visit<'_>, theirs: &Theirs) -> Result<Difference, PeerFault> {
        let (node, view) = (self.node, theirs.symbols.view());
        let began_ms = node.ports.host.elapsed_ms();
        let cells = theirs.symbols.cells().range().end;
        while !node.state.borrow_mut().holdings.symbols_further(view, cells) {
            node.let_others_run().await;
        }
        let (journal, begun) = {
            let state = &mut *node.state.borrow_mut();
            (state.holdings.journal(view), self.begin(state, theirs))
        };
        let begun = begun.ok_or(PeerFault::BadSymbols(BodyFault::OtherView { view, wanted: view }))?;
        let Begun { mut decoding, settled, estimate, own_records, read_again } = begun;
        let own = |id: ElementId| {
            let held = journal.borrow().before(id).unwrap_or_else(|| node.state.borrow().holdings.own(view, id));
            // With what is settled it cannot be told which is newer.
            settled.get(id).map_or(held, |value| Own { value: *value, records: usize::MAX })
        };
        while decoding.step(STEP, own) {
            node.let_others_run().await;
        }
        visit.spend_ms(node.ports.host.elapsed_ms().saturating_sub(began_ms));
        Ok(Difference { decoded: decoding.into_decoded(), estimate, own_records, read_again })
    }

    /// Begins to decode; `None` if the two are of different views.
    fn begin(&self, state: &State, theirs: &Theirs) -> Option<Begun> {
        let (view, holdings) = (theirs.symbols.view(), &state.holdings);
        let empty = Symbols::new(view, 0);
        let ours = holdings.symbols(view).unwrap_or(&empty);
        let own_records = u32::try_from(holdings.len()).unwrap_or(u32::MAX);
        let estimate_from = |ours: &Symbols, own_records: u32| {
            let [theirs, ours] = [(theirs.records, &theirs.symbols), (own_records, ours)]
                .map(|(records, symbols)| Outline { records, counters: symbols.counters() });
            estimate(theirs, ours)
        };
        let begun = |ours: &Symbols, own_records, settled, read_again| {
            let decoding = Decoding::new(&theirs.symbols, ours)?;
            Some(Begun { decoding, settled, estimate: estimate_from(ours, own_records), own_records, read_again })
        };
        if state.settled_values.is_empty() {
            return begun(ours, own_records, IdMap::default(), ReadAgain::Never);
        }
        // A copy with no more cells than theirs.
        let mut with_settled = ours.minus(&Symbols::new(view, theirs.symbols.cells().range().end))?;
        let (mut settled, mut read_again, mut records) = (IdMap::default(), ReadAgain::Never, own_records);
        for (id, value, until_ms) in state.settled_values.at(view, holdings, self.now_ms) {
            let own = holdings.own(view, id);
            with_settled.apply(id, own.value, value);
            records = records.saturating_add(u32::from(own.records == 0));
            settled.get_or_insert(id, value);
            read_again = read_again.or(ReadAgain::From(until_ms));
        }
        if estimate_from(&with_settled, records) <= estimate_from(ours, own_records) {
            begun(&with_settled, records, settled, read_again)
        } else {
            begun(ours, own_records, IdMap::default(), ReadAgain::Never)
        }
    }
}

/// Whether a peer answers with what was asked for; if not, it does not know these requests.
///
/// # Errors
///
/// That it has too much to do now (429, 503): it is asked again in the next round.
pub(super) fn is_served(status: u16) -> Result<bool, PeerFault> {
    match status {
        429 | 503 => Err(PeerFault::Status(status)),
        status => Ok(status == 200),
    }
}

/// A decoding that has begun.
struct Begun {
    decoding: Decoding,
    /// What counts as held under some ids.
    settled: IdMap<Residue>,
    estimate: u32,
    own_records: u32,
    read_again: ReadAgain,
}

/// The sums so far and what arrived next; `None` if that is not of the same set, so that none of them is of use.
fn joined(theirs: Option<Theirs>, body: Body, etag: Option<String>) -> Option<Theirs> {
    let records = body.records;
    if body.opening.is_some() {
        return body.into_symbols().map(|symbols| Theirs { symbols, etag, records });
    }
    let mut theirs = theirs.filter(|theirs| theirs.etag == etag)?;
    theirs.symbols.append(&body.cells).then_some(theirs)
}
