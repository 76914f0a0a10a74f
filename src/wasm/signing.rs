//! Signing, and records made of signatures from elsewhere. Data and records are JSON text.

use wasm_bindgen::prelude::*;

use super::error;
use crate::error::Rejection;
use crate::json::Json;
use crate::sign;

/// The record of this data, signed with this secret key.
#[wasm_bindgen(js_name = signRecord)]
pub fn sign_record(data: &str, secret_key: &[u8]) -> Result<String, JsValue> {
    answer(sign::signing_key(secret_key).and_then(|key| sign::sign(parse(data)?, &key)))
}

/// The public key of a secret key.
#[wasm_bindgen(js_name = publicKeyOf)]
pub fn public_key_of(secret_key: &[u8]) -> Result<String, JsValue> {
    answer(sign::signing_key(secret_key).map(|key| sign::public_key_of(&key)))
}

/// The text that the holder of this public key has to sign for a record of this data.
#[wasm_bindgen(js_name = textToSign)]
pub fn text_to_sign(data: &str, public_key: &str) -> Result<String, JsValue> {
    answer(parse(data).and_then(|data| Ok(sign::text_to_sign(data, public_key)?.into_owned())))
}

/// The record of this data with a signature over its text.
#[wasm_bindgen(js_name = signedRecord)]
pub fn signed_record(data: &str, public_key: &str, signature: &[u8]) -> Result<String, JsValue> {
    answer(parse(data).and_then(|data| sign::signed_record(data, public_key, signature)))
}

/// The record that a signed message contains.
#[wasm_bindgen(js_name = recordOfMessage)]
pub fn record_of_message(message: &[u8], public_key: &str) -> Result<String, JsValue> {
    answer(sign::record_of_message(message, public_key))
}

fn parse(data: &str) -> Result<Json<'_>, Rejection> {
    Json::parse(data).map_err(|_| Rejection::BadShape("data is not JSON; wanted a JSON object"))
}

fn answer(result: Result<String, Rejection>) -> Result<String, JsValue> {
    result.map_err(|rejection| error::of(&rejection))
}
