//! A scripted network for host tests: every port is ready at once, so a whole round runs in one poll, or waits at a
//! gate that the test opens.

#![allow(dead_code, reason = "each test binary uses its own part of these")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dbsharing::error::{PeerFault, StoreFault, StoreFaultKind};
use dbsharing::node::{Node, Options, State};
use dbsharing::ports::{
    Access, Answer, Body, Changes, Exchange, Host, NamedVersion, Ports, Request, Scan, Store, StoredEntry, Transport,
    Written,
};
use dbsharing::report::Report;

use crate::common::NOW_MS;

pub mod gates;

use gates::Gates;

/// What one peer answers, each time it is asked.
#[derive(Clone)]
pub struct Answering {
    status: u16,
    body: Vec<u8>,
    piece_bytes: usize,
    etag: Option<&'static str>,
}

impl Answering {
    pub fn body(text: &str) -> Self {
        Self { status: 200, body: text.as_bytes().to_vec(), piece_bytes: 65_536, etag: None }
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::body("not for you") }
    }

    pub fn unreachable() -> Self {
        Self::status(0)
    }

    /// Whether its body is this text.
    pub fn holds(&self, text: &str) -> bool {
        self.body == text.as_bytes()
    }

    pub fn in_pieces_of(self, piece_bytes: usize) -> Self {
        Self { piece_bytes, ..self }
    }

    pub fn with_etag(self, etag: &'static str) -> Self {
        Self { etag: Some(etag), ..self }
    }
}

/// A store that holds its entries in memory, and can be told to fail.
#[derive(Default)]
pub struct MemoryStore {
    pub entries: BTreeMap<String, (String, String)>,
    pub fails: bool,
    pub fails_on_write: bool,
    pub fails_after_write: bool,
    /// It acknowledges writes and holds nothing of them.
    pub drops: bool,
    /// What was written and removed, in order, where it can tell.
    pub log: Option<Vec<String>>,
    pub outcomes: Vec<Written>,
}

impl MemoryStore {
    /// A store that tells what has changed.
    pub fn that_tells() -> Self {
        Self { log: Some(Vec::new()), ..Self::default() }
    }

    /// Notes a change of a slot that was made behind the node's back.
    pub fn note(&mut self, key: &str) {
        self.log.iter_mut().for_each(|log| log.push(key.to_owned()));
    }

    fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        if self.fails {
            return Err(failure());
        }
        let Some(log) = &self.log else { return Ok(None) };
        let keys = since.and_then(|mark| log.get(mark.parse::<usize>().ok()?..)).map(BTreeSet::from_iter);
        let version = |key: &String| self.entries.get(key).map(|(version, _)| version.clone()).unwrap_or_default();
        let entries = keys.map(|keys: BTreeSet<&String>| {
            keys.into_iter().map(|key| NamedVersion { key: key.clone(), version: version(key) }).collect()
        });
        Ok(Some(Changes { mark: log.len().to_string(), entries }))
    }

    pub fn write(&mut self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        if self.fails || self.fails_on_write {
            return Err(failure());
        }
        self.outcomes.clear();
        for StoredEntry { key, version, text } in entries.iter().cloned() {
            let is_newer = self.entries.get(&key).is_none_or(|(held, _)| *held < version);
            self.outcomes.push(if is_newer { Written::Written } else { Written::Stale });
            if is_newer && !self.drops {
                self.note(&key);
                self.entries.insert(key, (version, text));
            }
        }
        if self.fails_after_write { Err(failure()) } else { Ok(self.outcomes.clone()) }
    }
}

/// All that a round sees.
pub struct World {
    peers: BTreeMap<&'static str, Answering>,
    pub store: RefCell<MemoryStore>,
    pub tags_sent: RefCell<Vec<String>>,
    pub bodies_read: Cell<u32>,
    pub gates: Gates,
    /// The records that were told to be stored.
    pub heard: RefCell<Vec<String>>,
    pub warnings: RefCell<Vec<String>>,
    /// How often somebody began to go through the store.
    pub scans: Cell<u32>,
    /// How often it was asked what has changed.
    pub looks: Cell<u32>,
    /// How often the event loop was given a turn.
    pub turns: Cell<u32>,
    /// How long somebody waited, in all.
    pub slept_ms: Cell<u64>,
    clock_ms: Cell<u64>,
    /// The host's clock goes on by so much whenever somebody looks at it.
    pub ms_a_look: u64,
    /// The task does not accept records with this text.
    pub refuses: Option<&'static str>,
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
            bodies_read: Cell::new(0),
            gates: Gates::default(),
            heard: RefCell::default(),
            warnings: RefCell::default(),
            scans: Cell::default(),
            looks: Cell::default(),
            turns: Cell::default(),
            slept_ms: Cell::default(),
            clock_ms: Cell::default(),
            ms_a_look: 0,
            refuses: None,
        }
    }

    /// Lets time pass, by the host's clock.
    pub fn pass_ms(&self, ms: u64) {
        self.clock_ms.set(self.clock_ms.get() + ms);
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

/// A node in a world.
pub type InWorld<'w> = Node<&'w World, &'w World, &'w World>;

pub fn options() -> Options {
    Options { task_id: Some("task".to_owned()), service_url: "http://192.0.2.254".to_owned(), ..Options::default() }
}

/// One round of a node that remembers this, in a world that it may not have seen before.
pub fn share_at(state: &RefCell<State>, world: &World, now_ms: u64, options: &Options, seed: u64) -> Report {
    let node = world.node(options.clone());
    node.state.swap(state);
    let report = wait(node.round(now_ms, seed));
    node.state.swap(state);
    report
}

pub fn share(state: &RefCell<State>, world: &World, seed: u64) -> Report {
    share_at(state, world, NOW_MS, &options(), seed)
}

/// The outcome of a future that has nothing to wait for.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("every port is ready at once"),
    }
}

impl<'w> Transport for &'w World {
    type Exchange = Self;

    fn exchange(&self, _deadline_ms: u64) -> &'w World {
        self
    }
}

impl<'w> Exchange for &'w World {
    type Body = Pieces<'w>;

    async fn get(&self, Request { url, headers, wanted }: Request) -> Result<Answer<Pieces<'w>>, PeerFault> {
        self.gates.pass().await;
        let tags = headers.iter().find(|(name, _)| *name == "if-none-match").map(|(_, value)| value.as_str());
        let tags = tags.unwrap_or_default();
        let answering = if url == "http://192.0.2.254/nodes/task" {
            let listed: Vec<String> = self.peers.keys().map(|url| format!(r#"{{"data":{{"url":"{url}"}}}}"#)).collect();
            Answering::body(&format!("[{}]", listed.join(",")))
        } else {
            self.tags_sent.borrow_mut().push(tags.to_owned());
            let peer = url.strip_suffix("/task/task/linktree/all").or(url.strip_suffix("/task/task/linktree/list"));
            self.peers[peer.expect("one of the two paths")].clone()
        };
        let etag = answering.etag.map(str::to_owned);
        let is_current = etag.as_ref().is_some_and(|etag| tags.split(", ").any(|tag| tag == etag));
        let headers = wanted.iter().map(|name| etag.clone().filter(|_| *name == "etag")).collect();
        let body = Pieces { world: self, answering: answering.clone(), at: 0 };
        match answering.status {
            0 => Err(PeerFault::Unreachable("nobody listens".to_owned())),
            _ if is_current => Ok(Answer { status: 304, headers, body }),
            status => Ok(Answer { status, headers, body }),
        }
    }
}

/// A body in pieces.
pub struct Pieces<'w> {
    world: &'w World,
    answering: Answering,
    at: usize,
}

impl Body for Pieces<'_> {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, PeerFault> {
        self.world.gates.pass().await;
        let Answering { body, piece_bytes, .. } = &self.answering;
        let piece = &body[self.at..body.len().min(self.at + piece_bytes)];
        self.at += piece.len();
        if piece.is_empty() && !body.starts_with(b"[{\"data\":{\"url\"") {
            self.world.bodies_read.set(self.world.bodies_read.get() + 1);
        }
        Ok((!piece.is_empty()).then(|| piece.to_vec()))
    }
}

fn failure() -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: "the disk is gone".to_owned() }
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
        self.scan(|key, (version, _)| NamedVersion { key: key.clone(), version: version.clone() })
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        self.gates.pass().await;
        let store = self.store.borrow();
        let entry = |key: &String| {
            let (version, text) = store.entries.get(key)?.clone();
            Some(StoredEntry { key: key.clone(), version, text })
        };
        if store.fails { Err(failure()) } else { Ok(keys.iter().map(entry).collect()) }
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
    fn scan<I>(&self, item: impl Fn(&String, &(String, String)) -> I) -> Result<Pages<'_, I>, StoreFault> {
        self.scans.set(self.scans.get() + 1);
        let store = self.store.borrow();
        let items = store.entries.iter().map(|(key, held)| item(key, held)).collect();
        if store.fails { Err(failure()) } else { Ok(Pages { world: self, items }) }
    }
}

impl Host for &World {
    fn elapsed_ms(&self) -> u64 {
        self.clock_ms.set(self.clock_ms.get() + self.ms_a_look);
        self.clock_ms.get()
    }

    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    async fn turn(&self) {
        self.turns.set(self.turns.get() + 1);
        self.gates.pass().await;
    }

    async fn sleep(&self, ms: u64) {
        self.slept_ms.set(self.slept_ms.get() + ms);
        self.pass_ms(ms);
        self.gates.pass().await;
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn extra_peers(&self, _deadline_ms: u64) -> Vec<String> {
        Vec::new()
    }

    fn has_accept(&self) -> bool {
        self.refuses.is_some()
    }

    async fn accept(&self, envelopes: Vec<String>, _until_ms: u64) -> Vec<bool> {
        self.gates.pass().await;
        envelopes.iter().map(|envelope| !self.refuses.is_some_and(|refused| envelope.contains(refused))).collect()
    }

    fn records_stored(&self, envelopes: &[&str]) {
        self.heard.borrow_mut().extend(envelopes.iter().map(|envelope| (*envelope).to_owned()));
    }

    fn warn(&self, message: &str) {
        self.warnings.borrow_mut().push(message.to_owned());
    }
}
