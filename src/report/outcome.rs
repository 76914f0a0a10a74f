//! What becomes of single items.

use std::fmt::Display;

use crate::error::{Code as _, Rejection, StoreFault};
use crate::merge::Why;

/// What became of one item of a peer's body, or of one of the task's own records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It was stored in an empty slot.
    Inserted,
    /// It was stored in place of a lesser one.
    Replaced,
    /// The held record stays.
    Kept(Why),
    /// It is dated ahead of this node's clock. It waits here and is judged again when its time comes.
    Parked(Rejection),
    /// It breaks a rule and is skipped.
    Rejected(Rejection),
    /// Its signature is verified but it is not held, because of the task, the database, the lack of room, or its date.
    /// It is not fetched again before this time of the node's clock, in milliseconds.
    Settled(Rejection, u64),
    /// The database failed, so we do not know whether it is stored.
    NotStored(StoreFault),
}

/// When a peer has to be read again even though it has not changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadAgain {
    /// Never: the verdicts on everything it has are final.
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
    /// The database's failure, unless the record is known to be to blame.
    #[must_use]
    pub fn fault(&self) -> Option<&StoreFault> {
        match self {
            Self::NotStored(fault) | Self::Settled(Rejection::StoreFailed(fault), _) => Some(fault),
            _ => None,
        }
    }

    /// Whether the database failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.fault().is_some()
    }

    /// The code and message for an item that is not stored although it is not older than the held record.
    #[must_use]
    pub fn refusal(&self) -> Option<(&'static str, &dyn Display)> {
        match self {
            Self::Parked(why) | Self::Rejected(why) | Self::Settled(why, _) => Some((why.code(), why)),
            Self::NotStored(fault) => Some((fault.code(), fault)),
            Self::Inserted | Self::Replaced | Self::Kept(_) => None,
        }
    }

    /// Whether it was stored.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Inserted | Self::Replaced)
    }

    /// When the peer has to be read again because of it.
    pub(super) fn read_again(&self) -> ReadAgain {
        match self {
            Self::NotStored(_) => ReadAgain::AtOnce,
            Self::Settled(_, until_ms) => ReadAgain::From(*until_ms),
            Self::Inserted | Self::Replaced | Self::Kept(_) | Self::Parked(_) | Self::Rejected(_) => ReadAgain::Never,
        }
    }
}
