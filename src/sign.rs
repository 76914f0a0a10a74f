//! Makes signed records: the counterpart of [`crate::verify`], under the same rules.

use std::borrow::Cow;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::error::Rejection;
use crate::json::{Json, Kind};
use crate::limits::MAX_SIGNED_BYTES;
use crate::record::{Identity, SignatureBytes, UncheckedRecord};
use crate::verify::ed25519::{PublicKey, Signature, key_bytes};
use crate::verify::equation::{SignedMessage, verify_all};
use crate::verify::{Claim, signed_text};

const NOT_AN_OBJECT: Rejection = Rejection::BadShape("data is not a JSON object");

/// The signing key in a 32-byte seed or a 64-byte secret key (seed, then public key) whose halves agree.
///
/// # Errors
///
/// `BAD_KEY`.
pub fn signing_key(secret: &[u8]) -> Result<SigningKey, Rejection> {
    if let Ok(seed) = <&[u8; 32]>::try_from(secret) {
        return Ok(SigningKey::from_bytes(seed));
    }
    let pair = <&[u8; 64]>::try_from(secret).map_err(|_| {
        Rejection::BadKey("the secret key is neither a 32-byte seed nor 64 bytes of seed and public key")
    })?;
    SigningKey::from_keypair_bytes(pair)
        .map_err(|_| Rejection::BadKey("the second half of the secret key is not the public key of its first half"))
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

/// The record, as JSON text, that this key makes of this `data`.
///
/// # Errors
///
/// The code of the rule that `data` breaks: `BAD_SHAPE`, `TOO_LARGE`, `TOO_DEEP`, `BAD_ID` or `BAD_TIMESTAMP`.
pub fn sign(data: Json<'_>, key: &SigningKey) -> Result<String, Rejection> {
    let public_key = public_key_of(key);
    let text = checked(data, &public_key)?;
    let signature = SignatureBytes(key.sign(text.as_bytes()).to_bytes());
    Ok(envelope(&text, &public_key, &signature.to_base58()))
}

/// The text whose bytes the holder of this public key has to sign, so that a record of this `data` comes of it.
///
/// # Errors
///
/// As [`sign`], and `BAD_KEY` or `UNSUPPORTED_KEY`.
pub fn text_to_sign<'d>(data: Json<'d>, public_key: &str) -> Result<Cow<'d, str>, Rejection> {
    PublicKey::decode(&key_bytes(public_key)?)?;
    checked(data, public_key)
}

/// The record, as JSON text, of this `data` and a signature that somebody else made of [`text_to_sign`].
///
/// # Errors
///
/// As [`text_to_sign`], and `BAD_SIGNATURE`.
pub fn signed_record(data: Json<'_>, public_key: &str, signature: &[u8]) -> Result<String, Rejection> {
    let text = text_to_sign(data, public_key)?;
    verified(&text, public_key, signature)
}

/// The record, as JSON text, of a signed message: 64 bytes of signature and the text that they sign. Whether its uuid
/// and its timestamp are as the rules want them is seen when it is put.
///
/// # Errors
///
/// `BAD_SHAPE`, `TOO_LARGE`, `TOO_DEEP`, `BAD_KEY`, `UNSUPPORTED_KEY` or `BAD_SIGNATURE`.
pub fn record_of_message(message: &[u8], public_key: &str) -> Result<String, Rejection> {
    let (signature, payload) = message
        .split_at_checked(64)
        .ok_or(Rejection::BadShape("the signed message is shorter than a signature, which has 64 bytes"))?;
    if payload.len() > MAX_SIGNED_BYTES {
        let (bytes, limit) = (payload.len() as u64, MAX_SIGNED_BYTES as u64);
        return Err(Rejection::TooLarge { what: "the text in the signed message", bytes, limit });
    }
    let text = std::str::from_utf8(payload).map_err(|_| NO_DATA_SIGNED)?;
    let data = Json::parse(text).ok().filter(|data| data.kind() == Kind::Object).ok_or(NO_DATA_SIGNED)?;
    let canonical = signed_text(data)?;
    // First over the bytes as they are, so that a message which is good in itself is told apart from a forged one.
    let record = verified(text, public_key, signature)?;
    if canonical == text { Ok(record) } else { Err(OTHER_TEXT) }
}

const NO_DATA_SIGNED: Rejection =
    Rejection::BadShape("the signed message does not hold a JSON object behind its signature");
const OTHER_TEXT: Rejection = Rejection::BadSignature(
    "the message is signed over a text that JSON.stringify does not write, in its spaces, its numbers or the order of its \
     members: no record can be made of it",
);

/// The canonical text of `data`, where a record of it would pass rules 1 to 5.
fn checked<'d>(data: Json<'d>, public_key: &str) -> Result<Cow<'d, str>, Rejection> {
    let text = data.canonical();
    // The rules read the record as a peer would get it; its signature is not looked at before it is there.
    let unsigned = envelope(&text, public_key, "");
    let item = Json::parse(&unsigned).map_err(|_| NOT_AN_OBJECT)?;
    Claim::read(UncheckedRecord::read(item), Identity::Record)?;
    Ok(text)
}

/// The record with this signed text, where the signature verifies it.
fn verified(text: &str, public_key: &str, signature: &[u8]) -> Result<String, Rejection> {
    let key = PublicKey::decode(&key_bytes(public_key)?)?;
    let signature = signature.try_into().map_err(|_| Rejection::BadSignature("the signature has not 64 bytes"))?;
    let signature = Signature::decode(signature)?;
    let reduced = signature.to_bytes();
    match verify_all(vec![SignedMessage::new(key, signature, text.as_bytes())]).first() {
        Some(true) => Ok(envelope(text, public_key, &reduced.to_base58())),
        _ => Err(Rejection::BadSignature("the signature does not verify the text by publicKey")),
    }
}

fn envelope(text: &str, public_key: &str, signature: &str) -> String {
    format!("{{\"data\":{text},\"publicKey\":\"{public_key}\",\"signature\":\"{signature}\"}}")
}
