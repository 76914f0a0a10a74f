//! A first look at an item: one pass over its text, to recognise what is already held.

use crate::json::{Descent, Json};
use crate::limits::{MAX_TIMESTAMP_MS, MAX_UUID_BYTES, PUBLIC_KEY_CHARACTERS, SIGNATURE_CHARACTERS};
use crate::record::{Identity, KeyHash, SignatureTail, TimestampMs};

/// The slot, time and signature of a plainly spelled item: one without escapes in the members that matter and with a
/// time in plain digits. The values are the same as [`super::Claim::read`] would read. Other items get no glimpse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glimpse {
    /// The hash of the slot's key.
    pub key_hash: KeyHash,
    /// The record's timestamp.
    pub timestamp: TimestampMs,
    /// The end of the signature's text.
    pub signature: SignatureTail,
}

impl Glimpse {
    /// Looks at an item of either shape.
    #[must_use]
    pub fn of(item: Json<'_>, identity: Identity) -> Option<Self> {
        if let Some(spotted) = item.spotted() {
            let [uuid, timestamp, public_key, signature] =
                [spotted.uuid, spotted.timestamp, spotted.public_key, spotted.signature]
                    .map(|span| span.of(item.text()));
            return Self::of_texts(uuid, timestamp, public_key, signature, identity);
        }
        let outer = Plain::read(item)?;
        let record = if outer.has_data { outer } else { Plain::read(outer.value?)? };
        Self::of_texts(
            record.uuid.map_or("", Json::text),
            record.timestamp.map_or("", Json::text),
            record.public_key.map_or("", Json::text),
            record.signature.map_or("", Json::text),
            identity,
        )
    }

    /// The glimpse of an item whose members have these texts.
    fn of_texts(uuid: &str, time: &str, public_key: &str, signature: &str, identity: Identity) -> Option<Self> {
        let (uuid, public_key, signature) = (plain(uuid)?, plain(public_key)?, plain(signature)?);
        let slot = (identity == Identity::Record).then_some(uuid);
        let is_usable = (1..=MAX_UUID_BYTES).contains(&uuid.len())
            && PUBLIC_KEY_CHARACTERS.contains(&public_key.len())
            && SIGNATURE_CHARACTERS.contains(&signature.len());
        let timestamp = timestamp(time)?;
        if is_usable { Self::of_slot(public_key, slot, timestamp, signature) } else { None }
    }

    /// The glimpse of a record in the slot of this public key and, if it counts, this uuid, given as canonical text
    /// without its quotes. `None` if the signature is too short to be one.
    #[must_use]
    pub fn of_slot(public_key: &str, uuid: Option<&str>, timestamp: TimestampMs, signature: &str) -> Option<Self> {
        let signature = SignatureTail::of(signature)?;
        Some(Self { key_hash: KeyHash::of_slot(public_key, uuid), timestamp, signature })
    }
}

/// The members that matter, the last of each name.
#[derive(Default)]
struct Plain<'a> {
    has_data: bool,
    uuid: Option<Json<'a>>,
    timestamp: Option<Json<'a>>,
    public_key: Option<Json<'a>>,
    signature: Option<Json<'a>>,
    value: Option<Json<'a>>,
}

impl<'a> Plain<'a> {
    fn read(object: Json<'a>) -> Option<Self> {
        let (mut descent, mut plain) = (Descent::into_object(object)?, Self::default());
        while let Some(key) = descent.next_key() {
            match key.text() {
                "\"data\"" => plain.read_data(&mut descent)?,
                "\"publicKey\"" => plain.public_key = Some(descent.value()?),
                "\"signature\"" => plain.signature = Some(descent.value()?),
                "\"value\"" => plain.value = Some(descent.value()?),
                other => skip(other, &mut descent)?,
            }
        }
        Some(plain)
    }

    fn read_data(&mut self, descent: &mut Descent<'a>) -> Option<()> {
        (self.has_data, self.uuid, self.timestamp) = (true, None, None);
        if !descent.enter_object() {
            return None;
        }
        while let Some(key) = descent.next_key() {
            match key.text() {
                "\"uuid\"" => self.uuid = Some(descent.value()?),
                "\"timestamp\"" => self.timestamp = Some(descent.value()?),
                other => skip(other, descent)?,
            }
        }
        Some(())
    }
}

/// Skips a member, unless its name might be one of those that matter, spelled with escapes.
fn skip(key: &str, descent: &mut Descent<'_>) -> Option<()> {
    if key.bytes().any(|byte| byte == b'\\') { None } else { descent.value().map(drop) }
}

/// The content of a string without escapes: its value as well as its canonical text.
fn plain(string: &str) -> Option<&str> {
    let inside = string.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.bytes().any(|byte| byte == b'\\')).then_some(inside)
}

fn timestamp(text: &str) -> Option<TimestampMs> {
    // In valid JSON, a number of digits only has no leading zero.
    let is_plain = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let ms = if is_plain { text.parse().ok()? } else { return None };
    (ms <= MAX_TIMESTAMP_MS).then_some(TimestampMs(ms))
}
