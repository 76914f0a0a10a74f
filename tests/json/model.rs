//! What JavaScript does with JSON text, as slowly and simply as ECMAScript describes it: a tree of values with UTF-16
//! strings, built and printed by recursion.

/// A JSON value as JavaScript holds it.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    String(Vec<u16>),
    Array(Vec<Value>),
    /// In the order in which the keys came.
    Object(Vec<(Vec<u16>, Value)>),
}

/// `JSON.parse(text)`, or `None` if that throws.
pub fn parse(text: &str) -> Option<Value> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut parser = Parser { units, at: 0 };
    let value = parser.value()?;
    (parser.at == parser.units.len()).then_some(value)
}

struct Parser {
    units: Vec<u16>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        let unit = *self.units.get(self.at)?;
        Some(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.peek() {
            self.at += 1;
        }
    }

    /// A value with white space around it.
    fn value(&mut self) -> Option<Value> {
        self.space();
        let value = match self.peek()? {
            '{' => self.object(),
            '[' => self.array(),
            '"' => self.string().map(Value::String),
            't' => self.word("true", Value::Bool(true)),
            'f' => self.word("false", Value::Bool(false)),
            'n' => self.word("null", Value::Null),
            _ => self.number(),
        };
        self.space();
        value
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        word.chars().try_for_each(|letter| self.take(letter))?;
        Some(value)
    }

    fn digits(&mut self) -> Option<()> {
        let first = self.at;
        while let Some('0'..='9') = self.peek() {
            self.at += 1;
        }
        (self.at > first).then_some(())
    }

    fn number(&mut self) -> Option<Value> {
        let first = self.at;
        let _ = self.take('-');
        if self.take('0').is_none() {
            self.digits()?;
        }
        if self.take('.').is_some() {
            self.digits()?;
        }
        if self.take('e').or_else(|| self.take('E')).is_some() {
            let _ = self.take('+').or_else(|| self.take('-'));
            self.digits()?;
        }
        let text = String::from_utf16(&self.units[first..self.at]).ok()?;
        text.parse().ok().map(Value::Number)
    }

    fn string(&mut self) -> Option<Vec<u16>> {
        self.take('"')?;
        let mut units = Vec::new();
        loop {
            match self.peek()? {
                '"' => break,
                '\0'..=' ' if self.peek()? != ' ' => return None,
                '\\' => units.push(self.escape()?),
                _ => {
                    units.push(self.units[self.at]);
                    self.at += 1;
                }
            }
        }
        self.take('"')?;
        Some(units)
    }

    fn escape(&mut self) -> Option<u16> {
        self.take('\\')?;
        let letter = self.peek()?;
        self.at += 1;
        let character = match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let digits = self.units.get(self.at..self.at + 4)?;
                self.at += 4;
                let digits = String::from_utf16(digits).ok()?;
                let valid = digits.chars().all(|digit| digit.is_ascii_hexdigit());
                return valid.then(|| u16::from_str_radix(&digits, 16).unwrap());
            }
            _ => return None,
        };
        u16::try_from(u32::from(character)).ok()
    }

    fn array(&mut self) -> Option<Value> {
        self.take('[')?;
        let mut elements = Vec::new();
        self.space();
        if self.take(']').is_some() {
            return Some(Value::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            if self.take(']').is_some() {
                return Some(Value::Array(elements));
            }
            self.take(',')?;
        }
    }

    fn object(&mut self) -> Option<Value> {
        self.take('{')?;
        let mut members: Vec<(Vec<u16>, Value)> = Vec::new();
        self.space();
        if self.take('}').is_some() {
            return Some(Value::Object(members));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.take(':')?;
            let value = self.value()?;
            match members.iter_mut().find(|member| member.0 == key) {
                Some(member) => member.1 = value,
                None => members.push((key, value)),
            }
            if self.take('}').is_some() {
                return Some(Value::Object(members));
            }
            self.take(',')?;
        }
    }
}

/// `JSON.stringify(value)`.
pub fn stringify(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) if number.is_finite() => print_number(*number),
        Value::Number(_) => "null".to_owned(),
        Value::String(units) => quote(units),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(stringify).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| array_index(key).unwrap_or(u64::MAX));
            let print = |(key, value): &&(Vec<u16>, Value)| format!("{}:{}", quote(key), stringify(value));
            let members: Vec<String> = members.iter().map(print).collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

fn array_index(key: &[u16]) -> Option<u64> {
    let key = String::from_utf16(key).ok()?;
    let index: u64 = key.parse().ok()?;
    (index.to_string() == key && index < 4_294_967_295).then_some(index)
}

fn quote(units: &[u16]) -> String {
    let mut out = String::from('"');
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok('"') => out += "\\\"",
            Ok('\\') => out += "\\\\",
            Ok('\u{8}') => out += "\\b",
            Ok('\u{c}') => out += "\\f",
            Ok('\n') => out += "\\n",
            Ok('\r') => out += "\\r",
            Ok('\t') => out += "\\t",
            Ok(control) if control < ' ' => out += &format!("\\u{:04x}", u32::from(control)),
            Ok(character) => out.push(character),
            Err(lone) => out += &format!("\\u{:04x}", lone.unpaired_surrogate()),
        }
    }
    out + "\""
}

/// `Number::toString` of ECMAScript.
fn print_number(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number < 0.0 {
        return format!("-{}", print_number(-number));
    }
    let scientific = shortest(number);
    let (mantissa, exponent) = scientific.split_once('e').unwrap();
    let digits = mantissa.replace('.', "");
    let count = digits.len() as i32;
    let point = exponent.parse::<i32>().unwrap() + 1;
    let zeros = |count: i32| "0".repeat(count as usize);
    if count <= point && point <= 21 {
        digits + &zeros(point - count)
    } else if 0 < point && point <= 21 {
        let (integer, fraction) = digits.split_at(point as usize);
        format!("{integer}.{fraction}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", zeros(-point))
    } else {
        let (first, others) = digits.split_at(1);
        let separator = if others.is_empty() { "" } else { "." };
        format!("{first}{separator}{others}e{:+}", point - 1)
    }
}

/// The fewest digits that stand for `number`, in scientific notation. Rust finds how many. If two are equally near, it
/// takes the greater one; ECMAScript wants the even one, which exact rounding gives.
fn shortest(number: f64) -> String {
    let shortest = format!("{number:e}");
    let mantissa = shortest.split('e').next().unwrap();
    let fraction_digits = mantissa.len().saturating_sub(2);
    let rounded = format!("{number:.fraction_digits$e}");
    if rounded.parse() == Ok(number) { rounded } else { shortest }
}

/// The greatest number of brackets open at once.
pub fn depth(value: &Value) -> usize {
    let deepest = |depths: &mut dyn Iterator<Item = usize>| 1 + depths.max().unwrap_or(0);
    match value {
        Value::Array(elements) => deepest(&mut elements.iter().map(depth)),
        Value::Object(members) => deepest(&mut members.iter().map(|(_, value)| depth(value))),
        _ => 0,
    }
}

/// `new TextDecoder().decode(bytes)`: the UTF-8 decoder of the WHATWG encoding standard, step by step.
pub fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut out = String::new();
    let (mut code_point, mut needed, mut lower, mut upper) = (0_u32, 0, 0x80, 0xbf);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if needed == 0 {
            (needed, code_point) = match byte {
                0xc2..=0xdf => (1, u32::from(byte & 0x1f)),
                0xe0..=0xef => (2, u32::from(byte & 0xf)),
                0xf0..=0xf4 => (3, u32::from(byte & 0x7)),
                _ => (0, u32::from(byte)),
            };
            lower = if byte == 0xe0 {
                0xa0
            } else if byte == 0xf0 {
                0x90
            } else {
                0x80
            };
            upper = if byte == 0xed {
                0x9f
            } else if byte == 0xf4 {
                0x8f
            } else {
                0xbf
            };
            if needed == 0 {
                out.push(if byte < 0x80 { char::from(byte) } else { char::REPLACEMENT_CHARACTER });
            }
            continue;
        }
        if byte < lower || upper < byte {
            out.push(char::REPLACEMENT_CHARACTER);
            needed = 0;
            at -= 1;
            continue;
        }
        (lower, upper) = (0x80, 0xbf);
        code_point = code_point << 6 | u32::from(byte & 0x3f);
        needed -= 1;
        if needed == 0 {
            out.push(char::from_u32(code_point).unwrap());
        }
    }
    if needed > 0 {
        out.push(char::REPLACEMENT_CHARACTER);
    }
    out
}
