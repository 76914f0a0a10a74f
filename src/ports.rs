//! What a node needs of the world: a transport, a store or a simple database, and the host that it runs in. Nothing else
//! touches anything.
//!
//! Every call settles in bounded time: the ports keep the deadlines, so the core needs no timer.

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

    /// Begins an exchange, which ends after this time; dropping it ends whatever is still open.
    fn exchange(&self, deadline_ms: u64) -> Self::Exchange;
}

/// A request, always a GET.
#[derive(Debug)]
pub struct Request {
    /// The absolute url.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The headers of the answer that are looked at, in lower case.
    pub wanted: &'static [&'static str],
    /// Whether a name may lead to a private address. A host that is spelled out as one was judged before.
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

/// What a peer answered, as far as its head.
#[derive(Debug)]
pub struct Answer<B> {
    /// The HTTP status.
    pub status: u16,
    /// The wanted headers, in the order in which they were wanted.
    pub headers: Vec<Option<String>>,
    /// The body, not yet read.
    pub body: B,
}

/// A body that arrives piece by piece.
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

    /// Whether the round was told to end.
    fn is_aborted(&self) -> bool;

    /// Peers beside those that the service names.
    ///
    /// # Errors
    ///
    /// What follows "option peers" in a sentence, where the task's function threw, gave no urls, or has not named them in
    /// this time.
    fn extra_peers(&self, deadline_ms: u64) -> impl Future<Output = Result<Vec<String>, String>>;

    /// Whether the task has an `accept` of its own.
    fn has_accept(&self) -> bool;

    /// What the task's `accept` says of each record; whatever it throws is a no, and so is what it has not said soon
    /// after `until_ms` of [`Self::elapsed_ms`].
    fn accept(&self, envelopes: Vec<String>, until_ms: u64) -> impl Future<Output = Vec<bool>>;

    /// Whether anybody hears of records that were stored.
    fn hears_records(&self) -> bool;

    /// Hears of records that were stored, here or by somebody else in the same database.
    fn records_stored(&self, envelopes: &[&str]);

    /// Whether anybody hears of every item that is refused, and not only of the first of each peer and code in a round.
    fn hears_rejections(&self) -> bool;

    /// Hears of items that are not stored.
    fn rejected(&self, refused: &[Refused]);

    /// Waits for this long, which keeps no process alive.
    fn idle(&self, ms: u64) -> impl Future<Output = ()>;

    /// Has [`crate::node::Node::ask_slow`] called once, soon, as a task of its own: it may outlive the round.
    fn ask_slow(&self);

    /// Hears how far something that takes long has come: so much is done, of so much where that is known.
    fn progress(&self, phase: Phase, done: u64, total: Option<u64>);

    /// Says what the operator should know.
    fn warn(&self, message: &str);
}
