//! Splitting one body, a JSON array, into its items while its bytes arrive.

use std::ops::Range;

use super::grammar::{Progress, ValueReader};
use super::{Fault, Json};

/// What [`ItemReader::next`] came upon.
#[derive(Debug)]
pub enum Step<'s> {
    /// The chunk was read to its end.
    NeedsMore,
    /// An item of the array, complete and valid; invalid UTF-8 in it was read as U+FFFD.
    Item(Json<'s>),
    /// An item longer than the limit ended. It was valid JSON, but it was not kept.
    TooLarge {
        /// Its length as it arrived.
        bytes: u64,
    },
}

/// Splits one body, a JSON array, into its items while its bytes arrive; holds at most one item.
///
/// Bytes are read as `fetch().json()` reads them. An item that lies wholly in one chunk is borrowed from it. Items
/// are given out as soon as they are complete, so also those before a fault.
///
/// ```
/// use dbsharing::json::{ItemReader, Step};
///
/// let mut reader = ItemReader::new(1024);
/// let mut items = Vec::new();
/// for chunk in [&b"[1, {\"a\""[..], b":2}]"] {
///     let mut at = 0;
///     loop {
///         match reader.next(chunk, &mut at).unwrap() {
///             Step::NeedsMore => break,
///             Step::Item(item) => items.push(item.text().to_owned()),
///             Step::TooLarge { .. } => {}
///         }
///     }
/// }
/// reader.finish().unwrap();
/// assert_eq!(items, ["1", r#"{"a":2}"#]);
/// ```
#[derive(Debug)]
pub struct ItemReader {
    place: Place,
    value: ValueReader,
    /// What came of the current item in earlier chunks; nothing once it is too large.
    buffer: Vec<u8>,
    /// The last item, if it had invalid UTF-8.
    repaired: String,
    /// How much of the current item was read, in bytes.
    item_bytes: u64,
    max_item_bytes: u64,
    bytes_read: u64,
    fault: Option<Fault>,
}

/// Where in the body the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// So many bytes of a byte order mark were read.
    ByteOrderMark {
        read: u8,
    },
    BeforeArray,
    BeforeFirstItem,
    BeforeItem,
    InItem,
    AfterItem,
    AfterArray,
}

/// What a stretch of a chunk held.
enum Found {
    ChunkEnd,
    ItemInChunk(Range<usize>),
    ItemInBuffer,
    TooLarge,
}

impl ItemReader {
    /// A reader that passes over items of more than `max_item_bytes` bytes, and drops a leading byte order mark.
    pub fn new(max_item_bytes: usize) -> Self {
        ItemReader {
            place: Place::ByteOrderMark { read: 0 },
            value: ValueReader::new(),
            buffer: Vec::new(),
            repaired: String::new(),
            item_bytes: 0,
            max_item_bytes: max_item_bytes as u64,
            bytes_read: 0,
            fault: None,
        }
    }

    /// The same, but a leading byte order mark is a fault, as it is for `JSON.parse` of a string.
    pub fn without_bom(max_item_bytes: usize) -> Self {
        ItemReader { place: Place::BeforeArray, ..Self::new(max_item_bytes) }
    }

    /// Reads on from `chunk[*at..]` up to the end of an item or of the chunk, and moves `at` behind what was read.
    ///
    /// # Errors
    ///
    /// The first byte at which the body cannot be a JSON array; from then on, the same again.
    pub fn next<'s>(&'s mut self, chunk: &'s [u8], at: &mut usize) -> Result<Step<'s>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let found = match self.advance(chunk, at) {
            Ok(found) => found,
            Err(fault) => {
                self.fault = Some(fault);
                return Err(fault);
            }
        };
        Ok(match found {
            Found::ChunkEnd => Step::NeedsMore,
            Found::TooLarge => Step::TooLarge { bytes: self.item_bytes },
            Found::ItemInBuffer => Step::Item(decode(&self.buffer, &mut self.repaired)),
            Found::ItemInChunk(span) => Step::Item(decode(chunk.get(span).unwrap_or_default(), &mut self.repaired)),
        })
    }

    /// Says, when the bytes have ended, whether the array had.
    ///
    /// # Errors
    ///
    /// An array that was not closed, a body that was none, or the fault that [`ItemReader::next`] found.
    pub fn finish(&self) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match self.place {
            Place::AfterArray => Ok(()),
            Place::ByteOrderMark { .. } => Err(Fault { at: 0, what: "a JSON array was wanted" }),
            Place::BeforeArray => Err(self.fault_here("a JSON array was wanted")),
            _ => Err(self.fault_here("the rest of the array was wanted")),
        }
    }

    /// How many bytes of the body were read, all chunks together; up to the fault if there was one.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn fault_here(&self, what: &'static str) -> Fault {
        Fault { at: self.bytes_read, what }
    }

    fn advance(&mut self, chunk: &[u8], at: &mut usize) -> Result<Found, Fault> {
        while let Some(rest) = chunk.get(*at..)
            && let Some(byte) = rest.first()
        {
            if self.place == Place::InItem {
                return self.read_item(rest, at);
            }
            self.place = self.place_after(*byte)?;
            if self.place == Place::InItem {
                self.begin_item();
            } else {
                self.count(1, at);
            }
        }
        Ok(Found::ChunkEnd)
    }

    /// Where the reader is after `byte`; at the first byte of an item, before it.
    fn place_after(&self, byte: u8) -> Result<Place, Fault> {
        match (self.place, byte) {
            (Place::ByteOrderMark { read: 0 }, 0xef) => Ok(Place::ByteOrderMark { read: 1 }),
            (Place::ByteOrderMark { read: 1 }, 0xbb) => Ok(Place::ByteOrderMark { read: 2 }),
            (Place::ByteOrderMark { read: 2 }, 0xbf) => Ok(Place::BeforeArray),
            // What was read was a malformed sequence then.
            (Place::ByteOrderMark { read: 1.. }, _) => Err(Fault { at: 0, what: "a JSON array was wanted" }),
            (Place::ByteOrderMark { .. }, b' ' | b'\t' | b'\n' | b'\r') => Ok(Place::BeforeArray),
            (place, b' ' | b'\t' | b'\n' | b'\r') => Ok(place),
            (Place::ByteOrderMark { .. } | Place::BeforeArray, b'[') => Ok(Place::BeforeFirstItem),
            (Place::ByteOrderMark { .. } | Place::BeforeArray, _) => Err(self.fault_here("a JSON array was wanted")),
            (Place::BeforeFirstItem | Place::AfterItem, b']') => Ok(Place::AfterArray),
            (Place::BeforeFirstItem | Place::BeforeItem | Place::InItem, _) => Ok(Place::InItem),
            (Place::AfterItem, b',') => Ok(Place::BeforeItem),
            (Place::AfterItem, _) => Err(self.fault_here("a comma or the array's closing bracket was wanted")),
            (Place::AfterArray, _) => Err(self.fault_here("the end of the body was wanted")),
        }
    }

    fn begin_item(&mut self) {
        self.value = ValueReader::new();
        self.buffer.clear();
        self.item_bytes = 0;
    }

    fn read_item(&mut self, rest: &[u8], at: &mut usize) -> Result<Found, Fault> {
        let (read, progress) = self.value.feed(rest);
        let start = *at;
        self.count(read, at);
        self.item_bytes = self.item_bytes.saturating_add(read as u64);
        match progress {
            Progress::Fault(what) => return Err(self.fault_here(what)),
            Progress::More => {
                self.keep(rest);
                return Ok(Found::ChunkEnd);
            }
            Progress::Ended => self.place = Place::AfterItem,
        }
        if self.item_bytes > self.max_item_bytes {
            self.keep(&[]);
            return Ok(Found::TooLarge);
        }
        if self.item_bytes == read as u64 {
            return Ok(Found::ItemInChunk(start..*at));
        }
        self.keep(rest.get(..read).unwrap_or_default());
        Ok(Found::ItemInBuffer)
    }

    /// Keeps a part of the current item, or forgets what was kept of one that is too large.
    fn keep(&mut self, part: &[u8]) {
        if self.item_bytes > self.max_item_bytes {
            self.buffer = Vec::new();
        } else {
            self.buffer.extend_from_slice(part);
        }
    }

    fn count(&mut self, read: usize, at: &mut usize) {
        *at = at.saturating_add(read);
        self.bytes_read = self.bytes_read.saturating_add(read as u64);
    }
}

/// The item that `bytes` are, with U+FFFD for each malformed sequence, as the WHATWG decoder has it.
fn decode<'s>(bytes: &'s [u8], repaired: &'s mut String) -> Json<'s> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Json(text),
        Err(_) => {
            *repaired = String::from_utf8_lossy(bytes).into_owned();
            Json(repaired)
        }
    }
}
