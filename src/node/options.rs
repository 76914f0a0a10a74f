//! The options of a node.

use crate::record::Identity;

/// Options as JavaScript has checked them, by their names there.
pub trait GivenOptions {
    /// A string, where one was given.
    fn text(&self, name: &str) -> Option<String>;
    /// An array of strings; empty where none was given.
    fn texts(&self, name: &str) -> Vec<String>;
    /// An integer, where one was given.
    fn number(&self, name: &str) -> Option<u64>;
    /// `true` or `false`, where one of them was given.
    fn flag(&self, name: &str) -> Option<bool>;
}

/// The limits on one peer in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerLimits {
    /// The most bytes of its body, after decompression.
    pub max_body_bytes: u64,
    /// The most items in its body.
    pub max_items: u64,
    /// The most signatures that may fail to verify.
    pub max_rejected: u64,
}

/// The options of a node, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The task; without one nothing is shared.
    pub task_id: Option<String>,
    /// The node service, without a trailing slash; `None` where there is none, and peers come from the task alone.
    pub service_url: Option<String>,
    /// The path segment after `/task/{taskId}/`.
    pub collection: String,
    /// Whether a slot is named by public key and uuid, or by public key alone.
    pub identity: Identity,
    /// The urls by which this node is known; they are never asked.
    pub self_urls: Vec<String>,
    /// The most peers that are asked in one round.
    pub max_peers: usize,
    /// The most peers that are asked at the same time.
    pub concurrency: usize,
    /// The time for one peer's whole exchange, enforced by the transport; also the time that the task's own `accept`
    /// has.
    pub peer_timeout_ms: u64,
    /// The limits on one peer.
    pub limits: PeerLimits,
    /// The most records that are held.
    pub max_records: u64,
    /// Whether `POST /{collection}` is answered.
    pub accept_writes: bool,
    /// Whether private addresses may be asked; `None` decides by the service's own address.
    pub allow_private_networks: Option<bool>,
}

impl Options {
    /// The options that were given, and defaults for the others. They are read member by member:
    /// deserializing them as a whole adds 17 kB of wasm, for numbers in messages that are never shown.
    #[must_use]
    pub fn read(given: &impl GivenOptions) -> Self {
        let default = Self::default();
        let number = |name, default| given.number(name).unwrap_or(default);
        let count =
            |name, default| given.number(name).map_or(default, |number| usize::try_from(number).unwrap_or(default));
        let limits = default.limits;
        let has_service = given.flag("serviceUrl") != Some(false);
        Self {
            task_id: given.text("taskId"),
            service_url: given.text("serviceUrl").or(default.service_url.filter(|_| has_service)),
            collection: given.text("collection").unwrap_or(default.collection),
            identity: given.text("identity").map_or(default.identity, |name| Identity::named(&name)),
            self_urls: given.texts("selfUrls"),
            max_peers: count("maxPeersPerRound", default.max_peers),
            concurrency: count("concurrency", default.concurrency),
            peer_timeout_ms: number("peerTimeoutMs", default.peer_timeout_ms),
            limits: PeerLimits {
                max_body_bytes: number("maxBodyBytes", limits.max_body_bytes),
                max_items: number("maxItems", limits.max_items),
                max_rejected: number("maxRejected", limits.max_rejected),
            },
            max_records: number("maxRecords", default.max_records),
            accept_writes: given.flag("acceptWrites").unwrap_or(default.accept_writes),
            allow_private_networks: given.flag("allowPrivateNetworks"),
        }
    }
}

impl Default for Options {
    /// A node beside a local service, without a task.
    fn default() -> Self {
        Self {
            task_id: None,
            service_url: Some("http://localhost:30017".to_owned()),
            collection: "linktree".to_owned(),
            identity: Identity::Record,
            self_urls: Vec::new(),
            max_peers: 32,
            concurrency: 32,
            peer_timeout_ms: 10_000,
            limits: PeerLimits { max_body_bytes: 64 * 1024 * 1024, max_items: 1_000_000, max_rejected: 1_000 },
            max_records: 1_000_000,
            accept_writes: false,
            allow_private_networks: None,
        }
    }
}
