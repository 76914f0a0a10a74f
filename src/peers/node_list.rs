//! The service's answer, read as a list of urls.

use std::borrow::Cow;
use std::fmt;

use crate::json::{Json, Kind};
use crate::limits::{MAX_LISTED, MAX_URL_BYTES, PUBLIC_KEY_CHARACTERS};
use crate::printable::beginning_of;

const A_STRING: &str = "a string";
pub(super) const NO_JSON: &str = "text that is not JSON";
pub(super) const NO_KEYS: &str = "an object without staking keys";

/// Why an answer is not a node list. `Display` says what came and what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFault {
    /// What kind of answer came.
    came: &'static str,
    /// How it begins, printable.
    beginning: String,
}

/// The urls of a node list as its entries spell them, `""` for each entry without one.
///
/// A list is an array of `{ data: { url } }`, `{ url }` or plain strings, or an object
/// `{ stakingKey: url }`, or a JSON string that holds one of these. An entry of any other kind, or a
/// member whose name is not a staking key, does not affect the others. At most [`MAX_LISTED`] entries
/// are read; the rest is ignored.
///
/// # Errors
///
/// [`ListFault`] for anything else: `null`, a page of HTML, an object such as `{ message }`.
///
/// # Examples
///
/// ```
/// use dbsharing::peers::parse_node_list;
///
/// let urls = parse_node_list(r#"[{"data":{"url":"http://192.0.2.1:30017"}},null]"#)?;
/// assert_eq!(urls, ["http://192.0.2.1:30017", ""]);
/// # Ok::<(), dbsharing::peers::ListFault>(())
/// ```
pub fn parse_node_list(body: &str) -> Result<Vec<String>, ListFault> {
    let Ok(answer) = Json::parse(body) else {
        return Err(ListFault::new(not_json(body), body));
    };
    match answer.to_str() {
        Some(text) => match Json::parse(&text) {
            Ok(inner) => urls_of(inner, body),
            Err(_) => Err(ListFault::new(A_STRING, body)),
        },
        None => urls_of(answer, body),
    }
}

/// The urls of a list that is an array or an object.
fn urls_of(answer: Json<'_>, body: &str) -> Result<Vec<String>, ListFault> {
    match answer.kind() {
        Kind::Array => Ok(answer.elements().take(MAX_LISTED).map(url_of).collect()),
        Kind::Object => urls_by_key(answer).ok_or_else(|| ListFault::new(NO_KEYS, body)),
        Kind::Null => Err(ListFault::new("null", body)),
        Kind::True | Kind::False => Err(ListFault::new("a boolean", body)),
        Kind::Number => Err(ListFault::new("a number", body)),
        Kind::String => Err(ListFault::new(A_STRING, body)),
    }
}

/// The urls of an object whose members are named by staking keys; `None` if it has members but none is a node's.
fn urls_by_key(object: Json<'_>) -> Option<Vec<String>> {
    let mut has_node = false;
    let urls: Vec<String> = object
        .members()
        .take(MAX_LISTED)
        .map(|(key, value)| {
            let url = key.to_str().and_then(|key| url_of_member(&key, value));
            has_node |= url.is_some();
            url.unwrap_or_default()
        })
        .collect();
    (has_node || urls.is_empty()).then_some(urls)
}

/// The url of a member of an object, or `""`; `None` if the member is not a node's.
pub(super) fn url_of_member(key: &str, value: Json<'_>) -> Option<String> {
    (is_plausible_key(key) || is_address(key, value)).then(|| url_of(value))
}

/// The url of one entry, or `""`: `data.url`, `url`, or the entry itself.
pub(super) fn url_of(entry: Json<'_>) -> String {
    let text_of = |value: Json<'_>| value.to_str().map(|text| cut(&text)).filter(|text| !text.is_empty());
    if let Some(text) = entry.to_str() {
        return cut(&text);
    }
    let within_data = entry.member("data").and_then(|data| data.member("url")).and_then(text_of);
    within_data.or_else(|| entry.member("url").and_then(text_of)).unwrap_or_default()
}

/// A url, cut if it is too long anyway.
fn cut(url: &str) -> String {
    const MORE: usize = MAX_URL_BYTES + 4;
    let kept = if url.len() > MORE { url.trim_ascii() } else { url };
    kept.get(..kept.floor_char_boundary(MORE)).unwrap_or(kept).to_owned()
}

/// Whether `value` is a url whatever its name is. A service's error message is not.
fn is_address(key: &str, value: Json<'_>) -> bool {
    let begins_as_one = |text: Cow<'_, str>| {
        let text = text.trim_start().to_ascii_lowercase();
        text.starts_with("http://") || text.starts_with("https://")
    };
    !matches!(key, "message" | "error") && value.to_str().is_some_and(begins_as_one)
}

/// Whether `key` may be a public key in base58.
fn is_plausible_key(key: &str) -> bool {
    let is_base58 = |byte: u8| byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l');
    PUBLIC_KEY_CHARACTERS.contains(&key.len()) && key.bytes().all(is_base58)
}

fn not_json(body: &str) -> &'static str {
    match body.trim_start().as_bytes() {
        [] => "an empty body",
        [b'<', ..] => "a page of HTML or XML",
        _ => NO_JSON,
    }
}

impl ListFault {
    pub(super) fn new(came: &'static str, body: &str) -> ListFault {
        ListFault { came, beginning: beginning_of(body) }
    }
}

impl fmt::Display for ListFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the answer is {}", self.came)?;
        if !self.beginning.is_empty() {
            write!(formatter, " (it begins: {})", self.beginning)?;
        }
        formatter.write_str("; wanted a JSON array of { data: { url } }, or an object { stakingKey: url }")
    }
}

impl std::error::Error for ListFault {}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi";

    fn fault(body: &str) -> String {
        parse_node_list(body).unwrap_err().to_string()
    }

    #[test]
    fn urls_stand_in_entries_of_three_shapes() {
        let body = r#"[{"data":{"url":"http://a","timestamp":1},"signature":"s","owner":"o"},
            {"url":"http://b"}, "http:\/\/c", {"data":{"url":"http://d"},"url":"http://x"},
            {"data":{"url":null},"url":"http://e"}, {"data":"http://x","url":"http://f"},
            {"data":{"url":""},"url":"http://g"}]"#;
        let urls = parse_node_list(body).unwrap();
        assert_eq!(urls, ["http://a", "http://b", "http://c", "http://d", "http://e", "http://f", "http://g"]);
    }

    #[test]
    fn an_entry_without_a_url_does_not_affect_the_others() {
        let odd = r#"null,{},{"data":null},{"data":{}},{"data":{"url":7}},{"data":[]},[],7,true,"""#;
        let urls = parse_node_list(&format!(r#"[{odd},{{"data":{{"url":"http://a"}}}}]"#)).unwrap();
        assert_eq!(urls.len(), 11);
        assert!(urls.iter().take(10).all(String::is_empty));
        assert_eq!(urls.last().map(String::as_str), Some("http://a"));
    }

    #[test]
    fn urls_are_given_as_they_are_spelled() {
        let urls = parse_node_list(r#"[" HTTP://A/\n", "null", "node:80"]"#).unwrap();
        assert_eq!(urls, [" HTTP://A/\n", "null", "node:80"]);
    }

    #[test]
    fn the_last_of_duplicate_members_counts() {
        let body = r#"[{"data":{"url":"http://a","url":"http://b"},"data":{"url":"http://c"}}]"#;
        assert_eq!(parse_node_list(body).unwrap(), ["http://c"]);
    }

    #[test]
    fn an_empty_list_is_a_list() {
        for body in ["[]", " [ ] ", "{}", r#""[]""#, r#""{}""#] {
            assert_eq!(parse_node_list(body), Ok(Vec::new()), "{body}");
        }
    }

    #[test]
    fn urls_are_named_by_staking_keys_or_by_any_name_that_no_error_has() {
        let body =
            format!(r#"{{"{KEY}":"http://a","0x":7,"key":"HTTPS://x","{KEY}":{{"url":"http://b"}},"{KEY}":null}}"#);
        assert_eq!(parse_node_list(&body).unwrap(), ["http://a", "", "HTTPS://x", "http://b", ""]);
        assert!(parse_node_list(r#"{"message":"http://a","error":"https://b","status":500}"#).is_err());
    }

    #[test]
    fn a_staking_key_is_base58_of_32_to_44_characters() {
        let is_list = |key: &str| parse_node_list(&format!(r#"{{"{key}":"node"}}"#)).is_ok();
        assert!(is_list(&"1".repeat(32)));
        assert!(is_list(&"z".repeat(44)));
        for key in ["1".repeat(31), "z".repeat(45), "0".repeat(40), "l".repeat(40), "é".repeat(20), String::new()] {
            assert!(!is_list(&key), "{key}");
        }
    }

    #[test]
    fn a_list_may_be_wrapped_in_a_string_once() {
        assert_eq!(parse_node_list(r#""[\"http://a\",null]""#).unwrap(), ["http://a", ""]);
        assert_eq!(parse_node_list(&format!(r#""{{\"{KEY}\":\"http://b\"}}""#)).unwrap(), ["http://b"]);
        assert!(parse_node_list(r#""\"[]\"""#).is_err());
    }

    #[test]
    fn what_follows_the_ten_thousandth_entry_is_ignored() {
        let array = format!("[{}null]", r#""http://a","#.repeat(10_000));
        assert_eq!(parse_node_list(&array).unwrap(), vec!["http://a"; 10_000]);
        let members: Vec<_> = (0..10_001).map(|_| format!(r#""{KEY}":"http://a""#)).collect();
        assert_eq!(parse_node_list(&format!("{{{}}}", members.join(","))).unwrap().len(), 10_000);
    }

    #[test]
    fn a_fault_says_what_came_and_what_is_wanted() {
        let wanted = "; wanted a JSON array of { data: { url } }, or an object { stakingKey: url }";
        for (body, came) in [
            ("", "the answer is an empty body"),
            (" \n", "the answer is an empty body"),
            ("null", "the answer is null (it begins: null)"),
            ("true", "the answer is a boolean (it begins: true)"),
            ("-1.5", "the answer is a number (it begins: -1.5)"),
            (r#""no""#, r#"the answer is a string (it begins: "no")"#),
            (r#""null""#, r#"the answer is null (it begins: "null")"#),
            (" <!DOCTYPE html>", "the answer is a page of HTML or XML (it begins: <!DOCTYPE html>)"),
            ("[1,", "the answer is text that is not JSON (it begins: [1,)"),
            ("[] x", "the answer is text that is not JSON (it begins: [] x)"),
            (r#"{"message":"no"}"#, r#"the answer is an object without staking keys (it begins: {"message":"no"})"#),
            (r#"{"error":"no"}"#, r#"the answer is an object without staking keys (it begins: {"error":"no"})"#),
        ] {
            assert_eq!(fault(body), format!("{came}{wanted}"));
        }
    }

    #[test]
    fn a_fault_quotes_60_printable_characters() {
        let body = format!("oops\n\t\u{7}\u{202e}é{}", "😀".repeat(100));
        let quoted = format!("(it begins: oops    é{})", "😀".repeat(51));
        assert!(fault(&body).contains(&quoted), "{}", fault(&body));
    }
}
