//! What a node remembers between rounds, and how it was configured.

use std::rc::Rc;

use futures_util::lock::Mutex;

use crate::index::Index;
use crate::payload::Limits;
use crate::peers::Book;
use crate::record::Identity;
use crate::verify::Pace;
use crate::verify::memory::Memory;

/// The options of a node, checked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The task; without one nothing is shared.
    pub task_id: Option<String>,
    /// The node service, without a trailing slash.
    pub service_url: String,
    /// The path segment after `/task/{taskId}/`.
    pub collection: String,
    /// What makes two records the same slot.
    pub identity: Identity,
    /// Urls of this node itself.
    pub self_urls: Vec<String>,
    /// The most peers that are asked in one round.
    pub max_peers: usize,
    /// The most peers that are asked at one time.
    pub concurrency: usize,
    /// The time for one peer's whole exchange, which the transport keeps; the task's own `accept` gets no more.
    pub peer_timeout_ms: u64,
    /// What one peer may cost.
    pub limits: Limits,
    /// The most records that are held.
    pub max_records: u64,
    /// Whether private addresses may be asked; `None` decides by the service's own address.
    pub allow_private_networks: Option<bool>,
}

/// What a node remembers between rounds.
#[derive(Debug, Default)]
pub struct Node {
    /// What the store holds.
    pub index: Index,
    /// Keys that were decoded and signatures that were judged.
    pub memory: Memory,
    /// The peers' health, and what each was last heard to have.
    pub book: Book<Notes>,
    /// Whether the index mirrors the store.
    pub is_loaded: bool,
    /// Held by whoever reads the store into the index.
    pub reading: Rc<Mutex<()>>,
    /// How much this machine does in one stretch.
    pub pace: Pace,
    /// When the host's event loop was last given a turn, by the host's clock.
    pub last_turn_ms: u64,
    list: Option<(Vec<String>, u64)>,
    /// Validators of an earlier epoch no longer count.
    epoch: u64,
}

/// What is remembered of one peer.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Whether it answers on `/list` and not on `/all`.
    pub answers_on_list: bool,
    /// What it had when it was last read to its end.
    pub validator: Option<Validator>,
}

/// The entity tag of a body of which every item was judged and is durable.
#[derive(Debug, Clone)]
pub struct Validator {
    /// The tag, as the peer sent it.
    pub etag: String,
    /// From then on the body has to be read again: it held records that will be judged differently.
    pub judge_again_at_ms: Option<u64>,
    /// When it was remembered, as [`Node::epoch`].
    pub epoch: u64,
}

impl Node {
    /// The epoch in which validators count.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Forgets what peers were heard to have: the next round reads their bodies.
    pub fn forget_validators(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
    }

    /// Makes the store be read again before the next round. What is held stays in force until then.
    pub fn read_store_again(&mut self) {
        self.is_loaded = false;
    }

    pub(super) fn remember_list(&mut self, list: &[String], now_ms: u64) {
        self.list = Some((list.to_vec(), now_ms));
    }

    pub(super) fn remembered_list(&self, now_ms: u64, lifetime_ms: u64) -> Vec<String> {
        match &self.list {
            Some((list, read_at_ms)) if now_ms.saturating_sub(*read_at_ms) <= lifetime_ms => list.clone(),
            _ => Vec::new(),
        }
    }
}

/// Random numbers from one seed (SplitMix64, public domain, Sebastiano Vigna): for the choice of peers and for jitter, not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A sequence that depends on the seed alone.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, at least 0 and less than 1.
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}
