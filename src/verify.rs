//! The only door to [`Record`]: the network's rules of acceptance, in their order.
//!
//! Rules 1 to 4 and the text of rule 5 are read by [`Claim::read`], which is cheap: it says which slot and version an
//! item claims, so that what is held already needs nothing more. Rules 5 and 6 decode key and signature
//! ([`Claim::decode`]); rule 7, the equation, is judged for many at once ([`verify_batch`]). Rule 8 is
//! [`check_time`]; rule 9 is the task's own and asked by the round.

use std::borrow::Cow;

use crate::error::Rejection;
use crate::json::{Json, Kind};
use crate::merge::ahead_of_clock;
use crate::record::{
    Content, ContentId, Identity, KeyHash, Record, RecordKey, SignatureBytes, TimestampMs, UncheckedRecord, Version,
};

pub mod ed25519;
pub mod memory;

use ed25519::{PublicKey, Signature, SignedMessage};

/// The longest item, as it arrives.
pub const MAX_ITEM_BYTES: usize = 1024 * 1024;
/// The longest signed text.
pub const MAX_SIGNED_BYTES: usize = 64 * 1024;
/// The greatest number of brackets open at once in a signed text, `data`'s own included.
pub const MAX_DEPTH: usize = 128;
/// The longest uuid, in bytes of canonical text without its quotes.
pub const MAX_UUID_BYTES: usize = 256;
/// The greatest timestamp: 2^53−1, the greatest integer that JavaScript's numbers hold with all smaller ones.
pub const MAX_TIMESTAMP_MS: u64 = (1 << 53) - 1;
/// How many signatures one batch of a round holds: about 10 ms of work.
pub const BATCH: usize = 128;

/// That rules 1 to 7 hold of a record; only this module makes one.
pub struct Proof(());

/// What an item claims, after rules 1 to 4 and the text of rule 5: enough to say whether it is held already.
#[derive(Debug)]
pub struct Claim<'a> {
    unchecked: UncheckedRecord<'a>,
    signed_text: Cow<'a, str>,
    uuid: String,
    public_key: [u8; 32],
    public_key_text: String,
    signature_text: Cow<'a, str>,
    /// The slot.
    pub key: RecordKey,
    /// The hash of the slot's name.
    pub key_hash: KeyHash,
    /// The place in the merge order.
    pub version: Version,
}

impl<'a> Claim<'a> {
    /// Reads what an item claims.
    ///
    /// # Errors
    ///
    /// The first of rules 1 to 5 that the item fails: `BAD_SHAPE`, `TOO_LARGE`, `TOO_DEEP`, `BAD_ID`,
    /// `BAD_TIMESTAMP`, `BAD_KEY` or `UNSUPPORTED_KEY`.
    pub fn read(unchecked: UncheckedRecord<'a>, identity: Identity) -> Result<Self, Rejection> {
        // Rule 1: "data is an object, not an array; publicKey and signature are strings"
        let data = object(unchecked.data)?;
        let key_text = string(unchecked.public_key, "publicKey is missing or no string")?;
        let signature_text = string(unchecked.signature, "signature is missing or no string")?;
        // Rule 2: "the signed text is at most 64 KiB, nested at most 128 deep"
        let signed_text = signed_text(data)?;
        // Rule 3: "data.uuid is a non-empty string of at most 256 bytes of canonical text"
        let uuid = uuid(data)?;
        // Rule 4: "data.timestamp is a number, an integer, 0 to 2^53−1, milliseconds"
        let timestamp = timestamp(data)?;
        // Rule 5, its text: "publicKey is ASCII base58, 32 to 44 characters, of exactly 32 bytes"
        let public_key = ed25519::key_bytes(&key_text)?;

        let key = RecordKey::new(&key_text, (identity == Identity::Record).then_some(uuid.as_str()));
        let version = Version { timestamp, content: ContentId::of(&public_key, &signed_text) };
        let (key_hash, public_key_text) = (KeyHash::of(key.as_str()), key_text.into_owned());
        Ok(Self { unchecked, signed_text, uuid, public_key, public_key_text, signature_text, key, key_hash, version })
    }

    /// The signature, as it is claimed.
    #[must_use]
    pub fn signature_text(&self) -> &str {
        &self.signature_text
    }

    /// The signature's bytes with S reduced, where its text is of the right form.
    #[must_use]
    pub fn reduced_signature(&self) -> Option<SignatureBytes> {
        ed25519::signature_bytes(&self.signature_text).ok().map(ed25519::reduce)
    }

    /// Decodes key and signature.
    ///
    /// # Errors
    ///
    /// The first of rules 5 and 6 that the item fails: `BAD_KEY` or `BAD_SIGNATURE`.
    pub fn decode(self) -> Result<Candidate, Rejection> {
        // Rule 5, its point: "the canonical encoding of a curve point, not of small order"
        let key = PublicKey::decode(&self.public_key)?;
        // Rule 6: "signature is ASCII base58, 64 to 88 characters, of exactly 64 bytes; its R is the canonical
        // encoding of a curve point, not of small order; its S is taken modulo the group order"
        let signature = Signature::decode(&ed25519::signature_bytes(&self.signature_text)?)?;

        let reduced = signature.to_bytes();
        let message = SignedMessage::new(key, signature, self.signed_text.as_bytes());
        let content = Content {
            key: self.key,
            key_hash: self.key_hash,
            version: self.version,
            public_key: self.public_key_text,
            uuid: self.uuid,
            unsigned: self.unchecked.unsigned(),
            signed_text: self.signed_text.into_owned(),
        };
        Ok(Candidate { content, signature: reduced, message })
    }
}

/// An item that rules 1 to 6 hold of; it owns its text and waits for the equation.
#[derive(Debug)]
pub struct Candidate {
    content: Content,
    signature: SignatureBytes,
    message: SignedMessage,
}

impl Candidate {
    /// What it says.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    fn conclude(self, holds: bool) -> Result<Record, Rejection> {
        if holds { Ok(Record::new(self.content, self.signature, Proof(()))) } else { Err(UNVERIFIED) }
    }

    /// What a verdict on it is remembered by: its content and its reduced signature, never the content alone, or a
    /// hostile copy with a broken signature would block the honest one.
    #[must_use]
    pub fn id(&self) -> (ContentId, SignatureBytes) {
        (self.content.version.content, self.signature)
    }
}

const UNVERIFIED: Rejection = Rejection::BadSignature("signature does not verify data by publicKey");

/// The verdicts on many candidates, in their order; each is the one that it would get alone.
#[must_use]
pub fn verify_batch(candidates: Vec<Candidate>) -> Vec<Result<Record, Rejection>> {
    // Rule 7: "the cofactored ed25519 equation holds over the signed text"
    let messages: Vec<&SignedMessage> = candidates.iter().map(|candidate| &candidate.message).collect();
    let holds = ed25519::verify_all(&messages);
    candidates.into_iter().zip(holds).map(|(candidate, holds)| candidate.conclude(holds)).collect()
}

/// Whether the record's time has come.
///
/// # Errors
///
/// `FROM_THE_FUTURE`.
pub fn check_time(record: &Record, now_ms: u64) -> Result<(), Rejection> {
    // Rule 8: "data.timestamp ≤ now + 10 min"
    let timestamp_ms = record.version().timestamp.0;
    match ahead_of_clock(timestamp_ms, now_ms) {
        None => Ok(()),
        Some(due_ms) => Err(Rejection::FromTheFuture { timestamp_ms, due_ms }),
    }
}

fn object(data: Option<Json<'_>>) -> Result<Json<'_>, Rejection> {
    match data {
        Some(data) if data.kind() == Kind::Object => Ok(data),
        Some(_) => Err(Rejection::BadShape("data is no object")),
        None => Err(Rejection::BadShape("the item is no record: it has no member data, nor a value with one")),
    }
}

fn string<'a>(member: Option<Json<'a>>, wanted: &'static str) -> Result<Cow<'a, str>, Rejection> {
    member.and_then(Json::to_str).ok_or(Rejection::BadShape(wanted))
}

/// The text that was signed for this `data`: rule 2.
///
/// # Errors
///
/// `TOO_LARGE` or `TOO_DEEP`.
pub fn signed_text(data: Json<'_>) -> Result<Cow<'_, str>, Rejection> {
    let text = data.canonical();
    if text.len() > MAX_SIGNED_BYTES {
        let (bytes, limit) = (text.len() as u64, MAX_SIGNED_BYTES as u64);
        return Err(Rejection::TooLarge { what: "the text of data", bytes, limit });
    }
    // Deep members that a later duplicate replaced are not in the signed text, so it is what is measured.
    let depth = Json::parse(&text).map_or(0, Json::depth);
    if depth > MAX_DEPTH {
        return Err(Rejection::TooDeep { depth });
    }
    Ok(text)
}

fn uuid(data: Json<'_>) -> Result<String, Rejection> {
    let uuid = data.member("uuid").filter(|uuid| uuid.kind() == Kind::String);
    let text = uuid.ok_or(Rejection::BadId("data.uuid is missing or no string"))?.canonical();
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
    match inside.len() {
        0 => Err(Rejection::BadId("data.uuid is empty")),
        1..=MAX_UUID_BYTES => Ok(inside.to_owned()),
        _ => Err(Rejection::BadId("data.uuid is longer than 256 bytes")),
    }
}

fn timestamp(data: Json<'_>) -> Result<TimestampMs, Rejection> {
    let timestamp = data.member("timestamp").ok_or(Rejection::BadTimestamp("data.timestamp is missing"))?;
    // An integer up to 2^53−1 is canonically written with digits only, whatever form it arrived in.
    let text = timestamp.canonical();
    if timestamp.kind() != Kind::Number || text == "null" {
        return Err(Rejection::BadTimestamp("data.timestamp is no finite number"));
    }
    match text.parse::<u64>() {
        Ok(ms) if ms <= MAX_TIMESTAMP_MS => Ok(TimestampMs(ms)),
        _ => Err(Rejection::BadTimestamp("data.timestamp is no integer from 0 to 2^53-1 (milliseconds)")),
    }
}
