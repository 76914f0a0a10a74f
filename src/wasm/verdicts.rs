//! Verdicts on bodies, records and signatures, without a node.

use std::cell::RefCell;

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::error::{self, coded};
use super::options::identity;
use crate::error::{Code as _, Rejection};
use crate::json::{ItemReader, Json};
use crate::merge::ahead_of_clock;
use crate::record::{Content, Identity, Record, RecordKey, UncheckedRecord};
use crate::verify::body::{BodyJudge, Refusal};
use crate::verify::ed25519::Signature;
use crate::verify::equation::{SignedMessage, verify_all};
use crate::verify::memory::Keys;
use crate::verify::{BatchSize, Claim, IdentifiedClaim, LARGE_BATCH, MAX_ITEM_BYTES};

thread_local! {
    /// The keys that were met last, also in earlier calls.
    static KEYS: RefCell<Keys> = RefCell::default();
}

/// What JavaScript gets for one item.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    /// Canonical text without its quotes; `js/api.js` parses it where it holds escapes.
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_text: Option<String>,
    /// The record as a store keeps it, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<bool>,
}

impl Verdict {
    fn accepted(content: Content) -> Self {
        Self {
            ok: true,
            key: Some(content.key.as_str().to_owned()),
            version: Some(content.version.to_string()),
            public_key: Some(content.public_key),
            uuid: Some(content.uuid),
            timestamp_ms: Some(content.version.timestamp.0),
            signed_text: Some(content.signed_text),
            ..Self::default()
        }
    }

    fn refused(rejection: &Rejection, signed_text: Option<String>) -> Self {
        Self { code: Some(rejection.code()), message: Some(rejection.to_string()), signed_text, ..Self::default() }
    }

    /// The same item, refused all the same.
    pub(super) fn rejected(self, rejection: &Rejection) -> Self {
        Self::refused(rejection, self.signed_text)
    }

    /// With the word whether it was stored.
    pub(super) fn stored(self, stored: bool) -> Self {
        Self { stored: Some(stored), ..self }
    }
}

/// A plain object: numbers, not bigints; objects, not Maps.
pub(super) fn to_plain_object(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).unwrap_or(JsValue::UNDEFINED)
}

/// Judges one record, given as JSON text: the record and its verdict, or the verdict that refuses it.
pub(super) fn verify_one(record: &str, identity: Identity, now_ms: u64) -> Result<(Record, Verdict), Verdict> {
    let Ok(item) = Json::parse(record) else {
        return Err(Verdict::refused(&Rejection::BadShape("the record is no JSON"), None));
    };
    let judged = KEYS.with_borrow_mut(|keys| BodyJudge::new(identity, now_ms, keys).judge_one(item));
    match judged {
        Ok(record) => {
            let verdict = Verdict::accepted(record.content().clone());
            Ok((record, verdict))
        }
        Err(Refusal { rejection, signed_text }) => Err(Verdict::refused(&rejection, signed_text)),
    }
}

/// One verdict for each item of a body; with the text of each good record where `with_text` says so.
#[wasm_bindgen(js_name = verifyJson)]
pub fn verify_json(
    body: &[u8],
    is_text: bool,
    now_ms: f64,
    identity_name: &str,
    with_text: bool,
) -> Result<JsValue, JsValue> {
    let reader = if is_text { ItemReader::without_bom(MAX_ITEM_BYTES) } else { ItemReader::new(MAX_ITEM_BYTES) };
    let judged =
        KEYS.with_borrow_mut(|keys| BodyJudge::new(identity(identity_name), now_ms as u64, keys).judge(reader, body));
    let judged =
        judged.map_err(|fault| coded("BAD_BODY", &format!("the body is no JSON array of records: {fault}")))?;
    let verdicts = judged.into_iter().map(|verdict| match verdict {
        Ok(record) => {
            let text = with_text.then(|| record.envelope());
            Verdict { text, ..Verdict::accepted(record.into_content()) }
        }
        Err(Refusal { rejection, signed_text }) => Verdict::refused(&rejection, signed_text),
    });
    Ok(verdicts.map(|verdict| to_plain_object(&verdict)).collect::<Array>().into())
}

/// Rules 5 to 7 for many: keys of 32 bytes, signatures of 64 bytes and messages of these lengths, each joined.
#[wasm_bindgen(js_name = verifySignatures)]
pub fn verify_signatures(keys: &[u8], signatures: &[u8], messages: &[u8], lengths: &[u32]) -> Vec<u8> {
    let mut rest = messages;
    let items = keys.chunks(32).zip(signatures.chunks(64)).zip(lengths).map(|((key, signature), length)| {
        let (message, after) = rest.split_at_checked(*length as usize)?;
        rest = after;
        let key = KEYS.with_borrow_mut(|keys| keys.decode(key.try_into().ok()?).ok())?;
        let signature = Signature::decode(signature.try_into().ok()?).ok()?;
        Some(SignedMessage::new(key, signature, message))
    });
    let items: Vec<Option<SignedMessage>> = items.collect();
    let mut verdicts = vec![0; items.len()];
    let sound: Vec<(usize, &SignedMessage)> =
        items.iter().enumerate().filter_map(|(place, item)| Some((place, item.as_ref()?))).collect();
    let mut size = BatchSize::at_most(LARGE_BATCH);
    let mut rest = sound.as_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(size.get().min(rest.len()));
        rest = after;
        let messages: Vec<&SignedMessage> = batch.iter().map(|(_, message)| *message).collect();
        let judged = verify_all(&messages);
        size.learn(judged.iter().copied());
        for ((place, _), holds) in batch.iter().zip(judged) {
            if let Some(verdict) = verdicts.get_mut(*place) {
                *verdict = u8::from(holds);
            }
        }
    }
    verdicts
}

/// Signs data, given as JSON text: the record as JSON text.
#[wasm_bindgen(js_name = signRecord)]
pub fn sign_record(data: &str, secret_key: &[u8]) -> Result<String, JsValue> {
    let key = crate::sign::signing_key(secret_key).map_err(|rejection| error::of(&rejection))?;
    let data = Json::parse(data).map_err(|_| error::of(&Rejection::BadShape("data is no JSON")))?;
    crate::sign::sign(data, &key).map_err(|rejection| error::of(&rejection))
}

/// The store key of a slot; the uuid is given as canonical text without its quotes.
#[wasm_bindgen(js_name = recordKey)]
pub fn record_key(public_key: &str, uuid: Option<String>) -> Result<String, JsValue> {
    crate::verify::ed25519::key_bytes(public_key).map_err(|rejection| error::of(&rejection))?;
    Ok(RecordKey::new(public_key, uuid.as_deref()).as_str().to_owned())
}

/// Whether a tag is named by an `If-None-Match` header.
#[wasm_bindgen(js_name = isCurrent)]
pub fn is_current(if_none_match: &str, tag: &str) -> bool {
    crate::serve::is_current(if_none_match, tag)
}

/// The key, version and signature that a record claims, given as JSON text; undefined where it breaks one of rules 1
/// to 4, or rule 8 at `now_ms`. Nothing is verified.
#[wasm_bindgen(js_name = describe)]
pub fn describe(record: &str, identity_name: &str, now_ms: f64) -> JsValue {
    let claim = Json::parse(record)
        .ok()
        .and_then(|item| Claim::read(UncheckedRecord::read(item), identity(identity_name)).ok())
        .filter(|claim| ahead_of_clock(claim.timestamp.0, now_ms as u64).is_none())
        .and_then(|claim| claim.identify().ok());
    claim.map_or(JsValue::UNDEFINED, |IdentifiedClaim { claim, version, .. }| {
        to_plain_object(&[claim.key().as_str(), &version.to_string(), claim.signature_text()])
    })
}
