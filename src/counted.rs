//! Counts of things, as people write them.

use std::fmt;

/// A count with its noun, which takes an `s` unless the count is one.
///
/// ```
/// use dbsharing::counted::Counted;
///
/// assert_eq!(Counted(1, "record").to_string(), "1 record");
/// assert_eq!(Counted(0, "record").to_string(), "0 records");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Counted(pub u64, pub &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = *self;
        let ending = if count == 1 { "" } else { "s" };
        write!(f, "{count} {noun}{ending}")
    }
}
