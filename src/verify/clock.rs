//! Rule 8, the only one that depends on a clock.

use crate::error::Rejection;
use crate::limits::FUTURE_TOLERANCE_MS;
use crate::record::TimestampMs;

/// The earliest time at which a record with this timestamp is accepted.
///
/// ```
/// # use dbsharing::record::TimestampMs;
/// assert_eq!(dbsharing::verify::due_ms(TimestampMs(1_700_000_000_000)), 1_699_999_400_000);
/// ```
#[must_use]
pub fn due_ms(timestamp: TimestampMs) -> u64 {
    timestamp.0.saturating_sub(FUTURE_TOLERANCE_MS)
}

/// Checks that a record is not dated too far ahead.
///
/// # Errors
///
/// `FROM_THE_FUTURE`.
pub fn check_time(timestamp: TimestampMs, now_ms: u64) -> Result<(), Rejection> {
    // Rule 8: "data.timestamp ≤ now + 10 min"
    match due_ms(timestamp) {
        due_ms if due_ms <= now_ms => Ok(()),
        _ => Err(Rejection::FromTheFuture { timestamp_ms: timestamp.0, now_ms }),
    }
}
