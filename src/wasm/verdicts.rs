//! Verdicts on bodies, records and signatures, without a node.

use std::cell::RefCell;

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::error::{self, coded};
use crate::json::ItemReader;
use crate::limits::{MAX_ITEM_BYTES, MAX_UUID_BYTES};
use crate::node::{Held, Holdings, SlotKey};
use crate::record::{Identity, RecordKey, Version};
use crate::verify::body_judge::{BodyJudge, RejectedItem};
use crate::verify::ed25519::Signature;
use crate::verify::equation::{SignedMessage, verify_all};
use crate::verify::{BatchSize, LARGE_BATCH, LONG_UUID, PublicKeys, Verdict};

thread_local! {
    /// The public keys that were decoded last, in earlier calls too.
    static KEYS: RefCell<PublicKeys> = RefCell::default();
}

/// The value as a plain object: with numbers rather than bigints, and objects rather than Maps.
pub(super) fn to_plain_object(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).unwrap_or(JsValue::UNDEFINED)
}

/// The verdicts on the items of a body, in their order.
#[wasm_bindgen(js_name = verifyJson)]
pub fn verify_json(body: &[u8], is_text: bool, now_ms: f64, identity_name: &str) -> Result<JsValue, JsValue> {
    let reader = if is_text { ItemReader::without_bom(MAX_ITEM_BYTES) } else { ItemReader::new(MAX_ITEM_BYTES) };
    let judged = KEYS.with_borrow_mut(|keys| {
        BodyJudge::new(Identity::named(identity_name), now_ms as u64, keys).judge(reader, body)
    });
    let judged =
        judged.map_err(|fault| coded("BAD_BODY", &format!("the body is not a JSON array of records; {fault}")))?;
    let verdicts = judged.into_iter().map(|verdict| match verdict {
        Ok(record) => Verdict::accepted(record),
        Err(RejectedItem { rejection, signed_text }) => Verdict::refused(&rejection, signed_text),
    });
    Ok(verdicts.map(|verdict| to_plain_object(&verdict)).collect::<Array>().into())
}

/// Applies rules 5 to 7 to many: public keys of 32 bytes, signatures of 64 bytes and messages of these lengths, each kind
/// concatenated; returns 1 for each signature that verifies, else 0.
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
    let mut verdicts = vec![0; items.len()];
    let mut sound = items.enumerate().filter_map(|(place, item)| Some((place, item?)));
    let mut size = BatchSize::at_most(LARGE_BATCH);
    loop {
        let (places, messages): (Vec<usize>, Vec<SignedMessage>) = sound.by_ref().take(size.get()).unzip();
        if places.is_empty() {
            return verdicts;
        }
        let judged = verify_all(messages);
        size.learn(judged.iter().copied());
        for (place, holds) in places.into_iter().zip(judged) {
            if let Some(verdict) = verdicts.get_mut(place) {
                *verdict = u8::from(holds);
            }
        }
    }
}

/// The key of a slot; the uuid is given as canonical text without its quotes.
#[wasm_bindgen(js_name = recordKey)]
pub fn record_key(public_key: &str, uuid: Option<String>) -> Result<String, JsValue> {
    crate::verify::ed25519::key_bytes(public_key).map_err(|rejection| error::of(&rejection))?;
    if uuid.as_ref().is_some_and(|uuid| uuid.len() > MAX_UUID_BYTES) {
        return Err(error::of(&LONG_UUID));
    }
    Ok(RecordKey::new(public_key, uuid.as_deref()).as_str().to_owned())
}

/// The digest of a set of entries, which are added in any order.
#[wasm_bindgen]
#[derive(Default)]
pub struct DigestOf(Holdings);

#[wasm_bindgen]
impl DigestOf {
    /// The digest of the empty set.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds entries, given as lines `key version`; those with a malformed version are left out.
    pub fn add(&mut self, lines: &str) {
        for (key, version) in lines.lines().filter_map(|line| line.rsplit_once(' ')) {
            if let Some(version) = Version::parse(version) {
                self.0.apply(SlotKey::of(key), Held { version, signature: None });
            }
        }
    }

    /// The digest as 64 hex digits.
    pub fn hex(&mut self) -> String {
        self.0.digest().to_string()
    }
}
