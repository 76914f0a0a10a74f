//! The grammar of one JSON value, as `JSON.parse` of ECMAScript has it (RFC 8259), for bytes that are still
//! arriving.
//!
//! Bytes from 0x80 on are plain inside strings and a fault elsewhere. That is right whatever the text's
//! encoding errors are: a decoder of UTF-8 makes U+FFFD of a malformed sequence but never swallows an ASCII byte.

use super::scan;

/// How far [`ValueReader::feed`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All bytes were read, and the value goes on; a number may also have ended.
    More,
    /// The value ended before the first byte that was not read.
    Ended,
    /// The first byte that was not read cannot stand there; what was wanted instead.
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
    /// A reader that wants the first byte of a value.
    pub fn new() -> Self {
        ValueReader { state: State::Value, brackets: Brackets::new(), string_is_key: false }
    }

    /// Reads on, up to the end of the value or of `bytes`; gives back how many bytes were read.
    pub fn feed(&mut self, bytes: &[u8]) -> (usize, Progress) {
        let mut rest = bytes;
        let progress = loop {
            match self.state {
                State::InString => rest = scan::skip_plain(rest),
                State::IntegerDigits | State::FractionDigits | State::ExponentDigits => rest = skip_digits(rest),
                _ => {}
            }
            let [byte, after @ ..] = rest else {
                break Progress::More;
            };
            match self.take(*byte) {
                Ok(Taken::Byte) => rest = after,
                Ok(Taken::LastByte) => {
                    rest = after;
                    break Progress::Ended;
                }
                Ok(Taken::Nothing) => break Progress::Ended,
                Err(what) => break Progress::Fault(what),
            }
        };
        (bytes.len().saturating_sub(rest.len()), progress)
    }

    /// Whether the value is complete when no more bytes come after [`Progress::More`]: only a number can be.
    pub fn finish(&self) -> Result<(), &'static str> {
        match self.state {
            State::PointAfterZero | State::IntegerDigits | State::FractionDigits | State::ExponentDigits
                if self.brackets.is_empty() =>
            {
                Ok(())
            }
            State::Value if self.brackets.is_empty() => Err("a value was wanted"),
            _ => Err("the rest of the value was wanted"),
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
                b' ' | b'\t' | b'\n' | b'\r' => Ok(Taken::Byte),
                _ => Err("a colon was wanted"),
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
            b' ' | b'\t' | b'\n' | b'\r' => return Ok(Taken::Byte),
            _ => return Err("a value was wanted"),
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
            b' ' | b'\t' | b'\n' | b'\r' => Ok(Taken::Byte),
            _ => Err("a key in double quotes was wanted"),
        }
    }

    #[inline]
    fn continue_container(&mut self, byte: u8) -> Result<Taken, &'static str> {
        match (byte, self.brackets.innermost()) {
            (b',', Bracket::Curly) => self.go_on(State::Key),
            (b',', Bracket::Square) => self.go_on(State::Value),
            (b'}', Bracket::Curly) | (b']', Bracket::Square) => self.close_bracket(),
            (b' ' | b'\t' | b'\n' | b'\r', _) => Ok(Taken::Byte),
            (_, Bracket::Curly) => Err("a comma or a closing curly bracket was wanted"),
            (_, Bracket::Square) => Err("a comma or a closing square bracket was wanted"),
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
            _ => Err("one of \"\\/bfnrtu was wanted after the backslash"),
        }
    }

    fn take_hex_digit(&mut self, byte: u8, wanted: u8) -> Result<Taken, &'static str> {
        match wanted {
            _ if !byte.is_ascii_hexdigit() => Err("four hexadecimal digits were wanted"),
            0..=1 => self.go_on(State::InString),
            _ => self.go_on(State::HexDigits { wanted: wanted.saturating_sub(1) }),
        }
    }

    fn take_letter(&mut self, byte: u8, word: &'static [u8]) -> Result<Taken, &'static str> {
        match word {
            [letter] if *letter == byte => self.end_value(),
            [letter, rest @ ..] if *letter == byte => self.go_on(State::Word { rest }),
            _ => Err("true, false or null was wanted"),
        }
    }

    fn take_in_number(&mut self, byte: u8) -> Result<Taken, &'static str> {
        let state = match (self.state, byte) {
            (State::FirstDigit, b'0') => State::PointAfterZero,
            (State::FirstDigit | State::IntegerDigits, b'0'..=b'9') => State::IntegerDigits,
            (State::PointAfterZero | State::IntegerDigits, b'.') => State::FirstFractionDigit,
            (State::FirstFractionDigit | State::FractionDigits, b'0'..=b'9') => State::FractionDigits,
            (State::PointAfterZero | State::IntegerDigits | State::FractionDigits, b'e' | b'E') => State::ExponentSign,
            (State::ExponentSign, b'+' | b'-') => State::FirstExponentDigit,
            (State::ExponentSign | State::FirstExponentDigit | State::ExponentDigits, b'0'..=b'9') => {
                State::ExponentDigits
            }
            (State::FirstDigit | State::FirstFractionDigit | State::ExponentSign | State::FirstExponentDigit, _) => {
                return Err("a digit was wanted");
            }
            _ => return self.end_number(byte),
        };
        self.go_on(state)
    }

    fn end_number(&mut self, following: u8) -> Result<Taken, &'static str> {
        if !self.brackets.is_empty() {
            self.state = State::CommaOrEnd;
            return self.continue_container(following);
        }
        match following {
            b',' | b']' | b' ' | b'\t' | b'\n' | b'\r' => Ok(Taken::Nothing),
            _ => Err("the end of the number was wanted"),
        }
    }
}

#[inline]
fn skip_digits(mut bytes: &[u8]) -> &[u8] {
    while let [b'0'..=b'9', after @ ..] = bytes {
        bytes = after;
    }
    bytes
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Square,
    Curly,
}

/// The open brackets, one bit each. The highest set bit of `inner` only marks where they begin.
#[derive(Debug)]
struct Brackets {
    inner: u64,
    outer: Vec<u64>,
}

impl Brackets {
    const NONE: u64 = 1;

    fn new() -> Self {
        Brackets { inner: Self::NONE, outer: Vec::new() }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.inner == Self::NONE
    }

    #[inline]
    fn innermost(&self) -> Bracket {
        if self.inner & 1 == 1 { Bracket::Curly } else { Bracket::Square }
    }

    #[inline]
    fn push(&mut self, bracket: Bracket) {
        if self.inner >> 63 == 1 {
            self.outer.push(self.inner);
            self.inner = Self::NONE;
        }
        self.inner = (self.inner << 1) | u64::from(bracket == Bracket::Curly);
    }

    #[inline]
    fn pop(&mut self) {
        self.inner >>= 1;
        if self.is_empty() {
            self.inner = self.outer.pop().unwrap_or(Self::NONE);
        }
    }
}
