//! Options as they were given and as JavaScript has checked them; what was not given is the core's own default.

use wasm_bindgen::JsValue;

use super::error::member;
use super::host::elements;
use crate::node::{Options, PeerLimits};
use crate::record::Identity;

/// Reads them property by property: a deserialiser would take 20 kB of the module, for its messages.
pub(super) fn read(options: &JsValue) -> Options {
    let text = |name| member(options, name).as_string();
    let flag = |name| member(options, name).as_bool();
    let number = |name, default| member(options, name).as_f64().map_or(default, |given| given as u64);
    let count = |name, default| member(options, name).as_f64().map_or(default, |given| given as usize);
    let default = Options::default();
    let limits = default.limits;
    Options {
        task_id: text("taskId"),
        service_url: text("serviceUrl").unwrap_or(default.service_url),
        collection: text("collection").unwrap_or(default.collection),
        identity: text("identity").map_or(default.identity, |name| identity(&name)),
        self_urls: elements(member(options, "selfUrls")).iter().filter_map(JsValue::as_string).collect(),
        max_peers: count("maxPeersPerRound", default.max_peers),
        concurrency: count("concurrency", default.concurrency),
        peer_timeout_ms: number("peerTimeoutMs", default.peer_timeout_ms),
        limits: PeerLimits {
            max_body_bytes: number("maxBodyBytes", limits.max_body_bytes),
            max_items: number("maxItems", limits.max_items),
            max_rejected: number("maxRejected", limits.max_rejected),
        },
        max_records: number("maxRecords", default.max_records),
        accept_writes: flag("acceptWrites").unwrap_or(default.accept_writes),
        allow_private_networks: flag("allowPrivateNetworks"),
    }
}

pub(super) fn identity(name: &str) -> Identity {
    if name == "owner" { Identity::Owner } else { Identity::Record }
}
