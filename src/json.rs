//! JSON text as JavaScript would parse and stringify it.
//!
//! A signature covers the bytes that `JSON.stringify(JSON.parse(body)….data)` gives in JavaScript, and no
//! Rust JSON library gives those bytes. So text is never turned into a tree of values here: a [`Json`] is a
//! piece of text with the proof that it is one valid value, its parts are pieces of the same text, and
//! [`Json::canonical`] rewrites it only where JavaScript would.
//!
//! ```
//! use dbsharing::json::{ItemReader, Json, Step};
//!
//! let json = Json::parse(r#"{"b": 1.0, "1": "\u0041", "b": -0}"#).unwrap();
//! assert_eq!(json.canonical(), r#"{"1":"A","b":0}"#);
//!
//! let (mut reader, mut at) = (ItemReader::new(1024), 0);
//! let body = b"[ {\"a\":1}, 2 ]";
//! let Ok(Step::Item(item)) = reader.next(body, &mut at) else { panic!() };
//! assert_eq!(item.text(), r#"{"a":1}"#);
//! ```
//!
//! Nothing here recurses, so no depth of nesting overflows a stack, and no text takes more than about
//! `n log n` steps.
//!
//! # Layout
//!
//! `scan` finds its way in text known to be valid; `grammar` tells whether it is; `items` splits a body that
//! is still arriving; `members` walks objects and arrays; `strings` and `numbers` hold what JavaScript makes
//! of each; `recognise` says that a text is canonical already; `canonical` makes it so.

mod canonical;
mod grammar;
mod items;
mod members;
mod numbers;
mod recognise;
mod scan;
mod strings;

use std::borrow::Cow;
use std::fmt;

pub use items::{ItemReader, Step};
pub use members::{Elements, Members};
pub use strings::quote_into;

use grammar::{Progress, ValueReader};
use strings::Piece;

/// What is wrong with text that JavaScript's `JSON.parse` refuses, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte of the body, counted from 0, that cannot stand there; the length of the body if more was wanted.
    pub at: u64,
    /// What was wanted, as part of a sentence: `"a value was wanted"`.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for Fault {}

/// What a JSON value is, seen from its first byte.
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
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The value that `text` is, white space around it cut off; accepts exactly what `JSON.parse` accepts.
    ///
    /// # Errors
    ///
    /// The first byte that JavaScript's `JSON.parse` would refuse.
    pub fn parse(text: &'a str) -> Result<Json<'a>, Fault> {
        let value = scan::skip_space(text.as_bytes());
        let (space, value) = scan::split_before(text, value);
        let value = value.trim_end_matches([' ', '\t', '\n', '\r']);
        let mut reader = ValueReader::new();
        let (read, progress) = reader.feed(value.as_bytes());
        let what = match progress {
            Progress::Ended if read == value.len() => return Ok(Json(value)),
            Progress::Ended => "the end of the text was wanted",
            Progress::More => match reader.finish() {
                Ok(()) => return Ok(Json(value)),
                Err(what) => what,
            },
            Progress::Fault(what) => what,
        };
        Err(Fault { at: space.len().saturating_add(read) as u64, what })
    }

    /// The text itself, as it arrived.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// What the value is.
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't') => Kind::True,
            Some(b'f') => Kind::False,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// The members of an object as (key, value), in the order of the text, duplicates included; none for
    /// other kinds. The key is a JSON string, to be compared with [`Json::is_string`].
    pub fn members(self) -> Members<'a> {
        Members::of(self)
    }

    /// The elements of an array; none for other kinds.
    pub fn elements(self) -> Elements<'a> {
        Elements::of(self)
    }

    /// The value of the member called `name`, the last one if there are several, as JavaScript has it.
    pub fn member(self, name: &str) -> Option<Json<'a>> {
        self.members().filter(|(key, _)| key.is_string(name)).last().map(|(_, value)| value)
    }

    /// Whether this is a JSON string whose value is `wanted`, however it is spelled with escapes.
    pub fn is_string(self, wanted: &str) -> bool {
        self.string_content().is_some_and(|content| strings::content_is(content, wanted))
    }

    /// The value of a JSON string, each lone surrogate as U+FFFD; none for other kinds. Borrowed when the
    /// text has no escapes.
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

    /// The greatest number of brackets open at once: 0 for a scalar, 1 for `[]`.
    pub fn depth(self) -> usize {
        scan::depth(self.0.as_bytes())
    }

    /// `JSON.stringify(JSON.parse(text))`, byte for byte; borrowed when the text is that already.
    pub fn canonical(self) -> Cow<'a, str> {
        if recognise::is_canonical(self.0) {
            return Cow::Borrowed(self.0);
        }
        let text = canonical::rewrite(self.0);
        if text == self.0 { Cow::Borrowed(self.0) } else { Cow::Owned(text) }
    }

    /// Appends what [`Json::canonical`] gives to `out`.
    pub fn canonical_into(self, out: &mut String) {
        out.push_str(&self.canonical());
    }

    fn string_content(self) -> Option<&'a str> {
        self.0.strip_prefix('"')?.strip_suffix('"')
    }
}
