//! Places in the outermost array of a body that is still arriving.

use super::scan::is_space;

/// Where in the body the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayPlace {
    /// At the first byte; a byte order mark may follow.
    Start,
    /// After the first byte of a byte order mark.
    SecondOfMark,
    /// After the second byte of a byte order mark.
    ThirdOfMark,
    /// Before the array.
    BeforeArray,
    /// After the array's opening bracket.
    BeforeFirstItem,
    /// After a comma.
    BeforeItem,
    /// At the first byte of an item, or further inside. The item's grammar says where it ends.
    InItem,
    /// After an item.
    AfterItem,
    /// After the array's closing bracket.
    AfterArray,
}

impl ArrayPlace {
    /// The place after `byte`, or before it if `byte` begins an item.
    ///
    /// # Errors
    ///
    /// What was wanted, if `byte` cannot be there.
    pub fn after(self, byte: u8) -> Result<ArrayPlace, &'static str> {
        match (self, byte) {
            (ArrayPlace::Start, 0xef) => Ok(ArrayPlace::SecondOfMark),
            (ArrayPlace::SecondOfMark, 0xbb) => Ok(ArrayPlace::ThirdOfMark),
            (ArrayPlace::ThirdOfMark, 0xbf) => Ok(ArrayPlace::BeforeArray),
            (ArrayPlace::SecondOfMark | ArrayPlace::ThirdOfMark, _) => Err("a JSON array"),
            (ArrayPlace::Start, space) if is_space(space) => Ok(ArrayPlace::BeforeArray),
            (place, space) if is_space(space) => Ok(place),
            (ArrayPlace::Start | ArrayPlace::BeforeArray, b'[') => Ok(ArrayPlace::BeforeFirstItem),
            (ArrayPlace::Start | ArrayPlace::BeforeArray, _) => Err("a JSON array"),
            (ArrayPlace::BeforeFirstItem | ArrayPlace::AfterItem, b']') => Ok(ArrayPlace::AfterArray),
            (ArrayPlace::BeforeFirstItem | ArrayPlace::BeforeItem | ArrayPlace::InItem, _) => Ok(ArrayPlace::InItem),
            (ArrayPlace::AfterItem, b',') => Ok(ArrayPlace::BeforeItem),
            (ArrayPlace::AfterItem, _) => Err("a comma or a closing square bracket"),
            (ArrayPlace::AfterArray, _) => Err("the end of the body"),
        }
    }

    /// Whether the body may end here.
    ///
    /// # Errors
    ///
    /// What was wanted instead of the end.
    pub fn finish(self) -> Result<(), &'static str> {
        match self {
            ArrayPlace::AfterArray => Ok(()),
            ArrayPlace::BeforeFirstItem | ArrayPlace::BeforeItem | ArrayPlace::InItem | ArrayPlace::AfterItem => {
                Err("the rest of the array")
            }
            _ => Err("a JSON array"),
        }
    }

    /// Whether the array's opening bracket was seen.
    pub fn has_begun(self) -> bool {
        !matches!(
            self,
            ArrayPlace::Start | ArrayPlace::SecondOfMark | ArrayPlace::ThirdOfMark | ArrayPlace::BeforeArray
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes of `body` were read, and whether it could end there. Its items are digits.
    fn walk(body: &[u8]) -> (usize, Result<(), &'static str>) {
        let mut place = ArrayPlace::Start;
        for (read, byte) in body.iter().enumerate() {
            match place.after(*byte) {
                Ok(ArrayPlace::InItem) => place = ArrayPlace::AfterItem,
                Ok(next) => place = next,
                Err(what) => return (read, Err(what)),
            }
        }
        (body.len(), place.finish())
    }

    fn fault(body: &[u8]) -> usize {
        let (read, end) = walk(body);
        end.map_or(read, |()| panic!("{body:?} is complete"))
    }

    #[test]
    fn an_array_with_white_space_anywhere_is_complete() {
        for body in ["[]", " [\t] ", "[1]", "\r\n[ 1 , 2,3 ]\n"] {
            assert_eq!(walk(body.as_bytes()), (body.len(), Ok(())), "{body}");
        }
    }

    #[test]
    fn one_byte_order_mark_may_lead() {
        assert_eq!(walk(b"\xef\xbb\xbf [1]").1, Ok(()));
        assert_eq!(fault(b"\xef\xbb\xbf\xef\xbb\xbf[1]"), 3);
        assert_eq!(fault(b" \xef\xbb\xbf[1]"), 1);
        assert_eq!(fault(b"\xef\xbb[1]"), 2);
        assert_eq!(fault(b"\xef[1]"), 1);
        assert_eq!(fault(b"\xef"), 1);
        assert_eq!(fault(b"\xef\xbb\xbf"), 3);
    }

    #[test]
    fn a_body_that_is_not_an_array_is_a_fault_at_its_first_byte() {
        for body in ["null", "{}", "\"x\"", "12", "<html>", "]", ""] {
            assert_eq!(fault(body.as_bytes()), 0, "{body}");
            assert_eq!(fault(format!("\n {body}").as_bytes()), 2, "{body}");
        }
    }

    #[test]
    fn a_fault_is_at_the_byte_that_is_wrong() {
        for (body, at) in [("[1 2]", 3), ("[1}", 2), ("[1]]", 3), ("[] 1", 3), ("[", 1), ("[1,", 3)] {
            assert_eq!(fault(body.as_bytes()), at, "{body}");
        }
    }
}
