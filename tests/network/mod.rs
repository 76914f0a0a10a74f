//! A scripted network for host tests: every port is ready at once, so a whole round runs in one poll, or waits at a
//! gate that the test opens.

#![allow(dead_code, reason = "each test binary uses its own part of these")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dbsharing::error::StoreFault;
use dbsharing::node::{Node, Options, State};
use dbsharing::ports::{Access, Changes, NamedVersion, Ports, Scan, Store, StoredEntry, Written};
use dbsharing::report::Report;

use crate::common::NOW_MS;

pub mod answering;
pub mod entries;
pub mod gates;
mod host;
pub mod reports;
pub mod store;
mod transport;

pub use answering::Answering;
use gates::Gates;
pub use store::MemoryStore;
use store::failure;

/// Everything that a round sees.
pub struct World {
    peers: BTreeMap<&'static str, Answering>,
    pub store: RefCell<MemoryStore>,
    pub tags_sent: RefCell<Vec<String>>,
    /// The urls that peers were asked for.
    pub urls: RefCell<Vec<String>>,
    pub bodies_read: Cell<u32>,
    pub gates: Gates,
    /// The records that were reported as stored.
    pub heard: RefCell<Vec<String>>,
    /// No one listens for stored records.
    pub is_deaf: Cell<bool>,
    /// Every refused item is to be reported.
    pub hears_rejections: bool,
    /// The items that were reported as refused, by call.
    pub refused: RefCell<Vec<Vec<Refusal>>>,
    /// Seconds pass, one after the other, while the gates are shut.
    pub has_seconds: bool,
    /// Waits of more than a second are over when the gates are passed.
    pub is_hasty: bool,
    /// The progress that was reported.
    pub progress: RefCell<Vec<(&'static str, u64, Option<u64>)>>,
    pub warnings: RefCell<Vec<String>>,
    /// How many scans of the store were begun.
    pub scans: Cell<u32>,
    /// How often the store was asked what has changed.
    pub looks: Cell<u32>,
    /// How often the event loop was given a turn.
    pub turns: Cell<u32>,
    /// The time that was spent waiting, in all.
    pub slept_ms: Cell<u64>,
    /// The deadlines with which exchanges were begun.
    pub deadlines_ms: RefCell<Vec<u64>>,
    /// How many slow peers are to be asked outside the round.
    pub slow: Cell<u32>,
    /// The round, and all that it has begun, were asked to end.
    pub is_aborted: Cell<bool>,
    clock_ms: Cell<u64>,
    /// The host's clock advances by this much each time it is read.
    pub ms_a_look: u64,
    /// How many records the task was asked about.
    pub asked: Cell<usize>,
    /// The task does not accept records with this text.
    pub refuses: Option<&'static str>,
    /// What the service answers, if not the list of all peers.
    pub service: Option<Answering>,
    /// What the task's option `peers` gives.
    pub extra_peers: Result<Vec<String>, String>,
}

impl World {
    pub fn new(peers: &[(&'static str, Answering)]) -> Self {
        Self::with_store(peers, MemoryStore::default())
    }

    pub fn with_store(peers: &[(&'static str, Answering)], store: MemoryStore) -> Self {
        Self {
            peers: peers.iter().cloned().collect(),
            store: RefCell::new(store),
            tags_sent: RefCell::default(),
            urls: RefCell::default(),
            bodies_read: Cell::new(0),
            gates: Gates::default(),
            heard: RefCell::default(),
            is_deaf: Cell::default(),
            hears_rejections: false,
            refused: RefCell::default(),
            has_seconds: false,
            is_hasty: false,
            progress: RefCell::default(),
            warnings: RefCell::default(),
            scans: Cell::default(),
            looks: Cell::default(),
            turns: Cell::default(),
            slept_ms: Cell::default(),
            deadlines_ms: RefCell::default(),
            slow: Cell::default(),
            is_aborted: Cell::default(),
            clock_ms: Cell::default(),
            ms_a_look: 0,
            asked: Cell::default(),
            refuses: None,
            service: None,
            extra_peers: Ok(Vec::new()),
        }
    }

    /// The same in a world in which waits of more than a second are over at once.
    pub fn hasty(self) -> Self {
        Self { is_hasty: true, ..self }
    }

    /// Lets time pass, by the host's clock.
    pub fn pass_ms(&self, ms: u64) {
        self.clock_ms.set(self.clock_ms.get() + ms);
    }

    /// Whether one more slow peer is to be asked.
    pub fn takes_slow(&self) -> bool {
        let slow = self.slow.get();
        self.slow.set(slow.saturating_sub(1));
        slow > 0
    }

    pub fn into_store(self) -> MemoryStore {
        self.store.into_inner()
    }

    pub fn ports(&self) -> Ports<&Self, &Self, &Self> {
        Ports { transport: self, store: self, host: self }
    }

    /// A node that remembers nothing and lives in this world.
    pub fn node(&self, options: Options) -> InWorld<'_> {
        Node::new(self.ports(), options)
    }
}

/// An item that was reported as refused: its peer, its slot, its code.
pub type Refusal = (String, Option<String>, &'static str);

/// A node in a world.
pub type InWorld<'w> = Node<&'w World, &'w World, &'w World>;

pub fn options() -> Options {
    Options {
        task_id: Some("task".to_owned()),
        service_url: Some("http://192.0.2.254".to_owned()),
        ..Options::default()
    }
}

/// One round of a node with this state, in a world that may be new to it.
pub fn share_at(state: &RefCell<State>, world: &World, now_ms: u64, options: &Options, seed: u64) -> Report {
    let node = world.node(options.clone());
    node.state.swap(state);
    let report = wait(round_with_slow(&node, world, now_ms, seed));
    node.state.swap(state);
    report
}

/// A round, and the exchanges with slow peers that it begins.
pub async fn round_with_slow(node: &InWorld<'_>, world: &World, now_ms: u64, seed: u64) -> Report {
    let mut round = pin!(node.round(now_ms, seed));
    let report = poll_fn(|context| Poll::Ready(round.as_mut().poll(context))).await;
    while world.takes_slow() {
        node.ask_slow().await;
    }
    match report {
        Poll::Ready(report) => report,
        Poll::Pending => round.await,
    }
}

pub fn share(state: &RefCell<State>, world: &World, seed: u64) -> Report {
    share_at(state, world, NOW_MS, &options(), seed)
}

/// The output of a future that has nothing to wait for.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("every port is ready at once"),
    }
}

/// Pages of what was held when they were asked for, two items each.
pub struct Pages<'w, I> {
    world: &'w World,
    items: Vec<I>,
}

impl<I> Scan for Pages<'_, I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        self.world.gates.pass().await;
        let rest = self.items.split_off(self.items.len().min(2));
        Ok(std::mem::replace(&mut self.items, rest))
    }
}

impl<'w> Store for &'w World {
    type Entries = Pages<'w, StoredEntry>;
    type Versions = Pages<'w, NamedVersion>;

    async fn open(&self) -> Result<Access, StoreFault> {
        Ok(Access::ByKey)
    }

    async fn entries(&self, after: &str) -> Result<Pages<'w, StoredEntry>, StoreFault> {
        let mut pages = self.scan(|key, (version, text)| StoredEntry {
            key: key.clone(),
            version: version.clone(),
            text: text.clone(),
        })?;
        pages.items.retain(|entry| entry.key.as_str() > after);
        Ok(pages)
    }

    async fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        self.looks.set(self.looks.get() + 1);
        self.gates.pass().await;
        let changes = self.store.borrow().changes(since);
        self.gates.pass().await;
        changes
    }

    async fn versions(&self) -> Result<Pages<'w, NamedVersion>, StoreFault> {
        self.gates.pass().await;
        let versions = self.scan(|key, (version, _)| NamedVersion { key: key.clone(), version: version.clone() });
        self.gates.pass().await;
        versions
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        self.gates.pass().await;
        let found = self.get_now(keys);
        self.gates.pass().await;
        found
    }

    async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        self.gates.pass().await;
        let written = self.store.borrow_mut().write(entries);
        self.gates.pass().await;
        written
    }

    async fn remove(&self, entries: &[NamedVersion]) -> Result<(), StoreFault> {
        self.gates.pass().await;
        let store = &mut *self.store.borrow_mut();
        let held = &mut store.entries;
        for NamedVersion { key, version } in entries {
            if held.get(key).is_some_and(|(held, _)| held == version) {
                held.remove(key);
                store.log.iter_mut().for_each(|log| log.push(key.clone()));
            }
        }
        Ok(())
    }
}

impl World {
    fn get_now(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        self.store.borrow_mut().reads += 1;
        let store = self.store.borrow();
        let entry = |key: &String| {
            let (version, text) = store.entries.get(key)?.clone();
            Some(StoredEntry { key: key.clone(), version, text })
        };
        if store.fails { Err(failure()) } else { Ok(keys.iter().map(entry).collect()) }
    }

    fn scan<I>(&self, item: impl Fn(&String, &(String, String)) -> I) -> Result<Pages<'_, I>, StoreFault> {
        self.scans.set(self.scans.get() + 1);
        let store = self.store.borrow();
        let items = store.entries.iter().map(|(key, held)| item(key, held)).collect();
        if store.fails { Err(failure()) } else { Ok(Pages { world: self, items }) }
    }
}
