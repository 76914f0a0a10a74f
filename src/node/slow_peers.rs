//! The slow peers that are being asked outside the rounds, and what is still to be reported about them.

use std::task::Waker;

use crate::error::ShareError;
use crate::peers::PeerUrl;
use crate::report::Ledger;

/// How many slow peers are asked at the same time. There is room for this many bodies beside those of a round; and where
/// most of a task's nodes are dead, no more exchanges than these wait for them.
pub(super) const MAX_SLOW: usize = 2;

/// The exchanges with slow peers: those under way, and those that have ended but are not in a report yet.
#[derive(Debug, Default)]
pub(super) struct SlowPeers {
    pub(super) under_way: Vec<Slow>,
    pub(super) ended: Vec<Ended>,
    /// The waker of the round that waits for some of them.
    waiting: Option<Waker>,
}

/// An exchange with a slow peer that is under way, or waits to be begun.
#[derive(Clone, Debug)]
pub(super) struct Slow {
    pub(super) url: PeerUrl,
    /// When it was begun, by the host's clock.
    pub(super) since_ms: u64,
    pub(super) deadline_ms: u64,
    /// When the round that chose the peer was begun, by the node's clock.
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
    /// The peers that are still to be reported; until then they are not asked again.
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
