//! Tells in one pass and without allocation whether a text is already canonical, as nearly every text made by a
//! JavaScript program is.

use super::{numbers, order, scan, strings};

/// How many keys are compared, in all objects that are open at once.
const MOST_OPEN_KEYS: usize = 64;
/// How many objects may be open at once.
const MOST_OPEN_OBJECTS: usize = 32;

/// The depth of `text`, a valid JSON value, if it is what `JSON.stringify(JSON.parse(text))` gives. `None` is not
/// final: a text with more keys or objects than are compared here may be canonical too.
pub fn depth_of_canonical(text: &str) -> Option<usize> {
    let mut keys = OpenKeys::new();
    let (mut open, mut deepest) = (0_usize, 0);
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = match byte {
            b'"' => {
                let behind = strings::skip_canonical(after)?;
                // In valid text without white space a colon follows only keys.
                if behind.first() == Some(&b':') {
                    let key_bytes = after.len().saturating_sub(behind.len()).saturating_sub(1);
                    keys.add(after.get(..key_bytes)?)?;
                }
                behind
            }
            b'{' | b'[' => {
                open = open.saturating_add(1);
                deepest = deepest.max(open);
                if *byte == b'{' {
                    keys.open_object()?;
                }
                after
            }
            b'}' | b']' => {
                open = open.saturating_sub(1);
                if *byte == b'}' {
                    keys.close_object();
                }
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
            space if scan::is_space(*space) => return None,
            _ => after,
        };
    }
    Some(deepest)
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

    /// `None` if `key` is a duplicate, is in the wrong place, or is one too many.
    #[inline]
    fn add(&mut self, key: &'a [u8]) -> Option<()> {
        let siblings = self.keys.get(self.first..self.held)?;
        if siblings.contains(&key) {
            return None;
        }
        if let Some(index) = order::array_index(key)
            && let Some(last) = siblings.last()
            && order::array_index(last).is_none_or(|last| last > index)
        {
            return None;
        }
        *self.keys.get_mut(self.held)? = key;
        self.held = self.held.saturating_add(1);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_as_javascript_writes_it_is_recognised() {
        for text in [
            r#"{"data":{"linktree":[{"label":"é😀","n":-1.5},{"label":""}],"at":1700000000000},"x":0}"#,
            r#"{"0":1,"7":2,"4294967294":3,"a":4,"4294967295":5,"01":6}"#,
            r#"[true,false,null,"\ud800","\u0000",1e+21,[],{}]"#,
        ] {
            assert!(depth_of_canonical(text).is_some(), "{text}");
        }
    }

    #[test]
    fn any_trace_of_another_writer_is_not() {
        for text in [
            r#"{"a": 1}"#,
            "[1, 2]",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"0":1}"#,
            r#"{"1":1,"0":1}"#,
            r#"{"a":{"b":1},"a":1}"#,
            r#"[{"\u0061":1}]"#,
            r#"["\/"]"#,
            r#"["\uD800"]"#,
            "[1.0]",
            "[-0]",
            "[1e5]",
        ] {
            assert!(depth_of_canonical(text).is_none(), "{text}");
        }
    }

    #[test]
    fn keys_of_objects_that_have_ended_are_forgotten() {
        let many = vec![r#"{"a":{"b":1,"c":[{}]},"b":2}"#; 1000].join(",");
        assert_eq!(depth_of_canonical(&format!("[{many}]")), Some(5));
    }
}
