//! Options that JavaScript has checked; those that were not given have the core's defaults.
//!
//! They are read member by member: deserializing them as a whole adds 17 kB of wasm, for numbers in messages that are never
//! shown.

use wasm_bindgen::JsValue;

use super::error::member;
use super::host::elements;
use crate::node::{Options, PeerLimits};
use crate::record::Identity;

pub(super) fn read(options: &JsValue) -> Options {
    let default = Options::default();
    let text = |name| member(options, name).as_string();
    let number = |name, default: u64| member(options, name).as_f64().map_or(default, |given| given as u64);
    let count = |name, default: usize| member(options, name).as_f64().map_or(default, |given| given as usize);
    let limits = default.limits;
    let has_service = member(options, "serviceUrl").as_bool() != Some(false);
    Options {
        task_id: text("taskId"),
        service_url: text("serviceUrl").or(default.service_url.filter(|_| has_service)),
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
        accept_writes: member(options, "acceptWrites").as_bool().unwrap_or(default.accept_writes),
        allow_private_networks: member(options, "allowPrivateNetworks").as_bool(),
    }
}

pub(super) fn identity(name: &str) -> Identity {
    if name == "owner" { Identity::Owner } else { Identity::Record }
}
