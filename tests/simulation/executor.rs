//! Runs tasks on a clock that moves only when nothing is left to do. Which of several ready tasks runs next is drawn.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::random::Random;

/// Whose task it is: a machine, by its number.
pub type Owner = usize;

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    owner: Owner,
    /// Nothing while it runs.
    work: Option<Work>,
    waker: Arc<TaskWaker>,
}

struct TaskWaker {
    id: u64,
    is_queued: AtomicBool,
    ready: Arc<Mutex<Vec<u64>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            self.ready.lock().unwrap().push(self.id);
        }
    }
}

enum Due {
    Wake(Waker),
    Call(Box<dyn FnOnce()>),
}

/// Tasks and timers of one world.
pub struct Executor {
    now_us: Cell<u64>,
    last: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: Arc<Mutex<Vec<u64>>>,
    timers: RefCell<BTreeMap<(u64, u64), Due>>,
    /// Until when each machine is at work on what it has begun.
    busy_until_us: RefCell<BTreeMap<Owner, u64>>,
    random: RefCell<Random>,
}

impl Executor {
    pub fn new(random: Random) -> Self {
        Self {
            now_us: Cell::new(0),
            last: Cell::new(0),
            tasks: RefCell::default(),
            ready: Arc::default(),
            timers: RefCell::default(),
            busy_until_us: RefCell::default(),
            random: RefCell::new(random),
        }
    }

    /// Microseconds since the world began.
    pub fn now_us(&self) -> u64 {
        self.now_us.get()
    }

    /// The same as one machine sees it, which may be at work in this moment.
    pub fn now_of_us(&self, owner: Owner) -> u64 {
        self.busy_until_us.borrow().get(&owner).map_or(self.now_us(), |until_us| self.now_us().max(*until_us))
    }

    /// Makes this machine work for this time: its tasks go on when it is done.
    pub fn work(&self, owner: Owner, us: u64) {
        let until_us = self.now_of_us(owner) + us;
        self.busy_until_us.borrow_mut().insert(owner, until_us);
    }

    pub fn spawn(&self, owner: Owner, work: impl Future<Output = ()> + 'static) {
        let id = self.next();
        let waker = Arc::new(TaskWaker { id, is_queued: AtomicBool::new(false), ready: Arc::clone(&self.ready) });
        let task = Task { owner, work: Some(Box::pin(work)), waker: Arc::clone(&waker) };
        self.tasks.borrow_mut().insert(id, task);
        waker.wake();
    }

    /// Drops all tasks of a machine wherever they wait.
    pub fn kill(&self, owner: Owner) {
        let mut tasks = self.tasks.borrow_mut();
        let (killed, alive) = std::mem::take(&mut *tasks).into_iter().partition(|(_, task)| task.owner == owner);
        *tasks = alive;
        drop(tasks);
        self.busy_until_us.borrow_mut().remove(&owner);
        // What ends with them calls the world, so nothing may be borrowed.
        drop::<BTreeMap<u64, Task>>(killed);
    }

    pub fn call_at(&self, at_us: u64, call: impl FnOnce() + 'static) {
        self.timers.borrow_mut().insert((at_us, self.next()), Due::Call(Box::new(call)));
    }

    fn wake_at(&self, at_us: u64, waker: Waker) {
        self.timers.borrow_mut().insert((at_us, self.next()), Due::Wake(waker));
    }

    fn next(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    /// Runs until nothing is left, until this time, or until `is_over` says so.
    pub fn run(&self, until_us: u64, is_over: impl Fn() -> bool) {
        while !is_over() {
            if let Some(id) = self.draw_ready() {
                self.poll(id);
                continue;
            }
            let Some((at_us, due)) = self.next_due(until_us) else { return };
            self.now_us.set(self.now_us().max(at_us));
            match due {
                Due::Wake(waker) => waker.wake(),
                Due::Call(call) => call(),
            }
        }
    }

    fn next_due(&self, until_us: u64) -> Option<(u64, Due)> {
        let mut timers = self.timers.borrow_mut();
        let first = timers.first_entry().filter(|first| first.key().0 <= until_us)?;
        let ((at_us, _), due) = first.remove_entry();
        Some((at_us, due))
    }

    fn draw_ready(&self) -> Option<u64> {
        let mut ready = self.ready.lock().unwrap();
        match ready.len() {
            0 => None,
            count => Some(ready.swap_remove(self.random.borrow_mut().index(count))),
        }
    }

    fn poll(&self, id: u64) {
        let (mut work, waker) = {
            let mut tasks = self.tasks.borrow_mut();
            let Some(task) = tasks.get_mut(&id) else { return };
            let waker = Waker::from(Arc::clone(&task.waker));
            let free_at_us = self.now_of_us(task.owner);
            if free_at_us > self.now_us() {
                return self.wake_later(free_at_us, task);
            }
            task.waker.is_queued.store(false, Ordering::Relaxed);
            let Some(work) = task.work.take() else { return };
            (work, waker)
        };
        let is_done = work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut tasks = self.tasks.borrow_mut();
        if is_done {
            tasks.remove(&id);
        } else if let Some(task) = tasks.get_mut(&id) {
            task.work = Some(work);
            return;
        }
        drop(tasks);
        drop(work);
    }

    fn wake_later(&self, at_us: u64, task: &Task) {
        task.waker.is_queued.store(false, Ordering::Relaxed);
        self.wake_at(at_us, Waker::from(Arc::clone(&task.waker)));
    }
}

/// Waits until a time of the world.
pub struct Until<'e> {
    executor: &'e Executor,
    at_us: u64,
    is_registered: bool,
}

impl Future for Until<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now_us() >= self.at_us {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut self.is_registered, true) {
            self.executor.wake_at(self.at_us, context.waker().clone());
        }
        Poll::Pending
    }
}

impl Executor {
    pub fn until(&self, at_us: u64) -> Until<'_> {
        Until { executor: self, at_us, is_registered: false }
    }

    pub fn sleep(&self, us: u64) -> Until<'_> {
        self.until(self.now_us() + us)
    }
}

impl Executor {
    /// Lets go of everything that waits for a time.
    pub fn forget_timers(&self) {
        let timers = std::mem::take(&mut *self.timers.borrow_mut());
        drop(timers);
    }
}
