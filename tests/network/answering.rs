//! What the peers of a scripted network answer.

use crate::common::judge;

/// What one peer answers, each time it is asked.
#[derive(Clone)]
pub struct Answering {
    pub status: u16,
    pub body: Vec<u8>,
    pub piece_bytes: usize,
    pub etag: Option<&'static str>,
    /// Its items in order of their keys, if it can give those after a key.
    keyed: Option<Vec<(String, String)>>,
    /// Its answers take too long after this many bytes.
    pub slow_after: usize,
    /// The target of its redirect, with a status that says so.
    pub location: Option<String>,
    /// We cut its answers off after this many bytes.
    pub crowded_after: usize,
    /// It accepts a connection but does not answer in time.
    pub is_silent: bool,
}

impl Answering {
    pub fn body(text: &str) -> Self {
        Self {
            status: 200,
            body: text.as_bytes().to_vec(),
            piece_bytes: 65_536,
            etag: None,
            keyed: None,
            slow_after: usize::MAX,
            location: None,
            crowded_after: usize::MAX,
            is_silent: false,
        }
    }

    /// A peer that gives these records in the order of their keys, or only those after a key.
    pub fn keyed(records: &[String]) -> Self {
        let key = |text: &String| judge(text).unwrap().content().key.as_str().to_owned();
        let mut keyed: Vec<(String, String)> = records.iter().map(|text| (key(text), text.clone())).collect();
        keyed.sort();
        Self { body: array(keyed.iter()), keyed: Some(keyed), ..Self::body("") }
    }

    /// The same, but it ignores which records are asked for.
    pub fn ignoring_after(self) -> Self {
        Self { keyed: None, ..self }
    }

    pub fn slow_after(self, bytes: usize) -> Self {
        Self { slow_after: bytes, ..self }
    }

    /// What it answers to a request for the records after a key.
    pub fn after(self, key: &str) -> Self {
        match &self.keyed {
            Some(keyed) => Self { body: array(keyed.iter().filter(|(held, _)| held.as_str() > key)), ..self },
            None => self,
        }
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::body("not for you") }
    }

    pub fn redirect(location: &str) -> Self {
        Self { location: Some(location.to_owned()), ..Self::status(302) }
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn crowded_after(self, bytes: usize) -> Self {
        Self { crowded_after: bytes, ..self }
    }

    pub fn unreachable() -> Self {
        Self::status(0)
    }

    /// A peer that accepts a connection but does not answer.
    pub fn silent() -> Self {
        Self { is_silent: true, ..Self::body("") }
    }

    /// Whether its body is this text.
    pub fn holds(&self, text: &str) -> bool {
        self.body == text.as_bytes()
    }

    pub fn in_pieces_of(self, piece_bytes: usize) -> Self {
        Self { piece_bytes, ..self }
    }

    pub fn with_etag(self, etag: &'static str) -> Self {
        Self { etag: Some(etag), ..self }
    }
}

fn array<'i>(items: impl Iterator<Item = &'i (String, String)>) -> Vec<u8> {
    let texts: Vec<&str> = items.map(|(_, text)| text.as_str()).collect();
    format!("[{}]", texts.join(",")).into_bytes()
}

pub fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        decoded.push(char::from(u8::from_str_radix(&part[..2], 16).unwrap()));
        decoded.push_str(&part[2..]);
    }
    decoded
}
