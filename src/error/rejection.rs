//! Why one item is skipped.

use std::fmt;

use super::{Code, StoreFault, StoreFaultKind};
use crate::counted::Counted;
use crate::limits::{FUTURE_TOLERANCE_MS, MAX_DEPTH, MAX_ITEM_BYTES};
use crate::time_span::TimeSpan;

/// The year 10 000 in milliseconds. A greater timestamp was probably meant in microseconds, of the year 1978 or later.
const MICROSECONDS: u64 = 253_402_300_800_000;

/// Why one item is skipped. Nothing else is affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// Rule 1: what the item lacks.
    BadShape(&'static str),
    /// Rule 2: the item or its signed text is too long.
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// How long it is.
        bytes: u64,
        /// How long it may be at most.
        limit: u64,
    },
    /// Rule 2: brackets nested deeper than allowed.
    TooDeep {
        /// The greatest number of brackets open at once.
        depth: usize,
    },
    /// Rule 3: what is wrong with `data.uuid`.
    BadId(&'static str),
    /// Rule 4: what is wrong with `data.timestamp`.
    BadTimestamp(&'static str),
    /// Rule 5: what is wrong with `publicKey`.
    BadKey(&'static str),
    /// Rule 5: the public key is not an ed25519 key but an Ethereum address.
    UnsupportedKey,
    /// Rules 6 and 7: what is wrong with `signature`.
    BadSignature(&'static str),
    /// Rule 8: dated later than this node's clock allows.
    FromTheFuture {
        /// The record's own time.
        timestamp_ms: u64,
        /// This node's clock when the item was judged.
        now_ms: u64,
    },
    /// Rule 9: the task's `accept` returned false, threw, or did not answer in time.
    NotAccepted,
    /// The node holds as many records as its `maxRecords` allows.
    StoreFull {
        /// The limit.
        max_records: u64,
    },
    /// The record would harm the task's database.
    StoreUnsafe,
    /// The database refuses this record but takes others.
    StoreRefused(StoreFault),
    /// The database failed at this record alone and has not taken another one since.
    StoreFailed(StoreFault),
}

impl Rejection {
    /// Rule 2: the item itself is longer than [`MAX_ITEM_BYTES`].
    #[must_use]
    pub fn too_large_item(bytes: u64) -> Self {
        Self::TooLarge { what: "the item", bytes, limit: MAX_ITEM_BYTES as u64 }
    }

    /// The same rejection at a later time, when a record from the future has come nearer.
    #[must_use]
    pub fn as_of(&self, now_ms: u64) -> Self {
        match self {
            Self::FromTheFuture { timestamp_ms, .. } => Self::FromTheFuture { timestamp_ms: *timestamp_ms, now_ms },
            other => other.clone(),
        }
    }
}

impl Code for Rejection {
    fn code(&self) -> &'static str {
        match self {
            Self::BadShape(_) => "BAD_SHAPE",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::TooDeep { .. } => "TOO_DEEP",
            Self::BadId(_) => "BAD_ID",
            Self::BadTimestamp(_) => "BAD_TIMESTAMP",
            Self::BadKey(_) => "BAD_KEY",
            Self::UnsupportedKey => "UNSUPPORTED_KEY",
            Self::BadSignature(_) => "BAD_SIGNATURE",
            Self::FromTheFuture { .. } => "FROM_THE_FUTURE",
            Self::NotAccepted => "NOT_ACCEPTED",
            Self::StoreFull { .. } => "STORE_FULL",
            Self::StoreUnsafe => "STORE_UNSAFE",
            Self::StoreRefused(StoreFault { kind: StoreFaultKind::Dropped, .. }) => "STORE_DROPPED",
            Self::StoreRefused(_) => "STORE_REFUSED",
            Self::StoreFailed(fault) => fault.code(),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadShape(what)
            | Self::BadId(what)
            | Self::BadTimestamp(what)
            | Self::BadKey(what)
            | Self::BadSignature(what) => f.write_str(what),
            Self::TooLarge { what, bytes, limit } => {
                write!(f, "{what} is {} long; wanted at most {limit}", Counted(*bytes, "byte"))
            }
            Self::TooDeep { depth } => {
                write!(f, "data is nested {depth} deep; wanted at most {MAX_DEPTH}")
            }
            Self::UnsupportedKey => {
                f.write_str("publicKey begins with 0x, as an Ethereum address does; wanted an ed25519 key")
            }
            Self::FromTheFuture { timestamp_ms: MICROSECONDS.., .. } => f.write_str(
                "data.timestamp looks like microseconds; wanted milliseconds: it is thousands of years ahead",
            ),
            Self::FromTheFuture { timestamp_ms, now_ms } => {
                let ahead_ms = timestamp_ms.saturating_sub(*now_ms);
                let [ahead, limit] = [ahead_ms, FUTURE_TOLERANCE_MS].map(TimeSpan);
                let due = TimeSpan(ahead_ms.saturating_sub(FUTURE_TOLERANCE_MS));
                write!(f, "data.timestamp is {ahead} ahead of this node's clock; wanted at most {limit}: ")?;
                write!(f, "it can be accepted in {due}")
            }
            Self::NotAccepted => f.write_str("the task's accept() did not accept the record"),
            Self::StoreUnsafe => f.write_str("the record would harm the task's database"),
            Self::StoreFailed(fault) => fault.fmt(f),
            Self::StoreRefused(fault) => write!(f, "the database refuses this record and takes others: {fault}"),
            Self::StoreFull { max_records } => {
                write!(f, "this node holds its maximum of {}", Counted(*max_records, "record"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_the_year_10_000_is_not_one_in_microseconds() {
        let ahead = |timestamp_ms| Rejection::FromTheFuture { timestamp_ms, now_ms: 1_700_000_000_000 }.to_string();
        assert!(ahead(253_402_300_799_999).starts_with("data.timestamp is 29"));
        assert!(ahead(253_402_300_800_000).contains("looks like microseconds"));
    }

    #[test]
    fn one_record_is_singular() {
        let full = |max_records| Rejection::StoreFull { max_records }.to_string();
        assert_eq!(full(1), "this node holds its maximum of 1 record");
        assert_eq!(full(0), "this node holds its maximum of 0 records");
    }

    #[test]
    fn how_far_ahead_a_record_is_depends_on_the_clock() {
        let first = Rejection::FromTheFuture { timestamp_ms: 10_800_000, now_ms: 0 };
        assert_eq!(
            first.to_string(),
            "data.timestamp is 3 h ahead of this node's clock; wanted at most 10 min: it can be accepted in 2 h 50 min"
        );
        assert!(first.as_of(9_000_000).to_string().ends_with("it can be accepted in 20 min"));
        assert_eq!(Rejection::NotAccepted.as_of(1), Rejection::NotAccepted);
    }
}
