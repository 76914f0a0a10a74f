//! A scheduler that a test scripts: every call of a port waits at a gate until the script opens that gate.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The gates of one world. They are open until [`Gates::run`] is called.
#[derive(Default)]
pub struct Gates {
    are_shut: Cell<bool>,
    waiting: RefCell<Vec<(Rc<Cell<bool>>, Waker)>>,
}

/// Something that goes on while others do.
pub type Work<'w> = Pin<Box<dyn Future<Output = ()> + 'w>>;

impl Gates {
    /// Waits for the script, if there is one.
    pub async fn pass(&self) {
        if !self.are_shut.get() {
            return;
        }
        let is_open = Rc::new(Cell::new(false));
        let mut stands_in_line = false;
        poll_fn(|context| {
            if is_open.get() {
                return Poll::Ready(());
            }
            assert!(!stands_in_line || self.waiting.borrow().iter().any(|(gate, _)| Rc::ptr_eq(gate, &is_open)));
            if !stands_in_line {
                stands_in_line = true;
                self.waiting.borrow_mut().push((is_open.clone(), context.waker().clone()));
            }
            Poll::Pending
        })
        .await;
    }

    /// Runs all of the work to its end, opening one gate after the other: `choose(n)` says which of n. Returns how many
    /// were opened.
    pub fn run(&self, mut work: Vec<Work<'_>>, mut choose: impl FnMut(usize) -> usize) -> usize {
        self.are_shut.set(true);
        let (mut opened, mut passes) = (0, 0);
        loop {
            work.retain_mut(|work| work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            if work.is_empty() {
                self.are_shut.set(false);
                return opened;
            }
            let count = self.waiting.borrow().len();
            if count == 0 {
                // One may have unblocked another that was polled before it.
                passes += 1;
                assert!(passes <= work.len(), "some work waits elsewhere than at a gate");
                continue;
            }
            passes = 0;
            let (gate, waker) = self.waiting.borrow_mut().swap_remove(choose(count) % count);
            gate.set(true);
            waker.wake();
            opened += 1;
        }
    }
}
