//! Options as they were given and as JavaScript has checked them; what was not given is the core's own default.

use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::error::coded;
use crate::node::{Options, PeerLimits};
use crate::record::Identity;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    task_id: Option<String>,
    service_url: Option<String>,
    collection: Option<String>,
    identity: Option<String>,
    self_urls: Vec<String>,
    max_peers_per_round: Option<u32>,
    concurrency: Option<u32>,
    peer_timeout_ms: Option<f64>,
    max_body_bytes: Option<f64>,
    max_items: Option<f64>,
    max_rejected: Option<f64>,
    max_records: Option<f64>,
    accept_writes: Option<bool>,
    allow_private_networks: Option<bool>,
}

pub(super) fn read(options: JsValue) -> Result<Options, JsValue> {
    let given: Given =
        serde_wasm_bindgen::from_value(options).map_err(|error| coded("OPTION_INVALID", &error.to_string()))?;
    let default = Options::default();
    let number = |given: Option<f64>, default: u64| given.map_or(default, |given| given as u64);
    let count = |given: Option<u32>, default: usize| given.map_or(default, |given| given as usize);
    let limits = default.limits;
    Ok(Options {
        task_id: given.task_id,
        service_url: given.service_url.unwrap_or(default.service_url),
        collection: given.collection.unwrap_or(default.collection),
        identity: given.identity.map_or(default.identity, |name| identity(&name)),
        self_urls: given.self_urls,
        max_peers: count(given.max_peers_per_round, default.max_peers),
        concurrency: count(given.concurrency, default.concurrency),
        peer_timeout_ms: number(given.peer_timeout_ms, default.peer_timeout_ms),
        limits: PeerLimits {
            max_body_bytes: number(given.max_body_bytes, limits.max_body_bytes),
            max_items: number(given.max_items, limits.max_items),
            max_rejected: number(given.max_rejected, limits.max_rejected),
        },
        max_records: number(given.max_records, default.max_records),
        accept_writes: given.accept_writes.unwrap_or(default.accept_writes),
        allow_private_networks: given.allow_private_networks,
    })
}

pub(super) fn identity(name: &str) -> Identity {
    if name == "owner" { Identity::Owner } else { Identity::Record }
}
