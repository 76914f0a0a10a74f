//! Makes a signed record: the counterpart of [`crate::verify`], under the same rules.

use ed25519_dalek::{Signer as _, SigningKey};

use crate::error::Rejection;
use crate::json::Json;
use crate::record::{Identity, UncheckedRecord};
use crate::verify::Claim;

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

/// The record, as JSON text, that this key makes of this `data`.
///
/// # Errors
///
/// The code of the rule that `data` breaks: `BAD_SHAPE`, `TOO_LARGE`, `TOO_DEEP`, `BAD_ID` or `BAD_TIMESTAMP`.
pub fn sign(data: Json<'_>, key: &SigningKey) -> Result<String, Rejection> {
    let public_key = bs58::encode(key.verifying_key().as_bytes()).into_string();
    let envelope = |signature: &str| {
        format!("{{\"data\":{},\"publicKey\":\"{public_key}\",\"signature\":\"{signature}\"}}", data.canonical())
    };
    // The rules read the record as a peer would get it; its signature is not looked at before it is there.
    let unsigned = envelope("");
    let item = Json::parse(&unsigned).map_err(|_| Rejection::BadShape("data is no JSON object"))?;
    Claim::read(UncheckedRecord::read(item), Identity::Record)?;
    let signature = key.sign(data.canonical().as_bytes());
    Ok(envelope(&bs58::encode(signature.to_bytes()).into_string()))
}
