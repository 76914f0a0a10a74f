//! A body in chunks, and what `ItemReader` makes of it.

use dbsharing::json::{Fault, ItemReader, Step};

/// The items of a body, and how it ended. For an item that is too large, only its length.
#[derive(Debug, PartialEq)]
pub struct ReadBody {
    pub items: Vec<Result<String, u64>>,
    pub end: Result<(), Fault>,
}

/// Reads a body that arrives in chunks of these lengths, over and over; none of them is 0.
pub fn read(max_item_bytes: usize, body: &[u8], lengths: &[usize]) -> ReadBody {
    let mut reader = ItemReader::new(max_item_bytes);
    let mut items = Vec::new();
    let mut rest = body;
    for length in lengths.iter().cycle() {
        let (chunk, after) = rest.split_at((*length).min(rest.len()));
        rest = after;
        let mut at = 0;
        loop {
            match reader.next(chunk, &mut at) {
                Ok(Step::NeedsMore) => break,
                Ok(Step::Item(item)) => items.push(Ok(item.text().to_owned())),
                Ok(Step::TooLarge { bytes }) => items.push(Err(bytes)),
                Err(fault) => {
                    return ReadBody { items, end: Err(fault) };
                }
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    ReadBody { items, end: reader.finish() }
}
