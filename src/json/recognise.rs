//! Telling in one pass and without allocation that a text is canonical already, as nearly every text is that a
//! JavaScript program made.

use super::{numbers, scan, strings};

/// Keys that are compared, over all objects that are open at once.
const MOST_OPEN_KEYS: usize = 64;
/// Objects open at once.
const MOST_OPEN_OBJECTS: usize = 32;

/// Whether `text`, a valid JSON value, is what `JSON.stringify(JSON.parse(text))` gives. Only a yes is final: a
/// text with more keys or objects than are compared here gets a no.
pub fn is_canonical(text: &str) -> bool {
    scan_canonical(text).is_some()
}

fn scan_canonical(text: &str) -> Option<()> {
    let mut keys = OpenKeys::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = match byte {
            b'"' => {
                let behind = strings::skip_canonical(after)?;
                // In valid text without white space a colon follows keys and nothing else.
                if behind.first() == Some(&b':') {
                    let key_bytes = after.len().saturating_sub(behind.len()).saturating_sub(1);
                    keys.add(after.get(..key_bytes)?)?;
                }
                behind
            }
            b'{' => {
                keys.open_object()?;
                after
            }
            b'}' => {
                keys.close_object();
                after
            }
            b'-' | b'0'..=b'9' => {
                let behind = scan::skip_number(rest);
                let number = rest.get(..rest.len().saturating_sub(behind.len()))?;
                if !numbers::is_canonical(std::str::from_utf8(number).ok()?) {
                    return None;
                }
                behind
            }
            b' ' | b'\t' | b'\n' | b'\r' => return None,
            _ => after,
        };
    }
    Some(())
}

/// The keys read so far of each open object, the innermost object's last.
struct OpenKeys<'a> {
    keys: [&'a [u8]; MOST_OPEN_KEYS],
    held: usize,
    /// Where the innermost object's keys begin.
    first: usize,
    /// Where the keys of the objects around it begin, the outermost object's first.
    outer_firsts: [usize; MOST_OPEN_OBJECTS],
    open_objects: usize,
}

impl<'a> OpenKeys<'a> {
    fn new() -> Self {
        OpenKeys {
            keys: [&[]; MOST_OPEN_KEYS],
            held: 0,
            first: 0,
            outer_firsts: [0; MOST_OPEN_OBJECTS],
            open_objects: 0,
        }
    }

    #[inline]
    fn open_object(&mut self) -> Option<()> {
        *self.outer_firsts.get_mut(self.open_objects)? = self.first;
        self.open_objects = self.open_objects.saturating_add(1);
        self.first = self.held;
        Some(())
    }

    #[inline]
    fn close_object(&mut self) {
        self.held = self.first;
        self.open_objects = self.open_objects.saturating_sub(1);
        self.first = self.outer_firsts.get(self.open_objects).copied().unwrap_or_default();
    }

    /// Nothing if `key` has been there, stands in the wrong place, or is one too many.
    #[inline]
    fn add(&mut self, key: &'a [u8]) -> Option<()> {
        let siblings = self.keys.get(self.first..self.held)?;
        if siblings.contains(&key) {
            return None;
        }
        if let Some(index) = strings::array_index(key)
            && let Some(last) = siblings.last()
            && strings::array_index(last).is_none_or(|last| last > index)
        {
            return None;
        }
        *self.keys.get_mut(self.held)? = key;
        self.held = self.held.saturating_add(1);
        Some(())
    }
}
