//! What becomes of single items.

use crate::error::{Rejection, StoreFault};
use crate::limits::ACCEPT_AGAIN_MS;
use crate::merge::Why;

/// What became of one item of a peer's body, or of one record of the task's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It is stored, in an empty slot.
    Inserted,
    /// It is stored, in the place of a lesser one.
    Replaced,
    /// What is held stays.
    Kept(Why),
    /// It is dated ahead of this node's clock, waits here and will be judged again by itself.
    Parked(Rejection),
    /// It is skipped: a rule, the task, or the room that there is.
    Rejected(Rejection),
    /// The database failed, so that it is not known to be stored.
    NotStored(StoreFault),
}

/// When the source of an item has to be read again although it has not changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadAgain {
    /// Never: all that it has is judged for good.
    #[default]
    Never,
    /// From this time of the node's clock on, in milliseconds.
    From(u64),
    /// In the next round.
    AtOnce,
}

impl ReadAgain {
    /// The earlier one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtOnce, _) | (_, Self::AtOnce) => Self::AtOnce,
            (Self::From(one), Self::From(another)) => Self::From(one.min(another)),
            (Self::Never, other) | (other, Self::Never) => other,
        }
    }
}

impl ItemOutcome {
    /// When its source has to be read again because of it, where the node's clock says `now_ms`.
    pub(super) fn read_again(&self, now_ms: u64) -> ReadAgain {
        match self {
            Self::NotStored(_) | Self::Rejected(Rejection::StoreFull { .. }) => ReadAgain::AtOnce,
            Self::Rejected(Rejection::NotAccepted) => ReadAgain::From(now_ms.saturating_add(ACCEPT_AGAIN_MS)),
            Self::Rejected(Rejection::FromTheFuture { due_ms, .. }) => ReadAgain::From(*due_ms),
            Self::Inserted | Self::Replaced | Self::Kept(_) | Self::Parked(_) | Self::Rejected(_) => ReadAgain::Never,
        }
    }
}
