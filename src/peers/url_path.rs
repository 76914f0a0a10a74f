//! The path of a peer's url: its one spelling, without the path of the collection itself.

use std::borrow::Cow;

use super::not_asked::BadUrl;

/// The segments of a path. Dots are resolved as in the url standard, then empty segments are dropped.
pub(super) fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, BadUrl> {
    let mut segments = Vec::new();
    for segment in path.split('/').skip(1) {
        if !has_proper_escapes(segment) {
            return Err(BadUrl::BadPath);
        }
        match &*decoded(segment) {
            b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(encoded(segment)),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    Ok(segments)
}

/// Whether every `%` begins two hexadecimal digits.
fn has_proper_escapes(segment: &str) -> bool {
    let begins_with_two_digits = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    segment.split('%').skip(1).all(begins_with_two_digits)
}

/// `segment` with the escapes that `fetch` would write, so that each path has one spelling.
fn encoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains(|character| escape(character).is_some()) {
        return Cow::Borrowed(segment);
    }
    let mut text = String::with_capacity(segment.len());
    for character in segment.chars() {
        match escape(character) {
            Some(escaped) => text.push_str(escaped),
            None => text.push(character),
        }
    }
    Cow::Owned(text)
}

/// How `character` is escaped in a path, if it must be.
fn escape(character: char) -> Option<&'static str> {
    Some(match character {
        '"' => "%22",
        '<' => "%3C",
        '>' => "%3E",
        '^' => "%5E",
        '`' => "%60",
        '{' => "%7B",
        '}' => "%7D",
        _ => return None,
    })
}

/// The bytes that `segment` stands for.
fn decoded(segment: &str) -> Cow<'_, [u8]> {
    let Some((plain, escaped)) = segment.split_once('%') else {
        return Cow::Borrowed(segment.as_bytes());
    };
    let mut bytes = plain.as_bytes().to_vec();
    for part in escaped.split('%') {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend_from_slice(rest.as_bytes());
    }
    Cow::Owned(bytes)
}

/// Drops the path of the collection itself from the end, as often as it is there.
pub(super) fn drop_collection(segments: &mut Vec<Cow<'_, str>>, task_id: &str, collection: &str) {
    while let Some(kept) = segments_before_collection(segments, task_id, collection) {
        segments.truncate(kept);
    }
}

/// How many segments come before a `/task/{task_id}…` at the end, if there is one.
fn segments_before_collection(segments: &[Cow<'_, str>], task_id: &str, collection: &str) -> Option<usize> {
    let is_task = |task: &str, id: &str| task == "task" && names(id, task_id);
    match segments {
        [kept @ .., task, id] if is_task(task, id) => Some(kept.len()),
        [kept @ .., task, id, name] if is_task(task, id) && names(name, collection) => Some(kept.len()),
        [kept @ .., task, id, name, all_or_list]
            if is_task(task, id) && names(name, collection) && matches!(&**all_or_list, "all" | "list") =>
        {
            Some(kept.len())
        }
        _ => None,
    }
}

/// Whether `segment` is `name`, spelled raw or percent-encoded.
fn names(segment: &str, name: &str) -> bool {
    segment == name || *decoded(segment) == *name.as_bytes()
}
