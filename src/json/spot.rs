//! One scan over an item that is written without white space, as nearly every item is. It finds the item's end, checks
//! the grammar on the way, and notes the members by which a record is recognised.
//!
//! `None` is not final: rare spellings are left to the other readers of this module, which know all of JSON.

use super::brackets::{Bracket, Brackets};
use super::scan;

/// Where in an item the members are by which a record is recognised; of equal names, the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spotted {
    /// `data.uuid`.
    pub uuid: Span,
    /// `data.timestamp`.
    pub timestamp: Span,
    /// `publicKey`.
    pub public_key: Span,
    /// `signature`.
    pub signature: Span,
    has_data: bool,
}

/// A part of an item as it arrived; empty for a member that is missing, or is an object or an array.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    from: usize,
    to: usize,
}

impl Span {
    /// The part of the item's text.
    pub fn of(self, item: &str) -> &str {
        item.get(self.from..self.to).unwrap_or_default()
    }
}

/// The length of the item that `bytes` begin with, and its members, or those of its `value` if it has no `data` itself.
/// `None` if the item does not end in `bytes`, or is not written plainly enough to be read here.
pub fn spot(bytes: &[u8]) -> Option<(usize, Spotted)> {
    let mut spotter = Spotter {
        length: bytes.len(),
        rest: bytes,
        item: Spotted::default(),
        value: Spotted::default(),
        brackets: Brackets::new(),
        places: [Place::Elsewhere; DEEPEST_PLACE],
        depth: 0,
    };
    if !matches!(bytes, [b'{', ..]) {
        return None;
    }
    let mut has_elements = spotter.open(Place::Item)?;
    loop {
        while has_elements {
            has_elements = spotter.read_element()?;
        }
        if spotter.read_end()? {
            let spotted = if spotter.item.has_data { spotter.item } else { spotter.value };
            let length = bytes.len().saturating_sub(spotter.rest.len());
            return spotted.has_data.then_some((length, spotted));
        }
        has_elements = true;
    }
}

/// Which object a key is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Item,
    ItemData,
    Value,
    ValueData,
    Elsewhere,
}

/// Objects deeper than this are elsewhere.
const DEEPEST_PLACE: usize = 3;

/// Which member a key names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Data,
    Value,
    Uuid,
    Timestamp,
    PublicKey,
    Signature,
    Other,
}

struct Spotter<'a> {
    length: usize,
    rest: &'a [u8],
    item: Spotted,
    value: Spotted,
    brackets: Brackets,
    /// The open objects and arrays, the outermost first.
    places: [Place; DEEPEST_PLACE],
    depth: usize,
}

impl Spotter<'_> {
    /// Enters the object or array that comes next; says whether it holds anything.
    #[inline]
    fn open(&mut self, place: Place) -> Option<bool> {
        let (bracket, after) = self.rest.split_first()?;
        let (kind, end) = if *bracket == b'{' { (Bracket::Curly, b'}') } else { (Bracket::Square, b']') };
        self.brackets.push(kind);
        if let Some(open) = self.places.get_mut(self.depth) {
            *open = place;
        }
        self.depth = self.depth.saturating_add(1);
        self.rest = after;
        Some(*after.first()? != end)
    }

    /// Reads an element of what is open, with its key if in an object; says whether it is an object or array that holds
    /// anything.
    #[inline]
    fn read_element(&mut self) -> Option<bool> {
        if self.brackets.innermost() == Bracket::Square {
            return self.read_value(Place::Elsewhere, Member::Other);
        }
        let behind = skip_string(self.rest.strip_prefix(b"\"")?)?;
        let place = self.depth.checked_sub(1).and_then(|at| self.places.get(at)).copied().unwrap_or(Place::Elsewhere);
        let member = match place {
            Place::Elsewhere => Member::Other,
            _ => member_of(place, read_between(self.rest, behind))?,
        };
        self.rest = behind.strip_prefix(b":")?;
        self.read_value(place, member)
    }

    fn read_value(&mut self, place: Place, member: Member) -> Option<bool> {
        if let [bracket @ (b'{' | b'['), ..] = self.rest {
            self.note(place, member, Span::default());
            let inside = if *bracket == b'{' { inside_of(place, member) } else { Place::Elsewhere };
            if member == Member::Data && inside == Place::Elsewhere {
                return None;
            }
            return self.open(inside);
        }
        let behind = skip_scalar(self.rest)?;
        if member != Member::Other {
            if member == Member::Data {
                return None;
            }
            self.note(place, member, Span { from: self.at(self.rest), to: self.at(behind) });
        }
        self.rest = behind;
        Some(false)
    }

    /// Notes the value of a member, which replaces an earlier one of the same name.
    #[inline]
    fn note(&mut self, place: Place, member: Member, text: Span) {
        let record = match place {
            Place::Item | Place::ItemData => &mut self.item,
            Place::Value | Place::ValueData => &mut self.value,
            Place::Elsewhere => return,
        };
        match member {
            Member::Data => {
                (record.uuid, record.timestamp, record.has_data) = (Span::default(), Span::default(), true);
            }
            Member::Value => self.value = Spotted::default(),
            Member::Uuid => record.uuid = text,
            Member::Timestamp => record.timestamp = text,
            Member::PublicKey => record.public_key = text,
            Member::Signature => record.signature = text,
            Member::Other => {}
        }
    }

    #[inline]
    fn at(&self, rest: &[u8]) -> usize {
        self.length.saturating_sub(rest.len())
    }

    /// Reads on to the next element of what is open; says whether the item has ended instead.
    #[inline]
    fn read_end(&mut self) -> Option<bool> {
        loop {
            let (byte, after) = self.rest.split_first()?;
            self.rest = after;
            match (byte, self.brackets.innermost()) {
                (b',', _) => return Some(false),
                (b'}', Bracket::Curly) | (b']', Bracket::Square) => {}
                _ => return None,
            }
            self.brackets.pop();
            self.depth = self.depth.saturating_sub(1);
            if self.depth == 0 {
                return Some(true);
            }
        }
    }
}

/// The span between two places of a text.
#[inline]
fn read_between<'a>(from: &'a [u8], behind: &[u8]) -> &'a [u8] {
    from.get(..from.len().saturating_sub(behind.len())).unwrap_or_default()
}

/// The member that a key names; `None` if it is spelled with escapes and might name any.
#[inline]
fn member_of(place: Place, key: &[u8]) -> Option<Member> {
    let in_data = matches!(place, Place::ItemData | Place::ValueData);
    Some(match key {
        b"\"uuid\"" if in_data => Member::Uuid,
        b"\"timestamp\"" if in_data => Member::Timestamp,
        b"\"data\"" if !in_data => Member::Data,
        b"\"publicKey\"" if !in_data => Member::PublicKey,
        b"\"signature\"" if !in_data => Member::Signature,
        b"\"value\"" if place == Place::Item => Member::Value,
        other if other.contains(&b'\\') => return None,
        _ => Member::Other,
    })
}

#[inline]
fn inside_of(place: Place, member: Member) -> Place {
    match (place, member) {
        (Place::Item, Member::Data) => Place::ItemData,
        (Place::Item, Member::Value) => Place::Value,
        (Place::Value, Member::Data) => Place::ValueData,
        _ => Place::Elsewhere,
    }
}

/// From inside a string to after its closing quote, if it is a string.
fn skip_string(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        bytes = match scan::skip_plain(bytes) {
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', after @ ..] => after,
            [b'\\', b'u', digits @ ..] => {
                let (digits, after) = digits.split_first_chunk::<4>()?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(after)?
            }
            _ => return None,
        }
    }
}

/// From the first byte of a string, a number or a word to after its last, if it is one of these.
#[inline]
fn skip_scalar(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [b'"', after @ ..] => skip_string(after),
        [b't', ..] => bytes.strip_prefix(b"true"),
        [b'f', ..] => bytes.strip_prefix(b"false"),
        [b'n', ..] => bytes.strip_prefix(b"null"),
        _ => skip_number(bytes),
    }
}

fn skip_number(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let mut rest = match bytes {
        [b'0', after @ ..] => after,
        _ => skip_digits(bytes)?,
    };
    if let [b'.', after @ ..] = rest {
        rest = skip_digits(after)?;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = match after {
            [b'+' | b'-', digits @ ..] => skip_digits(digits)?,
            digits => skip_digits(digits)?,
        };
    }
    Some(rest)
}

/// From the first digit to after the last, if there is one.
#[inline]
fn skip_digits(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    while let [b'0'..=b'9', after @ ..] = rest {
        rest = after;
    }
    (rest.len() < bytes.len()).then_some(rest)
}

#[cfg(all(test, not(target_arch = "wasm32")))] // proptest runs on the host only
mod tests;
