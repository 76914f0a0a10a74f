//! What is remembered of one peer: where it answers, what it had, and how far it was read.

use super::walk::{Part, Validator, Walk};
use crate::limits::ASK_AFTER_AGAIN_MS;

/// What is remembered of one peer.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Whether it answers on `/list` and not on `/all`.
    pub answers_on_list: bool,
    /// What it had when it was last read to its end.
    pub validator: Option<Validator>,
    /// How far a body that was cut was read.
    pub walk: Option<Walk>,
    /// It gives all records when asked for those after a key: until this time of the node's clock it is not asked so.
    pub ignores_after_until_ms: u64,
}

impl Notes {
    /// The key after which to go on at this time of the node's clock, if there is a walk to go on with.
    pub(super) fn goes_on_after(&mut self, now_ms: u64) -> Option<String> {
        if self.ignores_after(now_ms) || self.walk.as_ref().is_some_and(|walk| !walk.is_fresh(now_ms)) {
            self.walk = None;
        }
        self.walk.as_ref().map(|walk| walk.after.clone())
    }

    /// Notes that a body ended behind all that the peer has.
    pub(super) fn end_walk(&mut self, part: Part) {
        self.validator = part.after(self.walk.take().as_ref()).validator();
    }

    /// Notes that a body was cut behind `last`. Gives back whether there is a way to go on from there: a peer that does not
    /// go forward is not asked to any more.
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

    /// Notes that the peer gives all records when asked for those after a key.
    pub(super) fn note_ignoring(&mut self, now_ms: u64) {
        self.walk = None;
        self.ignores_after_until_ms = now_ms.saturating_add(ASK_AFTER_AGAIN_MS);
    }

    fn ignores_after(&self, now_ms: u64) -> bool {
        (1..=ASK_AFTER_AGAIN_MS).contains(&self.ignores_after_until_ms.saturating_sub(now_ms))
    }
}
