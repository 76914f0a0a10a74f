//! What one round did: a ledger in which the outcome of every item is noted once, with its slot and its peer, and the
//! report that is read off it.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::error::{Code, PeerFault, Rejection, ShareError, StoreFault};
use crate::limits::{ACCEPT_AGAIN_MS, MAX_NOTED};
use crate::merge::Why;
use crate::record::KeyHash;

/// What became of one item of a peer's body, or of one record of the task's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It is stored, in an empty slot.
    Inserted,
    /// It is stored, in the place of a lesser one.
    Replaced,
    /// What is held stays.
    Kept(Why),
    /// It is dated ahead of this node's clock, waits here and will be judged again by itself.
    Parked(Rejection),
    /// It is skipped: a rule, the task, or the room that there is.
    Rejected(Rejection),
    /// The database failed, so that it is not known to be stored.
    NotStored(StoreFault),
}

/// When the source of an item has to be read again although it has not changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadAgain {
    /// Never: all that it has is judged for good.
    #[default]
    Never,
    /// From this time of the node's clock on, in milliseconds.
    From(u64),
    /// In the next round.
    AtOnce,
}

impl ReadAgain {
    /// The earlier one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtOnce, _) | (_, Self::AtOnce) => Self::AtOnce,
            (Self::From(one), Self::From(another)) => Self::From(one.min(another)),
            (Self::Never, other) | (other, Self::Never) => other,
        }
    }
}

impl ItemOutcome {
    /// When its source has to be read again because of it, where the node's clock says `now_ms`.
    fn read_again(&self, now_ms: u64) -> ReadAgain {
        match self {
            Self::NotStored(_) | Self::Rejected(Rejection::StoreFull { .. }) => ReadAgain::AtOnce,
            Self::Rejected(Rejection::NotAccepted) => ReadAgain::From(now_ms.saturating_add(ACCEPT_AGAIN_MS)),
            Self::Rejected(Rejection::FromTheFuture { due_ms, .. }) => ReadAgain::From(*due_ms),
            Self::Inserted | Self::Replaced | Self::Kept(_) | Self::Parked(_) | Self::Rejected(_) => ReadAgain::Never,
        }
    }
}

/// One of a ledger's peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerId(usize);

/// What became of one item, of whom it came and for which slot; items that break rules 1 to 4 have none.
#[derive(Debug, Clone)]
pub struct Noted {
    /// Who offered it.
    pub peer: PeerId,
    /// The slot.
    pub key: Option<KeyHash>,
    /// What became of it.
    pub outcome: ItemOutcome,
}

/// How one peer's part of a round ended.
pub type PeerEnd = Result<PeerOutcome, PeerFault>;

/// All that is noted in one round.
#[derive(Debug)]
pub struct Ledger {
    now_ms: u64,
    peers: Vec<Page>,
    /// The first of them may be opened again.
    reopenable: usize,
    recent: VecDeque<Noted>,
}

/// What is noted of one peer.
#[derive(Debug)]
struct Page {
    report: PeerReport,
    read_again: ReadAgain,
}

impl Ledger {
    /// An empty ledger of a round that begins at this time of the node's clock.
    #[must_use]
    pub fn new(now_ms: u64) -> Self {
        Self { now_ms, peers: Vec::new(), reopenable: 0, recent: VecDeque::new() }
    }

    /// The page of a peer, by its normalised url or, where it has none, as it was listed. Each peer is opened once.
    pub fn open(&mut self, url: &str) -> PeerId {
        let reopenable = self.peers.iter().take(self.reopenable);
        let id = reopenable.enumerate().find(|(_, page)| page.report.url == url).map(|(at, _)| at);
        let id = id.unwrap_or_else(|| {
            self.peers.push(Page { report: PeerReport::new(url), read_again: ReadAgain::Never });
            self.peers.len().saturating_sub(1)
        });
        PeerId(id)
    }

    /// The page of a peer that may be asked later in the round, and is opened again then.
    pub fn open_early(&mut self, url: &str) -> PeerId {
        let id = self.open(url);
        self.reopenable = self.peers.len();
        id
    }

    /// Notes what became of one item that a peer offered.
    pub fn note(&mut self, peer: PeerId, key: Option<KeyHash>, outcome: ItemOutcome) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            page.report.counts.count(&outcome);
            page.read_again = page.read_again.or(outcome.read_again(self.now_ms));
        }
        if outcome == ItemOutcome::Kept(Why::Same) {
            return;
        }
        if self.recent.len() >= MAX_NOTED {
            self.recent.pop_front();
        }
        self.recent.push_back(Noted { peer, key, outcome });
    }

    /// Notes that a request is sent to a peer.
    pub fn note_request(&mut self, peer: PeerId) {
        if let Some(counts) = self.counts_mut(peer) {
            counts.requests = counts.requests.saturating_add(1);
        }
    }

    /// Notes the HTTP status of a peer's last answer.
    pub fn note_status(&mut self, peer: PeerId, http_status: u16) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            page.report.http_status = Some(http_status);
        }
    }

    /// Notes what reading a peer's body cost: bytes after decompression, and signatures checked.
    pub fn note_work(&mut self, peer: PeerId, bytes_received: u64, verified: u64) {
        if let Some(counts) = self.counts_mut(peer) {
            counts.bytes_received = counts.bytes_received.saturating_add(bytes_received);
            counts.verified = counts.verified.saturating_add(verified);
        }
    }

    /// Notes how a peer's part ended, and how long it took.
    pub fn close(&mut self, peer: PeerId, end: &PeerEnd, duration_ms: u64) {
        let Some(Page { report, .. }) = self.peers.get_mut(peer.0) else { return };
        report.duration_ms = duration_ms;
        match end {
            Ok(outcome) => report.outcome = *outcome,
            Err(fault) => report.fail(fault),
        }
    }

    /// Notes that a peer is not asked, and why.
    pub fn skip(&mut self, url: &str, why: &PeerFault) {
        let PeerId(at) = self.open(url);
        if let Some(Page { report, .. }) = self.peers.get_mut(at) {
            report.fail(why);
            report.outcome = PeerOutcome::Skipped;
        }
    }

    /// When a peer's body has to be read again although it has not changed.
    #[must_use]
    pub fn read_again(&self, peer: PeerId) -> ReadAgain {
        self.peers.get(peer.0).map_or(ReadAgain::Never, |page| page.read_again)
    }

    /// What was counted of a peer so far.
    #[must_use]
    pub fn counts(&self, peer: PeerId) -> Option<&Counts> {
        self.peers.get(peer.0).map(|page| &page.report.counts)
    }

    /// The url of a peer.
    #[must_use]
    pub fn url(&self, peer: PeerId) -> Option<&str> {
        self.peers.get(peer.0).map(|page| page.report.url.as_str())
    }

    /// The outcomes that were noted last, of what was not held already, oldest first.
    pub fn recent(&self) -> impl Iterator<Item = &Noted> {
        self.recent.iter()
    }

    /// The report of the round, which took so long; `error` is what ended it, or kept it from hearing the service.
    #[must_use]
    pub fn into_report(self, error: Option<&ShareError>, duration_ms: u64) -> Report {
        let mut totals = Counts::default();
        let peers: Vec<PeerReport> = self.peers.into_iter().map(|page| page.report).collect();
        for peer in &peers {
            totals.add(&peer.counts);
        }
        let error = error.map(|error| Failure { code: error.code(), message: error.to_string() });
        Report { ok: error.is_none(), error, started_at_ms: self.now_ms, duration_ms, peers, totals }
    }

    fn counts_mut(&mut self, peer: PeerId) -> Option<&mut Counts> {
        self.peers.get_mut(peer.0).map(|page| &mut page.report.counts)
    }
}

/// The outcome of one round.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the node list was read and no store call failed; failed peers do not change it.
    pub ok: bool,
    /// What ended the round, or kept it from hearing the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// When the round began, by the clock it was given.
    pub started_at_ms: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// One entry for each peer that was asked or passed over, or of which a parked record fell due.
    pub peers: Vec<PeerReport>,
    /// All peers' counts, summed.
    pub totals: Counts,
}

/// A code and a sentence.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// The stable code.
    pub code: &'static str,
    /// What was wrong, where, and what was wanted.
    pub message: String,
}

/// How one peer's part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerOutcome {
    /// 304: nothing changed since it was last read to its end.
    Unchanged,
    /// Its body was read to its end.
    Synced,
    /// It has no records.
    Empty,
    /// It gave less than all it has; what was good is kept.
    Failed,
    /// It was not asked: its code says why, unless it is only here because a record that it once offered fell due.
    Skipped,
}

/// One peer's part of a round.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerReport {
    /// The normalised base url, without a trailing slash; as it was listed where it is no such url.
    pub url: String,
    /// How it ended.
    pub outcome: PeerOutcome,
    /// The code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The sentence that belongs to the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The HTTP status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// How long the exchange took, from the first request to the last write.
    pub duration_ms: u64,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
}

impl PeerReport {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            outcome: PeerOutcome::Skipped,
            code: None,
            message: None,
            http_status: None,
            duration_ms: 0,
            counts: Counts::default(),
        }
    }

    fn fail(&mut self, fault: &PeerFault) {
        self.outcome = PeerOutcome::Failed;
        self.code = Some(fault.code());
        self.message = Some(fault.to_string());
    }
}

/// Counts of one peer, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// HTTP requests sent.
    pub requests: u64,
    /// Bytes of bodies, after decompression.
    pub bytes_received: u64,
    /// Items whose outcome was noted: known + inserted + replaced + kept + the sum of rejected.
    pub offered: u64,
    /// Items that were held already.
    pub known: u64,
    /// Signatures checked.
    pub verified: u64,
    /// Records stored in an empty slot.
    pub inserted: u64,
    /// Records stored in the place of a lesser one.
    pub replaced: u64,
    /// Good records that lost against what is held.
    pub kept: u64,
    /// Items skipped, by code.
    pub rejected: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn count(&mut self, outcome: &ItemOutcome) {
        self.offered = self.offered.saturating_add(1);
        let count = match outcome {
            ItemOutcome::Inserted => &mut self.inserted,
            ItemOutcome::Replaced => &mut self.replaced,
            ItemOutcome::Kept(Why::Same) => &mut self.known,
            ItemOutcome::Kept(Why::Older) => &mut self.kept,
            ItemOutcome::Parked(rejection) | ItemOutcome::Rejected(rejection) => {
                self.rejected.entry(rejection.code()).or_default()
            }
            ItemOutcome::NotStored(fault) => self.rejected.entry(fault.code()).or_default(),
        };
        *count = count.saturating_add(1);
    }

    fn add(&mut self, other: &Self) {
        let fields = [
            (&mut self.requests, other.requests),
            (&mut self.bytes_received, other.bytes_received),
            (&mut self.offered, other.offered),
            (&mut self.known, other.known),
            (&mut self.verified, other.verified),
            (&mut self.inserted, other.inserted),
            (&mut self.replaced, other.replaced),
            (&mut self.kept, other.kept),
        ];
        for (total, more) in fields {
            *total = total.saturating_add(more);
        }
        for (code, more) in &other.rejected {
            let total = self.rejected.entry(code).or_default();
            *total = total.saturating_add(*more);
        }
    }
}
