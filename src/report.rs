//! What one round did, as counts per peer and per code.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Code, PeerFault, Rejection, ShareError};

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
    /// One entry for each peer that was asked or passed over.
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
pub enum Outcome {
    /// 304: nothing changed since it was last read to its end.
    Unchanged,
    /// Its body was read to its end.
    Synced,
    /// It has no records.
    Empty,
    /// It gave less than all it has; what was good is kept.
    Failed,
    /// It was not asked.
    Skipped,
}

/// One peer's part of a round.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerReport {
    /// The normalised base url, without a trailing slash; as it was listed where it is no such url.
    pub url: String,
    /// How it ended.
    pub outcome: Outcome,
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
    /// How much of that was our own: judging, storing, and waiting for the turn to do so.
    #[serde(skip)]
    pub own_ms: u64,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Counts of one peer, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// HTTP requests sent.
    pub requests: u64,
    /// Bytes of bodies, after decompression.
    pub bytes_received: u64,
    /// Items read: known + inserted + replaced + kept + the sum of rejected.
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
    /// Counts one item that is skipped.
    pub fn reject(&mut self, code: &'static str) {
        let count = self.rejected.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts one stored record.
    pub fn store(&mut self, is_new: bool) {
        let count = if is_new { &mut self.inserted } else { &mut self.replaced };
        *count = count.saturating_add(1);
    }

    /// Counts one rejected item.
    pub fn reject_for(&mut self, rejection: &Rejection) {
        self.reject(rejection.code());
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

impl PeerReport {
    /// An entry for a peer that is asked now.
    #[must_use]
    pub fn asked(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            outcome: Outcome::Failed,
            code: None,
            message: None,
            http_status: None,
            duration_ms: 0,
            own_ms: 0,
            counts: Counts::default(),
        }
    }

    /// An entry for a peer that is not asked.
    #[must_use]
    pub fn skipped(url: &str, why: &PeerFault) -> Self {
        let mut report = Self::asked(url);
        report.fail(why);
        report.outcome = Outcome::Skipped;
        report
    }

    /// Notes what went wrong.
    pub fn fail(&mut self, fault: &PeerFault) {
        self.outcome = Outcome::Failed;
        self.code = Some(fault.code());
        self.message = Some(fault.to_string());
    }
}

impl Report {
    /// A report of a round that begins now.
    #[must_use]
    pub fn begin(started_at_ms: u64) -> Self {
        Self { ok: true, started_at_ms, ..Self::default() }
    }

    /// Notes the first thing that ended the round or kept it from hearing the service.
    pub fn fail(&mut self, error: &ShareError) {
        self.ok = false;
        self.error.get_or_insert_with(|| Failure { code: error.code(), message: error.to_string() });
    }

    /// Adds a peer's entry and its counts.
    pub fn add(&mut self, peer: PeerReport) {
        self.totals.add(&peer.counts);
        self.peers.push(peer);
    }
}
