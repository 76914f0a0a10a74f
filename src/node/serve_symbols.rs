//! Serves sums over what is held, from which a peer learns in what its own set differs.

use super::query::{CellsAsked, QueryFault};
use super::serve::{Incoming, Reply, ReplyBody, failure, served};
use super::state::Node;
use super::tags::{entity_tag, is_current, symbols_tag};

use crate::ports::{Host, Store};
use crate::record::Identity;
use crate::symbols::{MEDIA_TYPE, View, encode, served_cells};

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Serves the first cells, unless the asker has the same set: then it may name the tag of the records as well.
    pub(super) async fn serve_opening(&self, request: Incoming<'_>, count: u32) -> Reply<S::Entries> {
        let digest = self.state.borrow_mut().holdings.digest();
        let tag = symbols_tag(&digest);
        let has_same = |condition: &str| is_current(condition, &tag) || is_current(condition, &entity_tag(&digest));
        if request.if_none_match.is_some_and(has_same) {
            return served(304, &content_type(self.options.identity), Some(tag), ReplyBody::None);
        }
        self.serve_cells(request, &CellsAsked { view: View::ByTime, from: 0, count }).await
    }

    /// Serves some cells, as soon as there are any: they are made when they are first asked for.
    pub(super) async fn serve_cells(&self, request: Incoming<'_>, asked: &CellsAsked) -> Reply<S::Entries> {
        loop {
            match self.cells_now(request, asked) {
                Ok(Some(reply)) => return reply,
                Ok(None) => self.let_others_run().await,
                Err(fault) => return failure(400, &fault),
            }
        }
    }

    /// The answer with some cells, or `None` after a part of the work that is needed for it. The tag, the sums and the number
    /// of records are those of one moment.
    fn cells_now(&self, request: Incoming<'_>, asked: &CellsAsked) -> Result<Option<Reply<S::Entries>>, QueryFault> {
        let holdings = &mut self.state.borrow_mut().holdings;
        let records = u32::try_from(holdings.len()).unwrap_or(u32::MAX);
        let cells = asked.below(served_cells(records))?;
        let body = if request.method == "HEAD" {
            Some(ReplyBody::None)
        } else if holdings.symbols_further(asked.view, cells.end) {
            holdings.symbols(asked.view).and_then(|sums| encode(sums, cells, records)).map(ReplyBody::Bytes)
        } else {
            None
        };
        let Some(body) = body.filter(|_| holdings.digest_further()) else { return Ok(None) };
        let tag = symbols_tag(&holdings.digest());
        Ok(Some(served(200, &content_type(self.options.identity), Some(tag), body)))
    }
}

fn content_type(identity: Identity) -> String {
    format!("{MEDIA_TYPE}; identity={}", identity.name())
}
