//! Records as texts, and as the entries of a store.

use dbsharing::ports::StoredEntry;

use crate::common::{judge, signed};

/// Signer, slot and time. Equal specs are the same record.
pub type Spec = (u8, u8, u64);

pub fn text((seed, uuid, ms): Spec) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

pub fn entry(text: &str) -> StoredEntry {
    let record = judge(text).unwrap();
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

pub fn key(text: &str) -> String {
    entry(text).key
}

/// A record with a text of its own, so that records of one slot and time can differ.
pub fn record(seed: u8, uuid: u8, ms: u64, text: &str) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms},"text":"{text}"}}"#))
}

/// The body of a peer that holds these records.
pub fn body(records: &[String]) -> String {
    format!("[{}]", records.join(","))
}
