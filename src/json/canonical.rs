//! Makes any valid text canonical.
//!
//! A first pass writes a draft: everything as JavaScript prints it, but members in the order of the text. Where an
//! object has members that JavaScript would order differently or drop, it notes their right order. Only if there are
//! such objects, a second pass copies the draft in that order. All of it is done in steps, so that a text made to take
//! long does not hold up the event loop.

use std::ops::Range;

use super::order::{Keys, Member, Order};
use super::{numbers, scan, strings};

/// How much text is drafted in one step, unless a single token is longer.
const DRAFT_BYTES: usize = 32 * 1024;
/// The members of an object with at most this many are ordered in one step.
const SMALL_OBJECT: usize = 256;
/// How many pieces of the draft are copied in one step.
const COPIED: usize = 4_096;

/// What `JSON.stringify(JSON.parse(text))` gives for a valid JSON value.
pub fn rewrite(text: &str) -> String {
    let mut rewriting = Rewriting::default();
    while rewriting.step(text) {}
    rewriting.into_text()
}

/// A valid JSON value whose text is being made canonical, in steps.
///
/// ```
/// use dbsharing::json::{Json, Rewriting};
///
/// let text = r#"{"b": 1.0, "a": 2, "b": 3}"#;
/// let mut rewriting = Rewriting::default();
/// while rewriting.step(text) {}
/// assert_eq!(rewriting.into_text(), Json::parse(text).unwrap().canonical());
/// ```
#[derive(Debug, Default)]
pub struct Rewriting {
    draft: Draft,
    copy: Option<Copy>,
}

impl Rewriting {
    /// Does one more step with the same text; says whether there is more to do.
    pub fn step(&mut self, text: &str) -> bool {
        if let Some(copy) = &mut self.copy {
            return copy.step(&self.draft);
        }
        if self.draft.step(text) {
            return true;
        }
        self.draft.reordered.retain(|object| !object.members.is_empty());
        let is_copied = !self.draft.reordered.is_empty();
        self.copy = is_copied.then(|| Copy::of(&self.draft));
        is_copied
    }

    /// The canonical text, once there is no more to do.
    #[must_use]
    pub fn into_text(self) -> String {
        self.copy.map_or(self.draft.text, |copy| copy.out)
    }
}

/// All offsets count bytes of the draft's text.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    /// How many bytes of the original text were read.
    read: usize,
    open_objects: Vec<OpenObject>,
    /// The members so far of each open object, the innermost object's last.
    members: Vec<Member>,
    /// The order of the members of the innermost object, once its closing bracket was read.
    order: Option<Order>,
    /// The objects that have to change, and those that may have to, each before the objects inside it.
    reordered: Vec<Reordered>,
    /// The members of those objects, each object's together and in their right order.
    arranged: Vec<Range<usize>>,
}

#[derive(Debug)]
struct OpenObject {
    /// In [`Draft::reordered`].
    place: usize,
    first_member: usize,
}

#[derive(Debug)]
struct Reordered {
    /// Its opening bracket.
    opening: usize,
    /// Its closing bracket.
    closing: usize,
    /// In [`Draft::arranged`]; empty if the object stays as it is.
    members: Range<usize>,
}

impl Draft {
    /// Says whether there is more to do.
    fn step(&mut self, text: &str) -> bool {
        if self.order.is_some() {
            self.order_members();
            return true;
        }
        if self.read == 0 {
            self.text.reserve(text.len());
        }
        let mut rest = text.get(self.read..).unwrap_or_default();
        let stop = rest.len().saturating_sub(DRAFT_BYTES);
        while rest.len() > stop
            && self.order.is_none()
            && let Some(byte) = rest.as_bytes().first()
        {
            rest = self.copy_token(*byte, rest);
        }
        self.read = text.len().saturating_sub(rest.len());
        !rest.is_empty() || self.order.is_some()
    }

    /// Writes the token that `rest` begins with, and returns what follows it.
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
            space if scan::is_space(space) => scan::split_before(rest, scan::skip_space(after)).1,
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
        // In valid text a colon follows only keys.
        if scan::skip_space(behind.as_bytes()).first() == Some(&b':') {
            self.members.push(Member::of(&self.text, start));
        }
    }

    fn open_object(&mut self) {
        self.open_objects.push(OpenObject { place: self.reordered.len(), first_member: self.members.len() });
        self.reordered.push(Reordered { opening: self.text.len(), closing: self.text.len(), members: 0..0 });
    }

    /// Notes that an object ends here. If it is small, its members are ordered at once.
    fn close_object(&mut self) {
        let Some(object) = self.open_objects.last() else { return };
        if let Some(reordered) = self.reordered.get_mut(object.place) {
            reordered.closing = self.text.len();
        }
        let members = self.members.len().saturating_sub(object.first_member);
        self.order = Some(Order::of(members));
        if members <= SMALL_OBJECT {
            while self.order.is_some() {
                self.order_members();
            }
        }
    }

    /// Does one more step in ordering the members of the object that ended.
    fn order_members(&mut self) {
        let (Some(order), Some(object)) = (&mut self.order, self.open_objects.last()) else { return };
        let members = self.members.get(object.first_member..).unwrap_or_default();
        let keys = Keys { members, text: self.text.as_bytes() };
        if order.step(&keys) {
            return;
        }
        let order = self.order.take().and_then(|order| order.changed(&keys));
        if let (Some(order), Some(reordered)) = (order, self.reordered.get_mut(object.place)) {
            let first = self.arranged.len();
            let span = |place: u32| member_span(members, place, reordered.closing);
            self.arranged.extend(order.into_iter().filter_map(span));
            reordered.members = first..self.arranged.len();
        } else if object.place.saturating_add(1) == self.reordered.len() {
            self.reordered.pop();
        }
        self.members.truncate(object.first_member);
        self.open_objects.pop();
    }
}

/// A copy of the draft with the members of each reordered object in their right order.
#[derive(Debug)]
struct Copy {
    out: String,
    to_copy: Vec<ToCopy>,
}

/// What still has to be copied.
#[derive(Debug)]
enum ToCopy {
    /// A piece of the draft.
    Text(Range<usize>),
    /// The members at these places in [`Draft::arranged`], all of one object.
    Members(Range<usize>),
}

impl Copy {
    fn of(draft: &Draft) -> Self {
        Self { out: String::with_capacity(draft.text.len()), to_copy: vec![ToCopy::Text(0..draft.text.len())] }
    }

    /// Says whether there is more to do.
    fn step(&mut self, draft: &Draft) -> bool {
        for _ in 0..COPIED {
            match self.to_copy.pop() {
                Some(ToCopy::Text(span)) => self.copy_text(draft, span),
                Some(ToCopy::Members(rest)) => self.copy_member(draft, rest),
                None => return false,
            }
        }
        true
    }

    /// Copies `span` up to the first object in it that must be reordered, and notes what follows.
    fn copy_text(&mut self, draft: &Draft, span: Range<usize>) {
        let is_before = |object: &Reordered| object.opening < span.start;
        let next = draft.reordered.get(draft.reordered.partition_point(is_before));
        match next.filter(|object| object.opening < span.end) {
            None => self.out.push_str(draft.text.get(span).unwrap_or_default()),
            Some(object) => {
                let text = draft.text.get(span.start..=object.opening);
                self.out.push_str(text.unwrap_or_default());
                self.to_copy.push(ToCopy::Text(object.closing..span.end));
                self.to_copy.push(ToCopy::Members(object.members.clone()));
            }
        }
    }

    /// Notes that the first of some members of an object is to be copied next, and then the others.
    fn copy_member(&mut self, draft: &Draft, mut rest: Range<usize>) {
        let Some(member) = rest.next().and_then(|place| draft.arranged.get(place)) else {
            return;
        };
        // No member ends with an opening bracket, so a member directly after one is the first.
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        self.to_copy.push(ToCopy::Members(rest));
        self.to_copy.push(ToCopy::Text(member.clone()));
    }
}

/// Where a member stands in the draft, if its object ends at `object_end`.
fn member_span(members: &[Member], place: u32, object_end: usize) -> Option<Range<usize>> {
    let place = place as usize;
    let next = members.get(place.saturating_add(1));
    let end = next.map_or(object_end, |next| next.start.saturating_sub(1));
    Some(members.get(place)?.start..end)
}

#[cfg(test)]
mod tests {
    use super::super::Json;
    use std::borrow::Cow;

    fn canonical(text: &str) -> String {
        let json = Json::parse(text).unwrap();
        let canonical = json.canonical().into_owned();
        let borrowed = matches!(json.canonical(), Cow::Borrowed(_));
        assert_eq!(borrowed, canonical == json.text(), "{text}");
        let again = Json::parse(&canonical).unwrap();
        assert!(matches!(again.canonical(), Cow::Borrowed(same) if same == canonical), "{text}");
        canonical
    }

    #[test]
    fn members_are_ordered_as_javascript_orders_them() {
        for (text, wanted) in [
            (r#"{"b":1,"a":2}"#, r#"{"b":1,"a":2}"#),
            (r#"{"b":1,"2":2,"10":3,"1":4,"0":5}"#, r#"{"0":5,"1":4,"2":2,"10":3,"b":1}"#),
            (
                r#"{"4294967295":1,"4294967294":2,"01":3,"-0":4,"0":5}"#,
                r#"{"0":5,"4294967294":2,"4294967295":1,"01":3,"-0":4}"#,
            ),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"a":1,"b":2,"\u0061":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"1":1,"\u0031":2}"#, r#"{"1":2}"#),
            (r#"{"__proto__":1,"a":2,"__proto__":3}"#, r#"{"__proto__":3,"a":2}"#),
            (r#"{"":1,"":2}"#, r#"{"":2}"#),
            (r#"{"a":{"a":1,"a":2},"a":{"b":1,"0":2}}"#, r#"{"a":{"0":2,"b":1}}"#),
            (r#"[{"x":[{"b":0,"1":1}],"0":{"b":[],"0":{}}},2]"#, r#"[{"0":{"0":{},"b":[]},"x":[{"1":1,"b":0}]},2]"#),
            (r#"{"\ud800":1,"�":2,"\udc00":3,"\uD800":4}"#, r#"{"\ud800":4,"�":2,"\udc00":3}"#),
            (r#"{"\ud83d\ude00":1,"😀":2}"#, r#"{"😀":2}"#),
            (r#"{"a":"b","b":"a:","c":[":"]}"#, r#"{"a":"b","b":"a:","c":[":"]}"#),
        ] {
            assert_eq!(canonical(text), wanted, "{text}");
        }
    }

    #[test]
    fn white_space_outside_strings_goes() {
        let text = "{ \"a b\" :\t[ 1 ,\r\n2 ] , \"c\":{ } , \"d\" : \" \" }";
        assert_eq!(canonical(text), r#"{"a b":[1,2],"c":{},"d":" "}"#);
    }

    #[test]
    fn scalars_are_written_alone() {
        let texts = ["1.0", "true", "null", r#""\/""#, "1e999"];
        assert_eq!(texts.map(canonical), ["1", "true", "null", r#""/""#, "null"]);
    }

    #[test]
    fn more_keys_and_deeper_objects_than_are_recognised_stay_as_they_are() {
        let members: Vec<String> = (0..1000).map(|number| format!("\"key {number}\":{number}")).collect();
        let wide = format!("{{{}}}", members.join(","));
        assert_eq!(canonical(&wide), wide);
        let deep = format!("{}1{}", "{\"a\":".repeat(1000), "}".repeat(1000));
        assert_eq!(canonical(&deep), deep);
    }

    /// Each of these took minutes if any step were quadratic.
    #[test]
    fn hostile_objects_take_no_quadratic_time() {
        let object = |members: Vec<String>| format!("{{{}}}", members.join(","));
        let shuffled = object((0..100_000_u64).map(|i| format!("\"{}\":0", i * 7919 % 100_000)).collect());
        assert!(canonical(&shuffled).starts_with(r#"{"0":0,"1":0,"2":0,"#));
        let many = object((0..100_000).map(|i| format!("\"key {}\":{i}", i % 50_000)).collect());
        assert!(canonical(&many).starts_with(r#"{"key 0":50000,"key 1":50001,"#));
        let same = object((0..100_000).map(|i| format!("\"\":{i}")).collect());
        assert_eq!(canonical(&same), r#"{"":99999}"#);
    }

    #[test]
    fn deep_objects_are_reordered_without_recursion_or_quadratic_time() {
        let depth = 100_000;
        let text = format!("{}0{}", "{\"b\":".repeat(depth), ",\"1\":2}".repeat(depth));
        assert_eq!(canonical(&text), format!("{}0{}", "{\"1\":2,\"b\":".repeat(depth), "}".repeat(depth)));
        let text = format!("{}0{}", "{\"b\":".repeat(depth), ",\"b\":2}".repeat(depth));
        assert_eq!(canonical(&text), r#"{"b":2}"#);
    }
}
