//! One exchange: ask a peer, read its body, judge and store its records, and only then remember its tag.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::desk::Terms;
use super::notes::Notes;
use super::payload::Payload;
use super::places::Places;
use super::state::Node;
use super::tags::is_plain;
use super::turns::Turns;
use super::visit::{Time, Visit};
use super::writes::Writes;
use crate::error::{PeerFault, StoreFault};
use crate::peers::{Book, PeerUrl};
use crate::ports::{Answer, Exchange, Host, Store, Transport};
use crate::report::{By, ItemOutcome, Ledger, PeerEnd, PeerId, PeerOutcome};
use crate::verify::Record;

/// One round: what all its exchanges share.
pub(super) struct Round<'a, T, S, H> {
    pub(super) node: &'a Node<T, S, H>,
    pub(super) task_id: &'a str,
    pub(super) now_ms: u64,
    pub(super) ledger: RefCell<Ledger>,
    /// Whether a peer's host name may resolve to a private address.
    pub(super) allows_private: Cell<bool>,
    /// Whether the service did not answer, or there is none.
    pub(super) service_is_silent: Cell<bool>,
    /// How many peers are finished, and how many are asked.
    pub(super) finished: Cell<(u64, u64)>,
    /// Counts the bodies that are being read.
    pub(super) open_bodies: OpenBodies,
    /// Held while what has arrived of one body is judged.
    pub(super) judging: Turns,
    /// Held while a long item of one body is made canonical: that takes several times its memory.
    pub(super) rewriting: Turns,
    pub(super) writes: Writes,
    /// Records that the database failed at when written alone: later writes show whether the records are to blame.
    pub(super) suspects: RefCell<Vec<(PeerId, Record, ItemOutcome)>>,
    /// Places for whole bodies of peers that speak symbols.
    pub(super) places: Rc<Places>,
    /// Peers whose sets differ from what is held: one of them is audited.
    pub(super) differing: RefCell<Vec<Differing>>,
}

/// A peer whose set differs from what is held.
#[derive(Debug, Clone)]
pub(super) struct Differing {
    /// Its place in the order of choice.
    pub(super) order: usize,
    pub(super) url: PeerUrl,
    pub(super) peer: PeerId,
    /// With how many cells of view 1 to begin.
    pub(super) count: u32,
    /// How many answers of that view there were already.
    pub(super) answers: u32,
}

/// What was asked for with a request for records: those after a key, and tags that are current.
pub(super) type Asking<'a> = (Option<String>, &'a [String]);

/// How one exchange ended, with what the peer's health depends on.
pub(super) struct Asked {
    pub(super) end: PeerEnd,
    /// Whether any of its records was stored.
    pub(super) stored_any: bool,
    /// Whether the body was cut at a place from which the next round goes on.
    pub(super) goes_on: bool,
    /// How much of the time we took: for judging, storing, and waiting for a turn.
    pub(super) our_ms: u64,
    /// Whether it sent much, and nothing of it could be used.
    pub(super) sent_only_waste: bool,
    /// How long the exchange was allowed to take.
    pub(super) deadline_ms: u64,
    /// The status of its last answer.
    pub(super) status: Option<u16>,
}

impl Asked {
    /// Whether there was no connection, or nothing came over it: that may be due to our own connection as well.
    pub(super) fn is_silent(&self) -> bool {
        self.status.is_none() && matches!(self.end, Err(PeerFault::Unreachable(_) | PeerFault::Timeout { .. }))
    }

    /// Whether we took most of the time, and not for waste: that is made to take long.
    pub(super) fn is_our_delay(&self) -> bool {
        !self.sent_only_waste && self.our_ms.saturating_mul(2) > self.deadline_ms
    }

    /// Notes whether the peer kept to its deadline, which decides on the next one. A timeout is not held against the peer
    /// where the delay is ours, or where the next round goes on with the rest.
    pub(super) fn note_time(&self, url: &PeerUrl, book: &mut Book<Notes>, usual_ms: u64) {
        match &self.end {
            Err(PeerFault::Timeout { .. }) => {
                if !self.goes_on && !self.is_our_delay() {
                    book.timed_out(url, self.deadline_ms, usual_ms);
                }
            }
            Err(PeerFault::Aborted) => {}
            // Even if it could not be reached: a dead host is not worth a longer deadline.
            _ => book.kept_its_time(url),
        }
    }
}

/// Counts the bodies that are being read.
#[derive(Debug, Default)]
pub(super) struct OpenBodies(Rc<()>);

impl OpenBodies {
    /// Counts one more body until the returned value is dropped.
    pub(super) fn begin(&self) -> Rc<()> {
        Rc::clone(&self.0)
    }

    pub(super) fn is_shared(&self) -> bool {
        Rc::strong_count(&self.0) > 2
    }
}

impl<'a, T, S, H> Round<'a, T, S, H> {
    pub(super) fn new(node: &'a Node<T, S, H>, task_id: &'a str, now_ms: u64) -> Self {
        Self {
            node,
            task_id,
            now_ms,
            ledger: RefCell::new(Ledger::new(now_ms)),
            allows_private: Cell::new(false),
            service_is_silent: Cell::new(false),
            finished: Cell::default(),
            open_bodies: OpenBodies::default(),
            judging: Turns::default(),
            rewriting: Turns::default(),
            writes: Writes::of_round(now_ms),
            suspects: RefCell::default(),
            places: Rc::default(),
            differing: RefCell::default(),
        }
    }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Asks one peer for its records, and stores the winners. `order` is its place in the order of choice.
    pub(super) async fn ask(&self, url: &PeerUrl, deadline_ms: u64, order: Option<usize>) -> Asked {
        let host = &self.node.ports.host;
        let began_ms = host.elapsed_ms();
        let peer = self.ledger.borrow_mut().open(url.as_str());
        let visit = self.visit(url, peer, deadline_ms, order);
        let exchange = self.node.ports.transport.exchange(deadline_ms);
        let mut end = self.converse(&visit, exchange).await;
        visit.hold(None);
        if let Err(PeerFault::Timeout { is_longer, .. }) = &mut end {
            *is_longer = deadline_ms > self.node.options.peer_timeout_ms;
        }
        self.ledger.borrow_mut().close(peer, &end, host.elapsed_ms().saturating_sub(began_ms));
        let sent_only_waste = self.ledger.borrow().sent_only_waste(peer);
        let (stored_any, goes_on, our_ms) = (visit.stored_any.get(), visit.goes_on.get(), visit.our_ms.get());
        Asked { end, stored_any, goes_on, our_ms, sent_only_waste, deadline_ms, status: visit.status.get() }
    }

    /// An exchange that begins now.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn visit<'r>(
        &self,
        url: &'r PeerUrl,
        peer: PeerId,
        deadline_ms: u64,
        order: Option<usize>,
    ) -> Visit<'r> {
        let until_ms = self.node.ports.host.elapsed_ms().saturating_add(deadline_ms);
        let epoch = self.node.state.borrow().epoch();
        Visit::new(url, peer, Time { order, deadline_ms, until_ms, epoch }, self.node.options.limits)
    }

    async fn converse(&self, visit: &Visit<'_>, exchange: T::Exchange) -> PeerEnd {
        if self.node.ports.host.is_aborted() {
            return Err(PeerFault::Aborted);
        }
        let after = self.node.state.borrow_mut().book.notes_mut(visit.url).goes_on_after(self.now_ms);
        if after.is_none() {
            return match self.open(visit, &exchange).await? {
                Ok(opening) => self.read_by_symbols(visit, &exchange, opening).await,
                Err(outcome) => Ok(outcome),
            };
        }
        // A tag stands for a whole body, so none is sent with a request for the rest of one.
        match self.get_records(&exchange, visit, (after.as_deref(), &[]), None).await? {
            Some(answer) => self.read_answer(visit, answer, Vec::new(), (after, &[])).await,
            None => Ok(PeerOutcome::Empty),
        }
    }

    /// Reads an answer with records to its end, of which the first bytes were read.
    pub(super) async fn read_answer(
        &self,
        visit: &Visit<'_>,
        answer: Answer<<T::Exchange as Exchange>::Body>,
        first: Vec<u8>,
        (after, tags): Asking<'_>,
    ) -> PeerEnd {
        // 206 is a part of a body, and the answer does not say which.
        if matches!(answer.status, 200..=205 | 207..=299) {
            return self.read(visit, answer, first, after).await;
        }
        self.node.state.borrow_mut().book.notes_mut(visit.url).walk = None;
        match answer.status {
            304 if !tags.is_empty() => {
                self.ledger.borrow_mut().note_by(visit.peer, By::Tag);
                self.note_unaudited(visit, answer.headers.into_iter().next().flatten());
                Ok(PeerOutcome::Unchanged)
            }
            422 => Err(PeerFault::Stopped),
            301..=303 | 307 | 308 => Err(PeerFault::Redirected(answer.headers.into_iter().nth(1).flatten())),
            status => Err(PeerFault::Status(status)),
        }
    }

    async fn read(
        &self,
        visit: &Visit<'_>,
        answer: Answer<<T::Exchange as Exchange>::Body>,
        first: Vec<u8>,
        after: Option<String>,
    ) -> PeerEnd {
        self.ledger.borrow_mut().note_by(visit.peer, By::Body);
        let etag = answer.headers.into_iter().next().flatten().filter(|tag| is_plain(tag));
        let (mut payload, mut body) = (Payload::new(self.terms(visit), after), answer.body);
        self.judge_all(visit, &mut payload, first, &mut body).await?;
        self.note_part(visit, etag, &mut payload)
    }

    /// The terms on which the next body of an exchange is judged.
    #[inline(never)] // for size, as above
    pub(super) fn terms(&self, visit: &Visit<'_>) -> Terms {
        Terms {
            peer: visit.peer,
            url: visit.url.clone(),
            identity: self.node.options.identity,
            now_ms: self.now_ms,
            limits: visit.limits(),
        }
    }

    /// Judges a body to its end, of which the first bytes were read, and stores the winners.
    pub(super) async fn judge_all(
        &self,
        visit: &Visit<'_>,
        payload: &mut Payload,
        first: Vec<u8>,
        body: &mut <T::Exchange as Exchange>::Body,
    ) -> Result<(), StoreFault> {
        let stored = self.judge_and_store(visit, payload, first, body).await;
        self.give_up(visit, payload);
        self.ledger.borrow_mut().note_work(visit.peer, payload.received(), payload.intake().verified());
        visit.spend(payload);
        stored
    }
}
