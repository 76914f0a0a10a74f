//! Hashes: their order, and as text.

use std::cmp::Ordering;
use std::fmt;

/// The order of two hashes, byte by byte.
#[inline(never)] // for size: each search in a table would have a copy
pub(crate) fn compare(one: &[u8; 32], other: &[u8; 32]) -> Ordering {
    // The first eight bytes differ for nearly all hashes, and one number is compared in one step.
    let first = |hash: &[u8; 32]| hash.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    first(one).cmp(&first(other)).then_with(|| one.cmp(other))
}

/// Writes a hash in lower-case hex.
pub(crate) fn write_hex(hash: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    let digits: String = hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect();
    f.write_str(&digits)
}
