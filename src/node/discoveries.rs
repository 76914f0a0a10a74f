//! What a node remembers of its discoveries: how much they noted, and which peers' whole bodies were read instead.

use crate::limits::{MAX_FALLBACKS, SETTLED_MS};
use crate::peers::PeerUrl;
use crate::symbols::opening_count;

/// Peers whose whole bodies were read although they speak symbols, because these did not say what differs.
#[derive(Debug, Default)]
pub struct Fallbacks(Vec<(PeerUrl, u64)>);

impl Fallbacks {
    /// Whether this peer's whole body may be read at this time of the node's clock; if so, that is noted. It may once in
    /// [`SETTLED_MS`], and no more than [`MAX_FALLBACKS`] bodies may in all.
    pub(super) fn take(&mut self, url: &PeerUrl, now_ms: u64) -> bool {
        self.0.retain(|(_, at_ms)| now_ms.checked_sub(*at_ms).is_some_and(|age_ms| age_ms < SETTLED_MS));
        let is_free = self.0.len() < MAX_FALLBACKS && !self.0.iter().any(|(other, _)| other == url);
        if is_free {
            self.0.push((url.clone(), now_ms));
        }
        is_free
    }
}

/// From this many elements on, an opening request asks for more cells than by default: below it, the default suffices mostly.
const MANY_NOTED: u32 = 8;

/// How many elements the last two discoveries noted.
#[derive(Debug, Clone, Copy, Default)]
pub struct LastNoted([u32; 2]);

impl LastNoted {
    pub(super) fn note(&mut self, noted: usize) {
        let Self([last, _]) = *self;
        *self = Self([u32::try_from(noted).unwrap_or(u32::MAX), last]);
    }

    /// How many cells an opening request asks for: more than by default where discoveries have noted more for a while.
    pub(super) fn opening_count(self) -> u32 {
        let Self([last, before]) = self;
        let steady = last.min(before);
        opening_count(if steady < MANY_NOTED { 0 } else { steady })
    }
}
