//! SlowPeers: the slow peers that are being asked beside the rounds, and what of them is still to be reported.

use std::task::Waker;

use crate::error::ShareError;
use crate::peers::PeerUrl;
use crate::report::Ledger;

/// The most slow peers that are asked at one time: there is room for that many bodies beside those of a round, and where
/// most of a task's nodes are dead, that many places are all that waiting for them costs.
pub(super) const MOST_SLOW: usize = 2;

/// The slow peers that are being asked, and what of them no report has said yet.
#[derive(Debug, Default)]
pub(super) struct SlowPeers {
    pub(super) under_way: Vec<Slow>,
    pub(super) ended: Vec<Ended>,
    /// The round that waits for some of them.
    waiting: Option<Waker>,
}

/// One slow peer's exchange.
#[derive(Clone, Debug)]
pub(super) struct Slow {
    pub(super) url: PeerUrl,
    /// When it was begun, by the host's clock.
    pub(super) since_ms: u64,
    pub(super) deadline_ms: u64,
    /// What a round knew when it was begun.
    pub(super) now_ms: u64,
    pub(super) allows_private: bool,
    pub(super) seed: u64,
    pub(super) is_begun: bool,
}

/// What is still to be reported of an exchange.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) url: PeerUrl,
    pub(super) ledger: Ledger,
    pub(super) fault: Option<ShareError>,
}

impl SlowPeers {
    /// Those of whom a report has still to say what came of them, so that they are not asked meanwhile.
    pub(super) fn to_be_reported(&self) -> Vec<PeerUrl> {
        let urls = self.under_way.iter().map(|slow| &slow.url).chain(self.ended.iter().map(|ended| &ended.url));
        urls.cloned().collect()
    }

    /// Whether the exchanges with all of these have ended; else the round that asks is woken when one does.
    pub(super) fn have_ended(&mut self, urls: &[PeerUrl], round: &Waker) -> bool {
        self.waiting = Some(round.clone());
        !self.under_way.iter().any(|slow| urls.contains(&slow.url))
    }

    /// The next exchange that was not begun.
    pub(super) fn begin(&mut self) -> Option<Slow> {
        let slow = self.under_way.iter_mut().find(|slow| !slow.is_begun)?;
        slow.is_begun = true;
        Some(slow.clone())
    }

    /// An exchange is over; what was ended from outside says nothing of the peer.
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
