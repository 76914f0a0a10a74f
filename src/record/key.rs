//! Keys: the names of slots.

use std::cmp::Ordering;

use sha2::{Digest as _, Sha256};

use super::hash::compare;
use crate::limits::PUBLIC_KEY_CHARACTERS;

/// What decides whether two records share a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// One slot for each (publicKey, uuid).
    Record,
    /// One slot for each publicKey.
    Owner,
}

impl Identity {
    /// The one that the option `identity` names, which JavaScript has checked.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "owner" { Self::Owner } else { Self::Record }
    }

    /// Which of the two made this key; `None` if no record has such a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let (public_key, uuid) = key.split_once('/').map_or((key, None), |(public_key, uuid)| (public_key, Some(uuid)));
        let is_public_key =
            PUBLIC_KEY_CHARACTERS.contains(&public_key.len()) && public_key.bytes().all(|b| b.is_ascii_alphanumeric());
        is_public_key.then_some(if uuid.is_some() { Self::Record } else { Self::Owner })
    }

    /// Its value of the option `identity`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Owner => "owner",
        }
    }
}

/// The key of a record's slot: the public key, or the public key, `/` and the percent-encoded uuid. ASCII.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey(String);

impl RecordKey {
    /// The key for this public key and this uuid, which is given as canonical text without its quotes.
    ///
    /// ```
    /// # use dbsharing::record::RecordKey;
    /// assert_eq!(RecordKey::new("9x…", Some("a b")).as_str(), "9x…/a%20b");
    /// ```
    #[must_use]
    pub fn new(public_key: &str, canonical_uuid: Option<&str>) -> Self {
        let mut key = String::from(public_key);
        if let Some(uuid) = canonical_uuid {
            key.push('/');
            percent_encode(uuid, &mut key);
        }
        Self(key)
    }

    /// The key as it is given to stores.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The bytes that JavaScript's `encodeURIComponent` leaves alone.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

/// Writes text as JavaScript's `encodeURIComponent` does.
#[inline(never)] // for size: each of its callers would have a copy
pub(crate) fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15].iter().filter_map(|digit| {
                    char::from_digit(u32::from(*digit), 16).map(|digit| digit.to_ascii_uppercase())
                }),
            );
        }
    }
}

/// SHA-256 of a key. The index and the digest of the set are ordered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl Ord for KeyHash {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for KeyHash {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl KeyHash {
    /// The hash of a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// The hash of the same [`RecordKey::new`], without allocating the key if the uuid needs no encoding.
    #[must_use]
    pub fn of_slot(public_key: &str, canonical_uuid: Option<&str>) -> Self {
        match canonical_uuid {
            Some(uuid) if uuid.bytes().all(is_unreserved) => {
                let mut name = [0; SHORT_NAME_BYTES];
                let parts = [public_key, "/", uuid];
                match join_into(&mut name, &parts) {
                    Some(name) => Self(Sha256::digest(name).into()),
                    None => Self(parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()),
                }
            }
            _ => Self::of(RecordKey::new(public_key, canonical_uuid).as_str()),
        }
    }
}

/// How many bytes fit into two blocks of SHA-256.
const SHORT_NAME_BYTES: usize = 119;

/// The parts one after the other, if there is room for them.
fn join_into<'n>(room: &'n mut [u8], parts: &[&str]) -> Option<&'n [u8]> {
    let mut len = 0_usize;
    for part in parts {
        let end = len.saturating_add(part.len());
        room.get_mut(len..end)?.copy_from_slice(part.as_bytes());
        len = end;
    }
    room.get(..len)
}
