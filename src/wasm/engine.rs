//! The node of one `Sharing`, driven by JavaScript: an asynchronous method calls `settle` with its result.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::error;
use super::host::{JsHost, array_of, strings};
use super::options::JsOptions;
use super::store::JsStore;
use super::tasks;
use super::verdicts::to_plain_object;
use crate::error::StoreFault;
use crate::limits::MAX_POST_BYTES;
use crate::node::{self, Incoming, Options, Purpose, Reply, ReplyBody, Wanted};
use crate::peers::{Health, PeerUrl};
use crate::ports::{Ports, Store};
use crate::record::Version;

type Node = node::Node<JsHost, JsStore, JsHost>;
type Pages = node::Pages<<JsStore as Store>::Entries>;

/// The node of one `Sharing`.
#[wasm_bindgen]
pub struct Engine(Rc<Inner>);

struct Inner {
    node: Node,
    open: RefCell<OpenPages>,
}

/// The ways through records that are open, each with its number; `None` while one of its pages is being read.
#[derive(Default)]
struct OpenPages {
    last: u32,
    pages: Vec<(u32, Option<Box<Pages>>)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    /// Undefined before the store was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<usize>,
    parked: usize,
    /// Undefined before the store was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    peers: Vec<PeerStatus<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PeerStatus<'a> {
    url: &'a str,
    failures: u32,
    retry_at_ms: u64,
}

#[wasm_bindgen]
impl Engine {
    /// A node that has not read its store; `options` are those that `js/core/options.js` has checked.
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsHost, options: &JsValue) -> Engine {
        let options = Options::read(&JsOptions(options));
        let store = JsStore::new(host.clone(), options.identity);
        let ports = Ports { transport: host.clone(), store, host };
        Self(Rc::new(Inner { node: Node::new(ports, options), open: RefCell::default() }))
    }

    /// Runs one round: settles with its report.
    pub fn round(&self, now_ms: f64, seed: f64, settle: Function) {
        self.run(settle, async move |inner| to_plain_object(&inner.node.round(now_ms as u64, seed.to_bits()).await));
    }

    /// Asks a slow peer for which a round has called `askSlow`: settles with undefined when the exchange has ended.
    #[wasm_bindgen(js_name = askSlow)]
    pub fn ask_slow(&self, settle: Function) {
        self.run(settle, async |inner| {
            inner.node.ask_slow().await;
            JsValue::UNDEFINED
        });
    }

    /// Looks at the store, unless the holdings mirror it: settles with undefined, or with an `Error`.
    pub fn load(&self, settle: Function) {
        self.run(settle, async |inner| value_or_error(inner.node.load(Purpose::Serve).await, |()| JsValue::UNDEFINED));
    }

    /// Judges and stores one record, given as JSON: settles with its verdict.
    pub fn put(&self, record: String, now_ms: f64, settle: Function) {
        self.run(settle, async move |inner| put_all(inner, vec![record], now_ms).await.get(0));
    }

    /// Judges and stores many records together: settles with an array of verdicts, in their order.
    #[wasm_bindgen(js_name = putMany)]
    pub fn put_many(&self, records: Array, now_ms: f64, settle: Function) {
        let records = records.iter().filter_map(|record| record.as_string()).collect();
        self.run(settle, async move |inner| put_all(inner, records, now_ms).await.into());
    }

    /// Reads the record in a slot: settles with its JSON text, with undefined, or with an `Error`.
    pub fn get(&self, key: String, settle: Function) {
        self.run(settle, async move |inner| {
            value_or_error(inner.node.get(&key).await, |text| text.map_or(JsValue::UNDEFINED, JsValue::from))
        });
    }

    /// How many bytes of the body `serve` needs for a request of this method and path, at most; undefined if the request is
    /// not for this node.
    #[wasm_bindgen(js_name = bodyBytes)]
    pub fn body_bytes(&self, method: &str, path: &str) -> Option<u32> {
        match self.0.node.options.wanted(method, path) {
            Wanted::NotOurs => None,
            Wanted::Write => Some(u32::try_from(MAX_POST_BYTES).unwrap_or(u32::MAX).saturating_add(1)),
            _ => Some(0),
        }
    }

    /// Answers a request, whose `line` is its method, a space, path and query, and of whose headers `given` are `accept`,
    /// `if-none-match` and `access-control-request-headers`: settles with `{ status, headers, content, pages }`, where
    /// `content` is a text or bytes, and `pages` a number for `page`.
    pub fn serve(&self, line: String, given: Array, body: Vec<u8>, now_ms: f64, settle: Function) {
        self.run(settle, async move |inner| {
            let (method, target) = line.split_once(' ').unwrap_or_default();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let [accept, if_none_match, asked_headers] = &[0, 1, 2].map(|at| given.get(at).as_string());
            let (accept, if_none_match) = (accept.as_deref(), if_none_match.as_deref());
            let asked_headers = asked_headers.as_deref();
            let request = Incoming { method, path, query, accept, if_none_match, asked_headers, body: &body };
            let reply = inner.node.serve(request, now_ms as u64).await;
            reply.map_or(JsValue::UNDEFINED, |reply| inner.answer(reply))
        });
    }

    /// Opens a way through the records whose keys are greater than `after` and begin with `prefix`, at most `limit` of
    /// them; returns its number, for `page`. Its pages are JSON arrays.
    #[wasm_bindgen(js_name = openRecords)]
    pub fn open_records(&self, after: &str, prefix: &str, limit: Option<f64>) -> u32 {
        let records = self.0.node.records(after, prefix, limit.map(|limit| limit as u64));
        self.0.open.borrow_mut().add(records)
    }

    /// Reads the next page: settles with its bytes, with undefined after the last one, or with an `Error`.
    pub fn page(&self, pages: u32, settle: Function) {
        self.run(settle, async move |inner| {
            let Some(mut taken) = inner.open.borrow_mut().take(pages) else { return JsValue::UNDEFINED };
            let page = inner.node.page(&mut taken).await;
            let closed = inner.open.borrow_mut().put_back(pages, taken);
            drop(closed);
            value_or_error(page, |text| {
                text.map_or(JsValue::UNDEFINED, |text| Uint8Array::from(text.as_bytes()).into())
            })
        });
    }

    /// Closes a way through the records.
    #[wasm_bindgen(js_name = closePages)]
    pub fn close_pages(&self, pages: u32) {
        // Dropped after the borrow has ended, because that calls JavaScript.
        let closed = self.0.open.borrow_mut().remove(pages);
        drop(closed);
    }

    /// Chooses peers to send a record to: settles with their urls, or with an `Error` that says why there is none.
    #[wasm_bindgen(js_name = peersToSendTo)]
    pub fn peers_to_send_to(&self, now_ms: f64, seed: f64, settle: Function) {
        self.run(settle, async move |inner| match inner.node.peers_to_send_to(now_ms as u64, seed.to_bits()).await {
            Ok(urls) => strings(urls.iter().map(PeerUrl::as_str)).into(),
            Err(fault) => error::of(&fault),
        });
    }

    /// The node at this url: `{ url, endpoint, isPrivate }`.
    ///
    /// # Errors
    ///
    /// `ADDRESS_REFUSED`
    pub fn addressee(&self, url: &str) -> Result<JsValue, JsValue> {
        self.0.node.addressee(url).map(|node| to_plain_object(&node)).map_err(|fault| error::of(&fault))
    }

    /// Notes a write or a deletion in the store that did not come through this node.
    pub fn heard(&self, key: &str, version: Option<String>) {
        if self.0.node.heard(key, version.and_then(|version| Version::parse(&version))) {
            let inner = Rc::clone(&self.0);
            tasks::spawn(async move { inner.node.tell_news().await });
        }
    }

    /// The number of records, the digest, and the health of the peers.
    pub fn status(&self) -> JsValue {
        let state = &mut *self.0.node.state.borrow_mut();
        let is_known = state.is_known();
        let digest = is_known.then(|| state.holdings.digest().to_string());
        let records = is_known.then(|| state.holdings.len());
        let peer = |(url, health): (&'_ PeerUrl, &Health)| (url.as_str().to_owned(), health.clone());
        let peers: Vec<_> = state.book.iter().map(peer).collect();
        let peers = peers
            .iter()
            .map(|(url, health)| PeerStatus { url, failures: health.failures, retry_at_ms: health.retry_at_ms })
            .collect();
        to_plain_object(&Status { records, parked: state.holdings.parked.len(), digest, peers })
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

async fn put_all(inner: &Inner, records: Vec<String>, now_ms: f64) -> Array {
    let puts = inner.node.put_many(&records, now_ms as u64).await;
    puts.into_iter().map(|put| to_plain_object(&put.into_verdict())).collect()
}

impl Inner {
    fn answer(&self, reply: Reply<<JsStore as Store>::Entries>) -> JsValue {
        let Reply { status, headers, body } = reply;
        let headers = array_of(headers.iter().map(|(name, value)| strings([*name, value.as_str()])));
        let (content, pages) = match body {
            ReplyBody::None => (JsValue::UNDEFINED, JsValue::UNDEFINED),
            ReplyBody::Text(text) => (text.into(), JsValue::UNDEFINED),
            ReplyBody::Bytes(bytes) => (Uint8Array::from(bytes.as_slice()).into(), JsValue::UNDEFINED),
            ReplyBody::Pages(pages) => (JsValue::UNDEFINED, self.open.borrow_mut().add(pages).into()),
        };
        let answer = Object::new();
        let members = [("status", status.into()), ("headers", headers.into()), ("content", content), ("pages", pages)];
        for (name, value) in members {
            // Setting a property of a fresh object cannot fail.
            drop(Reflect::set(&answer, &name.into(), &value));
        }
        answer.into()
    }
}

impl OpenPages {
    fn add(&mut self, pages: Pages) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.pages.push((self.last, Some(Box::new(pages))));
        self.last
    }

    fn take(&mut self, pages: u32) -> Option<Box<Pages>> {
        self.pages.iter_mut().find(|(number, _)| *number == pages).and_then(|(_, place)| place.take())
    }

    /// Puts pages back; returns them, to be dropped, if they were closed meanwhile.
    fn put_back(&mut self, pages: u32, taken: Box<Pages>) -> Option<Box<Pages>> {
        match self.pages.iter_mut().find(|(number, _)| *number == pages) {
            Some((_, place)) => place.replace(taken),
            None => Some(taken),
        }
    }

    fn remove(&mut self, pages: u32) -> Option<Box<Pages>> {
        let at = self.pages.iter().position(|(number, _)| *number == pages)?;
        self.pages.swap_remove(at).1
    }
}

fn value_or_error<V>(outcome: Result<V, StoreFault>, value: impl FnOnce(V) -> JsValue) -> JsValue {
    match outcome {
        Ok(given) => value(given),
        Err(fault) => error::of(&fault),
    }
}
