//! Options as JavaScript checked them, read into the core's own types.

use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::error::coded;
use crate::payload::Limits;
use crate::record::Identity;
use crate::round::Options;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    task_id: Option<String>,
    service_url: String,
    collection: String,
    identity: String,
    self_urls: Vec<String>,
    max_peers_per_round: u32,
    concurrency: u32,
    peer_timeout_ms: f64,
    max_body_bytes: f64,
    max_items: f64,
    max_rejected: f64,
    max_records: f64,
    allow_private_networks: Option<bool>,
}

pub(super) fn read(options: JsValue) -> Result<Options, JsValue> {
    let checked: Checked =
        serde_wasm_bindgen::from_value(options).map_err(|error| coded("OPTION_INVALID", &error.to_string()))?;
    Ok(Options {
        task_id: checked.task_id,
        service_url: checked.service_url,
        collection: checked.collection,
        identity: identity(&checked.identity),
        self_urls: checked.self_urls,
        max_peers: checked.max_peers_per_round as usize,
        concurrency: checked.concurrency as usize,
        peer_timeout_ms: checked.peer_timeout_ms as u64,
        limits: Limits {
            max_body_bytes: checked.max_body_bytes as u64,
            max_items: checked.max_items as u64,
            max_rejected: checked.max_rejected as u64,
        },
        max_records: checked.max_records as u64,
        allow_private_networks: checked.allow_private_networks,
    })
}

pub(super) fn identity(name: &str) -> Identity {
    if name == "owner" { Identity::Owner } else { Identity::Record }
}
