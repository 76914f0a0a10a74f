//! The report of one round, as users get it.

use serde::Serialize;

use super::outcome::ItemOutcome;
use super::tally::Tally;
use crate::error::{Code as _, PeerFault};
use crate::merge::Why;

/// How one peer's part of a round ended.
pub type PeerEnd = Result<PeerOutcome, PeerFault>;

/// The outcome of one round.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the node list was read, or there is no service, and no call of the store failed. Failed peers do not
    /// matter.
    pub ok: bool,
    /// What ended the round early, or why it got no node list from the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// When the round began, by the node's clock.
    pub started_at_ms: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// One entry for each peer that was asked or skipped, or that once offered a parked record that is now due.
    pub peers: Vec<PeerReport>,
    /// All peers' counts, summed.
    pub totals: Counts,
}

/// A code and its message.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, and what was wanted.
    pub message: String,
}

/// How one peer's part of a round ended, without the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerOutcome {
    /// 304: nothing has changed since it was last read to its end.
    Unchanged,
    /// Its body was read to its end.
    Synced,
    /// It has no records.
    Empty,
    /// It gave less than everything it has. Accepted records are kept.
    Failed,
    /// It was not asked. The code says why, unless it is listed only because a parked record that it offered is due.
    Skipped,
}

/// How it was found out what a peer has that this node does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// By its tag: it answered 304.
    Tag,
    /// By symbols, so that only what differs was read.
    Symbols,
    /// By its whole body.
    Body,
}

/// One peer's part of a round.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerReport {
    /// The normalised base url without a trailing slash, or the text as it was listed if that is not a url.
    pub url: String,
    /// How it ended.
    pub outcome: PeerOutcome,
    /// The code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The message that belongs to the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How it was read; `None` if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// In how many ids its records differ from those that were held when it was asked, by its symbols; `None` if that did
    /// not become known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs: Option<u64>,
    /// The HTTP status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// How long the exchange took, from the first request to the last write.
    pub duration_ms: u64,
    /// The counts.
    #[serde(flatten)]
    pub counts: Counts,
}

impl PeerReport {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            outcome: PeerOutcome::Skipped,
            code: None,
            message: None,
            by: None,
            differs: None,
            http_status: None,
            duration_ms: 0,
            counts: Counts::default(),
        }
    }

    pub(super) fn fail(&mut self, fault: &PeerFault) {
        self.outcome = PeerOutcome::Failed;
        self.remark(fault);
    }

    /// Notes what is wrong, whatever the outcome.
    pub(super) fn remark(&mut self, fault: &PeerFault) {
        self.code = Some(fault.code());
        self.message = Some(fault.to_string());
    }
}

/// Counts of one peer, or of all peers.
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
    /// Records stored in place of a lesser one.
    pub replaced: u64,
    /// Records that are older than the held ones.
    pub kept: u64,
    /// Items skipped, by code.
    pub rejected: Tally,
}

impl Counts {
    pub(super) fn count(&mut self, outcome: &ItemOutcome) {
        self.offered = self.offered.saturating_add(1);
        if let Some((code, _)) = outcome.refusal() {
            return self.rejected.add(code, 1);
        }
        let count = match outcome {
            ItemOutcome::Inserted => &mut self.inserted,
            ItemOutcome::Replaced => &mut self.replaced,
            ItemOutcome::Kept(Why::Same) => &mut self.known,
            ItemOutcome::Kept(Why::Older) => &mut self.kept,
            ItemOutcome::Parked(_)
            | ItemOutcome::Rejected(_)
            | ItemOutcome::Settled(..)
            | ItemOutcome::NotStored(_) => return,
        };
        *count = count.saturating_add(1);
    }

    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn add(&mut self, other: &Self) {
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
        for (code, more) in other.rejected.iter() {
            self.rejected.add(code, more);
        }
    }
}
