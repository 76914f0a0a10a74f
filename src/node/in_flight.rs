//! The ids whose records are being fetched, so that several peers are not asked for the same ones at one time.

use std::cell::RefCell;
use std::rc::Rc;

use super::changed::Changed;
use crate::limits::FETCH_AGAIN_MS;
use crate::symbols::ElementId;

/// The ids that are being fetched, for all peers of a node.
#[derive(Debug, Default)]
pub struct InFlight {
    under_way: RefCell<Vec<Lot>>,
    fetches: RefCell<u64>,
    pub(super) changed: Changed,
}

/// What one fetch asks for.
#[derive(Debug)]
struct Lot {
    number: u64,
    /// When the fetch began, by the host's clock.
    since_ms: u64,
    /// Ascending.
    ids: Vec<ElementId>,
}

/// One fetch, until it is dropped.
#[derive(Debug)]
pub(super) struct Fetch {
    in_flight: Rc<InFlight>,
    number: u64,
}

impl Lot {
    /// Whether this id is being fetched with it, and not for long.
    fn has(&self, id: ElementId, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) < FETCH_AGAIN_MS && self.ids.binary_search(&id).is_ok()
    }
}

impl InFlight {
    /// Begins a fetch of those ids that are not being fetched already, or have been for a while; at most this many. `ids` are
    /// ascending.
    pub(super) fn claim(
        self: &Rc<Self>,
        ids: impl Iterator<Item = ElementId>,
        most: usize,
        now_ms: u64,
    ) -> (Fetch, Vec<ElementId>) {
        let number = self.fetches.borrow().saturating_add(1);
        *self.fetches.borrow_mut() = number;
        let mut under_way = self.under_way.borrow_mut();
        let is_fetched = |id: &ElementId| under_way.iter().any(|lot| lot.has(*id, now_ms));
        let free: Vec<ElementId> = ids.filter(|id| !is_fetched(id)).take(most).collect();
        if !free.is_empty() {
            under_way.push(Lot { number, since_ms: now_ms, ids: free.clone() });
        }
        (Fetch { in_flight: Rc::clone(self), number }, free)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let mut under_way = self.in_flight.under_way.borrow_mut();
        let at = under_way.iter().position(|lot| lot.number == self.number);
        let ended = at.map(|at| under_way.swap_remove(at));
        drop(under_way);
        if ended.is_some() {
            self.in_flight.changed.tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_fetched_from_one_peer_until_that_ends_or_takes_long() {
        let in_flight: Rc<InFlight> = Rc::default();
        let ids = || [1, 2, 3].map(ElementId).into_iter();
        let (first, free) = in_flight.claim(ids(), 2, 0);
        assert_eq!(free, [1, 2].map(ElementId));
        let (second, free) = in_flight.claim(ids(), 9, FETCH_AGAIN_MS - 1);
        assert_eq!(free, [ElementId(3)]);
        let (_third, free) = in_flight.claim(ids(), 1, FETCH_AGAIN_MS);
        assert_eq!(free, [ElementId(1)], "it was fetched for long enough");
        drop(first);
        let (_fourth, free) = in_flight.claim(ids(), 9, FETCH_AGAIN_MS);
        assert_eq!(free, [ElementId(2)], "the others are fetched by the second and the third");
        let before = in_flight.changed.count();
        drop(second);
        assert_ne!(in_flight.changed.count(), before);
    }
}
