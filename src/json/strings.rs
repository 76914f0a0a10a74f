//! JSON strings as JavaScript reads and writes them: sequences of UTF-16 units, in which lone surrogates may occur.

use super::scan;

/// A part of what a string stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Characters that stand for themselves; none of them needs an escape.
    Plain(&'a str),
    /// A character that was spelled with one escape, or with two escapes that form a surrogate pair.
    Escaped(char),
    /// Half of a surrogate pair, which only an escape can spell.
    LoneSurrogate(u16),
}

/// The pieces of the text between the quotes of a valid JSON string.
pub fn pieces(content: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        let (piece, after) = match bytes {
            [] => return None,
            [b'\\', b'u', digits @ ..] => read_unit_escape(digits)?,
            [b'\\', letter, after @ ..] => (Piece::Escaped(short_escape(*letter)), after),
            _ => {
                let after = scan::skip_plain(bytes);
                let (run, after_run) = scan::split_before(rest, after);
                rest = after_run;
                return Some(Piece::Plain(run));
            }
        };
        rest = scan::split_before(rest, after).1;
        Some(piece)
    })
}

/// The character that a backslash and `letter` stand for.
fn short_escape(letter: u8) -> char {
    match letter {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        itself => char::from(itself),
    }
}

/// What `\u` and the digits after it stand for, together with a second escape if the two form a surrogate pair.
fn read_unit_escape(bytes: &[u8]) -> Option<(Piece<'static>, &[u8])> {
    let (unit, after) = read_unit(bytes)?;
    if let Some(character) = char::from_u32(u32::from(unit)) {
        return Some((Piece::Escaped(character), after));
    }
    if let Some((low, after_pair)) = after.strip_prefix(b"\\u").and_then(read_unit)
        && let Some(Ok(character)) = char::decode_utf16([unit, low]).next()
    {
        return Some((Piece::Escaped(character), after_pair));
    }
    Some((Piece::LoneSurrogate(unit), after))
}

/// The number that four hexadecimal digits stand for, and the bytes after them.
fn read_unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, after) = bytes.split_first_chunk::<4>()?;
    let unit = digits.iter().try_fold(0_u32, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))?;
    Some((u16::try_from(unit).ok()?, after))
}

/// Whether the string whose quotes enclose `content` has the value `wanted`.
pub fn content_is(content: &str, wanted: &str) -> bool {
    // An escape is always longer than what it stands for.
    if content.len() <= wanted.len() {
        return content == wanted && !content.contains('\\');
    }
    let mut wanted = wanted;
    for piece in pieces(content) {
        let after = match piece {
            Piece::Plain(run) => wanted.strip_prefix(run),
            Piece::Escaped(character) => wanted.strip_prefix(character),
            Piece::LoneSurrogate(_) => None,
        };
        match after {
            Some(after) => wanted = after,
            None => return false,
        }
    }
    wanted.is_empty()
}

/// Appends the JSON string, with its quotes, that `JSON.stringify` makes of `value`.
///
/// ```
/// let mut out = String::new();
/// dbsharing::json::quote_into("a\"\u{1}\u{2028}", &mut out);
/// assert_eq!(out, "\"a\\\"\\u0001\u{2028}\"");
/// ```
pub fn quote_into(value: &str, out: &mut String) {
    out.push('"');
    let mut rest = value;
    loop {
        let (run, from_special) = scan::split_before(rest, scan::skip_plain(rest.as_bytes()));
        out.push_str(run);
        let mut characters = from_special.chars();
        let Some(special) = characters.next() else {
            break;
        };
        write_character(special, out);
        rest = characters.as_str();
    }
    out.push('"');
}

/// Appends what `JSON.stringify(JSON.parse(string))` gives. `content` is the text between the quotes of `string`.
pub fn write_canonical(content: &str, out: &mut String) {
    out.push('"');
    for piece in pieces(content) {
        match piece {
            Piece::Plain(run) => out.push_str(run),
            Piece::Escaped(character) => write_character(character, out),
            Piece::LoneSurrogate(unit) => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
}

fn write_character(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..' ' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        _ => out.push(character),
    }
}

/// From inside a valid string to after its closing quote, if `JSON.stringify` would write it the same way.
#[inline]
pub fn skip_canonical(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        bytes = match scan::skip_plain(bytes) {
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', after @ ..] => after,
            [b'\\', b'u', digits @ ..] => skip_canonical_unit(digits)?,
            _ => return None,
        }
    }
}

/// The bytes after the four digits of an escape that `JSON.stringify` would write: that of a control character without
/// a shorter escape, or of a lone surrogate.
fn skip_canonical_unit(bytes: &[u8]) -> Option<&[u8]> {
    let in_lower_case = !bytes.iter().take(4).any(u8::is_ascii_uppercase);
    let (piece, after) = read_unit_escape(bytes)?;
    let needed = match piece {
        Piece::LoneSurrogate(_) => true,
        Piece::Escaped('\u{8}' | '\t' | '\n' | '\u{c}' | '\r') => false,
        Piece::Escaped(character) => character < ' ',
        Piece::Plain(_) => false,
    };
    (in_lower_case && needed).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(content: &str) -> String {
        let mut out = String::new();
        write_canonical(content, &mut out);
        let quoted = format!("{content}\"");
        let same = out.get(1..) == Some(quoted.as_str());
        assert_eq!(skip_canonical(quoted.as_bytes()).is_some(), same, "{content}");
        out
    }

    #[test]
    fn strings_are_written_as_javascript_writes_them() {
        for (content, wanted) in [
            ("", r#""""#),
            (r#"\"\\\b\f\n\r\t"#, r#""\"\\\b\f\n\r\t""#),
            (r"\/", r#""/""#),
            (r"\u0022\u005C\u0008\u000c\u000A\u000d\u0009\u002f", r#""\"\\\b\f\n\r\t/""#),
            (r"\u0000\u000b\u001F", r#""\u0000\u000b\u001f""#),
            (r"\u001f", r#""\u001f""#),
            (r"\u007f\u2028\u2029", "\"\u{7f}\u{2028}\u{2029}\""),
            ("\u{7f}\u{2028}\u{2029}\u{feff}\u{ffff}", "\"\u{7f}\u{2028}\u{2029}\u{feff}\u{ffff}\""),
            (r"\uD83D\ude00", "\"😀\""),
            (r"\uDBFF\uDFFF", "\"\u{10ffff}\""),
            (r"\uD800", r#""\ud800""#),
            (r"\ud800", r#""\ud800""#),
            (r"\uDFFFx", r#""\udfffx""#),
            (r"\ud800\ud800\udc00", "\"\\ud800\u{10000}\""),
            (r"\udc00\ud800", r#""\udc00\ud800""#),
            (r"\ud800\u0041", r#""\ud800A""#),
            (r"\ud83d😀", "\"\\ud83d😀\""),
            (r"\ud800\n", r#""\ud800\n""#),
            (r"\ud800\\udc00", r#""\ud800\\udc00""#),
            (r"\ud7ff\ue000", "\"\u{d7ff}\u{e000}\""),
            (r"\u00e9", "\"é\""),
        ] {
            assert_eq!(canonical(content), wanted, "{content}");
        }
    }

    #[test]
    fn a_text_is_quoted_as_javascript_quotes_it() {
        let mut out = "x".to_owned();
        quote_into("a\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}\u{2028}é😀", &mut out);
        assert_eq!(out, "x\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}\u{2028}é😀\"");
        out.clear();
        quote_into("", &mut out);
        assert_eq!(out, "\"\"");
    }
}
