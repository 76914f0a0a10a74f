//! What a node needs from the world: a transport, a store or a simple database, and the host that it runs in. Nothing
//! else has effects.
//!
//! Every call finishes in bounded time: the ports keep the deadlines, so the core needs no timer.

use crate::error::PeerFault;

mod news;
mod storage;

pub use news::{Phase, Refused};
pub use storage::{
    Access, Changes, EntryToPut, Found, Lookup, NamedVersion, Records, Scan, Sighting, SimpleDb, Store, StoredEntry,
    Written,
};

/// The world, as one node sees it.
#[derive(Debug)]
pub struct Ports<T, S, H> {
    /// Sends requests.
    pub transport: T,
    /// Keeps entries.
    pub store: S,
    /// The process.
    pub host: H,
}

/// Sends requests.
pub trait Transport {
    /// One peer's whole exchange.
    type Exchange: Exchange;

    /// Begins an exchange, which ends after this time. Dropping it ends whatever is still open.
    fn exchange(&self, deadline_ms: u64) -> Self::Exchange;
}

/// A request, always a GET.
#[derive(Debug)]
pub struct Request {
    /// The absolute url.
    pub url: String,
    /// Names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The headers of the answer that are needed, in lower case.
    pub wanted: &'static [&'static str],
    /// Whether a host name may lead to a private address. A url with such an address was checked before.
    pub allows_private: bool,
}

/// One peer's exchange: one or two requests and their bodies, all under one deadline.
pub trait Exchange {
    /// The body of an answer.
    type Body: Body;

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// [`PeerFault::Unreachable`], [`PeerFault::Timeout`], [`PeerFault::Redirected`], [`PeerFault::AddressRefused`] or
    /// [`PeerFault::Aborted`].
    fn get(&self, request: Request) -> impl Future<Output = Result<Answer<Self::Body>, PeerFault>>;
}

/// What a peer answered: the status, headers, and a body still to be read.
#[derive(Debug)]
pub struct Answer<B> {
    /// The HTTP status.
    pub status: u16,
    /// The needed headers, in the order of [`Request::wanted`].
    pub headers: Vec<Option<String>>,
    /// The body, not yet read.
    pub body: B,
}

/// A body that arrives in pieces.
pub trait Body {
    /// The next bytes, after decompression; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`PeerFault::BodyCut`], [`PeerFault::Crowded`], [`PeerFault::Timeout`] or [`PeerFault::Aborted`].
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, PeerFault>>;
}

/// The process that a node runs in.
pub trait Host {
    /// Milliseconds since some fixed moment; never goes back.
    fn elapsed_ms(&self) -> u64;

    /// Milliseconds since 1970, by the clock of the task.
    fn now_ms(&self) -> u64;

    /// Waits until it is this caller's turn to work: one slice of work is done between two turns of the event loop.
    fn turn(&self) -> impl Future<Output = ()>;

    /// Waits for this long.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;

    /// Whether the round was asked to end.
    fn is_aborted(&self) -> bool;

    /// Peers besides those that the service lists.
    ///
    /// # Errors
    ///
    /// Text that completes "option peers …", if the task's function threw, gave something else than urls, or did not
    /// answer in this time.
    fn extra_peers(&self, deadline_ms: u64) -> impl Future<Output = Result<Vec<String>, String>>;

    /// Whether the task has an `accept`.
    fn has_accept(&self) -> bool;

    /// What the task's `accept` answers for each record. An exception counts as false, and so does an answer that is
    /// missing soon after `until_ms` of [`Self::elapsed_ms`].
    fn accept(&self, envelopes: Vec<String>, until_ms: u64) -> impl Future<Output = Vec<bool>>;

    /// Whether anyone listens for stored records.
    fn hears_records(&self) -> bool;

    /// Reports records that were stored, by this node or by another writer of the same database.
    fn records_stored(&self, envelopes: &[&str]);

    /// Whether every refused item is to be reported, not only the first of each peer and code in a round.
    fn hears_rejections(&self) -> bool;

    /// Reports items that are not stored.
    fn rejected(&self, refused: &[Refused]);

    /// Waits for this long without keeping the process alive.
    fn idle(&self, ms: u64) -> impl Future<Output = ()>;

    /// Schedules one call of [`crate::node::Node::ask_slow`], separate from the round, which it may outlive.
    fn ask_slow(&self);

    /// Reports the progress of something that takes long: how much is done, and of how much if that is known.
    fn progress(&self, phase: Phase, done: u64, total: Option<u64>);

    /// Tells the operator something.
    fn warn(&self, message: &str);
}
