//! What a node remembers of its discoveries: how much they noted, and which peers' whole bodies were read instead.

use crate::limits::{SETTLED_MS, SHORT_BODY_BYTES};
use crate::peers::PeerUrl;
use crate::symbols::opening_count;

/// Peers whose whole bodies were read because symbols did not say what differs, and had nothing new.
#[derive(Debug, Default)]
pub struct Fallbacks(Vec<(PeerUrl, u64)>);

impl Fallbacks {
    /// Whether this peer's whole body may be read at this time of the node's clock: not for [`SETTLED_MS`] after one that had
    /// nothing new, so that a peer which says too little of its records costs that much and no more.
    pub(super) fn may_read(&mut self, url: &PeerUrl, now_ms: u64) -> bool {
        self.0.retain(|(_, at_ms)| now_ms.checked_sub(*at_ms).is_some_and(|age_ms| age_ms < SETTLED_MS));
        !self.0.iter().any(|(other, _)| other == url)
    }

    /// Notes that a body of this many bytes had nothing new. A short one costs no more than symbols do.
    pub(super) fn note_useless(&mut self, url: &PeerUrl, bytes: u64, now_ms: u64) {
        if bytes > SHORT_BODY_BYTES {
            self.0.push((url.clone(), now_ms));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_without_anything_new_is_not_read_again_for_a_while() {
        let url = |name: &str| PeerUrl::parse(&format!("https://{name}.example"), "task", "linktree").unwrap();
        let (mut fallbacks, [one, other]) = (Fallbacks::default(), ["one", "other"].map(url));
        fallbacks.note_useless(&one, SHORT_BODY_BYTES, 1_000);
        assert!(fallbacks.may_read(&one, 1_000));
        fallbacks.note_useless(&one, SHORT_BODY_BYTES + 1, 1_000);
        assert!(!fallbacks.may_read(&one, SETTLED_MS + 999) && fallbacks.may_read(&other, 1_000));
        assert!(fallbacks.may_read(&one, SETTLED_MS + 1_000));
        fallbacks.note_useless(&one, u64::MAX, 2_000);
        assert!(fallbacks.may_read(&one, 1_999), "the clock was set back");
    }
}
