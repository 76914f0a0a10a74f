//! Makes signed records: the counterpart of [`crate::verify`], under the same rules.

use std::borrow::Cow;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::error::Rejection;
use crate::json::{Json, Kind};
use crate::limits::{MAX_SIGNED_BYTES, SIGNATURE_BYTES};
use crate::record::{Identity, SignatureBytes, UncheckedRecord};
use crate::verify::ed25519::{PublicKey, Signature, key_bytes};
use crate::verify::equation::{SignedMessage, verify_all};
use crate::verify::{Claim, signed_text};

const NOT_AN_OBJECT: Rejection = Rejection::BadShape("data is not a JSON object; wanted one");

/// The signing key made from a 32-byte seed, or from a 64-byte secret key (seed, then public key) whose halves agree.
///
/// # Errors
///
/// `BAD_KEY`.
pub fn signing_key(secret: &[u8]) -> Result<SigningKey, Rejection> {
    if let Ok(seed) = <&[u8; 32]>::try_from(secret) {
        return Ok(SigningKey::from_bytes(seed));
    }
    let pair = <&[u8; 64]>::try_from(secret).map_err(|_| {
        Rejection::BadKey(
            "the secret key has the wrong length; wanted a 32-byte seed, or 64 bytes of seed and public key",
        )
    })?;
    SigningKey::from_keypair_bytes(pair).map_err(|_| {
        Rejection::BadKey("the second half of the secret key is wrong; wanted the public key of its first half")
    })
}

/// The public key, base58, of a signing key.
///
/// ```
/// let key = dbsharing::sign::signing_key(&[7; 32]).unwrap();
/// assert_eq!(dbsharing::sign::public_key_of(&key), "GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB");
/// ```
#[must_use]
pub fn public_key_of(key: &SigningKey) -> String {
    bs58::encode(key.verifying_key().as_bytes()).into_string()
}

/// The record, as JSON text, of this `data` signed with this key.
///
/// # Errors
///
/// The code of the rule that `data` breaks, as [`Claim::read`] gives it.
pub fn sign(data: Json<'_>, key: &SigningKey) -> Result<String, Rejection> {
    let public_key = public_key_of(key);
    let text = checked(data, &public_key)?;
    let signature = SignatureBytes(key.sign(text.as_bytes()).to_bytes());
    Ok(envelope(&text, &public_key, &signature.to_base58()))
}

/// The text whose bytes the holder of this public key has to sign to make a record of this `data`.
///
/// # Errors
///
/// As [`sign`], and `BAD_KEY` or `UNSUPPORTED_KEY`.
pub fn text_to_sign<'d>(data: Json<'d>, public_key: &str) -> Result<Cow<'d, str>, Rejection> {
    PublicKey::decode(&key_bytes(public_key)?)?;
    checked(data, public_key)
}

/// The record, as JSON text, of this `data` and a signature of [`text_to_sign`] that was made elsewhere.
///
/// # Errors
///
/// As [`text_to_sign`], and `BAD_SIGNATURE`.
pub fn signed_record(data: Json<'_>, public_key: &str, signature: &[u8]) -> Result<String, Rejection> {
    let text = text_to_sign(data, public_key)?;
    verified(&text, public_key, signature)
}

/// The record, as JSON text, of a signed message: a signature of 64 bytes, then the text that it signs. The rules for
/// its uuid and timestamp are not checked before it is put.
///
/// # Errors
///
/// `BAD_SHAPE`, `TOO_LARGE`, `TOO_DEEP`, `BAD_KEY`, `UNSUPPORTED_KEY` or `BAD_SIGNATURE`.
pub fn record_of_message(message: &[u8], public_key: &str) -> Result<String, Rejection> {
    let (signature, payload) = message
        .split_at_checked(SIGNATURE_BYTES)
        .ok_or(Rejection::BadShape("the signed message is too short; wanted at least the 64 bytes of a signature"))?;
    if payload.len() > MAX_SIGNED_BYTES {
        let (bytes, limit) = (payload.len() as u64, MAX_SIGNED_BYTES as u64);
        return Err(Rejection::TooLarge { what: "the text in the signed message", bytes, limit });
    }
    let text = std::str::from_utf8(payload).map_err(|_| NO_DATA_SIGNED)?;
    let data = Json::parse(text).ok().filter(|data| data.kind() == Kind::Object).ok_or(NO_DATA_SIGNED)?;
    let canonical = signed_text(data)?;
    // The signature is checked over the bytes as they are first, to tell a valid message from a forged one.
    let record = verified(text, public_key, signature)?;
    if canonical == text { Ok(record) } else { Err(OTHER_TEXT) }
}

const NO_DATA_SIGNED: Rejection =
    Rejection::BadShape("the signed message holds no JSON object; wanted one after its signature");
const OTHER_TEXT: Rejection = Rejection::BadSignature(
    "the message signs a text that is not as JSON.stringify writes it; wanted its spaces, numbers and order of members",
);

/// The canonical text of `data`, if a record of it would pass rules 1 to 5.
fn checked<'d>(data: Json<'d>, public_key: &str) -> Result<Cow<'d, str>, Rejection> {
    let text = data.canonical();
    // The rules read the record as a peer would get it, but rules 1 to 5 do not look at its signature.
    let unsigned = envelope(&text, public_key, "");
    let item = Json::parse(&unsigned).map_err(|_| NOT_AN_OBJECT)?;
    Claim::read(UncheckedRecord::read(item), Identity::Record)?;
    Ok(text)
}

/// The record with this signed text, if the signature verifies.
fn verified(text: &str, public_key: &str, signature: &[u8]) -> Result<String, Rejection> {
    let key = PublicKey::decode(&key_bytes(public_key)?)?;
    let signature = signature
        .try_into()
        .map_err(|_| Rejection::BadSignature("the signature has the wrong length; wanted 64 bytes"))?;
    let signature = Signature::decode(signature)?;
    let reduced = signature.to_bytes();
    match verify_all(vec![SignedMessage::new(key, signature, text.as_bytes())]).first() {
        Some(true) => Ok(envelope(text, public_key, &reduced.to_base58())),
        _ => Err(Rejection::BadSignature("the signature does not verify; wanted a signature of the text by publicKey")),
    }
}

fn envelope(text: &str, public_key: &str, signature: &str) -> String {
    format!("{{\"data\":{text},\"publicKey\":\"{public_key}\",\"signature\":\"{signature}\"}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = r#"{"uuid":"x","timestamp":1}"#;

    fn key() -> SigningKey {
        signing_key(&[7; 32]).unwrap()
    }

    fn json(text: &str) -> Json<'_> {
        Json::parse(text).unwrap()
    }

    fn message(text: &str) -> Vec<u8> {
        [&key().sign(text.as_bytes()).to_bytes(), text.as_bytes()].concat()
    }

    #[test]
    fn a_signature_made_elsewhere_gives_the_record_that_the_key_makes() {
        let (key, public_key) = (key(), public_key_of(&key()));
        let text = text_to_sign(json(r#"{ "uuid": "x", "timestamp": 1.0 }"#), &public_key).unwrap();
        assert_eq!(text, DATA);
        let signature = key.sign(text.as_bytes()).to_bytes();
        let record = signed_record(json(DATA), &public_key, &signature).unwrap();
        assert_eq!(record, sign(json(DATA), &key).unwrap());
        assert_eq!(record_of_message(&message(DATA), &public_key).unwrap(), record);
    }

    #[test]
    fn what_does_not_verify_gives_no_record() {
        let public_key = public_key_of(&key());
        let other = public_key_of(&signing_key(&[8; 32]).unwrap());
        let signature = key().sign(b"another text").to_bytes();
        let refused = |result: Result<String, Rejection>| matches!(result, Err(Rejection::BadSignature(_)));
        assert!(refused(signed_record(json(DATA), &public_key, &signature)));
        assert!(refused(signed_record(json(DATA), &public_key, &signature[1..])));
        assert!(refused(record_of_message(&message(DATA), &other)));
    }

    #[test]
    fn a_message_over_another_spelling_is_told_apart_from_a_forged_one() {
        let public_key = public_key_of(&key());
        assert_eq!(record_of_message(&message(r#"{"uuid": "x"}"#), &public_key), Err(OTHER_TEXT));
        let mut forged = message(DATA);
        forged[SIGNATURE_BYTES + 9] ^= 1;
        assert!(matches!(record_of_message(&forged, &public_key), Err(error) if error != OTHER_TEXT));
    }
}
