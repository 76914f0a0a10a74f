//! The slow peers that are being asked outside the rounds, and what is still to be reported of them.

use std::task::Waker;

use crate::error::ShareError;
use crate::peers::PeerUrl;
use crate::report::Ledger;

/// The most slow peers that are asked at the same time: there is room for this many bodies beside those of a round, and
/// where most of a task's nodes are dead, waiting for them occupies no more than these.
pub(super) const MOST_SLOW: usize = 2;

/// The slow peers that are being asked, and those that are not in a report yet.
#[derive(Debug, Default)]
pub(super) struct SlowPeers {
    pub(super) under_way: Vec<Slow>,
    pub(super) ended: Vec<Ended>,
    /// The waker of the round that waits for some of them.
    waiting: Option<Waker>,
}

/// One slow peer's exchange.
#[derive(Clone, Debug)]
pub(super) struct Slow {
    pub(super) url: PeerUrl,
    /// When it was begun, by the host's clock.
    pub(super) since_ms: u64,
    pub(super) deadline_ms: u64,
    /// The round's time of the node's clock.
    pub(super) now_ms: u64,
    pub(super) allows_private: bool,
    pub(super) seed: u64,
    pub(super) is_begun: bool,
}

/// An exchange that has ended and is still to be reported.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) url: PeerUrl,
    pub(super) ledger: Ledger,
    pub(super) fault: Option<ShareError>,
}

impl SlowPeers {
    /// The peers of which a report is still due; they are not asked meanwhile.
    pub(super) fn to_be_reported(&self) -> Vec<PeerUrl> {
        let urls = self.under_way.iter().map(|slow| &slow.url).chain(self.ended.iter().map(|ended| &ended.url));
        urls.cloned().collect()
    }

    /// Whether the exchanges with all of these have ended; if not, the round is woken when one does.
    pub(super) fn have_ended(&mut self, urls: &[PeerUrl], round: &Waker) -> bool {
        self.waiting = Some(round.clone());
        !self.under_way.iter().any(|slow| urls.contains(&slow.url))
    }

    /// Begins the next exchange that was not begun yet.
    pub(super) fn begin(&mut self) -> Option<Slow> {
        let slow = self.under_way.iter_mut().find(|slow| !slow.is_begun)?;
        slow.is_begun = true;
        Some(slow.clone())
    }

    /// Ends an exchange. One that was aborted is not reported.
    pub(super) fn end(&mut self, ended: Ended, was_aborted: bool) {
        self.under_way.retain(|slow| slow.url != ended.url);
        if !was_aborted {
            self.ended.push(ended);
        }
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}
