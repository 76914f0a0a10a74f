//! A descent into nested objects that reads each byte once.

use super::scan;
use super::value::Json;

/// A place in an object, before a key, a value or the closing bracket. After a key, call [`Descent::value`] or
/// [`Descent::enter_object`].
#[derive(Debug)]
pub struct Descent<'a> {
    rest: &'a str,
}

impl<'a> Descent<'a> {
    /// The place before the first key of an object; `None` for other kinds.
    #[must_use]
    pub fn into_object(json: Json<'a>) -> Option<Self> {
        json.text().strip_prefix('{').map(|rest| Descent { rest })
    }

    /// The next key of the innermost object; `None` at its end, which leaves that object.
    pub fn next_key(&mut self) -> Option<Json<'a>> {
        self.skip_to_value();
        match self.rest.strip_prefix('}') {
            Some(after) => {
                self.rest = after;
                None
            }
            None => self.value(),
        }
    }

    /// The value of the key that was read last.
    pub fn value(&mut self) -> Option<Json<'a>> {
        self.skip_to_value();
        let behind = scan::skip_value(self.rest.as_bytes());
        let (value, after) = scan::split_before(self.rest, behind);
        self.rest = after;
        (!value.is_empty()).then_some(Json::of_valid(value))
    }

    /// Enters the value of the key that was read last, if it is an object.
    pub fn enter_object(&mut self) -> bool {
        self.skip_to_value();
        match self.rest.strip_prefix('{') {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    /// Skips white space, commas and colons. The text is valid, so they are where they should be.
    fn skip_to_value(&mut self) {
        let mut bytes = self.rest.as_bytes();
        while let [byte, after @ ..] = bytes
            && (matches!(byte, b',' | b':') || scan::is_space(*byte))
        {
            bytes = after;
        }
        self.rest = scan::split_before(self.rest, bytes).1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_entered_and_left() {
        let text = r#"{ "a" : { "b" : [ {} ] , "c":"}" } , "d":{},"e" : 1 } "#;
        let mut descent = Descent::into_object(Json::parse(text).unwrap()).unwrap();
        let key = |descent: &mut Descent<'_>| descent.next_key().map(|key| key.text().to_owned());
        assert_eq!(key(&mut descent).as_deref(), Some("\"a\""));
        assert!(descent.enter_object());
        assert_eq!(key(&mut descent).as_deref(), Some("\"b\""));
        assert!(!descent.enter_object());
        assert_eq!(descent.value().map(Json::text), Some("[ {} ]"));
        assert_eq!(key(&mut descent).as_deref(), Some("\"c\""));
        assert_eq!(descent.value().map(Json::text), Some("\"}\""));
        assert_eq!(key(&mut descent), None);
        assert_eq!(key(&mut descent).as_deref(), Some("\"d\""));
        assert!(descent.enter_object());
        assert_eq!(key(&mut descent), None);
        assert_eq!(key(&mut descent).as_deref(), Some("\"e\""));
        assert_eq!(descent.value().map(Json::text), Some("1"));
        assert_eq!(key(&mut descent), None);
        assert!(Descent::into_object(Json::parse("[{}]").unwrap()).is_none());
    }
}
