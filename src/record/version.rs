//! Versions: the places of records in the merge order, made of a time and the hash of a content.

use std::cmp::Ordering;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::hash::{compare, write_hex};

/// Milliseconds since 1970, 0 to 2^53−1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimestampMs(pub u64);

/// SHA-256 over a fixed first line, the 32 bytes of the public key and the signed text. The signature is not part of
/// it, because a signer can make many for one text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContentId(pub [u8; 32]);

impl Ord for ContentId {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for ContentId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ContentId {
    /// The content id of this text signed by this public key.
    #[must_use]
    pub fn of(public_key: &[u8; 32], signed_text: &str) -> Self {
        let hash = Sha256::new()
            .chain_update(b"dbsharing/1 record\n")
            .chain_update(public_key)
            .chain_update(signed_text.as_bytes());
        Self(hash.finalize().into())
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// A record's place in the merge order: by time, and by content id between records of equal time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The record's timestamp.
    pub timestamp: TimestampMs,
    /// The hash of its content.
    pub content: ContentId,
}

impl Version {
    /// Reads what [`fmt::Display`] writes: 14 hex digits, `-`, 64 hex digits, lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (timestamp, content) = text.as_bytes().split_first_chunk::<14>()?;
        let content: &[u8; 64] = content.strip_prefix(b"-")?.try_into().ok()?;
        let mut timestamp_ms = 0;
        for digit in timestamp {
            timestamp_ms = timestamp_ms << 4 | u64::from(hex_value(*digit)?);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(content.as_chunks().0) {
            *byte = hex_value(*high)? << 4 | hex_value(*low)?;
        }
        Some(Self { timestamp: TimestampMs(timestamp_ms), content: ContentId(bytes) })
    }
}

/// The value of a lower-case hex digit.
fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit & 0xf),
        b'a'..=b'f' => Some((digit & 0xf).saturating_add(9)),
        _ => None,
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014x}-{}", self.timestamp.0, self.content)
    }
}
