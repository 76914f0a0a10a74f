//! Which records a way through all goes over: those whose keys begin with a prefix, up to a limit.

use super::shelf::Page;

/// Greater than all of visible ASCII, of which keys are.
const DEL: char = '\u{7f}';

/// What of all records is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extent {
    prefix: String,
    /// How many more there may be; nothing where there is no limit.
    left: Option<u64>,
}

impl Extent {
    /// The records whose keys begin with `prefix`, at most `limit` of them.
    pub(super) fn new(prefix: &str, limit: Option<u64>) -> Self {
        Self { prefix: prefix.to_owned(), left: limit }
    }

    /// Whether it is all records that there are.
    pub(super) fn is_all(&self) -> bool {
        self.prefix.is_empty() && self.left.is_none()
    }

    /// The key to begin after, for those after `after`.
    pub(super) fn begin(&self, after: &str) -> String {
        let mut below = self.prefix.clone();
        if let Some(last) = below.pop() {
            below.extend([char::from_u32(u32::from(last).saturating_sub(1)).unwrap_or_default(), DEL]);
        }
        visible(after).max(below)
    }

    /// Whether it holds nothing after this key.
    pub(super) fn is_over(&self, after: &str) -> bool {
        let is_beyond = after > self.prefix.as_str() && !after.starts_with(&self.prefix);
        self.left == Some(0) || is_beyond || !is_visible(&self.prefix)
    }

    /// Whether the entry of this key is the first behind it, on a page that holds so much already.
    pub(super) fn ends_before(&self, key: &str, page: &Page) -> bool {
        !key.starts_with(&self.prefix) || self.is_reached(page)
    }

    /// Whether a page holds all that may still come.
    pub(super) fn is_reached(&self, page: &Page) -> bool {
        self.left.is_some_and(|left| page.named.len() as u64 >= left)
    }

    /// Takes what a page holds from what may still come.
    pub(super) fn pass(&mut self, page: &Page) {
        self.left = self.left.map(|left| left.saturating_sub(page.named.len() as u64));
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A text of visible ASCII that stands at the same place among keys: a database may refuse others.
fn visible(after: &str) -> String {
    let Some(at) = after.bytes().position(|byte| !byte.is_ascii_graphic()) else { return after.to_owned() };
    let (visible, rest) = after.split_at(at);
    if rest.starts_with(|character| character < DEL) { visible.to_owned() } else { [visible, "\u{7f}"].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_begins_right_before_its_first_key() {
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
