//! What a rejected value looks like, or an accepted one that is hardly meant that way. It is used for messages only.
//!
//! The verdict is known before any of this is asked. The value is never quoted, because it may be a secret.

use crate::json::{Json, Kind};
use crate::limits::{MAX_SIGNED_BYTES, PUBLIC_KEY_CHARACTERS, SIGNATURE_CHARACTERS};

/// Timestamps that were probably meant in seconds, of the years 1985 to 2603.
const SECONDS: std::ops::RangeInclusive<u64> = 500_000_000..=20_000_000_000;
/// No public key or signature is longer than this in any usual encoding.
const MAX_SPELLING: usize = 256;
/// A signature and a text of a few bytes have more characters than this in base58.
const LEAST_MESSAGE: usize = 96;
/// Every signed message has fewer characters than this in base58.
const MAX_MESSAGE: usize = MAX_SIGNED_BYTES / 2 * 3;

/// What is odd about the timestamp of a record that the rules accept.
///
/// ```
/// use dbsharing::verify::hint_for;
///
/// assert!(hint_for(1_700_000_000).is_some_and(|hint| hint.contains("seconds")));
/// assert_eq!(hint_for(1_700_000_000_000), None);
/// ```
#[must_use]
pub fn hint_for(timestamp_ms: u64) -> Option<&'static str> {
    let hint = "data.timestamp looks like seconds; wanted milliseconds: as such it is a day in 1970";
    SECONDS.contains(&timestamp_ms).then_some(hint)
}

/// What is wrong with the text of a publicKey that is not base58 of 32 bytes.
pub(super) fn public_key(text: &str) -> &'static str {
    match text.len() {
        64..=MAX_SPELLING if is_hex(text) => "publicKey looks like hex; wanted base58 of 32 bytes",
        43 | 44 if is_base64(text) => "publicKey looks like base64; wanted base58 of 32 bytes",
        86..=88 if is_base58(text) => {
            "publicKey is as long as a secret key in base58, which nobody else may see; wanted base58 of 32 bytes"
        }
        characters if PUBLIC_KEY_CHARACTERS.contains(&characters) => {
            "publicKey does not decode to 32 bytes; wanted base58 of 32 bytes"
        }
        _ => "publicKey has the wrong length; wanted base58 of 32 bytes, which has 32 to 44 characters",
    }
}

/// What is wrong with the text of a signature that is not base58 of 64 bytes.
pub(super) fn signature(text: &str) -> &'static str {
    match text.len() {
        128..=MAX_SPELLING if is_hex(text) => "signature looks like hex; wanted base58 of 64 bytes",
        86..=88 if is_base64(text) => "signature looks like base64; wanted base58 of 64 bytes",
        _ if is_signed_message(text) => {
            "signature looks like a signed message; wanted base58 of 64 bytes: \
             fromSignedMessage(text, publicKey) makes a record of it"
        }
        characters if SIGNATURE_CHARACTERS.contains(&characters) => {
            "signature does not decode to 64 bytes; wanted base58 of 64 bytes"
        }
        _ => "signature has the wrong length; wanted base58 of 64 bytes, which has 64 to 88 characters",
    }
}

/// What is wrong with a member that should be a base58 string.
pub(super) fn not_base58_text(member: Option<Json<'_>>, says: [&'static str; 3]) -> &'static str {
    let [missing, bytes, other] = says;
    match member.map(Json::kind) {
        None => missing,
        Some(Kind::Object | Kind::Array) => bytes,
        Some(_) => other,
    }
}

/// What is wrong with `data` that is not an object.
pub(super) fn data(data: Json<'_>) -> &'static str {
    match data.kind() {
        Kind::String => "data is a string; wanted an object: JSON text has to be parsed first",
        Kind::Array => "data is an array; wanted an object",
        _ => "data is not an object; wanted one that holds uuid and timestamp",
    }
}

/// What is wrong with an item that has no member `data`.
pub(super) fn item(item: Json<'_>) -> &'static str {
    match item.kind() {
        Kind::Object => object(item),
        Kind::Array => "the item is an array; wanted one record: an object with data, publicKey and signature",
        Kind::String if is_signed_message(inside(item)) => {
            "the item looks like a signed message; wanted a record: fromSignedMessage(text, publicKey) makes one of it"
        }
        Kind::String if inside(item).starts_with('{') => {
            "the item is JSON text in a string; wanted an object: parse it first"
        }
        _ => "the item is not an object; wanted one with data, publicKey and signature",
    }
}

fn object(item: Json<'_>) -> &'static str {
    let (mut has_uuid, mut has_signature) = (false, false);
    for (key, value) in item.members() {
        match key.text() {
            "\"payload\"" if value.kind() == Kind::Object => {
                return "the item has a member payload but no data; wanted only the record in payload";
            }
            "\"signature\"" if is_signed_message(inside(value)) => {
                return "the item's signature looks like a signed message; wanted base58 of 64 bytes: \
                        fromSignedMessage(signature, publicKey) makes a record of it";
            }
            "\"signature\"" => has_signature = true,
            "\"uuid\"" => has_uuid = true,
            _ => {}
        }
    }
    if has_uuid && has_signature {
        return "the item has no data; wanted uuid, timestamp and everything else that is signed in its member data";
    }
    "the item is not a record; wanted a member data, or a member value that has one"
}

/// What is wrong with a `data.timestamp`, given as canonical text, that is not an integer of milliseconds.
pub(super) fn timestamp(text: Option<&str>) -> &'static str {
    let Some(text) = text else {
        return "data.timestamp is missing; wanted milliseconds since 1970, as Date.now() gives them";
    };
    match text.as_bytes() {
        [b'"', digits @ .., b'"'] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            "data.timestamp is a string of digits; wanted a number of milliseconds"
        }
        [b'"', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => {
            "data.timestamp is a date in a string; wanted milliseconds since 1970: Date.parse() gives them"
        }
        [b'n', ..] => "data.timestamp is null, as NaN and Infinity are written; wanted milliseconds since 1970",
        [b'-' | b'0'..=b'9', ..] => number(text),
        _ => "data.timestamp is not a number; wanted milliseconds since 1970",
    }
}

fn number(text: &str) -> &'static str {
    match text.split_once('.').map(|(whole, _)| whole.parse()) {
        Some(Ok(seconds)) if SECONDS.contains(&seconds) => {
            "data.timestamp looks like seconds with a fraction; wanted an integer of milliseconds"
        }
        Some(_) => "data.timestamp is not an integer; wanted whole milliseconds: Math.round() gives them",
        // Beyond 2^53 milliseconds; a current time in nanoseconds has 19 digits.
        None if text.len() == 19 && !text.contains(['-', 'e']) => {
            "data.timestamp looks like nanoseconds; wanted milliseconds since 1970"
        }
        None => "data.timestamp is out of range; wanted an integer from 0 to 2^53-1 (milliseconds)",
    }
}

/// The text between the quotes of a string; empty for another value.
fn inside(json: Json<'_>) -> &str {
    json.text().strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default()
}

/// Whether this is base58 text longer than a signature, and no longer than a signed message may be.
fn is_signed_message(text: &str) -> bool {
    (LEAST_MESSAGE..MAX_MESSAGE).contains(&text.len()) && is_base58(text)
}

fn is_hex(text: &str) -> bool {
    text.strip_prefix("0x").unwrap_or(text).bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether this may be base64 or base64url, and has a letter that base58 does not have.
fn is_base64(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    text.bytes().all(is_one) && !is_base58(text)
}

fn is_base58(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_told_apart_by_its_text() {
        for (text, says) in [
            (None, "missing"),
            (Some("\"1700000000000\""), "string of digits"),
            (Some("\"\""), "not a number"),
            (Some("\"17000000x\""), "not a number"),
            (Some("\"2023-11-14\""), "date in a string"),
            (Some("null"), "is null"),
            (Some("{}"), "not a number"),
            (Some("1700000000.5"), "seconds with a fraction"),
            (Some("1700000000000.5"), "not an integer"),
            (Some("1700000000000000000"), "nanoseconds"),
            (Some("-170000000000000000"), "out of range"),
            (Some("1.7e+1000000000000"), "not an integer"),
            (Some("17e+100000000000000"), "out of range"),
            (Some("9007199254740992"), "out of range"),
        ] {
            let message = timestamp(text);
            assert!(message.starts_with("data.timestamp ") && message.contains(says), "{text:?}: {message}");
        }
    }
}
