//! What one item of a body claims.

use crate::json::{Json, Kind};
use crate::limits::MAX_UNSIGNED_BYTES;

/// What one item of a body claims; nothing in it has been checked.
#[derive(Debug, Clone)]
pub struct UncheckedRecord<'a> {
    /// `data`, if there is such a member.
    pub data: Option<Json<'a>>,
    /// `publicKey`, if there is such a member.
    pub public_key: Option<Json<'a>>,
    /// `signature`, if there is such a member.
    pub signature: Option<Json<'a>>,
    /// The object that these are members of.
    record: Json<'a>,
}

impl<'a> UncheckedRecord<'a> {
    /// Reads an item of either shape. An item without `data` whose `value` is an object stands for that value.
    #[must_use]
    pub fn read(item: Json<'a>) -> Self {
        let (outer, value) = Self::members(item);
        match value {
            Some(value) if outer.data.is_none() && value.kind() == Kind::Object => Self::members(value).0,
            _ => outer,
        }
    }

    /// What the members of an object claim, and its member `value`.
    fn members(record: Json<'a>) -> (Self, Option<Json<'a>>) {
        let mut claims = Self { data: None, public_key: None, signature: None, record };
        let mut wrapped = None;
        for (key, value) in record.members() {
            if key.is_string("data") {
                claims.data = Some(value);
            } else if key.is_string("publicKey") {
                claims.public_key = Some(value);
            } else if key.is_string("signature") {
                claims.signature = Some(value);
            } else if key.is_string("value") {
                wrapped = Some(value);
            }
        }
        (claims, wrapped)
    }

    /// The item, or the `value` that it stands for.
    #[must_use]
    pub fn item(&self) -> Json<'a> {
        self.record
    }

    /// The canonical text of all other members, without braces; empty if there are none or they are too long.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let mut text = String::from("{");
        for (key, value) in self.record.members() {
            if ["data", "publicKey", "signature"].iter().any(|signed| key.is_string(signed)) {
                continue;
            }
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(key.text());
            text.push(':');
            text.push_str(value.text());
            if self.record.is_canonical() && text.len() > MAX_UNSIGNED_BYTES {
                return String::new();
            }
        }
        text.push('}');
        let canonical = Json::parse(&text).map(Json::canonical).unwrap_or_default();
        if canonical.len() > MAX_UNSIGNED_BYTES {
            return String::new();
        }
        let inside = canonical.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        inside.unwrap_or_default().to_owned()
    }
}
