//! Why the body of an answer is not one of symbols, or not the one that was asked for.

use std::fmt;

use super::element::View;
use super::field::P;
use crate::counted::Counted;
use crate::limits::MAX_CELLS;

/// What is wrong with a body of symbols, where, and what was wanted.
///
/// ```
/// use dbsharing::symbols::{Body, View};
///
/// let fault = Body::parse(b"dbs\x11\0\0\0\0\x12\0\0\0\0\0\0\0", View::ByTime, 0).unwrap_err();
/// assert_eq!(fault.to_string(), "the body of symbols is of view 1 (byte 3); wanted view 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyFault {
    /// It does not reach to the end of its head.
    NoHead {
        /// Its length.
        bytes: u64,
    },
    /// It begins with other bytes, or is of a format or view that this node does not know.
    Mark {
        /// Its first bytes.
        found: [u8; 4],
    },
    /// It is of another view than was asked for.
    OtherView {
        /// Its view.
        view: View,
        /// The view that was asked for.
        wanted: View,
    },
    /// It begins with another cell than was asked for.
    OtherCells {
        /// Its first cell.
        from: u32,
        /// The cell that was asked for.
        wanted: u32,
    },
    /// It has no cells, or some beyond the last one that there is.
    Count {
        /// Its first cell.
        from: u32,
        /// How many cells it says it has.
        count: u32,
    },
    /// It is longer or shorter than its cells need.
    Length {
        /// Its length.
        bytes: u64,
        /// What its length should be.
        wanted: u64,
        /// How many cells it says it has.
        count: u32,
    },
    /// One of the sums is not a number below [`P`].
    Sum {
        /// The first byte of the sum.
        at: u64,
        /// The number that stands there.
        value: u64,
    },
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body of symbols ")?;
        match self {
            Self::NoHead { bytes } => write!(f, "has {}; wanted at least 16", Counted(*bytes, "byte")),
            Self::Mark { found: [a, b, c, format] } => {
                write!(f, "begins with the bytes {a:02x} {b:02x} {c:02x} {format:02x}; wanted 64 62 73 and 10 or 11")
            }
            Self::OtherView { view, wanted } => {
                write!(f, "is of view {} (byte 3); wanted view {}", view.number(), wanted.number())
            }
            Self::OtherCells { from, wanted } => write!(f, "begins with cell {from} (byte 4); wanted cell {wanted}"),
            Self::Count { count: 0, .. } => f.write_str("has 0 cells (byte 8); wanted at least 1"),
            Self::Count { from, count } => {
                let (count, last) = (Counted(u64::from(*count), "cell"), MAX_CELLS.saturating_sub(1));
                write!(f, "has {count} from cell {from} on (byte 8); wanted none beyond cell {last}")
            }
            Self::Length { bytes, wanted, count } => {
                let (bytes, count) = (Counted(*bytes, "byte"), Counted(u64::from(*count), "cell"));
                write!(f, "has {bytes}; wanted {wanted}, for {count}")
            }
            Self::Sum { at, value } => write!(f, "has the sum {value} at byte {at}; wanted a number below {P}"),
        }
    }
}

impl std::error::Error for BodyFault {}
