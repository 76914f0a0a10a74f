//! The options of a node.

use crate::record::Identity;

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
