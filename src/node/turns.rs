//! Turns to work, where only one may work at a time: the next turn goes to the one that has used least time so far.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// How much less time one that waits must have used for the one that works to give way.
const AHEAD_MS: u64 = 50;

/// The queue of those that wait for a turn.
#[derive(Debug, Default)]
pub(super) struct Turns {
    is_taken: Cell<bool>,
    waiting: RefCell<Vec<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    used_ms: u64,
    is_called: Rc<Cell<bool>>,
    waker: Waker,
}

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'t>(&'t Turns);

impl Turns {
    /// Waits for a turn; among those that have used the same time, the first to wait is the first to get it.
    pub(super) async fn take(&self, used_ms: u64) -> Turn<'_> {
        if !self.is_taken.replace(true) {
            return Turn(self);
        }
        let place = PlaceInLine { turns: self, is_called: Rc::default(), is_taken: false };
        poll_fn(|context| {
            if place.is_called.get() {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            let waker = context.waker().clone();
            match waiting.iter_mut().find(|other| Rc::ptr_eq(&other.is_called, &place.is_called)) {
                Some(waits) => waits.waker = waker,
                None => waiting.push(Waiting { used_ms, is_called: Rc::clone(&place.is_called), waker }),
            }
            Poll::Pending
        })
        .await;
        place.into_turn()
    }

    /// Whether one that works and has used this much time should give way to one that waits.
    pub(super) fn is_over(&self, used_ms: u64) -> bool {
        self.waiting.borrow().iter().any(|waiting| waiting.used_ms.saturating_add(AHEAD_MS) < used_ms)
    }

    fn call_next(&self) {
        let mut waiting = self.waiting.borrow_mut();
        let next = waiting.iter().enumerate().min_by_key(|(_, waiting)| waiting.used_ms).map(|(at, _)| at);
        self.is_taken.set(next.is_some());
        let next = next.map(|at| waiting.remove(at));
        drop(waiting);
        if let Some(next) = next {
            next.is_called.set(true);
            next.waker.wake();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.call_next();
    }
}

/// A place in the queue, which is left when it is dropped.
struct PlaceInLine<'t> {
    turns: &'t Turns,
    is_called: Rc<Cell<bool>>,
    is_taken: bool,
}

impl<'t> PlaceInLine<'t> {
    fn into_turn(mut self) -> Turn<'t> {
        self.is_taken = true;
        Turn(self.turns)
    }
}

impl Drop for PlaceInLine<'_> {
    fn drop(&mut self) {
        if self.is_taken {
            return;
        }
        if self.is_called.get() {
            self.turns.call_next();
        }
        self.turns.waiting.borrow_mut().retain(|waiting| !Rc::ptr_eq(&waiting.is_called, &self.is_called));
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::Context;

    use super::*;

    fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// The order in which those get a turn that wait and have used these times.
    fn order(turns: &Turns, used_ms: &[u64]) -> Vec<usize> {
        let mut turn = poll(pin!(turns.take(0)));
        assert!(turn.is_some());
        let mut waiting: Vec<_> = used_ms.iter().map(|used_ms| Some(Box::pin(turns.take(*used_ms)))).collect();
        assert!(waiting.iter_mut().flatten().all(|waiting| poll(waiting.as_mut()).is_none()));
        let mut order = Vec::new();
        while order.len() < used_ms.len() {
            drop(turn.take());
            for (at, place) in waiting.iter_mut().enumerate() {
                if let Some(called) = place.as_mut().and_then(|waiting| poll(waiting.as_mut())) {
                    assert!(turn.replace(called).is_none(), "one at a time");
                    (*place, order) = (None, [order.as_slice(), &[at]].concat());
                }
            }
        }
        order
    }

    #[test]
    fn the_one_that_has_used_least_time_is_called_first_and_among_equals_the_first_to_wait() {
        assert_eq!(order(&Turns::default(), &[30, 10, 20, 10, 0]), [4, 1, 3, 2, 0]);
    }

    #[test]
    fn one_that_is_far_ahead_of_one_that_waits_gives_way() {
        let turns = Turns::default();
        let _turn = poll(pin!(turns.take(0)));
        assert!(!turns.is_over(u64::MAX));
        let mut waiting = pin!(turns.take(10));
        assert!(poll(waiting.as_mut()).is_none());
        assert_eq!([60, 61].map(|used_ms| turns.is_over(used_ms)), [false, true]);
    }

    #[test]
    fn one_that_leaves_the_queue_holds_up_no_other() {
        let turns = Turns::default();
        let turn = poll(pin!(turns.take(0)));
        let mut called = Box::pin(turns.take(0));
        let mut leaving = Box::pin(turns.take(1));
        assert!(poll(called.as_mut()).is_none() && poll(leaving.as_mut()).is_none());
        drop((turn, leaving));
        assert!(turns.waiting.borrow().is_empty() && turns.is_taken.get());
        drop(called);
        assert!(!turns.is_taken.get());
        assert_eq!(order(&turns, &[1, 0]), [1, 0]);
    }
}
