//! One exchange: ask a peer, read its body, judge and store its records, and only then remember its tag.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::desk::Terms;
use super::notes::Notes;
use super::payload::Payload;
use super::routes::records_url;
use super::state::Node;
use super::tags::{conditional, entity_tag, is_plain};
use super::turns::Turns;
use super::write::Outcomes;
use super::writes::Writes;
use crate::error::PeerFault;
use crate::peers::{Book, PeerUrl};
use crate::ports::{Answer, Exchange, Host, Store, Transport};
use crate::record::percent_encode;
use crate::report::{ItemOutcome, Ledger, PeerEnd, PeerId, PeerOutcome};
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
}

/// How one exchange ended, with what the peer's health depends on.
pub(super) struct Asked {
    pub(super) end: PeerEnd,
    /// Whether any of its records was stored.
    pub(super) stored_any: bool,
    /// Whether the body was cut at a place from which the next round goes on.
    pub(super) goes_on: bool,
    /// How much of the time we took: for judging, storing, and waiting for a turn.
    pub(super) our_ms: u64,
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

    /// Whether we took most of the time.
    pub(super) fn took_most_of_the_time(&self) -> bool {
        self.our_ms.saturating_mul(2) > self.deadline_ms
    }

    /// Notes whether the peer kept to its deadline, which decides on the next one. A timeout is not held against the peer
    /// where we took most of the time, or where the next round goes on with the rest.
    pub(super) fn note_time(&self, url: &PeerUrl, book: &mut Book<Notes>, usual_ms: u64) {
        match &self.end {
            Err(PeerFault::Timeout { .. }) => {
                if !self.goes_on && !self.took_most_of_the_time() {
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

/// One exchange under way.
pub(super) struct Visit<'r> {
    pub(super) url: &'r PeerUrl,
    pub(super) peer: PeerId,
    /// Its deadline, by the host's clock.
    pub(super) until_ms: u64,
    /// The epoch in which it began.
    pub(super) epoch: u64,
    /// Whether any of its records was stored.
    pub(super) stored_any: Cell<bool>,
    /// Winners that were not written, while it was in doubt whether the database accepts any write.
    pub(super) left: RefCell<Outcomes>,
    /// Whether the database failed at some of its records, for a reason that is not clear yet.
    pub(super) has_suspects: Cell<bool>,
    /// Whether the body was cut at a place from which the next round goes on.
    pub(super) goes_on: Cell<bool>,
    /// How much of the time we took so far.
    pub(super) our_ms: Cell<u64>,
    /// How much of that was spent on judging its body.
    pub(super) used_ms: Cell<u64>,
    /// The status of its last answer.
    status: Cell<Option<u16>>,
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
        }
    }
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Asks one peer for its records, and stores the winners.
    pub(super) async fn ask(&self, url: &PeerUrl, deadline_ms: u64) -> Asked {
        let host = &self.node.ports.host;
        let began_ms = host.elapsed_ms();
        let peer = self.ledger.borrow_mut().open(url.as_str());
        let until_ms = began_ms.saturating_add(deadline_ms);
        let epoch = self.node.state.borrow().epoch();
        let (stored_any, left, has_suspects, goes_on, our_ms, used_ms, status) = Default::default();
        let visit =
            Visit { url, peer, until_ms, epoch, stored_any, left, has_suspects, goes_on, our_ms, used_ms, status };
        let exchange = self.node.ports.transport.exchange(deadline_ms);
        let mut end = self.converse(&visit, exchange).await;
        if let Err(PeerFault::Timeout { is_longer, .. }) = &mut end {
            *is_longer = deadline_ms > self.node.options.peer_timeout_ms;
        }
        self.ledger.borrow_mut().close(peer, &end, host.elapsed_ms().saturating_sub(began_ms));
        let (stored_any, goes_on, our_ms) = (visit.stored_any.get(), visit.goes_on.get(), visit.our_ms.get());
        Asked { end, stored_any, goes_on, our_ms, deadline_ms, status: visit.status.get() }
    }

    async fn converse(&self, visit: &Visit<'_>, exchange: T::Exchange) -> PeerEnd {
        if self.node.ports.host.is_aborted() {
            return Err(PeerFault::Aborted);
        }
        let after = self.node.state.borrow_mut().book.notes_mut(visit.url).goes_on_after(self.now_ms);
        // A tag stands for a whole body, so none is sent with a request for the rest of one.
        let tags = if after.is_none() { self.tags(visit.url) } else { Vec::new() };
        let Some(answer) = self.get_records(&exchange, visit, &tags, after.as_deref()).await? else {
            return Ok(PeerOutcome::Empty);
        };
        // 206 is a part of a body, and the answer does not say which.
        if matches!(answer.status, 200..=205 | 207..=299) {
            return self.read(visit, answer, after).await;
        }
        self.node.state.borrow_mut().book.notes_mut(visit.url).walk = None;
        match answer.status {
            304 if !tags.is_empty() => Ok(PeerOutcome::Unchanged),
            422 => Err(PeerFault::Stopped),
            301..=303 | 307 | 308 => Err(PeerFault::Redirected(answer.headers.into_iter().nth(1).flatten())),
            status => Err(PeerFault::Status(status)),
        }
    }

    /// Asks on the path that worked before, and after a 404 on the other; during a walk for the records after its key.
    /// Returns `None` after 404 on both.
    async fn get_records(
        &self,
        exchange: &T::Exchange,
        visit: &Visit<'_>,
        tags: &[String],
        after: Option<&str>,
    ) -> Result<Option<Answer<<T::Exchange as Exchange>::Body>>, PeerFault> {
        let first = self.node.state.borrow().book.notes(visit.url).is_some_and(|notes| notes.answers_on_list);
        for on_list in [first, !first] {
            self.ledger.borrow_mut().note_request(visit.peer);
            let mut url = records_url(visit.url.as_str(), self.task_id, &self.node.options.collection, on_list);
            if let Some(after) = after {
                url.push_str("?after=");
                percent_encode(after, &mut url);
            }
            let answer = exchange.get(conditional(url, tags, self.allows_private.get())).await?;
            self.ledger.borrow_mut().note_status(visit.peer, answer.status);
            visit.status.set(Some(answer.status));
            if answer.status != 404 || after.is_some() {
                self.node.state.borrow_mut().book.notes_mut(visit.url).answers_on_list = on_list;
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The tags to send: the peer's validator, and the tag of the set that we hold now. A peer that holds the same set
    /// answers 304 to the latter even if its tag has changed since.
    fn tags(&self, url: &PeerUrl) -> Vec<String> {
        let state = &mut *self.node.state.borrow_mut();
        let epoch = state.epoch();
        let validator = state.book.notes(url).and_then(|notes| notes.validator.as_ref());
        let mut tags = Vec::new();
        if let Some(validator) = validator.filter(|validator| validator.epoch == epoch) {
            if validator.read_again_at_ms.is_some_and(|at_ms| at_ms <= self.now_ms) {
                return tags;
            }
            tags.push(validator.etag.clone());
        }
        if !state.holdings.is_empty() {
            let ours = entity_tag(&state.holdings.digest());
            if !tags.contains(&ours) {
                tags.push(ours);
            }
        }
        tags
    }

    async fn read(
        &self,
        visit: &Visit<'_>,
        answer: Answer<<T::Exchange as Exchange>::Body>,
        after: Option<String>,
    ) -> PeerEnd {
        let etag = answer.headers.into_iter().next().flatten().filter(|tag| is_plain(tag));
        let mut body = answer.body;
        let terms = Terms {
            peer: visit.peer,
            url: visit.url.clone(),
            identity: self.node.options.identity,
            now_ms: self.now_ms,
            limits: self.node.options.limits,
        };
        let mut payload = Payload::new(terms, after);
        let stored = self.judge_and_store(visit, &mut payload, &mut body).await;
        self.give_up(visit, &mut payload);
        self.ledger.borrow_mut().note_work(visit.peer, payload.received(), payload.intake().verified());
        stored?;
        self.note_part(visit, etag, &mut payload)
    }
}
