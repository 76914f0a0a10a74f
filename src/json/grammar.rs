//! The grammar of one JSON value as ECMAScript's `JSON.parse` defines it (RFC 8259), for bytes that are still arriving.
//!
//! Bytes from 0x80 on are plain inside strings and a fault elsewhere. That is right even if the encoding is broken: a
//! UTF-8 decoder turns a malformed sequence into U+FFFD but never swallows an ASCII byte.

use super::brackets::{Bracket, Brackets};
use super::scan::{self, is_space};

/// How far [`ValueReader::feed`] got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// All bytes were read and the value goes on, but a number may also have ended.
    More,
    /// The value ended before the first byte that was not read.
    Ended,
    /// The first byte that was not read cannot be there. The text says what was wanted instead.
    Fault(&'static str),
}

/// What may come next.
#[derive(Clone, Copy, Debug)]
enum State {
    Value,
    FirstElementOrEnd,
    FirstKeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    InString,
    Escaped,
    HexDigits { wanted: u8 },
    Word { rest: &'static [u8] },
    FirstDigit,
    PointAfterZero,
    IntegerDigits,
    FirstFractionDigit,
    FractionDigits,
    ExponentSign,
    FirstExponentDigit,
    ExponentDigits,
}

/// What one byte did.
enum Taken {
    /// It was read.
    Byte,
    /// It was read and was the value's last.
    LastByte,
    /// It was not read: the number before it has ended, and with it the value.
    Nothing,
}

/// Reads one value. It neither keeps bytes nor recurses: an open bracket costs one bit.
#[derive(Debug)]
pub struct ValueReader {
    state: State,
    brackets: Brackets,
    string_is_key: bool,
}

impl ValueReader {
    /// A reader before the first byte of a value.
    pub fn new() -> Self {
        ValueReader { state: State::Value, brackets: Brackets::new(), string_is_key: false }
    }

    /// Reads on to the end of the value or of `bytes`; returns how many bytes were read.
    pub fn feed(&mut self, bytes: &[u8]) -> (usize, Fed) {
        let mut rest = bytes;
        let progress = loop {
            match self.state {
                State::InString => {
                    rest = scan::skip_plain(rest);
                    if let Some(after) = self.take_common(rest) {
                        rest = after;
                        continue;
                    }
                }
                State::IntegerDigits | State::FractionDigits | State::ExponentDigits => rest = skip_digits(rest),
                _ => {}
            }
            let [byte, after @ ..] = rest else {
                break Fed::More;
            };
            match self.take(*byte) {
                Ok(Taken::Byte) => rest = after,
                Ok(Taken::LastByte) => {
                    rest = after;
                    break Fed::Ended;
                }
                Ok(Taken::Nothing) => break Fed::Ended,
                Err(what) => break Fed::Fault(what),
            }
        };
        (bytes.len().saturating_sub(rest.len()), progress)
    }

    /// Whether the value is complete if no more bytes come after [`Fed::More`]. Only a number can be.
    pub fn finish(&self) -> Result<(), &'static str> {
        use State::*;
        match self.state {
            _ if !self.brackets.is_empty() => Err("the rest of the value"),
            PointAfterZero | IntegerDigits | FractionDigits | ExponentDigits => Ok(()),
            Value => Err("a value"),
            _ => Err("the rest of the value"),
        }
    }

    /// Takes in one step what usually follows the plain part of a string in text without white space: the closing quote
    /// of a key and its colon, or the closing quote of a value, its comma and the opening quote of another string.
    #[inline]
    fn take_common<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        match bytes {
            [b'"', b':', b'"', after @ ..] if self.string_is_key => {
                self.string_is_key = false;
                Some(after)
            }
            [b'"', b':', after @ ..] if self.string_is_key => {
                self.state = State::Value;
                Some(after)
            }
            [b'"', b',', b'"', after @ ..] if !self.string_is_key && !self.brackets.is_empty() => {
                self.string_is_key = self.brackets.innermost() == Bracket::Curly;
                Some(after)
            }
            _ => None,
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Result<Taken, &'static str> {
        match self.state {
            State::Value => self.begin_value(byte),
            State::FirstElementOrEnd if byte == b']' => self.close_bracket(),
            State::FirstElementOrEnd => self.begin_value(byte),
            State::FirstKeyOrEnd if byte == b'}' => self.close_bracket(),
            State::FirstKeyOrEnd | State::Key => self.begin_key(byte),
            State::Colon => match byte {
                b':' => self.go_on(State::Value),
                space if is_space(space) => Ok(Taken::Byte),
                _ => Err("a colon"),
            },
            State::CommaOrEnd => self.continue_container(byte),
            State::InString => self.end_plain_run(byte),
            State::Escaped => self.take_escaped(byte),
            State::HexDigits { wanted } => self.take_hex_digit(byte, wanted),
            State::Word { rest } => self.take_letter(byte, rest),
            _ => self.take_in_number(byte),
        }
    }

    #[inline]
    fn go_on(&mut self, state: State) -> Result<Taken, &'static str> {
        self.state = state;
        Ok(Taken::Byte)
    }

    #[inline]
    fn begin_value(&mut self, byte: u8) -> Result<Taken, &'static str> {
        let state = match byte {
            b'"' => {
                self.string_is_key = false;
                State::InString
            }
            b'{' => {
                self.brackets.push(Bracket::Curly);
                State::FirstKeyOrEnd
            }
            b'[' => {
                self.brackets.push(Bracket::Square);
                State::FirstElementOrEnd
            }
            b'-' => State::FirstDigit,
            b'0' => State::PointAfterZero,
            b'1'..=b'9' => State::IntegerDigits,
            b't' => State::Word { rest: b"rue" },
            b'f' => State::Word { rest: b"alse" },
            b'n' => State::Word { rest: b"ull" },
            space if is_space(space) => return Ok(Taken::Byte),
            _ => return Err("a value"),
        };
        self.go_on(state)
    }

    #[inline]
    fn begin_key(&mut self, byte: u8) -> Result<Taken, &'static str> {
        match byte {
            b'"' => {
                self.string_is_key = true;
                self.go_on(State::InString)
            }
            space if is_space(space) => Ok(Taken::Byte),
            _ => Err("a key in double quotes"),
        }
    }

    #[inline]
    fn continue_container(&mut self, byte: u8) -> Result<Taken, &'static str> {
        match (byte, self.brackets.innermost()) {
            (b',', Bracket::Curly) => self.go_on(State::Key),
            (b',', Bracket::Square) => self.go_on(State::Value),
            (b'}', Bracket::Curly) | (b']', Bracket::Square) => self.close_bracket(),
            (space, _) if is_space(space) => Ok(Taken::Byte),
            (_, Bracket::Curly) => Err("a comma or a closing curly bracket"),
            (_, Bracket::Square) => Err("a comma or a closing square bracket"),
        }
    }

    #[inline]
    fn close_bracket(&mut self) -> Result<Taken, &'static str> {
        self.brackets.pop();
        self.end_value()
    }

    #[inline]
    fn end_value(&mut self) -> Result<Taken, &'static str> {
        self.state = State::CommaOrEnd;
        Ok(if self.brackets.is_empty() { Taken::LastByte } else { Taken::Byte })
    }

    #[inline]
    fn end_plain_run(&mut self, byte: u8) -> Result<Taken, &'static str> {
        match byte {
            b'"' if self.string_is_key => self.go_on(State::Colon),
            b'"' => self.end_value(),
            b'\\' => self.go_on(State::Escaped),
            _ => Err("a control character must be escaped"),
        }
    }

    fn take_escaped(&mut self, byte: u8) -> Result<Taken, &'static str> {
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.go_on(State::InString),
            b'u' => self.go_on(State::HexDigits { wanted: 4 }),
            _ => Err("one of \"\\/bfnrtu after the backslash"),
        }
    }

    fn take_hex_digit(&mut self, byte: u8, wanted: u8) -> Result<Taken, &'static str> {
        match wanted {
            _ if !byte.is_ascii_hexdigit() => Err("four hexadecimal digits"),
            0..=1 => self.go_on(State::InString),
            _ => self.go_on(State::HexDigits { wanted: wanted.saturating_sub(1) }),
        }
    }

    fn take_letter(&mut self, byte: u8, word: &'static [u8]) -> Result<Taken, &'static str> {
        match word {
            [letter] if *letter == byte => self.end_value(),
            [letter, rest @ ..] if *letter == byte => self.go_on(State::Word { rest }),
            _ => Err("true, false or null"),
        }
    }

    fn take_in_number(&mut self, byte: u8) -> Result<Taken, &'static str> {
        use State::*;
        let state = match (self.state, byte) {
            (FirstDigit, b'0') => PointAfterZero,
            (FirstDigit | IntegerDigits, b'0'..=b'9') => IntegerDigits,
            (PointAfterZero | IntegerDigits, b'.') => FirstFractionDigit,
            (FirstFractionDigit | FractionDigits, b'0'..=b'9') => FractionDigits,
            (PointAfterZero | IntegerDigits | FractionDigits, b'e' | b'E') => ExponentSign,
            (ExponentSign, b'+' | b'-') => FirstExponentDigit,
            (ExponentSign | FirstExponentDigit | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            (PointAfterZero | IntegerDigits | FractionDigits | ExponentDigits, _) => {
                return self.end_number(byte);
            }
            _ => return Err("a digit"),
        };
        self.go_on(state)
    }

    fn end_number(&mut self, following: u8) -> Result<Taken, &'static str> {
        if !self.brackets.is_empty() {
            self.state = State::CommaOrEnd;
            return self.continue_container(following);
        }
        match following {
            b',' | b']' => Ok(Taken::Nothing),
            space if is_space(space) => Ok(Taken::Nothing),
            _ => Err("the end of the number"),
        }
    }
}

/// The bytes from the first one that is not a digit.
#[inline]
fn skip_digits(mut bytes: &[u8]) -> &[u8] {
    while let [b'0'..=b'9', after @ ..] = bytes {
        bytes = after;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at_once(text: &str) -> (usize, Fed) {
        ValueReader::new().feed(text.as_bytes())
    }

    fn read_byte_by_byte(text: &str) -> (usize, Fed) {
        let mut reader = ValueReader::new();
        for (read, byte) in text.bytes().enumerate() {
            let (taken, progress) = reader.feed(&[byte]);
            if progress != Fed::More {
                return (read + taken, progress);
            }
        }
        (text.len(), Fed::More)
    }

    #[test]
    fn a_value_ends_at_the_same_byte_however_it_is_cut() {
        let object = r#"{"a":[1,-2.5e+10,{"\u00e9\"":null}],"b":false} ,"#;
        let cut = r#""x\\" 12] -0.0e-1, [[[]]]] tru [1,] {"a":1,"b":2,} "\u12" [1,2 x"#;
        for text in cut.split(' ').chain([object, "{\n \"b\"\t:\r2}", "\"\u{1}\""]) {
            assert_eq!(read_byte_by_byte(text), read_at_once(text), "{text}");
        }
    }

    #[test]
    fn a_number_ends_only_at_what_may_follow_it() {
        for text in ["1,", "1]", "1\n", "1 "] {
            assert_eq!(read_at_once(text), (1, Fed::Ended), "{text}");
        }
        for text in ["01", "1a", "1}", "1:", "1\""] {
            assert!(matches!(read_at_once(text), (1, Fed::Fault(_))), "{text}");
        }
        assert_eq!(read_at_once("1"), (1, Fed::More));
    }

    #[test]
    fn only_a_complete_number_may_end_with_its_bytes() {
        let finished = |text: &str| {
            let mut reader = ValueReader::new();
            assert_eq!(reader.feed(text.as_bytes()).1, Fed::More, "{text}");
            reader.finish().is_ok()
        };
        for text in "0 -0 10 1.5 1e5 1.0E+5".split(' ') {
            assert!(finished(text), "{text}");
        }
        for text in r#"- 1. 1e 1e+ t " "\ "\u1 [1 {"a":1 [[] "#.split(' ') {
            assert!(!finished(text), "{text}");
        }
    }
}
