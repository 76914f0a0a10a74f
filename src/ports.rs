//! What a round needs of the world: a transport, a store, and the host that it runs in. Nothing else touches anything.
//!
//! Every call settles in bounded time: the ports keep the deadlines, so the core needs no timer.

use crate::error::{PeerFault, StoreFault};

/// Sends requests.
pub trait Transport {
    /// One peer's whole exchange.
    type Exchange: Exchange;

    /// Begins an exchange and its one deadline; dropping it ends whatever is still open.
    fn exchange(&self) -> Self::Exchange;
}

/// One peer's exchange: one or two requests and their bodies, all under one deadline.
pub trait Exchange {
    /// The body of an answer.
    type Body: Body;

    /// Gets a url; with entity tags, only if none of them is current.
    ///
    /// # Errors
    ///
    /// [`PeerFault::Unreachable`], [`PeerFault::Timeout`], [`PeerFault::Redirected`] or [`PeerFault::Aborted`].
    fn get(&self, url: &str, tags: &[String]) -> impl Future<Output = Result<Answer<Self::Body>, PeerFault>>;
}

/// What a peer answered, as far as its head.
#[derive(Debug)]
pub struct Answer<B> {
    /// The HTTP status.
    pub status: u16,
    /// The `ETag`, where it is printable ASCII of at most 256 bytes.
    pub etag: Option<String>,
    /// The body, not yet read.
    pub body: B,
}

/// A body that arrives piece by piece.
pub trait Body {
    /// The next bytes, after decompression; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`PeerFault::BodyCut`], [`PeerFault::Timeout`] or [`PeerFault::Aborted`].
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, PeerFault>>;
}

/// One record as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The slot's name, ASCII.
    pub key: String,
    /// Its version; string order is merge order.
    pub version: String,
    /// The whole record as JSON.
    pub text: String,
}

/// What became of one written entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is stored.
    Written,
    /// The store holds the same or a greater version.
    Stale,
    /// It would harm the database, and was not written.
    Unsafe,
}

/// Keeps entries.
pub trait Store {
    /// One page of keys and versions, ascending by key, after `after`; an empty page is the end.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn versions(&self, after: Option<&str>) -> impl Future<Output = Result<Vec<(String, String)>, StoreFault>>;

    /// The entries of these keys, in their order.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn get_many(&self, keys: &[String]) -> impl Future<Output = Result<Vec<Option<StoredEntry>>, StoreFault>>;

    /// How many entries it likes to be given at one time; `may_repeat`: others may come with the same ones, and are
    /// spared the work once these are stored.
    fn write_at_most(&self, may_repeat: bool) -> usize;

    /// Writes each entry whose version is greater than the stored one, all or nothing.
    ///
    /// # Errors
    ///
    /// Whatever the database said; then nothing of the batch is assumed to be stored.
    fn write(&self, entries: Vec<StoredEntry>) -> impl Future<Output = Result<Vec<Written>, StoreFault>>;
}

/// The process that a round runs in.
pub trait Host {
    /// Milliseconds since some fixed moment; never goes back.
    fn elapsed_ms(&self) -> u64;

    /// Waits until it is this caller's turn to work: one slice of work is done between two turns of the event loop.
    fn turn(&self) -> impl Future<Output = ()>;

    /// Whether the round was told to end.
    fn is_aborted(&self) -> bool;

    /// Peers beside those that the service names.
    fn extra_peers(&self) -> impl Future<Output = Vec<String>>;

    /// Whether the task has an `accept` of its own.
    fn has_accept(&self) -> bool;

    /// What the task's `accept` says of each record; whatever it throws is a no, and so is what it has not said soon
    /// after `until_ms` of [`Self::elapsed_ms`].
    fn accept(&self, envelopes: Vec<String>, until_ms: u64) -> impl Future<Output = Vec<bool>>;
}
