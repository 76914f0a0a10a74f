//! Whether a request accepts symbols, and how many cells it asks for.

use crate::limits::{DEFAULT_CELLS, MAX_CELLS_A_BODY};
use crate::record::Identity;

/// The media type of a body of symbols, without its parameter `identity`.
pub const MEDIA_TYPE: &str = "application/vnd.dbsharing.symbols";

/// How many cells a request asks for by this value of its `accept` header; `None` if it does not name the media type.
/// What it prefers does not matter.
///
/// ```
/// use dbsharing::symbols::cells_accepted;
///
/// assert_eq!(cells_accepted("application/vnd.dbsharing.symbols;count=40, */*;q=0.1"), Some(40));
/// assert_eq!(cells_accepted("application/vnd.dbsharing.symbols"), Some(18));
/// assert_eq!(cells_accepted("application/json, */*"), None);
/// ```
#[must_use]
pub fn cells_accepted(accept: &str) -> Option<u32> {
    let mut ranges = parts(accept, ',').map(|range| parts(range, ';'));
    let parameters = ranges.find_map(|mut range| {
        let is_ours = range.next().is_some_and(|name| name.trim().eq_ignore_ascii_case(MEDIA_TYPE));
        is_ours.then_some(range)
    })?;
    let count = parameters.filter_map(|parameter| parameter.split_once('=')).find_map(|(name, value)| {
        name.trim().eq_ignore_ascii_case("count").then(|| number(value.trim().trim_matches('"'))).flatten()
    });
    Some(count.unwrap_or(DEFAULT_CELLS).clamp(1, MAX_CELLS_A_BODY))
}

/// How the slots of an answer with symbols are named, by its media type; `None` if it does not say.
///
/// ```
/// use dbsharing::record::Identity;
/// use dbsharing::symbols::identity_in;
///
/// assert_eq!(identity_in("application/vnd.dbsharing.symbols; identity=owner"), Some(Identity::Owner));
/// assert_eq!(identity_in("application/octet-stream"), None);
/// ```
#[must_use]
pub fn identity_in(content_type: &str) -> Option<Identity> {
    let parameters = parts(content_type, ';').filter_map(|parameter| parameter.split_once('='));
    let mut named = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("identity"));
    let value = named.next()?.1.trim().trim_matches('"');
    [Identity::Record, Identity::Owner].into_iter().find(|identity| value.eq_ignore_ascii_case(identity.name()))
}

/// A number of decimal digits, however great.
fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u32::MAX))
}

/// The parts of a header between separators, of which those in quotes do not count.
fn parts(header: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    header.split(move |character| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match character {
            '"' if !was_escaped => is_quoted = !is_quoted,
            '\\' if !was_escaped => is_escaped = is_quoted,
            _ => {}
        }
        character == separator && !is_quoted
    })
}
