//! Splits one body, a JSON array, into its items while its bytes arrive.

use std::ops::Range;

use super::array_place::ArrayPlace;
use super::grammar::{Fed, ValueReader};
use super::spot::{Spotted, spot};
use super::utf8;
use super::value::{Fault, Json};

/// What [`ItemReader::next`] found.
#[derive(Debug)]
pub enum Step<'s> {
    /// The chunk was read to its end.
    NeedsMore,
    /// An item of the array, complete and valid. Invalid UTF-8 in it was read as U+FFFD.
    Item(Json<'s>),
    /// An item longer than the limit has ended. It was valid JSON but was not kept.
    TooLarge {
        /// Its length as it arrived.
        bytes: u64,
    },
}

/// Splits one body, a JSON array, into its items while its bytes arrive; holds at most one item.
///
/// Bytes are read as `fetch().json()` reads them. An item that lies entirely in one chunk is borrowed from it. Items
/// are returned as soon as they are complete, including those before a fault.
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
    place: ArrayPlace,
    value: ValueReader,
    /// The part of the current item that came in earlier chunks; empty once the item is too large.
    buffer: Vec<u8>,
    /// The last item, if it had invalid UTF-8.
    repaired: String,
    /// Where the members of the last item are, if it was plainly written and lay entirely in one chunk.
    spotted: Option<Spotted>,
    /// How many bytes of the current item were read.
    item_bytes: u64,
    max_item_bytes: u64,
    bytes_read: u64,
    fault: Option<Fault>,
}

/// What a part of a chunk held.
enum Found {
    ChunkEnd,
    ItemInChunk(Range<usize>),
    ItemInBuffer,
    TooLarge,
}

impl ItemReader {
    /// A reader that skips items of more than `max_item_bytes` bytes and drops a leading byte order mark.
    pub fn new(max_item_bytes: usize) -> Self {
        ItemReader {
            place: ArrayPlace::Start,
            value: ValueReader::new(),
            buffer: Vec::new(),
            repaired: String::new(),
            spotted: None,
            item_bytes: 0,
            max_item_bytes: max_item_bytes as u64,
            bytes_read: 0,
            fault: None,
        }
    }

    /// The same, but a leading byte order mark is a fault, as it is for `JSON.parse` of a string.
    pub fn without_bom(max_item_bytes: usize) -> Self {
        ItemReader { place: ArrayPlace::BeforeArray, ..Self::new(max_item_bytes) }
    }

    /// Reads on from `chunk[*at..]` to the end of an item or of the chunk, and moves `at` past what was read.
    ///
    /// # Errors
    ///
    /// The first byte at which the body cannot be a JSON array; every later call returns the same fault.
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
            Found::ItemInBuffer => Step::Item(Json::of_valid(utf8::decode(&self.buffer, &mut self.repaired))),
            Found::ItemInChunk(span) => {
                let bytes = chunk.get(span).unwrap_or_default();
                let text = utf8::decode(bytes, &mut self.repaired);
                // In repaired text the members may be elsewhere.
                let spotted = self.spotted.as_ref().filter(|_| text.as_bytes().as_ptr() == bytes.as_ptr());
                Step::Item(Json::with_spotted(text, spotted))
            }
        })
    }

    /// Checks, at the end of the bytes, that the array has ended too.
    ///
    /// # Errors
    ///
    /// The array was not closed, the body is not an array, or [`ItemReader::next`] found a fault.
    pub fn finish(&self) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.place.finish().map_err(|what| self.fault_here(what))
    }

    /// Whether the array's opening bracket was read. A body that ends after it was cut off; one that ends before it was
    /// not an array.
    pub fn has_begun(&self) -> bool {
        self.place.has_begun()
    }

    /// How many bytes of the body were read in all chunks, up to the fault if there was one.
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
            if self.place == ArrayPlace::InItem {
                return self.read_item(rest, at);
            }
            self.place = self.place.after(*byte).map_err(|what| self.fault_here(what))?;
            if self.place == ArrayPlace::InItem {
                if let Some(found) = self.spot_item(rest, at) {
                    return Ok(found);
                }
                self.begin_item();
            } else {
                self.count(1, at);
            }
        }
        Ok(Found::ChunkEnd)
    }

    /// The item that begins here, if it is plainly written and ends in this chunk.
    fn spot_item(&mut self, rest: &[u8], at: &mut usize) -> Option<Found> {
        let (length, spotted) = spot(rest)?;
        if length as u64 > self.max_item_bytes {
            return None;
        }
        let start = *at;
        self.count(length, at);
        (self.place, self.spotted) = (ArrayPlace::AfterItem, Some(spotted));
        Some(Found::ItemInChunk(start..*at))
    }

    fn begin_item(&mut self) {
        self.spotted = None;
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
            Fed::Fault(what) => return Err(self.fault_here(what)),
            Fed::More => {
                self.keep(rest);
                return Ok(Found::ChunkEnd);
            }
            Fed::Ended => self.place = ArrayPlace::AfterItem,
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

    /// Keeps a part of the current item, or drops what was kept of one that is too large.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader makes of a body in chunks: the items, the lengths of those too large, and how the body ended.
    fn read_all(mut reader: ItemReader, chunks: &[&[u8]]) -> (Vec<String>, Result<(), Fault>) {
        let mut items = Vec::new();
        for chunk in chunks {
            let mut at = 0;
            loop {
                match reader.next(chunk, &mut at) {
                    Ok(Step::NeedsMore) => break,
                    Ok(Step::Item(item)) => items.push(item.text().to_owned()),
                    Ok(Step::TooLarge { bytes }) => items.push(format!("{bytes} bytes")),
                    Err(fault) => {
                        assert_eq!(reader.next(b"[1]", &mut 0).unwrap_err(), fault, "it is sticky");
                        return (items, reader.finish());
                    }
                }
            }
            assert_eq!(at, chunk.len());
        }
        assert_eq!(reader.bytes_read(), chunks.concat().len() as u64);
        (items, reader.finish())
    }

    /// The same for a body in one chunk, after checking that it is the same however the body is cut.
    fn read(max_item_bytes: usize, body: &[u8]) -> (Vec<String>, Result<(), Fault>) {
        let read = |chunks: &[&[u8]]| read_all(ItemReader::new(max_item_bytes), chunks);
        let whole = read(&[body]);
        assert_eq!(read(&body.chunks(1).collect::<Vec<_>>()), whole);
        for second_cut in 0..=body.len() {
            for first_cut in 0..=second_cut {
                let (head, tail) = body.split_at(second_cut);
                let (first, second) = head.split_at(first_cut);
                assert_eq!(read(&[first, second, tail]), whole, "cut at {first_cut}, {second_cut}");
            }
        }
        whole
    }

    /// How many items stand before the fault, and where that is.
    fn fault(body: &[u8]) -> (usize, u64) {
        let (items, end) = read(100, body);
        (items.len(), end.expect_err("a fault").at)
    }

    #[test]
    fn items_are_split_however_the_body_is_cut() {
        let body = br#" [ {"a":[1,2]} ,-1.5e3,"\"],",[ ],null, "\ud83d\ude00" , 0 ] "#;
        let items = [r#"{"a":[1,2]}"#, "-1.5e3", r#""\"],""#, "[ ]", "null", r#""\ud83d\ude00""#, "0"];
        assert_eq!(read(100, body), (items.map(str::to_owned).to_vec(), Ok(())));
        assert_eq!(read(100, b"[]"), (vec![], Ok(())));
        assert_eq!(read(100, b"[ ]\n"), (vec![], Ok(())));
    }

    #[test]
    fn a_leading_byte_order_mark_is_dropped_if_that_is_wanted() {
        let body = b"\xef\xbb\xbf [1]";
        assert_eq!(read(100, body), (vec!["1".to_owned()], Ok(())));
        let (items, end) = read_all(ItemReader::without_bom(100), &[body]);
        assert_eq!((items.len(), end.unwrap_err().at), (0, 0));
    }

    #[test]
    fn malformed_utf8_is_repaired_however_it_is_cut() {
        let body = b"[\"\xff\xe2\x82\", \"\xf0\x9f\x98\x80\xf0\x9f\x98\" ,\"\xc3\xa9\"]";
        let items = ["\"\u{fffd}\u{fffd}\"", "\"😀\u{fffd}\"", "\"é\""];
        assert_eq!(read(100, body), (items.map(str::to_owned).to_vec(), Ok(())));
        assert_eq!(fault(b"[1,\xff]"), (1, 3));
    }

    #[test]
    fn a_long_item_is_passed_over() {
        let (items, end) = read(4, br#"[1234,12345,"12","123", [1,22], "a"]"#);
        assert_eq!(items, ["1234", "5 bytes", r#""12""#, "5 bytes", "6 bytes", r#""a""#]);
        assert_eq!(end, Ok(()));
        assert_eq!(read(4, br#"["0123456789",[[[[[1,]]]]]]"#).0, ["12 bytes"]);
    }

    #[test]
    fn nothing_of_a_long_item_is_kept() {
        let mut reader = ItemReader::new(10);
        for _ in 0..1000 {
            assert!(matches!(reader.next(b"[[[[[[[[", &mut 0), Ok(Step::NeedsMore)));
            assert!(reader.buffer.capacity() <= 20);
        }
    }

    #[test]
    fn an_item_within_a_chunk_is_borrowed_from_it() {
        let chunk = b"[\"abc\"]";
        let mut reader = ItemReader::new(100);
        let Ok(Step::Item(item)) = reader.next(chunk, &mut 0) else { panic!("an item") };
        assert_eq!(item.text().as_ptr(), chunk[1..].as_ptr());
    }

    #[test]
    fn items_before_a_fault_are_given_out() {
        let none = "¦null \u{feff}¦{} [¦,1] [0¦1] [1¦} [1¦ [¦ [-¦]";
        let one = "[1,2¦ [1,¦] [[]¦} [1,[2¦} [1]¦] [1]¦, [1,¦ [null¦l] [1,tru¦]";
        let two = r#"[1,2,¦x] [1,"2"¦ [1,"2"¦x [1,[],"\¦x"] "#;
        for (count, bodies) in [none, one, two].into_iter().enumerate() {
            for body in bodies.split_whitespace() {
                let at = body.find('¦').expect("the mark of the fault") as u64;
                assert_eq!(fault(body.replace('¦', "").as_bytes()), (count, at), "{body}");
            }
        }
    }
}
