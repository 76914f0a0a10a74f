//! Asking a peer for what it has: the tags that are sent, the two paths, and symbols where the peer knows them.

use super::exchange::Round;
use super::routes::records_url;
use super::tags::{conditional, entity_tag, is_plain};
use super::visit::Visit;
use crate::error::PeerFault;
use crate::peers::PeerUrl;
use crate::ports::{Answer, Body as _, Exchange, Host, Store, Transport};
use crate::record::{Identity, percent_encode};
use crate::report::PeerOutcome;
use crate::symbols::{MEDIA_TYPE, identity_in, is_of_symbols};

/// How many bytes tell whether a body is one of symbols.
const MARK_BYTES: usize = 4;

/// An answer with symbols, of which the first bytes were read.
pub(super) struct Opening<E: Exchange> {
    pub(super) etag: Option<String>,
    /// How the peer's slots are named, if it says so.
    pub(super) identity: Option<Identity>,
    pub(super) first: Vec<u8>,
    pub(super) body: E::Body,
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// Asks for what a peer has, as symbols if it knows them. Any other answer is read to its end: then the outcome is known.
    pub(super) async fn open(
        &self,
        visit: &Visit<'_>,
        exchange: &T::Exchange,
    ) -> Result<Result<Opening<T::Exchange>, PeerOutcome>, PeerFault> {
        let tags = self.tags(visit.url);
        let count = {
            let state = self.node.state.borrow();
            let may_ask = state.book.notes(visit.url).is_none_or(|notes| notes.may_serve_symbols(self.now_ms));
            may_ask.then(|| state.last_noted.opening_count())
        };
        let Some(mut answer) = self.get_records(exchange, visit, (None, &tags), count).await? else {
            return Ok(Err(PeerOutcome::Empty));
        };
        let first = if count.is_some() { self.first_bytes(&mut answer).await? } else { Vec::new() };
        if first.first_chunk().copied().is_some_and(is_of_symbols) {
            let [etag, _, content_type] = answer.headers.try_into().unwrap_or_default();
            let identity = content_type.as_deref().and_then(identity_in);
            let etag = etag.filter(|tag| is_plain(tag));
            return Ok(Ok(Opening { etag, identity, first, body: answer.body }));
        }
        Ok(Err(self.read_answer(visit, answer, first, (None, &tags)).await?))
    }

    /// The first bytes of an answer: as many as tell whether it is one of symbols.
    pub(super) async fn first_bytes(
        &self,
        answer: &mut Answer<<T::Exchange as Exchange>::Body>,
    ) -> Result<Vec<u8>, PeerFault> {
        let mut first = Vec::new();
        while answer.status == 200 && first.len() < MARK_BYTES {
            match answer.body.next().await? {
                Some(chunk) => first.extend(chunk),
                None => break,
            }
        }
        Ok(first)
    }

    /// Asks on the path that worked before, and after a 404 on the other; during a walk for the records after its key. With
    /// `count`, symbols are asked for, beginning with this number of cells. Returns `None` after 404 on both.
    pub(super) async fn get_records(
        &self,
        exchange: &T::Exchange,
        visit: &Visit<'_>,
        (after, tags): (Option<&str>, &[String]),
        count: Option<u32>,
    ) -> Result<Option<Answer<<T::Exchange as Exchange>::Body>>, PeerFault> {
        let first = self.node.state.borrow().book.notes(visit.url).is_some_and(|notes| notes.answers_on_list);
        for on_list in [first, !first] {
            let answer = self.get_on(exchange, visit, on_list, (after, tags), count).await?;
            if answer.status != 404 || after.is_some() {
                self.node.state.borrow_mut().book.notes_mut(visit.url).answers_on_list = on_list;
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The same on one path.
    pub(super) async fn get_on(
        &self,
        exchange: &T::Exchange,
        visit: &Visit<'_>,
        on_list: bool,
        (after, tags): (Option<&str>, &[String]),
        count: Option<u32>,
    ) -> Result<Answer<<T::Exchange as Exchange>::Body>, PeerFault> {
        self.ledger.borrow_mut().note_request(visit.peer);
        let mut url = records_url(visit.url.as_str(), self.task_id, &self.node.options.collection, on_list);
        if let Some(after) = after {
            url.push_str("?after=");
            percent_encode(after, &mut url);
        }
        let mut request = conditional(url, tags, self.allows_private.get());
        if let Some(count) = count.filter(|_| !on_list) {
            request.headers.push(("accept", format!("{MEDIA_TYPE};count={count}, */*;q=0.1")));
        }
        let answer = exchange.get(request).await?;
        self.note_status(visit, answer.status);
        Ok(answer)
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

    /// Notes the status of an exchange's last answer.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn note_status(&self, visit: &Visit<'_>, status: u16) {
        self.ledger.borrow_mut().note_status(visit.peer, status);
        visit.status.set(Some(status));
    }
}
