//! The ids in a request for records: four bytes each, ascending, as base64url without padding.

use std::fmt;

use super::element::ElementId;
use crate::counted::Counted;
use crate::limits::MAX_IDS;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text for these ids, which are to be ascending and no more than a request may have.
///
/// ```
/// use dbsharing::symbols::{ElementId, ids_from_text, ids_to_text};
///
/// let ids = [ElementId(1), ElementId(0xffff_fffe)];
/// let text = ids_to_text(&ids);
/// assert_eq!(text, "AAAAAf____4");
/// assert_eq!(ids_from_text(&text).unwrap(), ids);
/// ```
#[must_use]
pub fn ids_to_text(ids: &[ElementId]) -> String {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0.to_be_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let mut padded = [0; 4];
        padded.iter_mut().skip(1).zip(chunk).for_each(|(place, byte)| *place = *byte);
        let bits = u32::from_be_bytes(padded);
        let digits = [bits >> 18, bits >> 12, bits >> 6, bits].map(|digit| DIGITS.get((digit & 63) as usize));
        // 2, 3 or 4 digits for 1, 2 or 3 bytes.
        text.extend(digits.into_iter().take(chunk.len().saturating_add(1)).flatten().copied().map(char::from));
    }
    text
}

/// The ids in such a text.
///
/// # Errors
///
/// Any text that [`ids_to_text`] does not write.
pub fn ids_from_text(text: &str) -> Result<Vec<ElementId>, IdsFault> {
    let digits = text.len();
    if digits > longest_text() {
        return Err(IdsFault::TooLong { characters: digits });
    }
    let mut bytes = Vec::with_capacity(digits);
    // The bits that do not make a whole byte yet, and how many they are.
    let (mut bits, mut count) = (0_u32, 0_u32);
    for (at, character) in text.char_indices() {
        let value = value_of(character).ok_or(IdsFault::Character { at, character })?;
        (bits, count) = (bits << 6 | value, count.saturating_add(6));
        if let Some(rest) = count.checked_sub(8) {
            bytes.push((bits >> rest) as u8);
            (bits, count) = (bits & !(u32::MAX << rest), rest);
        }
    }
    // A last digit of which no bit counts, or bits that count for nothing, would be another text for the same ids.
    let (ids, odd) = bytes.as_chunks();
    if ids.is_empty() || !odd.is_empty() || count == 6 || bits != 0 {
        return Err(IdsFault::NotWhole { characters: digits });
    }
    let ids: Vec<ElementId> = ids.iter().map(|id| ElementId(u32::from_be_bytes(*id))).collect();
    match ids.iter().zip(ids.iter().skip(1)).find(|(one, next)| one >= next) {
        Some((before, id)) => Err(IdsFault::Order { before: *before, id: *id }),
        None => Ok(ids),
    }
}

/// How many characters the greatest number of ids takes.
const fn longest_text() -> usize {
    (MAX_IDS * 32).div_ceil(6)
}

fn value_of(character: char) -> Option<u32> {
    match character {
        'A'..='Z' => u32::from(character).checked_sub(65),
        'a'..='z' => u32::from(character).checked_sub(71),
        '0'..='9' => u32::from(character).checked_add(4),
        '-' => Some(62),
        '_' => Some(63),
        _ => None,
    }
}

/// Why a text does not name ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdsFault {
    /// It has more characters than the greatest number of ids takes.
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// A character that base64url does not have.
    Character {
        /// The byte at which it stands.
        at: usize,
        /// The character.
        character: char,
    },
    /// Its length or its last character does not fit to whole ids.
    NotWhole {
        /// How many characters it has.
        characters: usize,
    },
    /// An id that is not greater than the one before it.
    Order {
        /// The one before it.
        before: ElementId,
        /// The id.
        id: ElementId,
    },
}

impl fmt::Display for IdsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { characters } => {
                let most = longest_text();
                write!(f, "ids has {characters} characters; wanted at most {most}, for {MAX_IDS} ids")
            }
            Self::Character { at, character } => {
                let character = character.escape_default();
                write!(f, "ids has the character '{character}' at {at}; wanted base64url without padding")
            }
            Self::NotWhole { characters } => {
                let characters = Counted(*characters as u64, "character");
                write!(
                    f,
                    "ids, of {characters}, is not a whole number of ids; wanted 4 bytes for each, and at least one"
                )
            }
            Self::Order { before, id } => {
                write!(f, "ids has {} after {}; wanted ascending ids, each once", id.0, before.0)
            }
        }
    }
}

impl std::error::Error for IdsFault {}
