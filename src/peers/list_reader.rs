//! A node list that is still arriving, read piece by piece, so that a long one does not hold up the event loop.

use std::borrow::Cow;

use super::node_list::{ListFault, NO_JSON, NO_KEYS, parse_node_list, url_of, url_of_member};
use crate::json::{ItemReader, Json, Step};
use crate::limits::{MAX_ENTRY_BYTES, MAX_LISTED, MAX_QUOTED_LIST_BYTES, MAX_SHORT_LIST_BYTES};

/// A node list that is still arriving.
///
/// A short one is read by [`parse_node_list`] when it is complete. A longer one is read as it arrives: an entry of more
/// than [`MAX_ENTRY_BYTES`] then has no url, and nothing is read after the last entry that counts.
///
/// ```
/// use dbsharing::peers::ListReader;
///
/// let mut list = ListReader::default();
/// for piece in [r#"[{"data":{"url":"http://19"#, r#"2.0.2.1:30017"}},null]"#] {
///     list.read(piece.as_bytes())?;
/// }
/// assert_eq!(list.finish()?, ["http://192.0.2.1:30017", ""]);
/// # Ok::<(), dbsharing::peers::ListFault>(())
/// ```
#[derive(Debug, Default)]
pub struct ListReader {
    /// All of a short list, or the beginning of a longer one.
    beginning: Vec<u8>,
    long: Option<LongList>,
}

impl ListReader {
    /// Reads the next bytes in one step; says whether more are wanted.
    ///
    /// # Errors
    ///
    /// The text is not a node list, reported as soon as that is clear.
    pub fn read(&mut self, piece: &[u8]) -> Result<bool, ListFault> {
        if let Some(long) = &mut self.long {
            return long.read(piece).map_err(|came| ListFault::new(came, &String::from_utf8_lossy(&self.beginning)));
        }
        self.beginning.extend_from_slice(piece);
        let first = first_byte(&self.beginning);
        let most = if first == Some(b'"') { MAX_QUOTED_LIST_BYTES } else { MAX_SHORT_LIST_BYTES };
        if self.beginning.len() <= most {
            return Ok(true);
        }
        let text = String::from_utf8_lossy(&self.beginning);
        let mut long = match first {
            Some(b'[') => LongList::default(),
            Some(b'{') => LongList { members: Some(Members::default()), ..LongList::default() },
            Some(b'"') => return Err(ListFault::new("a string of more than 256 KiB", &text)),
            _ => return Err(parse_node_list(&text).err().unwrap_or_else(|| ListFault::new(NO_JSON, &text))),
        };
        let wants_more = long.read(&self.beginning).map_err(|came| ListFault::new(came, &text));
        self.long = Some(long);
        wants_more
    }

    /// The urls of the whole list as its entries spell them; `""` for each entry without one.
    ///
    /// # Errors
    ///
    /// The text is not a node list.
    pub fn finish(self) -> Result<Vec<String>, ListFault> {
        let text = String::from_utf8_lossy(&self.beginning);
        match self.long {
            None => parse_node_list(text.strip_prefix('\u{feff}').unwrap_or(&text)),
            Some(long) => long.finish().map_err(|came| ListFault::new(came, &text)),
        }
    }
}

/// The first byte of a list after a byte order mark and white space.
fn first_byte(beginning: &[u8]) -> Option<u8> {
    beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning).trim_ascii_start().first().copied()
}

/// A list that is read as it arrives.
#[derive(Debug)]
struct LongList {
    reader: ItemReader,
    /// If the list is an object, its members.
    members: Option<Members>,
    urls: Vec<String>,
}

impl Default for LongList {
    fn default() -> Self {
        Self { reader: ItemReader::new(MAX_ENTRY_BYTES), members: None, urls: Vec::new() }
    }
}

impl LongList {
    fn read(&mut self, piece: &[u8]) -> Result<bool, &'static str> {
        let piece = self.members.as_mut().map_or(Cow::Borrowed(piece), |members| Cow::Owned(members.as_items(piece)));
        let mut at = 0;
        while at < piece.len() && self.urls.len() < MAX_LISTED {
            let entry = match self.reader.next(&piece, &mut at).map_err(|_| NO_JSON)? {
                Step::NeedsMore => continue,
                Step::Item(entry) => Some(entry),
                Step::TooLarge { .. } => None,
            };
            match &mut self.members {
                Some(members) => self.urls.extend(members.url_of(entry)),
                None => self.urls.push(entry.map_or_else(String::new, url_of)),
            }
        }
        Ok(self.urls.len() < MAX_LISTED)
    }

    fn finish(self) -> Result<Vec<String>, &'static str> {
        if self.urls.len() < MAX_LISTED {
            self.reader.finish().map_err(|_| NO_JSON)?;
        }
        match self.members {
            Some(Members { has_node: false, .. }) if !self.urls.is_empty() => Err(NO_KEYS),
            _ => Ok(self.urls),
        }
    }
}

/// The members of an object, read as an array in which names and values alternate.
#[derive(Debug, Default)]
struct Members {
    is_in_string: bool,
    is_escaped: bool,
    open_brackets: usize,
    /// The name that was read last, if its value comes next.
    key: Option<String>,
    has_node: bool,
}

impl Members {
    /// A piece of the object, as a piece of that array.
    fn as_items(&mut self, piece: &[u8]) -> Vec<u8> {
        piece.iter().map(|byte| self.as_item_byte(*byte)).collect()
    }

    fn as_item_byte(&mut self, byte: u8) -> u8 {
        if self.is_in_string {
            self.is_in_string = self.is_escaped || byte != b'"';
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            return byte;
        }
        let is_outermost = self.open_brackets == 1;
        match byte {
            b'"' => self.is_in_string = true,
            b'{' | b'[' => self.open_brackets = self.open_brackets.saturating_add(1),
            b'}' | b']' => self.open_brackets = self.open_brackets.saturating_sub(1),
            _ => {}
        }
        match byte {
            b'{' if self.open_brackets == 1 => b'[',
            b'}' if is_outermost => b']',
            b':' if is_outermost => b',',
            _ => byte,
        }
    }

    /// The url of a member, when this is its value.
    fn url_of(&mut self, item: Option<Json<'_>>) -> Option<String> {
        let Some(key) = self.key.take() else {
            self.key = Some(item.and_then(Json::to_str).map_or_else(String::new, Cow::into_owned));
            return None;
        };
        let url = item.and_then(|value| url_of_member(&key, value));
        self.has_node |= url.is_some();
        Some(url.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi";

    fn read(body: &str, piece_bytes: usize) -> Result<Vec<String>, ListFault> {
        let mut list = ListReader::default();
        for piece in body.as_bytes().chunks(piece_bytes) {
            if !list.read(piece)? {
                break;
            }
        }
        list.finish()
    }

    /// The list, made long by spaces before its last bracket.
    fn long(list: &str) -> String {
        let (inside, bracket) = list.split_at(list.len() - 1);
        format!("{inside}{}{bracket}", " ".repeat(MAX_SHORT_LIST_BYTES))
    }

    #[test]
    fn a_long_list_is_read_like_a_short_one_however_it_is_cut() {
        let odd =
            r#"[null,{},{"data":{"url":7}},7,"\u0061\"}",{"data":{"url":"http:\/\/a"},"x":[{}]},{"url":"http://b"}]"#;
        let keyed = format!(
            r#" {{"{KEY}":"http://a","0x":7,"key":"HTTPS://x","a\"}}:":"{{[\\","{KEY}":{{"url":"http://b","y":{{}}}},"{KEY}":null}}"#
        );
        for list in ["[]", "{}", odd, &keyed, r#"{"message":"http://a","error":"no"}"#, "[1,]", "[", "{\"a\"}x"] {
            let wanted = parse_node_list(list).ok();
            for piece_bytes in [1, 7, 1_000, usize::MAX] {
                assert_eq!(read(list, piece_bytes).ok(), wanted, "{list}");
                assert_eq!(read(&long(list), piece_bytes).ok(), wanted, "{list}, long, by {piece_bytes}");
            }
        }
    }

    #[test]
    fn a_long_answer_of_another_kind_is_refused_as_soon_as_that_is_clear() {
        for (body, came) in [
            (format!("<html>{}", "x".repeat(MAX_SHORT_LIST_BYTES)), "the answer is a page of HTML or XML"),
            (" ".repeat(MAX_SHORT_LIST_BYTES + 1), "the answer is an empty body"),
            ("1".repeat(MAX_SHORT_LIST_BYTES + 1), "the answer is a number"),
            (format!("\"[{}]\"", " ".repeat(MAX_QUOTED_LIST_BYTES)), "the answer is a string of more than 256 KiB"),
            (format!("[{}}}", " ".repeat(MAX_SHORT_LIST_BYTES)), "the answer is text that is not JSON"),
        ] {
            let fault = read(&body, 10_000).expect_err(came).to_string();
            assert!(fault.starts_with(came), "{fault}");
        }
    }

    #[test]
    fn an_entry_that_is_too_long_costs_only_itself() {
        let list = format!(r#"["{}","http://a"]"#, "x".repeat(MAX_SHORT_LIST_BYTES));
        assert_eq!(read(&list, 1_000).unwrap(), ["", "http://a"]);
    }

    #[test]
    fn what_follows_the_ten_thousandth_entry_is_not_read() {
        let mut list = ListReader::default();
        assert_eq!(list.read(format!("[{}", r#""http://a","#.repeat(9_999)).as_bytes()), Ok(true));
        assert_eq!(list.read(br#""http://b", not JSON"#), Ok(false));
        assert_eq!(list.finish().unwrap().len(), MAX_LISTED);
    }
}
