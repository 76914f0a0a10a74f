//! A record and its names: what is claimed ([`UncheckedRecord`]), what has been proven ([`Record`]).

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::json::{Json, Kind, quote_into};
use crate::verify::Proof;

/// Unsigned fields of one record are kept only up to this many bytes of canonical text.
pub const MAX_UNSIGNED_BYTES: usize = 1024;

/// What makes two records the same slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// One slot for each (publicKey, uuid).
    Record,
    /// One slot for each publicKey.
    Owner,
}

/// What one item of a body says of itself; nothing in it has been checked.
#[derive(Debug, Clone)]
pub struct UncheckedRecord<'a> {
    /// `data`, if there is such a member.
    pub data: Option<Json<'a>>,
    /// `publicKey`, if there is such a member.
    pub public_key: Option<Json<'a>>,
    /// `signature`, if there is such a member.
    pub signature: Option<Json<'a>>,
    /// The object that these are members of.
    record: Json<'a>,
}

impl<'a> UncheckedRecord<'a> {
    /// Reads an item of either shape: an item without `data` whose `value` is an object stands for that value.
    #[must_use]
    pub fn read(item: Json<'a>) -> Self {
        let outer = Self::members(item);
        let value = if outer.data.is_none() { item.member("value") } else { None };
        match value {
            Some(value) if value.kind() == Kind::Object => Self::members(value),
            _ => outer,
        }
    }

    fn members(record: Json<'a>) -> Self {
        let mut claims = Self { data: None, public_key: None, signature: None, record };
        for (key, value) in record.members() {
            if key.is_string("data") {
                claims.data = Some(value);
            } else if key.is_string("publicKey") {
                claims.public_key = Some(value);
            } else if key.is_string("signature") {
                claims.signature = Some(value);
            }
        }
        claims
    }

    /// The canonical text of all other members, between its braces; empty where there are none or they are too long.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let mut text = String::from("{");
        for (key, value) in self.record.members() {
            if ["data", "publicKey", "signature"].iter().any(|signed| key.is_string(signed)) {
                continue;
            }
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(key.text());
            text.push(':');
            text.push_str(value.text());
        }
        text.push('}');
        let canonical = Json::parse(&text).map(Json::canonical).unwrap_or_default();
        if canonical.len() > MAX_UNSIGNED_BYTES {
            return String::new();
        }
        let inside = canonical.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        inside.unwrap_or_default().to_owned()
    }
}

/// Milliseconds since 1970, 0 to 2^53−1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimestampMs(pub u64);

/// SHA-256 over a fixed first line, the key's 32 bytes and the signed text; the signature is not in it, because a
/// signer can make many for one text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentId(pub [u8; 32]);

impl ContentId {
    /// The content id of this text under this key.
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

/// Writes a hash in lower-case hex.
pub(crate) fn write_hex(hash: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    let digits: String = hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect();
    f.write_str(&digits)
}

/// The place of a record in the merge order: time first, content id between records of one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The record's own time.
    pub timestamp: TimestampMs,
    /// What it says.
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

/// The value of a hex digit; none of one in upper case.
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

/// The name of a record's slot: the publicKey, or the publicKey, `/` and the percent-encoded uuid. ASCII.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey(String);

impl RecordKey {
    /// The slot of a record with this key and this uuid, given as canonical text without its quotes.
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
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

/// Writes text as JavaScript's `encodeURIComponent` does.
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

/// SHA-256 of a record's key: what the index and the digest of the set are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// The hash of a store key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// The hash of [`RecordKey::new`] of the same, without writing it down where the uuid needs no encoding.
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

/// What two blocks of SHA-256 hold.
const SHORT_NAME_BYTES: usize = 119;

/// The parts one after the other, where there is room for them.
fn join_into<'n>(room: &'n mut [u8], parts: &[&str]) -> Option<&'n [u8]> {
    let mut len = 0_usize;
    for part in parts {
        let end = len.saturating_add(part.len());
        room.get_mut(len..end)?.copy_from_slice(part.as_bytes());
        len = end;
    }
    room.get(..len)
}

/// The last 24 characters of a signature's base58 text: tells whether an offered signature is the one that is held.
///
/// They are the signature, as a number, modulo 58^24, about 140 bits of R and S. Only the key's own holder could make
/// two verifying signatures of one slot and one time that end alike, and would try 2^70 messages for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignatureTail(pub [u8; 24]);

impl SignatureTail {
    /// The end of a signature's text; nothing for a text that is too short for a signature.
    #[must_use]
    pub fn of(signature: &str) -> Option<Self> {
        signature.as_bytes().last_chunk().copied().map(Self)
    }
}

/// The 64 bytes of a signature, with S reduced modulo the group order: the only form that is stored and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignatureBytes(pub [u8; 64]);

impl SignatureBytes {
    /// The signature as records carry it.
    #[must_use]
    pub fn to_base58(&self) -> String {
        bs58::encode(self.0).into_string()
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The slot.
    pub key: RecordKey,
    /// The hash of the slot's name.
    pub key_hash: KeyHash,
    /// The place in the merge order.
    pub version: Version,
    /// The owner's key in base58.
    pub public_key: String,
    /// Canonical text of the uuid, without its quotes.
    pub uuid: String,
    /// Exactly what was signed.
    pub signed_text: String,
    /// Canonical text of the unsigned members, without braces.
    pub unsigned: String,
}

/// A record of which all rules up to 7 have been proven; only [`crate::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    content: Content,
    signature: String,
}

impl Record {
    /// Puts together what has been proven.
    #[must_use]
    pub fn new(content: Content, signature: String, _proof: Proof) -> Self {
        Self { content, signature }
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What it says, without the proof.
    #[must_use]
    pub fn into_content(self) -> Content {
        self.content
    }

    /// The reduced signature in base58.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The place in the merge order.
    #[must_use]
    pub fn version(&self) -> Version {
        self.content.version
    }

    /// The whole record as JSON text, as it is stored and served.
    #[must_use]
    pub fn envelope(&self) -> String {
        let content = &self.content;
        let mut text = format!("{{\"data\":{},\"publicKey\":", content.signed_text);
        quote_into(&content.public_key, &mut text);
        text.push_str(",\"signature\":");
        quote_into(&self.signature, &mut text);
        if !content.unsigned.is_empty() {
            text.push(',');
            text.push_str(&content.unsigned);
        }
        text.push('}');
        text
    }
}
