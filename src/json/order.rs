//! The order in which JavaScript puts the members of an object.

use std::cmp::Ordering;
use std::ops::Range;

/// How many members are merged in one step, unless two runs have more. A merge sort can be done in steps and takes less
/// of the module than the library's sort.
const STEP: usize = 1_024;

/// A member of an object in a text. It begins with its key and ends before the comma or the closing bracket.
#[derive(Debug)]
pub struct Member {
    /// Where it begins.
    pub start: usize,
    /// Its key without the quotes.
    key: Range<usize>,
    /// What JavaScript orders it by first: keys that are array indices come before all others.
    rank: u32,
}

impl Member {
    /// The member whose key, in canonical form, begins at `start` in `text`.
    pub fn of(text: &str, start: usize) -> Self {
        let key = start.saturating_add(1)..text.len().saturating_sub(1);
        let rank = text.as_bytes().get(key.clone()).and_then(array_index).unwrap_or(u32::MAX);
        Self { start, key, rank }
    }
}

/// The keys of an object's members, by their places. They are compared by their canonical texts between the quotes,
/// which are equal exactly if the keys are, even with lone surrogates.
pub struct Keys<'a> {
    /// The members, in the order of the text.
    pub members: &'a [Member],
    /// The text that they are part of.
    pub text: &'a [u8],
}

impl<'a> Keys<'a> {
    fn at(&self, place: u32) -> (u32, &'a [u8]) {
        let member = self.members.get(place as usize);
        member.map_or((u32::MAX, &[]), |member| (member.rank, self.text.get(member.key.clone()).unwrap_or_default()))
    }

    /// Sorts members with equal keys next to each other, in the order of the text.
    fn compare(&self, one: u32, other: u32) -> Ordering {
        self.at(one).cmp(&self.at(other)).then(one.cmp(&other))
    }
}

/// The order of an object's members, found in steps.
#[derive(Debug)]
pub struct Order {
    /// The places of all members. After `at`, they are in sorted runs of this length.
    places: Vec<u32>,
    run: usize,
    at: usize,
    /// The places before `at`, in sorted runs of twice the length.
    merged: Vec<u32>,
}

impl Order {
    /// This many members, about which nothing is known yet.
    pub fn of(members: usize) -> Self {
        let places = (0..u32::try_from(members).unwrap_or(u32::MAX)).collect();
        Self { places, run: 1, at: 0, merged: Vec::with_capacity(members) }
    }

    /// Does one more step; says whether there is more to do.
    pub fn step(&mut self, keys: &Keys<'_>) -> bool {
        let mut merged = 0;
        while self.run < self.places.len() && merged < STEP {
            let before = self.at;
            self.merge_runs(keys);
            merged = merged.saturating_add(self.at.saturating_sub(before));
            if self.at >= self.places.len() {
                std::mem::swap(&mut self.places, &mut self.merged);
                self.merged.clear();
                (self.run, self.at) = (self.run.saturating_mul(2), 0);
            }
        }
        self.run < self.places.len()
    }

    fn merge_runs(&mut self, keys: &Keys<'_>) {
        let rest = self.places.get(self.at..).unwrap_or_default();
        let (mut one, rest) = rest.split_at(self.run.min(rest.len()));
        let (mut other, _) = rest.split_at(self.run.min(rest.len()));
        self.at = self.at.saturating_add(one.len()).saturating_add(other.len());
        while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
            let (least, side, rest) = match keys.compare(*first, *second) {
                Ordering::Greater => (second, &mut other, other_rest),
                Ordering::Less | Ordering::Equal => (first, &mut one, one_rest),
            };
            self.merged.push(*least);
            *side = rest;
        }
        self.merged.extend_from_slice(one);
        self.merged.extend_from_slice(other);
    }

    /// Once there is no more to do: the places of the members that stay, in JavaScript's order. Array indices ascend,
    /// then come other keys as they first appear. Of members with equal keys the last stays, in the place of the first.
    /// `None` if all members stay as they are.
    pub fn changed(self, keys: &Keys<'_>) -> Option<Vec<u32>> {
        if self.places.len() < 2 {
            return None;
        }
        let all = 0..u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let mut order = Vec::with_capacity(self.places.len());
        let mut last_by_first = vec![u32::MAX; self.places.len()];
        for equal in self.places.chunk_by(|one, other| keys.at(*one) == keys.at(*other)) {
            let (Some(first), Some(last)) = (equal.first(), equal.last()) else { continue };
            match last_by_first.get_mut(*first as usize) {
                Some(place) if keys.at(*first).0 == u32::MAX => *place = *last,
                _ => order.push(*last),
            }
        }
        order.extend(last_by_first.into_iter().filter(|last| *last != u32::MAX));
        (!order.iter().copied().eq(all)).then_some(order)
    }
}

/// The number that JavaScript orders a key by, where `content` is what its canonical text has between the quotes: 0 to
/// 4294967294 in plain decimal digits.
#[inline]
pub fn array_index(content: &[u8]) -> Option<u32> {
    match content {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] if content.len() <= 10 => {
            let index: u32 = std::str::from_utf8(content).ok()?.parse().ok()?;
            (index < u32::MAX).then_some(index)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order_of(keys: &[String]) -> Option<Vec<u32>> {
        let (mut text, mut members) = (String::new(), Vec::new());
        for key in keys {
            let start = text.len();
            text.push_str(&format!("\"{key}\""));
            members.push(Member::of(&text, start));
        }
        let (keys, mut order) = (Keys { members: &members, text: text.as_bytes() }, Order::of(members.len()));
        while order.step(&keys) {}
        order.changed(&keys)
    }

    fn order(keys: &str) -> Option<Vec<u32>> {
        order_of(&keys.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn many_members_are_ordered_as_few_are() {
        for count in [2, 3, 7, STEP - 1, STEP, STEP + 1, 2 * STEP, 5 * STEP + 7] {
            let number = |place: usize| place * 7_919 % count;
            let keys: Vec<String> = (0..count).map(|place| format!("{}", number(place) / 2)).collect();
            let mut last = vec![None; count.div_ceil(2)];
            (0..count).for_each(|place| last[number(place) / 2] = Some(place as u32));
            assert_eq!(order_of(&keys), Some(last.into_iter().flatten().collect()), "{count}");
            let names: Vec<String> = (0..count).map(|place| format!("k{}", number(place))).collect();
            assert_eq!(order_of(&names), None, "{count}");
        }
    }

    #[test]
    fn keys_in_their_right_order_stay() {
        for keys in ["a", "b a c", "0 1 10 b a 01", "4294967294 4294967295 b 4294967296 a"] {
            assert_eq!(order(keys), None, "{keys}");
        }
        assert_eq!(order_of(&[]), None);
    }

    #[test]
    fn array_indices_come_first_and_ascend() {
        assert_eq!(order("b 10 a 2"), Some(vec![3, 1, 0, 2]));
        assert_eq!(order("-0 01 0"), Some(vec![2, 0, 1]));
    }

    #[test]
    fn the_last_of_equal_keys_stays_in_the_place_of_the_first() {
        assert_eq!(order("a b a c"), Some(vec![2, 1, 3]));
        assert_eq!(order("a a"), Some(vec![1]));
        assert_eq!(order("1 b 1 0 b"), Some(vec![3, 2, 4]));
    }

    #[test]
    fn only_plain_decimals_below_two_to_the_32_less_one_are_indices() {
        for (key, index) in [
            ("0", Some(0)),
            ("10", Some(10)),
            ("4294967294", Some(4_294_967_294)),
            ("4294967295", None),
            ("9999999999", None),
            ("42949672940", None),
            ("01", None),
            ("00", None),
            ("-0", None),
            ("+1", None),
            ("1.0", None),
            ("1e3", None),
            ("1 ", None),
            ("", None),
            ("١", None),
        ] {
            assert_eq!(array_index(key.as_bytes()), index, "{key}");
        }
    }
}
