//! The parts of objects and arrays, each a piece of their text.

use super::{Json, Kind, scan};

/// The members of an object, in the order of its text: see [`Json::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a str,
}

impl<'a> Members<'a> {
    pub(super) fn of(json: Json<'a>) -> Self {
        Members { rest: content(json, Kind::Object) }
    }
}

impl<'a> Iterator for Members<'a> {
    /// Key and value.
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = next_value(&mut self.rest)?;
        let value = next_value(&mut self.rest)?;
        Some((key, value))
    }
}

/// The elements of an array: see [`Json::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Elements<'a> {
    pub(super) fn of(json: Json<'a>) -> Self {
        Elements { rest: content(json, Kind::Array) }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        next_value(&mut self.rest)
    }
}

/// What stands between the brackets; nothing for another kind.
fn content(json: Json<'_>, kind: Kind) -> &str {
    if json.kind() != kind {
        return "";
    }
    let text = json.text();
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default()
}

/// The next value behind white space, commas and colons, and moves `rest` behind it. The text is valid, so they
/// stand where they should.
fn next_value<'a>(rest: &mut &'a str) -> Option<Json<'a>> {
    let mut bytes = rest.as_bytes();
    while let [b',' | b':' | b' ' | b'\t' | b'\n' | b'\r', after @ ..] = bytes {
        bytes = after;
    }
    if bytes.is_empty() {
        return None;
    }
    let (_, from_value) = scan::split_before(rest, bytes);
    let (value, after) = scan::split_before(from_value, scan::skip_value(bytes));
    *rest = after;
    Some(Json(value))
}
