//! The ledger of a round: the outcome of every item, noted once.

use std::collections::VecDeque;

use super::arrivals::Arrivals;
use super::outcome::{ItemOutcome, ReadAgain};
use super::round::{By, Counts, Failure, PeerEnd, PeerOutcome, PeerReport, Report};
use crate::error::{Code as _, PeerFault, ShareError};
use crate::limits::{MAX_ITEM_BYTES, MAX_NOTED};
use crate::merge::Why;
use crate::ports::Refused;
use crate::record::{Content, KeyHash, Version};

/// How many refused items are reported at one time: more would hold up the event loop.
const MUCH_TO_TELL: usize = 100;

/// One of a ledger's peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerId(usize);

/// What became of one item, which peer offered it, and its slot. Items that break rules 1 to 4 have no slot.
#[derive(Debug, Clone)]
pub struct Noted {
    /// The peer that offered it.
    pub peer: PeerId,
    /// The hash of the slot's key.
    pub key: Option<KeyHash>,
    /// What became of it.
    pub outcome: ItemOutcome,
}

/// Everything that is noted in one round.
#[derive(Debug)]
pub struct Ledger {
    now_ms: u64,
    peers: Vec<Page>,
    /// The first of these pages may be opened again.
    reopenable: usize,
    recent: VecDeque<Noted>,
    /// Refused items that are not reported yet.
    refused: Vec<Refused>,
    /// Whether all of them are reported, or only the first of each peer and code.
    tells_all: bool,
}

/// What is noted about one peer.
#[derive(Debug)]
struct Page {
    report: PeerReport,
    read_again: ReadAgain,
    /// Whether any item that it offered keeps the rules.
    was_of_use: bool,
    /// What came under each id, once that is watched.
    arrivals: Option<Arrivals>,
}

impl Ledger {
    /// An empty ledger for a round that begins at this time of the node's clock.
    #[must_use]
    pub fn new(now_ms: u64) -> Self {
        Self {
            now_ms,
            peers: Vec::new(),
            reopenable: 0,
            recent: VecDeque::new(),
            refused: Vec::new(),
            tells_all: false,
        }
    }

    /// The page of a peer, by its normalised url or, if it has none, the text as listed. Each peer is opened once.
    pub fn open(&mut self, url: &str) -> PeerId {
        let reopenable = self.peers.iter().take(self.reopenable);
        let id = reopenable.enumerate().find(|(_, page)| page.report.url == url).map(|(at, _)| at);
        let id = id.unwrap_or_else(|| {
            let (report, read_again) = (PeerReport::new(url), ReadAgain::Never);
            self.peers.push(Page { report, read_again, was_of_use: false, arrivals: None });
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

    /// Notes what became of one item that a peer offered; `name` gives its slot's name.
    pub fn note(
        &mut self,
        peer: PeerId,
        key: Option<KeyHash>,
        outcome: ItemOutcome,
        name: &dyn Fn() -> Option<String>,
    ) {
        self.note_item(peer, (key, None), outcome, name);
    }

    #[inline(never)] // for size: each of its callers would have a copy
    fn note_item(
        &mut self,
        peer: PeerId,
        (key, version): (Option<KeyHash>, Option<&Version>),
        outcome: ItemOutcome,
        name: &dyn Fn() -> Option<String>,
    ) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            if let Some((arrivals, key)) = page.arrivals.as_mut().zip(key.as_ref()) {
                arrivals.note(key, version, &outcome);
            }
            let report = &mut page.report;
            if let Some((code, message)) = outcome.refusal()
                && (self.tells_all || report.counts.rejected[code] == 0)
            {
                let (url, message) = (report.url.clone(), message.to_string());
                self.refused.push(Refused { url, key: name(), code, message });
            }
            report.counts.count(&outcome);
            page.was_of_use |= !matches!(outcome, ItemOutcome::Rejected(_));
            page.read_again = page.read_again.or(outcome.read_again());
        }
        if outcome == ItemOutcome::Kept(Why::Same) {
            return;
        }
        if self.recent.len() >= MAX_NOTED {
            self.recent.pop_front();
        }
        self.recent.push_back(Noted { peer, key, outcome });
    }

    /// Notes what became of an item whose content is known.
    pub fn note_content(&mut self, peer: PeerId, content: &Content, outcome: ItemOutcome) {
        let item = (Some(content.key_hash), Some(&content.version));
        self.note_item(peer, item, outcome, &|| Some(content.key.as_str().to_owned()));
    }

    /// Notes from now on what comes under each id.
    pub fn watch_arrivals(&mut self, peer: PeerId) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            page.arrivals.get_or_insert_default();
        }
    }

    /// What came under each id since that is watched.
    #[must_use]
    pub fn arrivals(&self, peer: PeerId) -> Option<&Arrivals> {
        self.peers.get(peer.0)?.arrivals.as_ref()
    }

    /// Notes how a peer is read.
    pub fn note_by(&mut self, peer: PeerId, by: By) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            page.report.by = Some(by);
        }
    }

    /// Notes that a peer is audited, though it may have said that it has not changed.
    pub fn note_audit(&mut self, peer: PeerId) {
        self.note_by(peer, By::Symbols);
        let report = self.peers.get_mut(peer.0).map(|page| &mut page.report);
        if let Some(report) = report.filter(|report| report.outcome == PeerOutcome::Unchanged) {
            report.outcome = PeerOutcome::Synced;
        }
    }

    /// Notes in how many ids a peer's records differ from those that are held.
    pub fn note_differences(&mut self, peer: PeerId, differences: u64) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            page.report.differs = Some(differences);
        }
    }

    /// Notes something about a peer that does not end its part.
    pub fn note_differing(&mut self, peer: PeerId, fault: &PeerFault) {
        if let Some(page) = self.peers.get_mut(peer.0) {
            page.report.remark(fault);
        }
    }

    /// Whether so many items were refused that they should be reported before more are judged.
    #[must_use]
    pub fn has_much_to_tell(&self) -> bool {
        self.refused.len() >= MUCH_TO_TELL
    }

    /// Items refused since the last call: all of them, or the first of each peer and code in the round. `tells_all`
    /// decides which from now on.
    pub fn take_refused(&mut self, tells_all: bool) -> Vec<Refused> {
        self.tells_all = tells_all;
        std::mem::take(&mut self.refused)
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

    /// Whether a peer sent more than an item may have, and none that keeps the rules. No honest list looks like that.
    #[must_use]
    pub fn sent_only_waste(&self, peer: PeerId) -> bool {
        self.peers.get(peer.0).is_some_and(|Page { report, was_of_use, .. }| {
            !was_of_use && report.counts.bytes_received > MAX_ITEM_BYTES as u64
        })
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

    /// Notes a fault of a peer that became known only after its part had ended.
    pub fn spoil(&mut self, peer: PeerId, fault: &PeerFault) {
        let report = self.peers.get_mut(peer.0).map(|page| &mut page.report);
        if let Some(report) = report.filter(|report| report.outcome == PeerOutcome::Synced) {
            report.fail(fault);
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

    /// Adds the pages of another ledger of this round. If both have a page of a peer, the other one says how its part
    /// ended.
    pub fn join(&mut self, other: Self) {
        for mut page in other.peers {
            match self.peers.iter_mut().find(|own| own.report.url == page.report.url) {
                Some(own) => {
                    page.report.counts.add(&own.report.counts);
                    *own = page;
                }
                None => self.peers.push(page),
            }
        }
    }

    /// How many items have an outcome.
    #[must_use]
    pub fn offered(&self) -> u64 {
        self.peers.iter().fold(0, |sum, page| sum.saturating_add(page.report.counts.offered))
    }

    /// When a peer has to be read again even though it has not changed.
    #[must_use]
    pub fn read_again(&self, peer: PeerId) -> ReadAgain {
        self.peers.get(peer.0).map_or(ReadAgain::Never, |page| page.read_again)
    }

    /// The url of a peer.
    #[must_use]
    pub fn url(&self, peer: PeerId) -> Option<&str> {
        self.peers.get(peer.0).map(|page| page.report.url.as_str())
    }

    /// The last outcomes of items that were not already held, oldest first.
    pub fn recent(&self) -> impl Iterator<Item = &Noted> {
        self.recent.iter()
    }

    /// The report of the round. `error` is what ended it early, or why it got no node list from the service.
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
