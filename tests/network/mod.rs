//! A scripted network for host tests: every port is ready at once, so a whole round runs in one poll, or waits at a
//! gate that the test opens.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dbsharing::error::{PeerFault, StoreFault, StoreFaultKind};
use dbsharing::payload::Limits;
use dbsharing::ports::{Answer, Body, Exchange, Host, Store, StoredEntry, Transport, Written};
use dbsharing::record::Identity;
use dbsharing::report::Report;
use dbsharing::round::{Node, Options, Ports, run};

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
    pub outcomes: Vec<Written>,
}

impl MemoryStore {
    pub fn write(&mut self, entries: Vec<StoredEntry>) -> Result<Vec<Written>, StoreFault> {
        if self.fails || self.fails_on_write {
            return Err(failure());
        }
        self.outcomes.clear();
        for StoredEntry { key, version, text } in entries {
            let is_newer = self.entries.get(&key).is_none_or(|(held, _)| *held < version);
            self.outcomes.push(if is_newer { Written::Written } else { Written::Stale });
            if is_newer {
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
            clock_ms: Cell::default(),
            ms_a_look: 0,
            refuses: None,
        }
    }

    pub fn into_store(self) -> MemoryStore {
        self.store.into_inner()
    }

    pub fn ports(&self) -> Ports<&Self, &Self, &Self> {
        Ports { transport: self, store: self, host: self }
    }
}

pub fn options() -> Options {
    Options {
        task_id: Some("task".to_owned()),
        service_url: "http://192.0.2.254".to_owned(),
        collection: "linktree".to_owned(),
        identity: Identity::Record,
        self_urls: Vec::new(),
        max_peers: 32,
        concurrency: 32,
        peer_timeout_ms: 10_000,
        limits: Limits { max_body_bytes: 1 << 26, max_items: 1_000_000, max_rejected: 1_000 },
        max_records: 1_000_000,
        allow_private_networks: None,
    }
}

pub fn share(node: &RefCell<Node>, world: &World, seed: u64) -> Report {
    wait(run(node, &world.ports(), &options(), NOW_MS, seed))
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

    fn exchange(&self) -> &'w World {
        self
    }
}

impl<'w> Exchange for &'w World {
    type Body = Pieces<'w>;

    async fn get(&self, url: &str, tags: &[String]) -> Result<Answer<Pieces<'w>>, PeerFault> {
        self.gates.pass().await;
        let answering = if url == "http://192.0.2.254/nodes/task" {
            let listed: Vec<String> = self.peers.keys().map(|url| format!(r#"{{"data":{{"url":"{url}"}}}}"#)).collect();
            Answering::body(&format!("[{}]", listed.join(",")))
        } else {
            self.tags_sent.borrow_mut().push(tags.join(", "));
            let peer = url.strip_suffix("/task/task/linktree/all").or(url.strip_suffix("/task/task/linktree/list"));
            self.peers[peer.expect("one of the two paths")].clone()
        };
        let etag = answering.etag.map(str::to_owned);
        let is_current = etag.as_ref().is_some_and(|etag| tags.contains(etag));
        let body = Pieces { world: self, answering: answering.clone(), at: 0 };
        match answering.status {
            0 => Err(PeerFault::Unreachable("nobody listens".to_owned())),
            _ if is_current => Ok(Answer { status: 304, etag, body }),
            status => Ok(Answer { status, etag, body }),
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

impl Store for &World {
    async fn versions(&self, after: Option<&str>) -> Result<Vec<(String, String)>, StoreFault> {
        self.gates.pass().await;
        let store = self.store.borrow();
        let page = store.entries.iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after)).take(2);
        if store.fails {
            Err(failure())
        } else {
            Ok(page.map(|(key, (version, _))| (key.clone(), version.clone())).collect())
        }
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

    fn write_at_most(&self, _may_repeat: bool) -> usize {
        2
    }

    async fn write(&self, entries: Vec<StoredEntry>) -> Result<Vec<Written>, StoreFault> {
        self.gates.pass().await;
        let written = self.store.borrow_mut().write(entries);
        self.gates.pass().await;
        written
    }
}

impl Host for &World {
    fn elapsed_ms(&self) -> u64 {
        self.clock_ms.set(self.clock_ms.get() + self.ms_a_look);
        self.clock_ms.get()
    }

    async fn turn(&self) {
        self.gates.pass().await;
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn extra_peers(&self) -> Vec<String> {
        Vec::new()
    }

    fn has_accept(&self) -> bool {
        self.refuses.is_some()
    }

    async fn accept(&self, envelopes: Vec<String>, _until_ms: u64) -> Vec<bool> {
        self.gates.pass().await;
        envelopes.iter().map(|envelope| !self.refuses.is_some_and(|refused| envelope.contains(refused))).collect()
    }
}
