//! The parts of objects and arrays, each a piece of their text.

use super::scan;
use super::value::{Json, Kind};

impl<'a> Json<'a> {
    /// The members of an object as (key, value), in the order of the text, including duplicates; empty for other kinds.
    /// The key is a JSON string; compare it with [`Json::is_string`].
    pub fn members(self) -> Members<'a> {
        Members::of(self)
    }

    /// The elements of an array; empty for other kinds.
    pub fn elements(self) -> Elements<'a> {
        Elements::of(self)
    }

    /// The value of the member called `name`, or the last one if there are several, as in JavaScript.
    pub fn member(self, name: &str) -> Option<Json<'a>> {
        self.members().filter(|(key, _)| key.is_string(name)).last().map(|(_, value)| value)
    }
}

/// The members of an object, in the order of its text: see [`Json::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a str,
    is_canonical: bool,
}

impl<'a> Members<'a> {
    pub(super) fn of(json: Json<'a>) -> Self {
        Members { rest: content(json, Kind::Object), is_canonical: json.is_canonical() }
    }
}

impl<'a> Iterator for Members<'a> {
    /// Key and value.
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = next_value(&mut self.rest)?;
        let value = next_value(&mut self.rest)?;
        // Every part of canonical text is canonical.
        Some(if self.is_canonical { (key, Json::of_canonical(value.text())) } else { (key, value) })
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

/// The text between the brackets; empty for another kind.
fn content(json: Json<'_>, kind: Kind) -> &str {
    if json.kind() != kind {
        return "";
    }
    let text = json.text();
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default()
}

/// The next value after white space, commas and colons; moves `rest` past it. The text is valid, so they are where they
/// should be.
fn next_value<'a>(rest: &mut &'a str) -> Option<Json<'a>> {
    let mut bytes = rest.as_bytes();
    while let [byte, after @ ..] = bytes
        && (matches!(byte, b',' | b':') || scan::is_space(*byte))
    {
        bytes = after;
    }
    if bytes.is_empty() {
        return None;
    }
    let (_, from_value) = scan::split_before(rest, bytes);
    let (value, after) = scan::split_before(from_value, scan::skip_value(bytes));
    *rest = after;
    Some(Json::of_valid(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_the_order_of_the_text_with_duplicates() {
        let text = r#" { "b" : 1.0 ,"\u0061":[1,{"x":","}], "b":"}\"" , "":{ } ,"z":null} "#;
        let members: Vec<(&str, &str)> =
            Json::parse(text).unwrap().members().map(|(key, value)| (key.text(), value.text())).collect();
        let wanted = [
            ("\"b\"", "1.0"),
            ("\"\\u0061\"", "[1,{\"x\":\",\"}]"),
            ("\"b\"", "\"}\\\"\""),
            ("\"\"", "{ }"),
            ("\"z\"", "null"),
        ];
        assert_eq!(members, wanted);
    }

    #[test]
    fn elements_come_in_order() {
        let array = Json::parse("[ -1e5,\"]\" , [ [ ] ] ,{},true,false ]").unwrap();
        let elements: Vec<&str> = array.elements().map(Json::text).collect();
        assert_eq!(elements, ["-1e5", "\"]\"", "[ [ ] ]", "{}", "true", "false"]);
    }

    #[test]
    fn other_kinds_have_no_parts() {
        for text in ["1", "null", "\"{\\\"a\\\":1}\"", "[]", "[ ]", "{}", "{ }"] {
            let json = Json::parse(text).unwrap();
            assert_eq!((json.members().count(), json.elements().count()), (0, 0), "{text}");
        }
        assert_eq!(Json::parse("[1]").unwrap().members().count(), 0);
        assert_eq!(Json::parse("{\"a\":1}").unwrap().elements().count(), 0);
    }
}
