//! What the queries of requests ask for.

use std::fmt;
use std::ops::Range;

use crate::error::Code;
use crate::limits::MAX_CELLS_A_BODY;
use crate::printable::beginning_of;
use crate::record::Identity;
use crate::symbols::{ElementId, IdsFault, View, ids_from_text};

/// The key that `?after=` names, for a body that begins after it; empty if that is not a key.
#[must_use]
pub fn after(query: &str) -> String {
    let key = value_of(query, "after").and_then(|value| percent_decoded(value.as_bytes()));
    key.filter(|key| Identity::of_key(key).is_some()).unwrap_or_default()
}

/// The cells that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CellsAsked {
    /// The view that they belong to.
    pub view: View,
    /// The first cell.
    pub from: u32,
    /// How many there are.
    pub count: u32,
}

impl CellsAsked {
    /// The cells that `?view=…&from=…&count=…` asks for.
    ///
    /// # Errors
    ///
    /// What is missing or has another form.
    pub fn of(query: &str) -> Result<Self, QueryFault> {
        let view = number(query, "view").and_then(|view| u8::try_from(view).ok()).and_then(View::numbered);
        let count = number(query, "count").filter(|count| (1..=MAX_CELLS_A_BODY).contains(count));
        Ok(Self {
            view: view.ok_or_else(|| QueryFault::of(query, "view", "0 or 1".to_owned()))?,
            from: number(query, "from").ok_or_else(|| QueryFault::of(query, "from", "a decimal number".to_owned()))?,
            count: count.ok_or_else(|| QueryFault::of(query, "count", format!("1 to {MAX_CELLS_A_BODY}")))?,
        })
    }

    /// These cells, as far as they are below `end`.
    ///
    /// # Errors
    ///
    /// That there are none.
    pub fn below(&self, end: u32) -> Result<Range<u32>, QueryFault> {
        if self.from < end {
            return Ok(self.from..self.from.saturating_add(self.count).min(end));
        }
        Err(QueryFault::Value { name: "from", given: self.from.to_string(), wanted: format!("a cell below {end}") })
    }
}

/// The ids that `?ids=` names.
///
/// # Errors
///
/// That there are none, or that they have another form.
pub(super) fn ids(query: &str) -> Result<Vec<ElementId>, QueryFault> {
    let text = value_of(query, "ids").ok_or_else(|| QueryFault::of(query, "ids", "base64url".to_owned()))?;
    ids_from_text(text).map_err(QueryFault::Ids)
}

/// The value of the first parameter with this name, percent-encoded.
fn value_of<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// The number that a parameter names by decimal digits; the greatest for one that is too great.
fn number(query: &str, name: &str) -> Option<u32> {
    let text = value_of(query, name)?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u32::MAX))
}

/// Decodes percent-encoded text; `None` unless that gives visible ASCII.
fn percent_decoded(text: &[u8]) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (mut bytes, mut decoded) = (text.iter().copied(), String::new());
    while let Some(byte) = bytes.next() {
        let character = match byte {
            b'%' => char::from_u32((digit(bytes.next()?)? << 4) | digit(bytes.next()?)?)?,
            _ => char::from(byte),
        };
        decoded.push(Some(character).filter(char::is_ascii_graphic)?);
    }
    Some(decoded)
}

/// Why a query cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum QueryFault {
    /// A parameter is not there.
    Missing {
        /// Its name.
        name: &'static str,
        /// What was wanted.
        wanted: String,
    },
    /// A parameter has another value than was wanted.
    Value {
        /// Its name.
        name: &'static str,
        /// Its value.
        given: String,
        /// What was wanted.
        wanted: String,
    },
    /// `ids` has another form.
    Ids(IdsFault),
}

impl QueryFault {
    /// That this parameter is not there, or has a value that was not wanted.
    fn of(query: &str, name: &'static str, wanted: String) -> Self {
        match value_of(query, name) {
            None => Self::Missing { name, wanted },
            Some(given) => Self::Value { name, given: beginning_of(given), wanted },
        }
    }
}

impl Code for QueryFault {
    fn code(&self) -> &'static str {
        "BAD_QUERY"
    }
}

impl fmt::Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, wanted } => write!(f, "{name} is missing; wanted {wanted}"),
            Self::Value { name, given, wanted } => write!(f, "{name} is \"{given}\"; wanted {wanted}"),
            Self::Ids(fault) => fault.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_to_begin_after_is_read_from_the_query() {
        let owner = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM";
        for (query, key) in [
            (format!("after={owner}%2Fa%2520b"), format!("{owner}/a%20b")),
            (format!("x=1&after={owner}/a&after=b"), format!("{owner}/a")),
            (format!("after={owner}"), owner.to_owned()),
            (format!("before={owner}"), String::new()),
            (format!("after={owner}%2"), String::new()),
            (format!("after={owner}%2Fa%0A"), String::new()),
            (format!("after={owner}%é"), String::new()),
            ("after=short".to_owned(), String::new()),
            (String::new(), String::new()),
        ] {
            assert_eq!(after(&query), key, "{query}");
        }
    }

    #[test]
    fn cells_are_asked_for_by_three_numbers() {
        let asked = |view, from, count| Ok(CellsAsked { view, from, count });
        for (query, cells) in [
            ("view=0&from=0&count=18", asked(View::ByTime, 0, 18)),
            ("count=2048&x=&from=0016&view=1&view=0", asked(View::ByContent, 16, 2_048)),
            ("view=0&from=99999999999&count=1", asked(View::ByTime, u32::MAX, 1)),
        ] {
            assert_eq!(CellsAsked::of(query), cells, "{query}");
        }
        for (query, message) in [
            ("", "view is missing; wanted 0 or 1"),
            ("view=2&from=0&count=1", "view is \"2\"; wanted 0 or 1"),
            ("view=256&from=0&count=1", "view is \"256\"; wanted 0 or 1"),
            ("view=0&count=1", "from is missing; wanted a decimal number"),
            ("view=0&from=-1&count=1", "from is \"-1\"; wanted a decimal number"),
            ("view=0&from=&count=1", "from is \"\"; wanted a decimal number"),
            ("view=0&from=0", "count is missing; wanted 1 to 2048"),
            ("view=0&from=0&count=0", "count is \"0\"; wanted 1 to 2048"),
            ("view=0&from=0&count=2049", "count is \"2049\"; wanted 1 to 2048"),
            ("view=0&from=0&count=1e3", "count is \"1e3\"; wanted 1 to 2048"),
            ("view=0&from=0&count=4294967297", "count is \"4294967297\"; wanted 1 to 2048"),
        ] {
            assert_eq!(CellsAsked::of(query).unwrap_err().to_string(), message, "{query}");
        }
    }

    #[test]
    fn cells_end_where_none_are_served_any_more() {
        let cells = |from, count| CellsAsked { view: View::ByTime, from, count }.below(1_024);
        assert_eq!((cells(0, 18), cells(1_023, 18)), (Ok(0..18), Ok(1_023..1_024)));
        assert_eq!(cells(1_024, 1).unwrap_err().to_string(), "from is \"1024\"; wanted a cell below 1024");
        assert!(cells(u32::MAX, 2_048).is_err());
    }

    #[test]
    fn ids_are_asked_for_by_their_text() {
        assert_eq!(ids("ids=AAAAAf____4"), Ok(vec![ElementId(1), ElementId(0xffff_fffe)]));
        assert_eq!(ids("id=AAAAAQ").unwrap_err().to_string(), "ids is missing; wanted base64url");
        assert!(ids("ids=").is_err() && ids("ids=AAAAAQ==").is_err());
    }
}
