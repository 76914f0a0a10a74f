//! Places for whole bodies of peers that speak symbols: while this node holds nothing, two of them are read at one time. The
//! others differ in little once these are stored.

use std::cell::RefCell;
use std::rc::Rc;

use super::changed::Changed;
use super::random::Random;
use crate::limits::{MAX_WHOLE_BODIES, NO_PROGRESS_MS};
use crate::ports::Host;

/// The places of one round.
#[derive(Debug, Default)]
pub(super) struct Places {
    inner: RefCell<Inner>,
    changed: Changed,
}

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    /// Who has a place, and when something last arrived there, by the host's clock.
    holders: Vec<(u64, u64)>,
    waiting: Vec<u64>,
    random: Random,
    /// Chooses who is next among those that wait.
    draw: f64,
}

/// A place, or the wait for one, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Rc<Places>,
    number: u64,
}

impl Places {
    /// Draws from this seed who is next.
    pub fn draw_from(&self, seed: u64) {
        self.inner.borrow_mut().random = Random::new(seed);
    }

    /// Waits for a place, until `is_needed` says that none is needed any more.
    pub async fn take(self: &Rc<Self>, host: &impl Host, is_needed: impl Fn() -> bool) -> Option<Place> {
        let number = {
            let inner = &mut *self.inner.borrow_mut();
            inner.last = inner.last.saturating_add(1);
            inner.waiting.push(inner.last);
            inner.last
        };
        let place = Place { places: Rc::clone(self), number };
        loop {
            let seen = self.changed.count();
            if !is_needed() {
                return None;
            }
            if self.inner.borrow_mut().give(number, host.elapsed_ms()) {
                // There may be a second free place, for another one.
                self.changed.tell();
                return Some(place);
            }
            self.changed.wait(seen, host.idle(NO_PROGRESS_MS)).await;
        }
    }
}

impl Inner {
    /// Gives a place to the one with this number if it is next; a place where nothing arrives counts as free.
    fn give(&mut self, number: u64, now_ms: u64) -> bool {
        self.holders.retain(|(_, since_ms)| now_ms.saturating_sub(*since_ms) < NO_PROGRESS_MS);
        let at = (self.draw * self.waiting.len() as f64) as usize;
        let is_next = self.holders.len() < MAX_WHOLE_BODIES && self.waiting.get(at) == Some(&number);
        if is_next {
            self.waiting.remove(at);
            self.holders.push((number, now_ms));
            self.draw = self.random.draw();
        }
        is_next
    }
}

impl Place {
    /// Notes that something arrived.
    pub fn note_progress(&self, now_ms: u64) {
        let mut inner = self.places.inner.borrow_mut();
        inner.holders.iter_mut().filter(|(number, _)| *number == self.number).for_each(|(_, at_ms)| *at_ms = now_ms);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        {
            let inner = &mut *self.places.inner.borrow_mut();
            inner.waiting.retain(|number| *number != self.number);
            inner.holders.retain(|(number, _)| *number != self.number);
        }
        self.places.changed.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_have_a_place_until_they_leave_or_nothing_arrives() {
        let places: Rc<Places> = Rc::default();
        places.draw_from(7);
        let inner = || places.inner.borrow_mut();
        inner().waiting = (1..=6).collect();
        let next = |now_ms| (1..=6).find(|number| inner().give(*number, now_ms));
        let (first, second) = (next(0).unwrap(), next(0).unwrap());
        assert_eq!(next(NO_PROGRESS_MS - 1), None, "both are taken");
        let place = Place { places: Rc::clone(&places), number: first };
        place.note_progress(500);
        assert!(next(NO_PROGRESS_MS).is_some(), "nothing arrived at the second");
        assert!(inner().holders.iter().any(|(number, _)| *number == first));
        assert!(!inner().holders.iter().any(|(number, _)| *number == second));
        drop(place);
        assert!(next(NO_PROGRESS_MS).is_some(), "the first has left");
        assert_eq!(next(NO_PROGRESS_MS), None);
    }
}
