//! A node: its ports, its options, and what it remembers. All verbs share it; it is never borrowed across an await.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::lock::Mutex;

use super::holdings::{Damaged, Holdings};
use super::mirror::Mirror;
use super::news::News;
use super::notes::Notes;
use super::options::Options;
use super::settled::Settled;
use super::shelf::Shelf;
use super::slow_peers::SlowPeers;
use super::writes::WriteHistory;
use crate::error::StoreFault;
use crate::limits::LIST_LIFETIME_MS;
use crate::peers::Book;
use crate::ports::{Access, Host, Ports};
use crate::verify::Pace;
use crate::verify::memory::Memory;

/// The host's event loop gets a turn when work has gone on for this long: with the piece of work that was begun last,
/// that is less than 10 ms.
const TURN_MS: u64 = 2;

/// One node of a task.
#[derive(Debug)]
pub struct Node<T, S, H> {
    /// The world.
    pub ports: Ports<T, S, H>,
    /// How it is configured.
    pub options: Options,
    /// What it remembers.
    pub state: RefCell<State>,
}

/// What a node remembers between its verbs.
#[derive(Debug, Default)]
pub struct State {
    /// What the store holds.
    pub holdings: Holdings,
    /// Keys that were decoded and signatures that were judged.
    pub memory: Memory,
    /// The peers' health, and what each was last heard to have.
    pub book: Book<Notes>,
    /// Entries that were found to be damaged, which are removed when a good copy comes.
    pub damaged: Damaged,
    /// What came, is good and is not held.
    pub settled: Settled,
    /// The slow peers that are being asked beside the rounds.
    pub(super) slow_peers: SlowPeers,
    /// How writes went.
    pub(super) writing: WriteHistory,
    /// New records whose write is under way, and for which there has to be room.
    pub(super) coming: Rc<Cell<u64>>,
    /// How the store is read.
    pub(super) access: Access,
    /// Held by the round that is under way.
    pub(super) sharing: Rc<Mutex<()>>,
    /// Held by whoever reads the store.
    pub(super) loading: Rc<Mutex<()>>,
    /// Held by whoever counts the records before a key.
    pub(super) counting: Rc<Mutex<()>>,
    /// Pages that bodies under way have in common; gone with the last of these.
    shelf: Weak<Shelf>,
    /// Held by whoever makes a long item canonical for a write of the task's own.
    pub(super) rewriting: Rc<Mutex<()>>,
    /// How closely what is held mirrors the store.
    pub(super) mirror: Mirror,
    /// What was noticed in the store and is to be told.
    pub(super) news: News,
    /// Held by whoever tells it.
    pub(super) telling: Rc<Mutex<()>>,
    /// How many entries were read by the reading of the store that is under way.
    pub(super) entries_read: u64,
    /// How often the store could not be read.
    pub(super) failed_loads: u64,
    /// What it failed with the last time.
    pub(super) load_fault: Option<StoreFault>,
    /// How much this machine does in one stretch.
    pub(super) pace: Pace,
    /// When the host's event loop was last given a turn, by the host's clock.
    last_turn_ms: u64,
    list: Option<(Rc<Vec<String>>, u64)>,
    /// Whether nobody was reached in the last round: then it is our own connection that is away.
    pub(super) is_cut_off: bool,
    /// When a record that no peer is known to have falls due, so that all are read again.
    read_again_at_ms: Option<u64>,
    /// Validators of an earlier epoch no longer count.
    epoch: u64,
}

impl State {
    /// The epoch in which validators count.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Forgets what peers were heard to have: the next round reads their bodies.
    pub fn forget_validators(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
    }

    /// The same from this time of the node's clock on.
    pub(super) fn forget_validators_at(&mut self, at_ms: u64) {
        self.read_again_at_ms = Some(self.read_again_at_ms.map_or(at_ms, |earlier| earlier.min(at_ms)));
    }

    /// Forgets validators whose time this is.
    pub(super) fn forget_due_validators(&mut self, now_ms: u64) {
        if self.read_again_at_ms.take_if(|at_ms| *at_ms <= now_ms).is_some() {
            self.forget_validators();
        }
    }

    /// Makes the store be read again before it is next relied on, as soon as that may be. What is held stays in force
    /// until then.
    pub fn read_store_again(&mut self) {
        self.mirror.suspect();
    }

    /// Whether what is held was ever read from the store.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.mirror.is_known()
    }

    /// Begins to read all versions in the store.
    pub(super) fn begin_load(&mut self) {
        self.entries_read = 0;
        self.holdings.begin_load();
    }

    /// The shelf of the bodies under way, for one more.
    pub(super) fn shelf(&mut self) -> Rc<Shelf> {
        self.shelf.upgrade().unwrap_or_else(|| {
            let shelf = Rc::default();
            self.shelf = Rc::downgrade(&shelf);
            shelf
        })
    }

    /// Somebody answered: who was left alone before our connection was away, or because of that, is asked again at once.
    pub(super) fn note_connected(&mut self) {
        if std::mem::take(&mut self.is_cut_off) {
            self.book.end_all_waits();
        }
    }

    pub(super) fn remember_list(&mut self, list: &Rc<Vec<String>>, now_ms: u64) {
        self.list = Some((Rc::clone(list), now_ms));
    }

    /// The last node list that was read, as long as it serves.
    pub(super) fn remembered_list(&self, now_ms: u64) -> Rc<Vec<String>> {
        match &self.list {
            Some((list, read_at_ms)) if now_ms.saturating_sub(*read_at_ms) <= LIST_LIFETIME_MS => Rc::clone(list),
            _ => Rc::default(),
        }
    }
}

impl<T, S, H> Node<T, S, H> {
    /// A node that has not read its store.
    #[must_use]
    pub fn new(ports: Ports<T, S, H>, options: Options) -> Self {
        Self { ports, options, state: RefCell::default() }
    }
}

impl<T, S, H: Host> Node<T, S, H> {
    /// Gives the host's event loop a turn, if it had none for a while: all that a node does shares this clock.
    pub(super) async fn let_others_run(&self) {
        let last_turn_ms = self.state.borrow().last_turn_ms;
        if self.ports.host.elapsed_ms().saturating_sub(last_turn_ms) >= TURN_MS {
            self.ports.host.turn().await;
            self.state.borrow_mut().last_turn_ms = self.ports.host.elapsed_ms();
        }
    }

    /// When what begins now has to be over, by the host's clock, where a peer's exchange gets no more time.
    pub(super) fn until_ms(&self) -> u64 {
        self.ports.host.elapsed_ms().saturating_add(self.options.peer_timeout_ms)
    }
}
