//! What is remembered of one peer: its path, its validator, and how far it was read.

use super::walk::{Part, Validator, Walk};
use crate::limits::{ASK_AFTER_AGAIN_MS, ASK_FOR_SYMBOLS_AGAIN_MS};

/// What is remembered of one peer.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Whether it serves its records on `/list` rather than on `/all`.
    pub answers_on_list: bool,
    /// The tag of its body, when that was last read to the end.
    pub validator: Option<Validator>,
    /// How far its body was read, where that was not to the end.
    pub walk: Option<Walk>,
    /// Until this time of the node's clock it is not asked for the records after a key, because it ignores that.
    pub ignores_after_until_ms: u64,
    /// Until this time of the node's clock it is not asked for symbols, because it does not serve what they need.
    pub without_symbols_until_ms: u64,
}

impl Notes {
    /// The key after which to go on at this time of the node's clock, where a walk is under way.
    pub(super) fn goes_on_after(&mut self, now_ms: u64) -> Option<String> {
        if self.ignores_after(now_ms) || self.walk.as_ref().is_some_and(|walk| !walk.is_fresh(now_ms)) {
            self.walk = None;
        }
        self.walk.as_ref().map(|walk| walk.after.clone())
    }

    /// Notes that the peer was read to its end.
    pub(super) fn end_walk(&mut self, part: Part) {
        self.validator = part.after(self.walk.take().as_ref()).validator();
    }

    /// Notes that a body was cut after `last`. Returns whether the next round can go on from there: it cannot with a
    /// peer whose records did not advance.
    pub(super) fn go_on(&mut self, part: Part, last: Option<String>, now_ms: u64) -> bool {
        let Some(after) = last.filter(|_| !self.ignores_after(now_ms) && !self.answers_on_list) else { return false };
        let before = self.walk.take();
        if before.as_ref().is_some_and(|before| after <= before.after) {
            self.note_ignoring(now_ms);
            return false;
        }
        self.walk = Some(Walk::to(after, before.as_ref(), part, now_ms));
        true
    }

    /// Notes that the peer sends all records when it is asked for those after a key.
    pub(super) fn note_ignoring(&mut self, now_ms: u64) {
        self.walk = None;
        self.ignores_after_until_ms = now_ms.saturating_add(ASK_AFTER_AGAIN_MS);
    }

    fn ignores_after(&self, now_ms: u64) -> bool {
        (1..=ASK_AFTER_AGAIN_MS).contains(&self.ignores_after_until_ms.saturating_sub(now_ms))
    }

    /// Whether the peer may be asked for symbols.
    pub(super) fn may_serve_symbols(&self, now_ms: u64) -> bool {
        !(1..=ASK_FOR_SYMBOLS_AGAIN_MS).contains(&self.without_symbols_until_ms.saturating_sub(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ReadAgain;

    #[test]
    fn only_a_peer_that_answers_on_all_and_heeds_the_key_is_asked_to_go_on() {
        for (answers_on_list, ignores_after_until_ms, goes_on) in
            [(false, 0, true), (true, 0, false), (false, 100, false)]
        {
            let mut notes = Notes { answers_on_list, ignores_after_until_ms, ..Notes::default() };
            let part = Part { etag: None, read_again: ReadAgain::default(), epoch: 0 };
            assert_eq!(
                notes.go_on(part, Some("a".to_owned()), 50),
                goes_on,
                "{answers_on_list} {ignores_after_until_ms}"
            );
            assert_eq!(notes.goes_on_after(50), goes_on.then(|| "a".to_owned()));
        }
    }
}
