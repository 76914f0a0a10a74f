//! Waiting until something changes, or until a time has passed.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, Waker};

/// Counts changes, and wakes those that wait for one.
#[derive(Debug, Default)]
pub(super) struct Changed {
    count: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Changed {
    /// How many changes there were.
    pub fn count(&self) -> u64 {
        self.count.get()
    }

    /// Notes a change.
    pub fn tell(&self) {
        self.count.set(self.count.get().wrapping_add(1));
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits until there were others than `seen` changes, or until `idle` is over.
    pub async fn wait(&self, seen: u64, idle: impl Future<Output = ()>) {
        let mut idle = pin!(idle);
        poll_fn(|context| {
            if self.count.get() != seen {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            drop(waiting);
            idle.as_mut().poll(context)
        })
        .await;
    }
}
