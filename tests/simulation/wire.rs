//! One answer on its way: a head, pieces in order, and an end, each arriving when the link has carried it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::executor::Executor;

/// So much may be under way before the sender has to wait.
const WINDOW_BYTES: usize = 256 * 1024;

/// The beginning of an answer, or that there is none.
#[derive(Debug, Clone)]
pub enum Head {
    /// The status, its tag, and where it leads.
    Answer { status: u16, etag: Option<String>, location: Option<String> },
    /// No connection.
    Refused(&'static str),
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Clean,
    Cut,
}

/// What the receiver gets next.
#[derive(Debug)]
pub enum Next {
    Piece(Vec<u8>),
    End(End),
}

#[derive(Default)]
struct State {
    head: Option<Head>,
    pieces: VecDeque<Vec<u8>>,
    end: Option<End>,
    receiver: Option<Waker>,
    sender: Option<Waker>,
    under_way: usize,
    sent: usize,
    is_dropped: bool,
    /// When the last thing that was sent arrives.
    arrives_us: u64,
    has_ended: bool,
}

/// One answer, seen from both sides.
pub struct Wire {
    executor: Rc<Executor>,
    latency_us: u64,
    bytes_a_us: u64,
    /// The connection breaks when more bytes than this were sent.
    breaks_after: Option<usize>,
    state: RefCell<State>,
}

impl Wire {
    pub fn new(executor: Rc<Executor>, latency_us: u64, bytes_a_us: u64, breaks_after: Option<usize>) -> Rc<Self> {
        Rc::new(Self { executor, latency_us, bytes_a_us, breaks_after, state: RefCell::default() })
    }

    /// Has something done with the other side when it arrives: in the order in which it was sent.
    fn deliver(self: &Rc<Self>, bytes: usize, arrival: impl FnOnce(&mut State) + 'static) {
        let mut state = self.state.borrow_mut();
        let takes_us = bytes as u64 / self.bytes_a_us;
        let at_us = state.arrives_us.max(self.executor.now_us() + self.latency_us) + takes_us;
        state.arrives_us = at_us;
        drop(state);
        let wire = Rc::clone(self);
        self.executor.call_at(at_us, move || {
            let waker = {
                let state = &mut *wire.state.borrow_mut();
                arrival(state);
                state.receiver.take()
            };
            waker.into_iter().for_each(Waker::wake);
        });
    }

    pub fn send_head(self: &Rc<Self>, head: Head) {
        self.deliver(300, move |state| state.head = Some(head));
    }

    /// Sends a piece, when there is room for it. Says whether anyone still wants more.
    pub async fn send(self: &Rc<Self>, piece: Vec<u8>) -> bool {
        poll_fn(|context| self.has_room(context)).await;
        let is_broken = {
            let state = &mut *self.state.borrow_mut();
            state.under_way += piece.len();
            state.sent += piece.len();
            self.breaks_after.is_some_and(|bytes| state.sent > bytes)
        };
        if is_broken {
            self.end(End::Cut);
        } else if !self.is_over() {
            self.deliver(piece.len(), move |state| state.pieces.push_back(piece));
        }
        !self.is_over()
    }

    fn has_room(&self, context: &Context<'_>) -> Poll<()> {
        let state = &mut *self.state.borrow_mut();
        if state.under_way < WINDOW_BYTES || state.is_dropped || state.has_ended {
            return Poll::Ready(());
        }
        state.sender = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether nothing that is sent from here on arrives.
    pub fn is_over(&self) -> bool {
        let state = self.state.borrow();
        state.is_dropped || state.has_ended
    }

    /// Ends the body, once.
    pub fn end(self: &Rc<Self>, end: End) {
        if !std::mem::replace(&mut self.state.borrow_mut().has_ended, true) {
            self.deliver(0, move |state| state.end = Some(end));
        }
    }

    /// The head, when it has arrived.
    pub fn poll_head(&self, context: &Context<'_>) -> Poll<Head> {
        let state = &mut *self.state.borrow_mut();
        match (&state.head, state.end) {
            (Some(head), _) => Poll::Ready(head.clone()),
            (None, Some(_)) => Poll::Ready(Head::Refused("the connection broke")),
            (None, None) => {
                state.receiver = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// What comes next of the body.
    pub fn poll_next(&self, context: &Context<'_>) -> Poll<Next> {
        let state = &mut *self.state.borrow_mut();
        if let Some(piece) = state.pieces.pop_front() {
            state.under_way = state.under_way.saturating_sub(piece.len());
            state.sender.take().into_iter().for_each(Waker::wake);
            return Poll::Ready(Next::Piece(piece));
        }
        if let Some(end) = state.end {
            return Poll::Ready(Next::End(end));
        }
        state.receiver = Some(context.waker().clone());
        Poll::Pending
    }

    /// The receiver wants nothing more.
    pub fn drop_receiver(&self) {
        let sender = {
            let state = &mut *self.state.borrow_mut();
            state.is_dropped = true;
            state.sender.take()
        };
        sender.into_iter().for_each(Waker::wake);
    }
}

/// A body that is cut where its sender is gone.
pub struct Sender(pub Rc<Wire>);

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.end(End::Cut);
    }
}
