//! The extent of a way through the records: the keys that begin with a prefix, up to a limit.

use super::shelf::Page;

/// Greater than all characters of keys, which are visible ASCII.
const DEL: char = '\u{7f}';

/// The records that are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extent {
    prefix: String,
    /// How many more are wanted; `None` if there is no limit.
    left: Option<u64>,
}

impl Extent {
    /// The records whose keys begin with `prefix`, at most `limit` of them.
    pub(super) fn new(prefix: &str, limit: Option<u64>) -> Self {
        Self { prefix: prefix.to_owned(), left: limit }
    }

    /// Whether it covers all records.
    pub(super) fn is_all(&self) -> bool {
        self.prefix.is_empty() && self.left.is_none()
    }

    /// The key after which to begin, for the records after `after`.
    pub(super) fn begin(&self, after: &str) -> String {
        let mut below = self.prefix.clone();
        if let Some(last) = below.pop() {
            below.extend([char::from_u32(u32::from(last).saturating_sub(1)).unwrap_or_default(), DEL]);
        }
        visible(after).max(below)
    }

    /// Whether no wanted record can follow this key.
    pub(super) fn is_over(&self, after: &str) -> bool {
        let is_beyond = after > self.prefix.as_str() && !after.starts_with(&self.prefix);
        self.left == Some(0) || is_beyond || !is_visible(&self.prefix)
    }

    /// Whether the entry of this key is the first that is not wanted, after those on this page.
    pub(super) fn ends_before(&self, key: &str, page: &Page) -> bool {
        !key.starts_with(&self.prefix) || self.is_reached(page)
    }

    /// Whether a page contains as many records as are still wanted.
    pub(super) fn is_reached(&self, page: &Page) -> bool {
        self.left.is_some_and(|left| page.named.len() as u64 >= left)
    }

    /// Subtracts the records of a page from those still wanted.
    pub(super) fn pass(&mut self, page: &Page) {
        self.left = self.left.map(|left| left.saturating_sub(page.named.len() as u64));
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Visible ASCII that sorts at the same place among keys: a database may refuse other text.
fn visible(after: &str) -> String {
    let Some(at) = after.bytes().position(|byte| !byte.is_ascii_graphic()) else { return after.to_owned() };
    let (visible, rest) = after.split_at(at);
    if rest.starts_with(|character| character < DEL) { visible.to_owned() } else { [visible, "\u{7f}"].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_begins_right_before_its_first_key() {
        for (prefix, after, begin) in [
            ("", "", ""),
            ("", "ab", "ab"),
            ("ab", "", "aa\u{7f}"),
            ("ab", "aa", "aa\u{7f}"),
            ("ab", "ab", "ab"),
            ("ab", "abc", "abc"),
            ("!", "", " \u{7f}"),
            ("", "aé", "a\u{7f}"),
            ("", "a\u{0}b", "a"),
            ("", "é", "\u{7f}"),
        ] {
            assert_eq!(Extent::new(prefix, None).begin(after), begin, "{prefix} after {after}");
        }
    }

    #[test]
    fn nothing_is_read_of_what_holds_nothing() {
        let is_over = |prefix, limit, after: &str| {
            let extent = Extent::new(prefix, limit);
            extent.is_over(&extent.begin(after))
        };
        assert!(
            is_over("", Some(0), "") && is_over("ab", None, "b") && is_over("é", None, "") && is_over("a b", None, "")
        );
        assert!(!is_over("", None, "z") && !is_over("ab", Some(1), "a") && !is_over("ab", None, "abz"));
    }
}
