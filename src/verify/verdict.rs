//! The verdict on one item, as callers get it, and whether the item was stored.

use std::fmt::Display;

use serde::Serialize;

use super::candidate::Record;
use super::looks::hint_for;
use crate::error::{Code, Rejection};
use crate::json::quote_into;
use crate::record::Version;

/// The verdict on one item, as JavaScript gets it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether the rules accept it.
    pub ok: bool,
    /// Whether it was stored, if it was to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<bool>,
    /// Why it was not stored although the rules accept it: `STALE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
    /// The code of the first rule that it breaks, or of the database's failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Why it is rejected, or not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The slot's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The version that is held, if it is the same or a greater one and the record was therefore not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_version: Option<String>,
    /// The public key in base58.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// Canonical text of the uuid without its quotes. JavaScript parses it if it holds escapes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The record's timestamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_ms: Option<u64>,
    /// Exactly what was signed, if `data` is an object that keeps rule 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_text: Option<String>,
    /// The whole record as a store keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What looks wrong even though the rules accept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

impl Verdict {
    /// The verdict on a record.
    #[must_use]
    pub fn accepted(record: Record) -> Self {
        let text = record.envelope();
        let content = record.into_content();
        Self {
            ok: true,
            key: Some(content.key.as_str().to_owned()),
            version: Some(content.version.to_string()),
            public_key: Some(content.public_key),
            uuid: Some(content.uuid),
            timestamp_ms: Some(content.version.timestamp.0),
            signed_text: Some(content.signed_text),
            text: Some(text),
            hint: hint_for(content.version.timestamp.0),
            ..Self::default()
        }
    }

    /// The verdict on a record that was stored.
    #[must_use]
    pub fn stored(record: Record) -> Self {
        Self { stored: Some(true), ..Self::accepted(record) }
    }

    /// The verdict on a record that was not stored, because the same version or a greater one is held.
    #[must_use]
    pub fn stale(record: Record, held: &Version) -> Self {
        Self {
            stored: Some(false),
            why: Some("STALE"),
            message: Some(why_stale(&record.version(), held)),
            held_version: Some(held.to_string()),
            ..Self::accepted(record)
        }
    }

    /// The verdict on a record that could not be stored, or on a body that holds none.
    ///
    /// ```
    /// # use dbsharing::{error::Rejection, verify::Verdict};
    /// let verdict = Verdict::not_stored(&Rejection::BadId("data.uuid is empty; wanted a non-empty string"));
    /// assert_eq!(verdict.to_json(), r#"{"ok":false,"stored":false,"code":"BAD_ID","message":"data.uuid is empty; wanted a non-empty string"}"#);
    /// ```
    #[must_use]
    pub fn not_stored(why: &(impl Code + Display)) -> Self {
        let (code, message) = (Some(why.code()), Some(why.to_string()));
        Self { stored: Some(false), code, message, ..Self::default() }
    }

    /// The verdict on a rejected item, with the text that is claimed to be signed.
    #[must_use]
    pub fn refused(rejection: &Rejection, signed_text: Option<String>) -> Self {
        Self { code: Some(rejection.code()), message: Some(rejection.to_string()), signed_text, ..Self::default() }
    }

    /// The same as JSON text, in which the uuid is an ordinary string.
    ///
    /// ```
    /// # use dbsharing::{error::Rejection, verify::Verdict};
    /// let verdict = Verdict::refused(&Rejection::BadId("data.uuid is empty; wanted a non-empty string"), None);
    /// assert_eq!(verdict.to_json(), r#"{"ok":false,"code":"BAD_ID","message":"data.uuid is empty; wanted a non-empty string"}"#);
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = format!("{{\"ok\":{}", self.ok);
        if let Some(stored) = self.stored {
            json.push_str(&format!(",\"stored\":{stored}"));
        }
        let texts = [
            ("why", self.why),
            ("code", self.code),
            ("message", self.message.as_deref()),
            ("key", self.key.as_deref()),
            ("version", self.version.as_deref()),
            ("heldVersion", self.held_version.as_deref()),
            ("publicKey", self.public_key.as_deref()),
            ("signedText", self.signed_text.as_deref()),
            ("text", self.text.as_deref()),
            ("hint", self.hint),
        ];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            json.push_str(&format!(",\"{name}\":"));
            quote_into(text, &mut json);
        }
        let plain = [
            ("uuid", self.uuid.as_ref().map(|uuid| format!("\"{uuid}\""))),
            ("timestampMs", self.timestamp_ms.map(|ms| ms.to_string())),
        ];
        for (name, value) in plain.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            json.push_str(&format!(",\"{name}\":{value}"));
        }
        json.push('}');
        json
    }
}

/// Why a record of this version is not stored where this one is held.
fn why_stale(version: &Version, held: &Version) -> String {
    let (own_ms, held_ms) = (version.timestamp.0, held.timestamp.0);
    match (held == version, held_ms == own_ms) {
        (true, _) => "the same version of this record is held already".to_owned(),
        (false, true) => format!("another version of this record, also dated {own_ms}, is held and wins the tie"),
        (false, false) => format!("a newer version of this record is held: it is dated {held_ms}, this one {own_ms}"),
    }
}
