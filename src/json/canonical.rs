//! Making canonical text of any valid text.
//!
//! A first pass writes a draft: everything as JavaScript prints it, but members in the order of the text. Where an
//! object has members that JavaScript would order differently or drop, it notes their right order. Only if there
//! are such objects, a second pass copies the draft in that order.

use std::ops::Range;

use super::{numbers, scan, strings};

/// What `JSON.stringify(JSON.parse(text))` gives for a valid JSON value.
pub fn rewrite(text: &str) -> String {
    let draft = Draft::of(text);
    if draft.reordered.is_empty() { draft.text } else { draft.arrange() }
}

/// All offsets are bytes of the draft's own text.
struct Draft {
    text: String,
    open_objects: Vec<OpenObject>,
    /// The members so far of each open object, the innermost object's last.
    members: Vec<Member>,
    /// The objects that cannot stay as they are.
    reordered: Vec<Reordered>,
    /// The members of those objects, each object's in a row and in their right order.
    arranged: Vec<Range<usize>>,
}

struct OpenObject {
    start: usize,
    first_member: usize,
}

/// A member begins with its key, and ends before the comma that the next one follows or the closing bracket.
struct Member {
    start: usize,
    key_end: usize,
}

struct Reordered {
    start: usize,
    end: usize,
    /// In [`Draft::arranged`].
    members: Range<usize>,
}

impl Draft {
    fn of(text: &str) -> Draft {
        let mut draft = Draft {
            text: String::with_capacity(text.len()),
            open_objects: Vec::new(),
            members: Vec::new(),
            reordered: Vec::new(),
            arranged: Vec::new(),
        };
        let mut rest = text;
        while let Some(byte) = rest.as_bytes().first() {
            rest = draft.copy_token(*byte, rest);
        }
        // Inner objects are noted when they end, so before those around them.
        draft.reordered.sort_unstable_by_key(|object| object.start);
        draft
    }

    /// Writes the token that `rest` begins with, and gives what follows it.
    fn copy_token<'a>(&mut self, first: u8, rest: &'a str) -> &'a str {
        let bytes = rest.as_bytes();
        let after = bytes.get(1..).unwrap_or_default();
        match first {
            b'"' => {
                let (string, behind) = scan::split_before(rest, scan::skip_string(after));
                self.copy_string(string, behind);
                behind
            }
            b'-' | b'0'..=b'9' => {
                let (number, behind) = scan::split_before(rest, scan::skip_number(bytes));
                numbers::write_canonical(number, &mut self.text);
                behind
            }
            b' ' | b'\t' | b'\n' | b'\r' => scan::split_before(rest, scan::skip_space(after)).1,
            _ => {
                match first {
                    b'{' => self.open_object(),
                    b'}' => self.close_object(),
                    _ => {}
                }
                self.text.push(char::from(first));
                scan::split_before(rest, after).1
            }
        }
    }

    fn copy_string(&mut self, string: &str, behind: &str) {
        let start = self.text.len();
        let content = string.get(1..string.len().saturating_sub(1)).unwrap_or_default();
        strings::write_canonical(content, &mut self.text);
        // In valid text a colon follows keys and nothing else.
        if scan::skip_space(behind.as_bytes()).first() == Some(&b':') {
            self.members.push(Member { start, key_end: self.text.len() });
        }
    }

    fn open_object(&mut self) {
        self.open_objects.push(OpenObject { start: self.text.len(), first_member: self.members.len() });
    }

    fn close_object(&mut self) {
        let Some(object) = self.open_objects.pop() else {
            return;
        };
        let members = self.members.get(object.first_member..).unwrap_or_default();
        if let Some(order) = right_order(self.text.as_bytes(), members) {
            let ends = members.iter().skip(1).map(|next| next.start.saturating_sub(1)).chain([self.text.len()]);
            let spans: Vec<Range<usize>> = members.iter().zip(ends).map(|(member, end)| member.start..end).collect();
            let first = self.arranged.len();
            self.arranged.extend(order.iter().filter_map(|place| spans.get(*place).cloned()));
            self.reordered.push(Reordered {
                start: object.start,
                end: self.text.len().saturating_add(1),
                members: first..self.arranged.len(),
            });
        }
        self.members.truncate(object.first_member);
    }

    /// The draft with the members of each reordered object in their right order.
    fn arrange(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut to_do = vec![Copy::Text(0..self.text.len())];
        while let Some(next) = to_do.pop() {
            match next {
                Copy::Text(span) => self.copy_text(span, &mut out, &mut to_do),
                Copy::Members(mut places) => {
                    let Some(member) = places.next().and_then(|place| self.arranged.get(place)) else {
                        continue;
                    };
                    if !out.ends_with('{') {
                        out.push(',');
                    }
                    to_do.push(Copy::Members(places));
                    to_do.push(Copy::Text(member.clone()));
                }
            }
        }
        out
    }

    /// Copies `span` as far as it can stay as it is, and leaves what then is to do.
    fn copy_text(&self, span: Range<usize>, out: &mut String, to_do: &mut Vec<Copy>) {
        let next = self.reordered.partition_point(|object| object.start < span.start);
        match self.reordered.get(next).filter(|object| object.start < span.end) {
            None => out.push_str(self.text.get(span).unwrap_or_default()),
            Some(object) => {
                out.push_str(self.text.get(span.start..=object.start).unwrap_or_default());
                to_do.push(Copy::Text(object.end.saturating_sub(1)..span.end));
                to_do.push(Copy::Members(object.members.clone()));
            }
        }
    }
}

/// What [`Draft::arrange`] has still to do.
enum Copy {
    /// A stretch of the draft.
    Text(Range<usize>),
    /// Members of an object, by their places in [`Draft::arranged`].
    Members(Range<usize>),
}

/// The places of those `members` that stay, in the order in which JavaScript has them: array indices ascending, then
/// other keys as they first appear; of members with the same key the last stays, in the place of the first. Nothing
/// if that is all of them as they are.
fn right_order(text: &[u8], members: &[Member]) -> Option<Vec<usize>> {
    let mut keyed: Vec<Keyed<'_>> =
        members.iter().enumerate().map(|(place, member)| member.keyed(text, place)).collect();
    keyed.sort_unstable();
    let same_key = |one: &Keyed<'_>, other: &Keyed<'_>| one.key == other.key;
    let mut kept: Vec<(u32, usize, usize)> = keyed
        .chunk_by(same_key)
        .filter_map(|same| Some((same.first()?.rank, same.first()?.place, same.last()?.place)))
        .collect();
    kept.sort_unstable();
    let order: Vec<usize> = kept.into_iter().map(|(_, _, last_place)| last_place).collect();
    (!order.iter().copied().eq(0..members.len())).then_some(order)
}

/// Sorts members with the same key side by side, in the order of the text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Keyed<'a> {
    /// The array index that the key is, or a number beyond all of them.
    rank: u32,
    key: &'a [u8],
    place: usize,
}

impl Member {
    fn keyed<'a>(&self, text: &'a [u8], place: usize) -> Keyed<'a> {
        let content = self.start.saturating_add(1)..self.key_end.saturating_sub(1);
        let key = text.get(content).unwrap_or_default();
        Keyed { rank: strings::array_index(key).unwrap_or(u32::MAX), key, place }
    }
}
