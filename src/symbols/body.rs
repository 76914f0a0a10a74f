//! The body that carries sums: writes it, and parses what a peer sent.

use std::ops::Range;

use super::body_fault::BodyFault;
use super::cells::{Cell, Cells};
use super::check::{CHECK_BYTES, Check};
use super::counters::{COUNTERS, Counters};
use super::element::View;
use super::field::Residue;
use super::sums::Symbols;
use crate::limits::MAX_CELLS;

/// The first bytes of every body.
const MARK: &[u8; 3] = b"dbs";
/// The number of the format, to which that of the view is added.
const FORMAT: u8 = 0x10;
/// How many bytes a sum has.
const SUM_BYTES: usize = 6;
/// How many bytes a cell has.
const CELL_BYTES: u64 = 2 * SUM_BYTES as u64;
/// How many bytes stand before the cells, if the body does not begin with cell 0 …
const HEAD_BYTES: u64 = 16;
/// … and if it does.
const OPENING_BYTES: u64 = HEAD_BYTES + COUNTERS as u64 + CHECK_BYTES as u64;

/// Whether a body that begins with these four bytes is one of symbols, of whatever format; JSON never begins so.
#[must_use]
pub fn is_of_symbols(first: [u8; 4]) -> bool {
    first.starts_with(MARK)
}

/// The body with the cells of a range, for a set that has this number of records. `None` if the range is empty, or if some
/// of its cells are not there.
///
/// ```
/// use dbsharing::symbols::{Body, Symbols, View, encode};
///
/// let symbols = Symbols::new(View::ByTime, 18);
/// let bytes = encode(&symbols, 0..18, 0).unwrap();
/// assert_eq!(bytes.len(), 16 + 64 + 18 * 12);
/// let body = Body::parse(&bytes, View::ByTime, 0).unwrap();
/// assert_eq!((body.records, body.into_symbols()), (0, Some(symbols)));
/// ```
#[must_use]
pub fn encode(symbols: &Symbols, range: Range<u32>, records: u32) -> Option<Vec<u8>> {
    let count = range.end.checked_sub(range.start).filter(|count| *count > 0)?;
    let cells = symbols.cells().within(range.clone())?;
    let mut body = Vec::with_capacity(length(range.start, count) as usize);
    body.extend(MARK);
    body.push(FORMAT | symbols.view().number());
    for number in [range.start, count, records] {
        body.extend(number.to_le_bytes());
    }
    if range.start == 0 {
        body.extend(symbols.counters().to_bytes());
        body.extend(symbols.check().to_le_bytes());
    }
    for sum in cells.flat_map(|cell| [cell.b, cell.a]) {
        body.extend(sum.get().to_le_bytes().iter().take(SUM_BYTES));
    }
    Some(body)
}

/// The length of a body that begins with cell `from` and has `count` cells, in bytes.
fn length(from: u32, count: u32) -> u64 {
    let before = if from == 0 { OPENING_BYTES } else { HEAD_BYTES };
    u64::from(count).saturating_mul(CELL_BYTES).saturating_add(before)
}

/// What a peer's body says about its set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// How many records the set has.
    pub records: u32,
    /// The cells.
    pub cells: Cells,
    /// What is sent only together with cell 0.
    pub opening: Option<(Counters, Check)>,
}

impl Body {
    /// Parses the answer to a request for cells of this view from this one on. There may be fewer of them, or more,
    /// than were asked for.
    ///
    /// # Errors
    ///
    /// `BAD_BODY`, with what was wrong, where, and what was wanted. No memory is taken for cells that are not there.
    pub fn parse(bytes: &[u8], view: View, from: u32) -> Result<Self, BodyFault> {
        let too_short = BodyFault::NoHead { bytes: bytes.len() as u64 };
        let mut rest = bytes;
        let mark = take(&mut rest).ok_or_else(|| too_short.clone())?;
        check_mark(mark, view)?;
        let mut number = || take(&mut rest).map(u32::from_le_bytes).ok_or_else(|| too_short.clone());
        let (its_from, count, records) = (number()?, number()?, number()?);
        if its_from != from {
            return Err(BodyFault::OtherCells { from: its_from, wanted: from });
        }
        if count == 0 || from.checked_add(count).is_none_or(|end| end > MAX_CELLS) {
            return Err(BodyFault::Count { from, count });
        }
        let (length, wanted) = (bytes.len() as u64, length(from, count));
        let wrong_length = BodyFault::Length { bytes: length, wanted, count };
        if length != wanted {
            return Err(wrong_length);
        }
        let opening = if from == 0 { Some(take_opening(&mut rest).ok_or_else(|| wrong_length.clone())?) } else { None };
        let cells = Cells::of(view, from, &cells_in(rest, wanted)?).ok_or(wrong_length)?;
        Ok(Self { records, cells, opening })
    }

    /// The sums that the body begins; `None` if it has no opening because it goes on with others.
    #[must_use]
    pub fn into_symbols(self) -> Option<Symbols> {
        let (counters, check) = self.opening?;
        Symbols::of(self.cells, counters, check)
    }
}

/// Takes the next bytes, if there are enough.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn take_opening(rest: &mut &[u8]) -> Option<(Counters, Check)> {
    Some((Counters::from_bytes(take(rest)?), Check::from_le_bytes(take(rest)?)))
}

fn check_mark(found: [u8; 4], view: View) -> Result<(), BodyFault> {
    let [mark @ .., format] = found;
    match format.checked_sub(FORMAT).and_then(View::numbered) {
        Some(its_view) if mark == *MARK && its_view == view => Ok(()),
        Some(its_view) if mark == *MARK => Err(BodyFault::OtherView { view: its_view, wanted: view }),
        _ => Err(BodyFault::Mark { found }),
    }
}

/// The cells in the last bytes of a body of `end` bytes.
fn cells_in(bytes: &[u8], end: u64) -> Result<Vec<Cell>, BodyFault> {
    let (sums, _) = bytes.as_chunks::<SUM_BYTES>();
    let sum = |bytes: &[u8; SUM_BYTES]| {
        let [b0, b1, b2, b3, b4, b5] = *bytes;
        u64::from_le_bytes([b0, b1, b2, b3, b4, b5, 0, 0])
    };
    if let Some(at) = sums.iter().position(|bytes| Residue::new(sum(bytes)).is_none()) {
        let from_end = (sums.len().saturating_sub(at) as u64).saturating_mul(SUM_BYTES as u64);
        let value = sums.get(at).map_or(0, sum);
        return Err(BodyFault::Sum { at: end.saturating_sub(from_end), value });
    }
    let (pairs, _) = sums.as_chunks::<2>();
    Ok(pairs.iter().map(|pair| pair.map(|bytes| Residue::reduced(sum(&bytes)))).map(|[b, a]| Cell { b, a }).collect())
}
