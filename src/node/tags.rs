//! Entity tags made of digests, and conditional requests that name them.

use super::holdings::SetDigest;
use crate::limits::MAX_TAG_BYTES;
use crate::ports::Request;

/// The weak entity tag of the set of records that has this digest.
#[must_use]
#[inline(never)] // for size: each of its callers would have a copy
pub fn entity_tag(digest: &SetDigest) -> String {
    format!("W/\"1-{digest}\"")
}

/// The digest that a tag of ours stands for, whether of a body of JSON or of symbols.
///
/// ```
/// # use dbsharing::node::digest_in;
/// let digest = "0".repeat(64);
/// assert_eq!(digest_in(&format!("W/\"1-{digest}\"")), Some(&*digest));
/// assert_eq!(digest_in(&format!("W/\"1s-{digest}-gzip\"")), Some(&*digest));
/// assert_eq!(digest_in("W/\"1-0\""), None);
/// ```
#[must_use]
pub fn digest_in(tag: &str) -> Option<&str> {
    let opaque = tag.split('"').nth(1)?;
    let rest = opaque.strip_prefix("1-").or_else(|| opaque.strip_prefix("1s-"))?;
    rest.get(..64).filter(|digest| names(rest.as_bytes(), digest.as_bytes()))
}

/// The weak entity tag of the sums over the set that has this digest: another than that of its records, so that no cache
/// takes the one for the other.
#[must_use]
pub fn symbols_tag(digest: &SetDigest) -> String {
    format!("W/\"1s-{digest}\"")
}

/// Whether an `If-None-Match` header names this tag: a list of tags or `*`, compared weakly (RFC 9110, 13.1.2) and
/// without the suffix that a compressing proxy appends.
///
/// ```
/// # use dbsharing::node::is_current;
/// assert!(is_current("\"a\", W/\"b\"", "W/\"b\""));
/// assert!(is_current("*", "W/\"b\""));
/// assert!(is_current("W/\"b-gzip\"", "W/\"b\""));
/// assert!(!is_current("\"a\"", "W/\"b\""));
/// ```
#[must_use]
pub fn is_current(if_none_match: &str, tag: &str) -> bool {
    let is_quote = |byte: &u8| *byte == b'"';
    let opaque = tag.as_bytes().split(is_quote).nth(1).unwrap_or_default();
    // Splitting a list at its quotes gives, in turn, a separator and a tag.
    let mut parts = if_none_match.as_bytes().split(is_quote);
    while let (Some(_), Some(listed)) = (parts.next(), parts.next()) {
        if names(listed, opaque) {
            return true;
        }
    }
    if_none_match.trim_ascii() == "*"
}

fn names(listed: &[u8], opaque: &[u8]) -> bool {
    match listed.strip_prefix(opaque) {
        Some([b'-', b'-', coding @ ..] | [b'-' | b';', coding @ ..]) => {
            CODINGS.iter().any(|known| known.as_bytes() == coding)
        }
        rest => rest.is_some_and(<[u8]>::is_empty),
    }
}

/// The content codings that proxies append to a tag.
const CODINGS: [&str; 4] = ["gzip", "br", "deflate", "zstd"];

/// A request to be answered with 304 where one of these tags is current.
#[inline(never)] // for size: each of its callers would have a copy
pub(super) fn conditional(url: String, tags: &[String], allows_private: bool) -> Request {
    let headers = if tags.is_empty() {
        Vec::new()
    } else {
        // Without max-age=0 Node's fetch adds no-cache, and Express never answers 304.
        vec![("if-none-match", listed(tags)), ("cache-control", "max-age=0".to_owned())]
    };
    Request { url, headers, wanted: &["etag", "location", "content-type"], allows_private }
}

/// The tags as a list. Where a proxy has appended its coding to a tag, the tag without it is listed as well: the peer
/// may know no other.
fn listed(tags: &[String]) -> String {
    let mut list = tags.join(", ");
    for bare in tags.iter().filter_map(|tag| without_coding(tag)) {
        list.push_str(", ");
        list.push_str(bare);
        list.push('"');
    }
    list
}

/// What precedes the coding and the closing quote in such a tag.
fn without_coding(tag: &str) -> Option<&str> {
    let opaque = tag.strip_suffix('"')?;
    let rest = CODINGS.iter().find_map(|coding| opaque.strip_suffix(coding))?;
    rest.strip_suffix("--").or_else(|| rest.strip_suffix(['-', ';']))
}

/// Whether a tag can be remembered and sent back unchanged.
pub(super) fn is_plain(tag: &str) -> bool {
    (1..=MAX_TAG_BYTES).contains(&tag.len()) && tag.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_and_whole() {
        let tag = "W/\"1-ab\"";
        for (header, current) in [
            ("W/\"1-ab\"", true),
            ("\"1-ab\"", true),
            ("\"x, y\", W/\"1-ab\"", true),
            (" * ", true),
            ("W/\"1-ab-gzip\"", true),
            ("\"x\", \"1-ab--gzip\"", true),
            ("\"1-ab;br\"", true),
            ("\"1-ab-deflate\"", true),
            ("\"1-abgzip\"", false),
            ("\"1-ab-\"", false),
            ("\"1-ab-cd\"", false),
            ("\"1-a-gzip\"", false),
            ("1-ab", false),
            ("\"1-abc\"", false),
            ("\"x\" 1-ab \"y\"", false),
            ("", false),
        ] {
            assert_eq!(is_current(header, tag), current, "{header}");
        }
    }

    #[test]
    fn a_tag_with_a_proxys_coding_is_also_sent_as_the_peer_gave_it() {
        let sent = |tag: &str| listed(&[tag.to_owned(), "W/\"1-cd\"".to_owned()]);
        assert_eq!(sent("W/\"ab-gzip\""), "W/\"ab-gzip\", W/\"1-cd\", W/\"ab\"");
        assert_eq!(sent("\"ab--gzip\""), "\"ab--gzip\", W/\"1-cd\", \"ab\"");
        assert_eq!(sent("\"ab;br\""), "\"ab;br\", W/\"1-cd\", \"ab\"");
        for whole in ["\"gzip\"", "\"abgzip\"", "\"ab-7\"", "ab-gzip"] {
            assert_eq!(sent(whole), format!("{whole}, W/\"1-cd\""));
        }
    }
}
