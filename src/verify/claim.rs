//! What an item claims after rules 1 to 4: enough to tell whether it is already held, without decoding anything.

use std::borrow::Cow;

use super::{ed25519, looks};
use crate::error::Rejection;
use crate::json::{Json, Kind};
use crate::limits::{MAX_DEPTH, MAX_SIGNED_BYTES, MAX_TIMESTAMP_MS, MAX_UUID_BYTES};
use crate::record::{Content, ContentId, Identity, KeyHash, RecordKey, TimestampMs, UncheckedRecord, Version};

/// What an item claims after rules 1 to 4 and the length check of rule 5. It borrows from the item wherever the item is
/// spelled as JavaScript would spell it, so an item that is already held costs no allocation.
#[derive(Debug)]
pub struct Claim<'a> {
    unchecked: UncheckedRecord<'a>,
    identity: Identity,
    signed_text: Cow<'a, str>,
    uuid: Cow<'a, str>,
    public_key: Cow<'a, str>,
    signature: Cow<'a, str>,
    /// The record's own time.
    pub timestamp: TimestampMs,
    /// The hash of the slot's name.
    pub key_hash: KeyHash,
}

impl<'a> Claim<'a> {
    /// Reads what an item claims.
    ///
    /// # Errors
    ///
    /// The first that applies: `BAD_SHAPE`, `TOO_LARGE`, `TOO_DEEP`, `BAD_ID`, `BAD_TIMESTAMP`, or, for a public key of
    /// the wrong length or kind, `BAD_KEY` or `UNSUPPORTED_KEY`.
    pub fn read(unchecked: UncheckedRecord<'a>, identity: Identity) -> Result<Self, Rejection> {
        // Rule 1: "data is an object, not an array; publicKey and signature are strings"
        let data = object(&unchecked)?;
        let public_key = string(unchecked.public_key, NOT_A_PUBLIC_KEY)?;
        let signature = string(unchecked.signature, NOT_A_SIGNATURE)?;
        // Rule 2: "the signed text is at most 64 KiB, nested at most 128 deep"
        let signed_text = signed_text(data)?;
        // "uuid and timestamp are read from the canonical text, never from what arrived"
        let (id, time) = match &signed_text {
            Cow::Borrowed(text) => id_and_time(text),
            Cow::Owned(text) => {
                let (id, time) = id_and_time(text);
                (id.map(into_owned), time.map(into_owned))
            }
        };
        // Rule 3: "data.uuid is a non-empty string of at most 256 bytes of canonical text"
        let uuid = uuid(id)?;
        // Rule 4: "data.timestamp is a number, an integer, 0 to 2^53−1, milliseconds"
        let timestamp = timestamp(time.as_deref())?;
        // Rule 5, the length: "32 to 44 characters … 0x… is told apart"
        ed25519::check_key_length(&public_key)?;

        let key_hash = KeyHash::of_slot(&public_key, (identity == Identity::Record).then_some(&uuid));
        Ok(Self { unchecked, identity, signed_text, uuid, public_key, signature, timestamp, key_hash })
    }

    /// The canonical text of the unsigned members, as [`UncheckedRecord::unsigned`] returns it.
    #[must_use]
    pub fn unsigned(&self) -> String {
        self.unchecked.unsigned()
    }

    /// The text that is claimed to be signed.
    #[must_use]
    pub fn signed_text(&self) -> &str {
        &self.signed_text
    }

    /// The claimed signature, in base58.
    #[must_use]
    pub fn signature_text(&self) -> &str {
        &self.signature
    }

    /// The slot's key.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        RecordKey::new(&self.public_key, (self.identity == Identity::Record).then_some(&self.uuid))
    }

    /// Decodes the text of the public key, and computes the content id from it.
    ///
    /// # Errors
    ///
    /// `BAD_KEY`.
    pub fn identify(self) -> Result<IdentifiedClaim<'a>, Rejection> {
        // Rule 5, the text: "publicKey is ASCII base58 (Bitcoin alphabet) … of exactly 32 bytes"
        let public_key = ed25519::key_bytes(&self.public_key)?;
        let version = Version { timestamp: self.timestamp, content: ContentId::of(&public_key, &self.signed_text) };
        Ok(IdentifiedClaim { claim: self, public_key, version })
    }
}

/// A claim whose version is known.
#[derive(Debug)]
pub struct IdentifiedClaim<'a> {
    /// What is claimed.
    pub claim: Claim<'a>,
    /// The 32 bytes of the claimed public key, not yet known to be a valid one.
    pub public_key: [u8; 32],
    /// The place in the merge order.
    pub version: Version,
}

impl IdentifiedClaim<'_> {
    /// The content that a record of this claim would have, and the claimed signature.
    pub(super) fn into_content(self) -> (Content, String) {
        let key = self.claim.key();
        let Claim { unchecked, signed_text, uuid, public_key, signature, key_hash, .. } = self.claim;
        let content = Content {
            key,
            key_hash,
            version: self.version,
            public_key: public_key.into_owned(),
            uuid: uuid.into_owned(),
            unsigned: unchecked.unsigned(),
            signed_text: signed_text.into_owned(),
        };
        (content, signature.into_owned())
    }
}

fn object<'a>(unchecked: &UncheckedRecord<'a>) -> Result<Json<'a>, Rejection> {
    match unchecked.data {
        Some(data) if data.kind() == Kind::Object => Ok(data),
        Some(data) => Err(Rejection::BadShape(looks::data(data))),
        None => Err(Rejection::BadShape(looks::item(unchecked.item()))),
    }
}

/// The messages for a member that is missing, that may be bytes written as JSON, or that is something else.
const NOT_A_PUBLIC_KEY: [&str; 3] = [
    "publicKey is missing; wanted base58 of 32 bytes",
    "publicKey is not a string; wanted its bytes in base58",
    "publicKey is not a string; wanted base58 of 32 bytes",
];
const NOT_A_SIGNATURE: [&str; 3] = [
    "signature is missing; wanted base58 of 64 bytes",
    "signature is not a string; wanted its bytes in base58",
    "signature is not a string; wanted base58 of 64 bytes",
];

fn string<'a>(member: Option<Json<'a>>, messages: [&'static str; 3]) -> Result<Cow<'a, str>, Rejection> {
    member.and_then(Json::to_str).ok_or_else(|| Rejection::BadShape(looks::not_base58_text(member, messages)))
}

/// The text that was signed for this `data`: rule 2.
///
/// # Errors
///
/// `TOO_LARGE` or `TOO_DEEP`.
pub fn signed_text(data: Json<'_>) -> Result<Cow<'_, str>, Rejection> {
    // The canonical text is measured: members that a later duplicate replaced are not part of it.
    let (text, depth) = data.canonical_with_depth();
    if text.len() > MAX_SIGNED_BYTES {
        let (bytes, limit) = (text.len() as u64, MAX_SIGNED_BYTES as u64);
        return Err(Rejection::TooLarge { what: "the text of data", bytes, limit });
    }
    if depth > MAX_DEPTH {
        return Err(Rejection::TooDeep { depth });
    }
    Ok(text)
}

/// The values of `uuid` and `timestamp` in canonical text, in which every member is unique and spelled one way.
fn id_and_time(signed_text: &str) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    let (mut id, mut time) = (None, None);
    for (key, value) in Json::of_canonical(signed_text).members() {
        match key.text() {
            "\"uuid\"" => id = Some(Cow::Borrowed(value.text())),
            "\"timestamp\"" => time = Some(Cow::Borrowed(value.text())),
            _ => {}
        }
    }
    (id, time)
}

fn into_owned<'a>(text: Cow<'_, str>) -> Cow<'a, str> {
    Cow::Owned(text.into_owned())
}

/// Rule 3: the canonical text of the uuid is longer than [`MAX_UUID_BYTES`].
pub const LONG_UUID: Rejection = Rejection::BadId("uuid is too long; wanted at most 256 bytes");

fn uuid(text: Option<Cow<'_, str>>) -> Result<Cow<'_, str>, Rejection> {
    let text = text.filter(|text| text.starts_with('"'));
    let inside =
        match text.ok_or(Rejection::BadId("data.uuid is missing or not a string; wanted a non-empty string"))? {
            Cow::Borrowed(text) => Cow::Borrowed(without_quotes(text)),
            Cow::Owned(text) => Cow::Owned(without_quotes(&text).to_owned()),
        };
    match inside.len() {
        0 => Err(Rejection::BadId("data.uuid is empty; wanted a non-empty string")),
        1..=MAX_UUID_BYTES => Ok(inside),
        _ => Err(LONG_UUID),
    }
}

fn without_quotes(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default()
}

fn timestamp(text: Option<&str>) -> Result<TimestampMs, Rejection> {
    // The canonical text of an integer up to 2^53−1 is digits only, whatever form it arrived in.
    match text.map(str::parse) {
        Some(Ok(ms)) if ms <= MAX_TIMESTAMP_MS => Ok(TimestampMs(ms)),
        _ => Err(Rejection::BadTimestamp(looks::timestamp(text))),
    }
}
