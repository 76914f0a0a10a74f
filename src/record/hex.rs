//! Hashes as text.

use std::fmt;

/// Writes a hash in lower-case hex.
pub(crate) fn write_hex(hash: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    let digits: String = hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect();
    f.write_str(&digits)
}
