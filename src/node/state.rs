//! A node: its ports, its options and its state. All verbs share the state, which is never borrowed across an await.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::lock::Mutex;

use super::discoveries::{Fallbacks, LastNoted};
use super::holdings::{Damaged, Holdings};
use super::in_flight::InFlight;
use super::mirror::Mirror;
use super::news::News;
use super::notes::Notes;
use super::options::Options;
use super::settled::Settled;
use super::settled_values::SettledValues;
use super::shelf::Shelf;
use super::slow_peers::SlowPeers;
use super::writes::WriteHistory;
use crate::error::StoreFault;
use crate::limits::LIST_LIFETIME_MS;
use crate::peers::Book;
use crate::ports::{Access, Host, Ports};
use crate::verify::Pace;
use crate::verify::memory::Memory;

/// How long a node works before it gives the host's event loop a turn. Together with the piece of work that is under
/// way then, this is less than 10 ms.
const TURN_MS: u64 = 2;

/// One node of a task.
#[derive(Debug)]
pub struct Node<T, S, H> {
    /// The transport, the store and the host.
    pub ports: Ports<T, S, H>,
    /// Its options.
    pub options: Options,
    /// What it remembers between its verbs.
    pub state: RefCell<State>,
}

/// What a node remembers between its verbs.
#[derive(Debug, Default)]
pub struct State {
    /// What the store holds.
    pub holdings: Holdings,
    /// Public keys that were decoded, and signatures that were verified.
    pub memory: Memory,
    /// The health of the peers, and what each of them had when it was last read.
    pub book: Book<Notes>,
    /// Entries of the store that are damaged; each is removed when a good copy arrives.
    pub damaged: Damaged,
    /// Records that were verified but are not held, and not to be fetched again before a time.
    pub settled: Settled,
    /// Values of settled records, which are left out of what differs from a peer.
    pub settled_values: SettledValues,
    /// Peers whose whole bodies were read because symbols did not say what differs.
    pub(super) fallbacks: Fallbacks,
    /// How much the last discoveries noted.
    pub(super) last_noted: LastNoted,
    /// The ids whose records are being fetched.
    pub(super) in_flight: Rc<InFlight>,
    /// The slow peers that are being asked outside the rounds.
    pub(super) slow_peers: SlowPeers,
    /// How the writes went so far.
    pub(super) writing: WriteHistory,
    /// How many new records are being written: they count towards `maxRecords`.
    pub(super) coming: Rc<Cell<u64>>,
    /// How the store is read.
    pub(super) access: Access,
    /// Held by the round that is under way.
    pub(super) sharing: Rc<Mutex<()>>,
    /// Held while the store is read or asked what has changed.
    pub(super) loading: Rc<Mutex<()>>,
    /// Held while the records before a key are counted.
    pub(super) counting: Rc<Mutex<()>>,
    /// Pages that the bodies being served share; dropped with the last of these bodies.
    shelf: Weak<Shelf>,
    /// Held while a long record of the task's own is made canonical.
    pub(super) rewriting: Rc<Mutex<()>>,
    /// Held while damaged entries are removed.
    pub(super) mending: Rc<Mutex<()>>,
    /// How closely what is held mirrors the store.
    pub(super) mirror: Mirror,
    /// Versions that others wrote to the store and that the host has not heard of yet.
    pub(super) news: News,
    /// Held while the host is told of them.
    pub(super) telling: Rc<Mutex<()>>,
    /// How many entries the current load of the store has read.
    pub(super) entries_read: u64,
    /// How many loads of the store have failed.
    pub(super) failed_loads: u64,
    /// What the last one failed with.
    pub(super) load_fault: Option<StoreFault>,
    /// How many signatures this machine verifies before the event loop needs a turn.
    pub(super) pace: Pace,
    /// When the host's event loop was last given a turn, by the host's clock.
    last_turn_ms: u64,
    list: Option<(Rc<Vec<String>>, u64)>,
    /// Whether the last round reached neither the service nor any peer: then it is our own connection that is down.
    pub(super) is_cut_off: bool,
    /// When a record becomes due of which it is not known who has it: from then on all peers are read again.
    read_again_at_ms: Option<u64>,
    /// Raised when all validators become invalid: those of an earlier epoch no longer count.
    epoch: u64,
}

impl State {
    /// The current epoch: only validators of this epoch count.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Makes all validators invalid: the next round reads the peers' bodies again.
    pub fn forget_validators(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
    }

    /// Makes all validators invalid at this time of the node's clock.
    pub(super) fn forget_validators_at(&mut self, at_ms: u64) {
        self.read_again_at_ms = Some(self.read_again_at_ms.map_or(at_ms, |earlier| earlier.min(at_ms)));
    }

    /// Makes all validators invalid, if a time that [`Self::forget_validators_at`] was given has come.
    pub(super) fn forget_due_validators(&mut self, now_ms: u64) {
        if self.read_again_at_ms.take_if(|at_ms| *at_ms <= now_ms).is_some() {
            self.forget_validators();
        }
    }

    /// Notes that the store may hold something other than the holdings say: all versions are read again, though not too
    /// often. Until then what is held stays in force.
    pub fn read_store_again(&mut self) {
        self.mirror.suspect();
    }

    /// Whether the store has ever been read to the end.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.mirror.is_known()
    }

    /// Begins to load all versions from the store.
    pub(super) fn begin_load(&mut self) {
        self.entries_read = 0;
        self.holdings.begin_load();
    }

    /// The shelf that all bodies being served share; a new one where none is being served.
    pub(super) fn shelf(&mut self) -> Rc<Shelf> {
        self.shelf.upgrade().unwrap_or_else(|| {
            let shelf = Rc::default();
            self.shelf = Rc::downgrade(&shelf);
            shelf
        })
    }

    /// Notes that something answered. If our own connection was down before, all back-offs end: they may be due to
    /// that.
    pub(super) fn note_connected(&mut self) {
        if std::mem::take(&mut self.is_cut_off) {
            self.book.end_all_waits();
        }
    }

    pub(super) fn remember_list(&mut self, list: &Rc<Vec<String>>, now_ms: u64) {
        self.list = Some((Rc::clone(list), now_ms));
    }

    /// The node list that was read last; empty once it is older than [`LIST_LIFETIME_MS`].
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
    /// Gives the host's event loop a turn, if the last one is at least [`TURN_MS`] ago. All work of a node shares this
    /// clock.
    pub(super) async fn let_others_run(&self) {
        let last_turn_ms = self.state.borrow().last_turn_ms;
        if self.ports.host.elapsed_ms().saturating_sub(last_turn_ms) >= TURN_MS {
            self.ports.host.turn().await;
            self.state.borrow_mut().last_turn_ms = self.ports.host.elapsed_ms();
        }
    }

    /// The deadline, by the host's clock, of work that begins now and may take as long as one peer's exchange.
    pub(super) fn until_ms(&self) -> u64 {
        self.ports.host.elapsed_ms().saturating_add(self.options.peer_timeout_ms)
    }
}
