//! The order in which JavaScript has the members of an object.

/// The places of those members that stay, in the order in which JavaScript has them: array indices ascending, then
/// other keys as they first appear; of members with equal keys the last stays, in the place of the first. Nothing if
/// that is all of them as they are.
///
/// The keys are what their canonical texts have between the quotes: those are equal where the keys are, although they
/// may hold lone surrogates.
pub fn reordered<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Option<Vec<usize>> {
    let mut keyed: Vec<Keyed> = keys.enumerate().map(Keyed::new).collect();
    let all = 0..keyed.len();
    keyed.sort_unstable();
    let mut kept: Vec<Keyed> = keyed.chunk_by(|one, other| one.key == other.key).filter_map(Keyed::of_equal).collect();
    kept.sort_unstable();
    let order: Vec<usize> = kept.into_iter().map(|member| member.last_place).collect();
    (!order.iter().copied().eq(all)).then_some(order)
}

/// A member as it is sorted to find those with equal keys, in the order of the text; or what stays of several with equal
/// keys, without the key, as JavaScript orders it. One type for both: each sorting takes 5 kB of the module.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Keyed<'a> {
    rank: u32,
    key: &'a [u8],
    place: usize,
    last_place: usize,
}

impl<'a> Keyed<'a> {
    fn new((place, key): (usize, &'a [u8])) -> Self {
        // Every other key comes after all array indices.
        Keyed { rank: array_index(key).unwrap_or(u32::MAX), key, place, last_place: place }
    }

    fn of_equal(equal: &[Keyed<'a>]) -> Option<Self> {
        let (first, last) = (equal.first()?, equal.last()?);
        Some(Keyed { rank: first.rank, key: &[], place: first.place, last_place: last.place })
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

    fn order(keys: &str) -> Option<Vec<usize>> {
        reordered(keys.split(' ').map(str::as_bytes))
    }

    #[test]
    fn keys_in_their_right_order_stay() {
        for keys in ["a", "b a c", "0 1 10 b a 01", "4294967294 4294967295 b 4294967296 a"] {
            assert_eq!(order(keys), None, "{keys}");
        }
        assert_eq!(reordered(std::iter::empty()), None);
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
