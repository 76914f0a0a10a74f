//! The JavaScript object behind one `Sharing`, and the [`Host`] port over it.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::error::message;
use crate::ports::{Host, Phase, Refused};

#[wasm_bindgen]
extern "C" {
    /// The object made by `js/core/host.js`. Its methods never throw, and their promises settle in bounded time, and only
    /// while this instance lives.
    #[derive(Clone)]
    pub type JsHost;

    #[wasm_bindgen(method, js_name = elapsedMs)]
    fn elapsed_ms(this: &JsHost) -> f64;
    #[wasm_bindgen(method, js_name = nowMs)]
    fn now_ms(this: &JsHost) -> f64;
    #[wasm_bindgen(method)]
    fn turn(this: &JsHost) -> Promise;
    #[wasm_bindgen(method)]
    fn sleep(this: &JsHost, ms: f64) -> Promise;
    #[wasm_bindgen(method, js_name = isAborted)]
    fn is_aborted(this: &JsHost) -> bool;
    #[wasm_bindgen(method, js_name = extraPeers)]
    fn extra_peers(this: &JsHost, deadline_ms: f64) -> Promise;
    #[wasm_bindgen(method, js_name = hasAccept)]
    fn has_accept(this: &JsHost) -> bool;
    #[wasm_bindgen(method)]
    fn accept(this: &JsHost, envelopes: Array, until_ms: f64) -> Promise;
    #[wasm_bindgen(method, js_name = hearsRecords)]
    fn hears_records(this: &JsHost) -> bool;
    #[wasm_bindgen(method, js_name = recordsStored)]
    fn records_stored(this: &JsHost, envelopes: Array);
    #[wasm_bindgen(method, js_name = hearsRejections)]
    fn hears_rejections(this: &JsHost) -> bool;
    #[wasm_bindgen(method)]
    fn rejected(this: &JsHost, items: Array);
    #[wasm_bindgen(method)]
    fn idle(this: &JsHost, ms: f64) -> Promise;
    #[wasm_bindgen(method, js_name = askSlow)]
    fn ask_slow(this: &JsHost);
    #[wasm_bindgen(method)]
    fn progress(this: &JsHost, phase: &str, done: f64, total: Option<f64>);
    #[wasm_bindgen(method)]
    fn warn(this: &JsHost, message: &str);

    #[wasm_bindgen(method)]
    pub(super) fn exchange(this: &JsHost, deadline_ms: f64) -> JsExchange;

    #[wasm_bindgen(method, js_name = openDb)]
    pub(super) fn open_db(this: &JsHost) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn entries(this: &JsHost, after: &str) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn versions(this: &JsHost) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn changes(this: &JsHost, since: Option<&str>) -> Promise;
    #[wasm_bindgen(method, js_name = getMany)]
    pub(super) fn get_many(this: &JsHost, keys: Array) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn write(this: &JsHost, entries: Array) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn remove(this: &JsHost, entries: Array) -> Promise;
    #[wasm_bindgen(method, js_name = readAll)]
    pub(super) fn read_all(this: &JsHost) -> Promise;
    #[wasm_bindgen(method, js_name = readSlots)]
    pub(super) fn read_slots(this: &JsHost, keys: Array, how: &str, was_put: bool) -> Promise;
    #[wasm_bindgen(method, js_name = putAll)]
    pub(super) fn put_all(this: &JsHost, keys: Array, texts: Array, is_held: Array) -> Promise;
    #[wasm_bindgen(method, js_name = putName)]
    pub(super) fn put_name(this: &JsHost) -> String;

    /// One peer's exchange, under one deadline.
    pub type JsExchange;

    #[wasm_bindgen(method, js_name = takesRequests)]
    pub(super) fn takes_requests(this: &JsExchange) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn fetch(this: &JsExchange, request: &JsValue, wanted: Array, allows_private: bool) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &JsExchange, answer: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &JsExchange);

    /// A way through a database, page by page.
    pub type JsScan;

    #[wasm_bindgen(method)]
    pub(super) fn page(this: &JsScan) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn texts(this: &JsScan, places: &[u32]) -> Promise;
    #[wasm_bindgen(method, js_name = close)]
    pub(super) fn close_scan(this: &JsScan);
}

/// Strings as a JavaScript array.
pub(super) fn strings<'t>(texts: impl IntoIterator<Item = &'t str>) -> Array {
    let mut texts = texts.into_iter();
    array(&mut || texts.next().map(JsValue::from))
}

/// An array of these values.
pub(super) fn array_of(values: impl IntoIterator<Item = impl Into<JsValue>>) -> Array {
    let mut values = values.into_iter();
    array(&mut || values.next().map(Into::into))
}

#[inline(never)] // for size: each of its callers would have a copy
fn array(next: &mut dyn FnMut() -> Option<JsValue>) -> Array {
    let array = Array::new();
    while let Some(value) = next() {
        array.push(&value);
    }
    array
}

/// The elements of an array; none if the value is not an array.
pub(super) fn elements(value: JsValue) -> Vec<JsValue> {
    value.dyn_into::<Array>().map(|array| array.iter().collect()).unwrap_or_default()
}

impl Host for JsHost {
    fn elapsed_ms(&self) -> u64 {
        JsHost::elapsed_ms(self) as u64
    }

    fn now_ms(&self) -> u64 {
        JsHost::now_ms(self) as u64
    }

    async fn turn(&self) {
        // A turn that fails is no reason to stop.
        drop(JsFuture::from(JsHost::turn(self)).await);
    }

    async fn sleep(&self, ms: u64) {
        // Nor is a wait that fails.
        drop(JsFuture::from(JsHost::sleep(self, ms as f64)).await);
    }

    fn is_aborted(&self) -> bool {
        JsHost::is_aborted(self)
    }

    async fn extra_peers(&self, deadline_ms: u64) -> Result<Vec<String>, String> {
        let peers =
            JsFuture::from(JsHost::extra_peers(self, deadline_ms as f64)).await.map_err(|thrown| message(&thrown))?;
        Ok(elements(peers).iter().filter_map(JsValue::as_string).collect())
    }

    fn has_accept(&self) -> bool {
        JsHost::has_accept(self)
    }

    async fn accept(&self, envelopes: Vec<String>, until_ms: u64) -> Vec<bool> {
        let envelopes = strings(envelopes.iter().map(String::as_str));
        let verdicts = JsFuture::from(JsHost::accept(self, envelopes, until_ms as f64)).await;
        elements(verdicts.unwrap_or(JsValue::UNDEFINED)).iter().map(|verdict| *verdict == JsValue::TRUE).collect()
    }

    fn hears_records(&self) -> bool {
        JsHost::hears_records(self)
    }

    fn records_stored(&self, envelopes: &[&str]) {
        if JsHost::hears_records(self) {
            JsHost::records_stored(self, strings(envelopes.iter().copied()));
        }
    }

    fn hears_rejections(&self) -> bool {
        JsHost::hears_rejections(self)
    }

    fn rejected(&self, refused: &[Refused]) {
        let fields = |Refused { url, key, code, message }: &'_ Refused| -> [JsValue; 4] {
            [url.into(), key.as_deref().unwrap_or_default().into(), (*code).into(), message.into()]
        };
        JsHost::rejected(self, refused.iter().flat_map(fields).collect());
    }

    async fn idle(&self, ms: u64) {
        // Nor is an idle wait that fails.
        drop(JsFuture::from(JsHost::idle(self, ms as f64)).await);
    }

    fn ask_slow(&self) {
        JsHost::ask_slow(self);
    }

    fn progress(&self, phase: Phase, done: u64, total: Option<u64>) {
        JsHost::progress(self, phase.name(), done as f64, total.map(|total| total as f64));
    }

    fn warn(&self, message: &str) {
        JsHost::warn(self, message);
    }
}
