//! Runs futures: JavaScript polls them, one at a time.
//!
//! A panic inside wasm-bindgen-futures' own queue is an uncaught exception, which ends the whole process. So nothing is
//! polled from there: a waker asks JavaScript to schedule the future, and JavaScript polls it inside try/catch.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use wasm_bindgen::JsValue;

type Task = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Tasks {
    schedule: Option<js_sys::Function>,
    last: u32,
    /// In no order; there are few, one for each call under way.
    waiting: Vec<(u32, Task)>,
}

impl Tasks {
    fn take(&mut self, id: u32) -> Option<(u32, Task)> {
        let place = self.waiting.iter().position(|(other, _)| *other == id)?;
        Some(self.waiting.swap_remove(place))
    }
}

thread_local! {
    static TASKS: RefCell<Tasks> = RefCell::default();
}

pub(super) fn connect(schedule: js_sys::Function) {
    TASKS.with_borrow_mut(|tasks| tasks.schedule = Some(schedule));
}

/// Starts a future; it is first polled when JavaScript gets to it.
pub(super) fn spawn(future: impl Future<Output = ()> + 'static) {
    let id = TASKS.with_borrow_mut(|tasks| {
        tasks.last = tasks.last.wrapping_add(1);
        tasks.waiting.push((tasks.last, Box::pin(future)));
        tasks.last
    });
    schedule(id);
}

/// Polls one task. While it runs it is not in the list, so that it may start others.
pub(super) fn poll(id: u32) {
    let Some((_, mut task)) = TASKS.with_borrow_mut(|tasks| tasks.take(id)) else { return };
    let waker = Waker::from(Arc::new(Schedule(id)));
    if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks.waiting.push((id, task)));
    }
}

struct Schedule(u32);

impl Wake for Schedule {
    fn wake(self: Arc<Self>) {
        schedule(self.0);
    }
}

fn schedule(id: u32) {
    let schedule = TASKS.with_borrow(|tasks| tasks.schedule.clone());
    if let Some(schedule) = schedule {
        // It only adds the number to a queue. If it throws nevertheless, there is nothing to report that to.
        drop(schedule.call1(&JsValue::UNDEFINED, &JsValue::from(id)));
    }
}
