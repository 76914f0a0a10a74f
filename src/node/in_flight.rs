//! The ids whose records are being fetched, so that several peers are not asked for the same ones at one time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::changed::Changed;
use crate::limits::FETCH_AGAIN_MS;
use crate::symbols::ElementId;

/// The ids that are being fetched, for all peers of a node.
#[derive(Debug, Default)]
pub struct InFlight {
    /// The fetch of each id, and when it began, by the host's clock.
    ids: RefCell<BTreeMap<ElementId, (u64, u64)>>,
    fetches: RefCell<u64>,
    pub(super) changed: Changed,
}

/// One fetch, until it is dropped.
#[derive(Debug)]
pub(super) struct Fetch {
    in_flight: Rc<InFlight>,
    number: u64,
}

impl InFlight {
    /// Begins a fetch of those ids that are not being fetched already, or have been for a while; at most this many.
    pub(super) fn claim(
        self: &Rc<Self>,
        ids: impl Iterator<Item = ElementId>,
        most: usize,
        now_ms: u64,
    ) -> (Fetch, Vec<ElementId>) {
        let number = self.fetches.borrow().saturating_add(1);
        *self.fetches.borrow_mut() = number;
        let mut fetched = self.ids.borrow_mut();
        let is_free = |id: &ElementId| {
            fetched.get(id).is_none_or(|(_, since_ms)| now_ms.saturating_sub(*since_ms) >= FETCH_AGAIN_MS)
        };
        let free: Vec<ElementId> = ids.filter(is_free).take(most).collect();
        fetched.extend(free.iter().map(|id| (*id, (number, now_ms))));
        (Fetch { in_flight: Rc::clone(self), number }, free)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let mut ids = self.in_flight.ids.borrow_mut();
        let before = ids.len();
        ids.retain(|_, (number, _)| *number != self.number);
        let has_changed = ids.len() < before;
        drop(ids);
        if has_changed {
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
