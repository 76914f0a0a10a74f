//! One `Sharing`, as JavaScript drives it: what takes time is a task that ends with a call of `settle`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::error;
use super::host::JsHost;
use super::verdicts::{self, to_plain_object};
use super::{options, tasks};
use crate::index::Held;
use crate::peers::PeerUrl;
use crate::record::{KeyHash, Version};
use crate::round::{self, Node, Options, Ports, Put};
use crate::serve::{self, Routes, Wanted};

/// The state of one `Sharing` and its ports.
#[wasm_bindgen]
pub struct Engine(Rc<Inner>);

struct Inner {
    node: RefCell<Node>,
    ports: Ports<JsHost, JsHost, JsHost>,
    options: Options,
    routes: Routes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State<'a> {
    records: usize,
    parked: usize,
    digest: String,
    peers: Vec<PeerState<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PeerState<'a> {
    url: &'a str,
    failures: u32,
    retry_at_ms: u64,
}

#[wasm_bindgen]
impl Engine {
    /// An engine that has not read its store; `options` are those that `js/options.js` has checked.
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsHost, options: JsValue, accepts_writes: bool) -> Result<Engine, JsValue> {
        let options = options::read(options)?;
        let routes =
            Routes { task_id: options.task_id.clone(), collection: options.collection.clone(), accepts_writes };
        let ports = Ports { transport: host.clone(), store: host.clone(), host };
        Ok(Self(Rc::new(Inner { node: RefCell::default(), ports, options, routes })))
    }

    /// Reads the store, unless its contents are known: settles with nothing, or with an `Error`.
    pub fn load(&self, settle: Function) {
        self.run(settle, async |inner| match round::load(&inner.node, &inner.ports).await {
            Ok(()) => JsValue::UNDEFINED,
            Err(fault) => error::of(&fault),
        });
    }

    /// Runs one round: settles with its report.
    pub fn round(&self, now_ms: f64, seed: f64, settle: Function) {
        self.run(settle, async move |inner| {
            let (now_ms, seed) = (now_ms as u64, seed.to_bits());
            to_plain_object(&round::run(&inner.node, &inner.ports, &inner.options, now_ms, seed).await)
        });
    }

    /// Verifies and stores one record, given as JSON: settles with its verdict and `stored`, or with an `Error`.
    pub fn put(&self, record: String, now_ms: f64, settle: Function) {
        self.run(settle, async move |inner| {
            let now_ms = now_ms as u64;
            let verified = verdicts::verify_one(&record, inner.options.identity, now_ms);
            let (record, mut verdict) = match verified {
                Ok(verified) => verified,
                Err(verdict) => return to_plain_object(&verdict.stored(false)),
            };
            match round::put(&inner.node, &inner.ports, &inner.options, now_ms, record).await {
                Ok(Put::Stored) => verdict = verdict.stored(true),
                Ok(Put::Stale) => verdict = verdict.stored(false),
                Ok(Put::Rejected(rejection)) => verdict = verdict.rejected(&rejection).stored(false),
                Err(fault) => return error::of(&fault),
            }
            to_plain_object(&verdict)
        });
    }

    /// Notes a write or a deletion in the store that did not come through here.
    #[wasm_bindgen(js_name = storeChanged)]
    pub fn store_changed(&self, key: &str, version: Option<String>) {
        let index = &mut self.0.node.borrow_mut().index;
        let key = KeyHash::of(key);
        match version.and_then(|version| Version::parse(&version)) {
            Some(version) => index.apply(key, Held { version, signature: None }),
            None => index.remove(&key),
        }
    }

    /// Notes that what the store holds in a slot is not what was stored there: it has to be offered again.
    #[wasm_bindgen(js_name = entryLost)]
    pub fn entry_lost(&self, key: &str) {
        let node = &mut *self.0.node.borrow_mut();
        node.index.remove(&KeyHash::of(key));
        node.forget_validators();
    }

    /// Makes the next call read the store again.
    #[wasm_bindgen(js_name = readStoreAgain)]
    pub fn read_store_again(&self) {
        self.0.node.borrow_mut().read_store_again();
    }

    /// What is held, and how the peers fare.
    pub fn state(&self) -> JsValue {
        let node = &mut *self.0.node.borrow_mut();
        let digest = node.index.digest().to_string();
        let peer = |(url, health): (&'_ PeerUrl, &crate::peers::Health)| (url.as_str().to_owned(), health.clone());
        let peers: Vec<_> = node.book.iter().map(peer).collect();
        let peers = peers
            .iter()
            .map(|(url, health)| PeerState { url, failures: health.failures, retry_at_ms: health.retry_at_ms })
            .collect();
        to_plain_object(&State { records: node.index.len(), parked: node.index.parked.len(), digest, peers })
    }

    /// The entity tag of what is held.
    #[wasm_bindgen(js_name = entityTag)]
    pub fn entity_tag(&self) -> String {
        serve::entity_tag(&self.0.node.borrow_mut().index.digest())
    }

    /// What a request asks for: `"all"`, `"list"`, `"write"`, `"preflight"`, or undefined where it is not ours.
    pub fn wanted(&self, method: &str, path: &str) -> Option<String> {
        let wanted = match self.0.routes.wanted(method, path) {
            Wanted::NotOurs => return None,
            Wanted::Preflight => "preflight",
            Wanted::All => "all",
            Wanted::List => "list",
            Wanted::Write => "write",
        };
        Some(wanted.to_owned())
    }

    fn run(&self, settle: Function, work: impl AsyncFnOnce(&Inner) -> JsValue + 'static) {
        let inner = Rc::clone(&self.0);
        tasks::spawn(async move {
            let value = work(&inner).await;
            // JavaScript's settle only resolves a promise.
            drop(settle.call1(&JsValue::UNDEFINED, &value));
        });
    }
}
