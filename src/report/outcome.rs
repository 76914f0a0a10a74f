//! What becomes of single items.

use std::fmt::Display;

use crate::error::{Code as _, Rejection, StoreFault};
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
    /// It breaks a rule and is skipped.
    Rejected(Rejection),
    /// It is good and not held: the task, the database, the room that there is, or its date. It is judged again from
    /// this time of the node's clock on, in milliseconds.
    Settled(Rejection, u64),
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
    /// What the database failed with, where it is not known that the record is to blame.
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

    /// The code and the sentence of what is not stored, although it is greater than what is held.
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

    /// When its source has to be read again because of it.
    pub(super) fn read_again(&self) -> ReadAgain {
        match self {
            Self::NotStored(_) => ReadAgain::AtOnce,
            Self::Settled(_, until_ms) => ReadAgain::From(*until_ms),
            Self::Inserted | Self::Replaced | Self::Kept(_) | Self::Parked(_) | Self::Rejected(_) => ReadAgain::Never,
        }
    }
}
