//! A piece of text with the proof that it is one valid JSON value.

use std::borrow::Cow;
use std::fmt;

use super::grammar::{Fed, ValueReader};
use super::spot::Spotted;
use super::strings::{self, Piece};
use super::{canonical, recognise, scan};

/// Why JavaScript's `JSON.parse` would refuse a text, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte, counted from 0, that cannot be there; the length of the body if it ended too early.
    pub at: u64,
    /// What was wanted there, such as `"a value"`.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "wanted {} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for Fault {}

/// The kind of a JSON value, as its first byte tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// `-1.5e3`
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

/// Proof that a text is exactly one valid JSON value, without white space around it.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a> {
    text: &'a str,
    noted: Noted<'a>,
}

/// What was noted about a value when it was read.
#[derive(Clone, Copy, Debug)]
enum Noted<'a> {
    Nothing,
    /// Where the members are by which a record is recognised.
    Spotted(&'a Spotted),
    /// Its text is canonical.
    Canonical,
}

impl<'a> Json<'a> {
    /// A text that is known to be one value.
    pub(super) fn of_valid(text: &'a str) -> Self {
        Self { text, noted: Noted::Nothing }
    }

    /// The same, with where its members are.
    pub(super) fn with_spotted(text: &'a str, spotted: Option<&'a Spotted>) -> Self {
        Self { text, noted: spotted.map_or(Noted::Nothing, Noted::Spotted) }
    }

    /// Where the members are by which a record is recognised, if that was noted when it was read.
    pub(crate) fn spotted(self) -> Option<&'a Spotted> {
        match self.noted {
            Noted::Spotted(spotted) => Some(spotted),
            Noted::Nothing | Noted::Canonical => None,
        }
    }

    /// The value in `text`, without white space around it. Accepts exactly what `JSON.parse` accepts.
    ///
    /// # Errors
    ///
    /// The first byte that JavaScript's `JSON.parse` would refuse.
    pub fn parse(text: &'a str) -> Result<Json<'a>, Fault> {
        let (_, value) = scan::split_before(text, scan::skip_space(text.as_bytes()));
        let mut reader = ValueReader::new();
        let (read, progress) = reader.feed(value.as_bytes());
        let (value, after) = value.split_at_checked(read).unwrap_or((value, ""));
        let fault = |what, rest: &[u8]| Fault { at: text.len().saturating_sub(rest.len()) as u64, what };
        match (progress, scan::skip_space(after.as_bytes())) {
            (Fed::Ended, []) => Ok(Json::of_valid(value)),
            (Fed::Ended, rest) => Err(fault("the end of the text", rest)),
            (Fed::Fault(what), _) => Err(fault(what, after.as_bytes())),
            (Fed::More, _) => match reader.finish() {
                Ok(()) => Ok(Json::of_valid(value)),
                Err(what) => Err(fault(what, &[])),
            },
        }
    }

    /// The text itself, as it arrived.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// The kind of the value.
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't') => Kind::True,
            Some(b'f') => Kind::False,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// Whether this is a JSON string whose value is `wanted`, however it is spelled with escapes.
    pub fn is_string(self, wanted: &str) -> bool {
        self.string_content().is_some_and(|content| strings::content_is(content, wanted))
    }

    /// The value of a JSON string, with lone surrogates as U+FFFD; `None` for other kinds. Borrowed if the text has no
    /// escapes.
    pub fn to_str(self) -> Option<Cow<'a, str>> {
        let content = self.string_content()?;
        if !content.contains('\\') {
            return Some(Cow::Borrowed(content));
        }
        let mut value = String::with_capacity(content.len());
        for piece in strings::pieces(content) {
            match piece {
                Piece::Plain(run) => value.push_str(run),
                Piece::Escaped(character) => value.push(character),
                Piece::LoneSurrogate(_) => value.push(char::REPLACEMENT_CHARACTER),
            }
        }
        Some(Cow::Owned(value))
    }

    /// The greatest number of brackets open at once: 0 for a scalar, 1 for `[]`. Counts the whole text, including
    /// duplicate members that canonical text does not have.
    pub fn depth(self) -> usize {
        scan::depth(self.text.as_bytes())
    }

    /// `JSON.stringify(JSON.parse(text))`, byte for byte; borrowed if the text is already that.
    pub fn canonical(self) -> Cow<'a, str> {
        self.canonical_with_depth().0
    }

    /// What [`Json::canonical`] gives, and its depth: [`Json::depth`] without what duplicate members add.
    pub fn canonical_with_depth(self) -> (Cow<'a, str>, usize) {
        if self.is_canonical() {
            return (Cow::Borrowed(self.text), self.depth());
        }
        if let Some(depth) = recognise::depth_of_canonical(self.text) {
            return (Cow::Borrowed(self.text), depth);
        }
        let text = canonical::rewrite(self.text);
        let depth = Json::of_valid(&text).depth();
        (if text == self.text { Cow::Borrowed(self.text) } else { Cow::Owned(text) }, depth)
    }

    /// The value of a text that [`Json::canonical`] gave.
    pub(crate) fn of_canonical(text: &'a str) -> Json<'a> {
        Self { text, noted: Noted::Canonical }
    }

    /// Whether the text is known to be canonical.
    pub(crate) fn is_canonical(self) -> bool {
        matches!(self.noted, Noted::Canonical)
    }

    /// Appends what [`Json::canonical`] gives to `out`.
    pub fn canonical_into(self, out: &mut String) {
        out.push_str(&self.canonical());
    }

    fn string_content(self) -> Option<&'a str> {
        self.text.strip_prefix('"')?.strip_suffix('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
    }

    fn fault_at(text: &str) -> Option<u64> {
        Json::parse(text).err().map(|fault| fault.at)
    }

    #[test]
    fn valid_text_is_accepted_and_trimmed() {
        let numbers = "0 -0 10 -1.5e+3 0e0 1E-5 0.00";
        let strings = "\"\" \"\\u00Ff\\/\\\"\" \"\u{7f}\" \"\u{feff}\"";
        let others = r#"true false null [] {} [1,[2],{"a":3}] {"":0,"":{"b":[[]]}}"#;
        for text in [numbers, strings, others].into_iter().flat_map(str::split_ascii_whitespace) {
            assert_eq!(json(text).text(), text);
            assert_eq!(json(&format!(" \t\r\n{text}\n\r\t ")).text(), text);
        }
    }

    #[test]
    fn what_javascript_refuses_is_refused_at_the_same_byte() {
        let numbers = "0¦1 0¦0 -0¦1 0¦x1 -¦ -¦a ¦+1 ¦.5 1.¦ 1.¦e5 1e¦ 1e+¦ 1e¦.5 1.5¦.5";
        let words = "nul¦ nul¦L ¦True ¦NaN ¦undefined true¦x";
        let strings = r#"¦'a' "a¦ "\¦x" "\u12¦g4" "\u123¦ "\¦ "a"¦b "\u¦" ¦\u0020"#;
        let arrays = "[¦ ¦] [1¦ [1,¦] [¦,1] [1¦} [0¦1] []¦// [[]¦ [1]¦]";
        let objects = r#"{¦ {¦] {"a"¦} {"a":¦} {"a":1,¦} {¦a:1} {"a"¦,1} {"a":1¦] {"a":1}¦}"#;
        let outside = "1¦] 1¦, ¦\u{feff}1 1¦\u{200b} ¦\u{a0}1 1¦\u{2028} ¦\u{b}1 ¦\u{c}1 \"¦\0\"";
        let split = [numbers, words, strings, arrays, objects, outside].map(|texts| texts.split(' '));
        let empty = ["¦", "  ¦"];
        let spaced = ["1 ¦2", "[1 ¦2]", "{\"\" ¦1}", "{\"\":1 ¦\"\":1}", "\"¦\t\"", "\"\\n¦\n\""];
        for marked in split.into_iter().flatten().chain(empty).chain(spaced) {
            let at = marked.find('¦').map(|at| at as u64);
            assert_eq!(fault_at(&marked.replace('¦', "")), at, "{marked:?}");
        }
    }

    #[test]
    fn a_fault_says_what_was_wanted_and_where() {
        let fault = Json::parse("[1,]").unwrap_err();
        assert_eq!(fault.to_string(), "wanted a value at byte 3");
    }

    #[test]
    fn the_first_byte_tells_the_kind() {
        let texts = ["{}", "[]", "\"\"", "-1", "true", "false", "null"];
        let (object, array, string) = (Kind::Object, Kind::Array, Kind::String);
        let kinds = [object, array, string, Kind::Number, Kind::True, Kind::False, Kind::Null];
        assert_eq!(texts.map(|text| json(text).kind()), kinds);
        assert_eq!(json("0").kind(), Kind::Number);
    }

    #[test]
    fn strings_are_compared_by_value() {
        for (string, value) in [
            ("\"data\"", "data"),
            ("\"d\\u0061t\\u0061\"", "data"),
            ("\"\"", ""),
            ("\"\\u00e9\\n\"", "é\n"),
            ("\"\\ud83d\\uDE00\"", "😀"),
            ("\"\\/\"", "/"),
            ("\"\\\\n\"", "\\n"),
            ("\"\\\"\\b\\f\\r\\t\\u0000\"", "\"\u{8}\u{c}\r\t\0"),
        ] {
            assert!(json(string).is_string(value), "{string}");
            assert_eq!(json(string).to_str().as_deref(), Some(value));
            assert!(!json(string).is_string(&format!("{value}x")));
            assert!(!json(string).is_string(&format!("x{value}")));
        }
        assert!(!json("\"\\n\"").is_string("\\n"));
        assert!(!json("\"\\u0061b\"").is_string("a"));
        assert!(!json("1").is_string("1"));
        assert_eq!(json("1").to_str(), None);
        assert!(matches!(json("\"é\"").to_str(), Some(Cow::Borrowed("é"))));
    }

    #[test]
    fn a_lone_surrogate_equals_no_text() {
        let lone = json("\"a\\ud800b\"");
        assert_eq!(lone.to_str().as_deref(), Some("a\u{fffd}b"));
        assert!(!lone.is_string("a\u{fffd}b"));
    }

    #[test]
    fn the_last_of_equal_members_counts() {
        let object = json("{\"a\":1,\"b\":[\"a\"],\"\\u0061\":{\"a\":3}}");
        assert_eq!(object.member("a").map(Json::text), Some("{\"a\":3}"));
        assert_eq!(object.member("c").map(Json::text), None);
        assert_eq!(json("[1]").member("0").map(Json::text), None);
    }

    #[test]
    fn depth_counts_open_brackets_outside_strings() {
        let texts = [r#"1"#, r#""[[\"[""#, r#"[]"#, r#"[{},{}]"#, r#"[[],{"a":[1]}]"#];
        assert_eq!(texts.map(|text| json(text).depth()), [0, 0, 1, 2, 3]);
        assert_eq!(texts.map(|text| json(text).canonical_with_depth().1), [0, 0, 1, 2, 3]);
        let replaced = json(r#"{"a":[[1]],"a":2}"#);
        assert_eq!((replaced.depth(), replaced.canonical_with_depth().1), (3, 1));
    }

    #[test]
    fn a_million_brackets_overflow_nothing() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(json(&deep).depth(), 1_000_000);
        assert_eq!(json(&deep).canonical(), deep);
        assert_eq!(json(&deep).elements().count(), 1);
        assert_eq!(fault_at(&deep[..1_999_999]), Some(1_999_999));
        assert_eq!(fault_at(&deep.replacen(']', "}", 1)), Some(1_000_000));
    }

    #[test]
    fn canonical_text_is_appended() {
        let mut out = "x".to_owned();
        json("[1.0]").canonical_into(&mut out);
        json("{\"a\" : 1}").canonical_into(&mut out);
        json("[1]").canonical_into(&mut out);
        assert_eq!(out, "x[1]{\"a\":1}[1]");
    }
}
