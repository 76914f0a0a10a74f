//! Cells: sums over the elements whose walks meet them.

use std::ops::Range;

use super::element::{ElementId, View};
use super::field::Residue;
use super::walk::Walk;
use crate::limits::MAX_CELLS;

/// Two sums over the elements that are in a cell. While a single element is in it, `a / b` is its id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// The sum of the values.
    pub b: Residue,
    /// The sum of the values, each multiplied with its id.
    pub a: Residue,
}

impl Cell {
    /// Whether both sums are 0, as they are for a cell with no element in it.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// What an element adds to each of its cells.
    #[must_use]
    pub fn of(id: ElementId, value: Residue) -> Self {
        Self { b: value, a: value.times(id.into()) }
    }

    /// The sums of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { b: self.b.plus(other.b), a: self.a.plus(other.a) }
    }

    /// The differences.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { b: self.b.minus(other.b), a: self.a.minus(other.a) }
    }
}

/// How many cells are kept together: 16 KiB of them. It divides [`MAX_CELLS`].
const CHUNK_CELLS: usize = 1_024;

/// The cells of one view from some cell on, without a gap; none from [`MAX_CELLS`] on.
///
/// They can be summed apart from those before them, and be joined to them when both are done: so sums grow.
/// [`Self::grow`] moves none of them, so that the cells of a view never take more than 256 KiB.
///
/// ```
/// use dbsharing::symbols::{Cell, Cells, ElementId, Residue, View};
///
/// let mut cells = Cells::new(View::ByTime, 2..5);
/// cells.add(ElementId(0), Residue::from(7));
/// let wanted = [Cell::default(), Cell::of(ElementId(0), Residue::from(7)), Cell::of(ElementId(0), Residue::from(7))];
/// assert!(cells.iter().eq(&wanted), "the walk of id 0 begins with the cells 0, 1, 3 and 4");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    view: View,
    from: u32,
    /// [`CHUNK_CELLS`] cells each, the last one perhaps fewer; none is empty.
    chunks: Vec<Vec<Cell>>,
}

impl Cells {
    /// Cells without any element, in this range.
    #[must_use]
    pub fn new(view: View, range: Range<u32>) -> Self {
        let mut cells = Self { view, from: range.start, chunks: Vec::new() };
        cells.grow(range.end);
        cells
    }

    /// These cells, of which the first is cell `from`; `None` if some would be beyond the last.
    pub(super) fn of(view: View, from: u32, cells: &[Cell]) -> Option<Self> {
        let count = u32::try_from(cells.len()).ok()?;
        let chunks = cells.chunks(CHUNK_CELLS).map(<[Cell]>::to_vec).collect();
        (from.checked_add(count)? <= MAX_CELLS).then_some(Self { view, from, chunks })
    }

    /// The view that they belong to.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// Which cells they are.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        let full = self.chunks.len().saturating_sub(1).saturating_mul(CHUNK_CELLS);
        let count = full.saturating_add(self.chunks.last().map_or(0, Vec::len));
        self.from..self.from.saturating_add(count as u32)
    }

    /// The cells themselves, the first of the range first.
    pub fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.range().filter_map(|at| self.get(at))
    }

    /// Those in this range, if all of them are here.
    #[must_use]
    pub fn within(&self, range: Range<u32>) -> Option<impl Iterator<Item = &Cell>> {
        let Range { start: from, end } = self.range();
        let are_here = from <= range.start && range.start <= range.end && range.end <= end;
        are_here.then(|| range.filter_map(|at| self.get(at)))
    }

    /// One of them, if it is here.
    pub(super) fn get(&self, at: u32) -> Option<&Cell> {
        let at = at.checked_sub(self.from)? as usize;
        self.chunks.get(at / CHUNK_CELLS)?.get(at % CHUNK_CELLS)
    }

    /// The same, to change it.
    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut Cell> {
        let at = at.checked_sub(self.from)? as usize;
        self.chunks.get_mut(at / CHUNK_CELLS)?.get_mut(at % CHUNK_CELLS)
    }

    /// Adds to the value of an element. A write adds the value after it minus the value before it.
    pub fn add(&mut self, id: ElementId, change: Residue) {
        self.add_in(self.range(), id, change);
    }

    /// The same in some of the cells: so cells are summed while those before them are in use.
    pub fn add_in(&mut self, range: Range<u32>, id: ElementId, change: Residue) {
        let change = Cell::of(id, change);
        for at in Walk::new(self.view, id, range.end).skip_while(|at| *at < range.start) {
            if let Some(cell) = self.get_mut(at) {
                *cell = cell.plus(change);
            }
        }
    }

    /// Grows until it reaches this cell, or [`MAX_CELLS`]; new cells are without any element. Memory is taken for whole
    /// chunks, so that none is moved when there are more.
    pub fn grow(&mut self, end: u32) {
        let mut left = end.min(MAX_CELLS).saturating_sub(self.from) as usize;
        self.chunks.resize_with(left.div_ceil(CHUNK_CELLS).max(self.chunks.len()), Vec::new);
        for chunk in &mut self.chunks {
            chunk.reserve_exact(CHUNK_CELLS.saturating_sub(chunk.len()));
            chunk.resize(left.min(CHUNK_CELLS).max(chunk.len()), Cell::default());
            left = left.saturating_sub(CHUNK_CELLS);
        }
    }

    /// Joins cells to these, if they are those that come next in the same view; says whether they are.
    #[must_use]
    pub fn append(&mut self, next: &Self) -> bool {
        let is_next = next.view == self.view && next.from == self.range().end;
        if is_next {
            next.chunks.iter().for_each(|cells| self.extend(cells));
        }
        is_next
    }

    /// Adds cells after the last one.
    fn extend(&mut self, cells: &[Cell]) {
        let mut rest = cells;
        if let Some(last) = self.chunks.last_mut() {
            let room = CHUNK_CELLS.saturating_sub(last.len());
            let (first, after) = cells.split_at(room.min(cells.len()));
            last.reserve_exact(first.len());
            last.extend(first);
            rest = after;
        }
        self.chunks.extend(rest.chunks(CHUNK_CELLS).map(<[Cell]>::to_vec));
    }

    /// The sums cell by cell, of the cells that both have; `None` if they do not begin with the same cell of the same
    /// view.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        self.each_with(other, Cell::plus)
    }

    /// The differences cell by cell, as for [`Self::plus`].
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        self.each_with(other, Cell::minus)
    }

    fn each_with(&self, other: &Self, operation: fn(Cell, Cell) -> Cell) -> Option<Self> {
        let both = |(cells, others): (&Vec<Cell>, &Vec<Cell>)| {
            cells.iter().zip(others).map(|(cell, other)| operation(*cell, *other)).collect()
        };
        let chunks = self.chunks.iter().zip(&other.chunks).map(both).collect();
        (self.view == other.view && self.from == other.from).then_some(Self { chunks, ..*self })
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))] // proptest runs on the host only
mod tests;
