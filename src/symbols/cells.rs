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

/// The cells of one view from some cell on, without a gap; none from [`MAX_CELLS`] on.
///
/// They can be summed apart from those before them, and be joined to them when both are done: so sums grow.
///
/// ```
/// use dbsharing::symbols::{Cell, Cells, ElementId, Residue, View};
///
/// let mut cells = Cells::new(View::ByTime, 2..5);
/// cells.add(ElementId(0), Residue::from(7));
/// let wanted = [Cell::default(), Cell::of(ElementId(0), Residue::from(7)), Cell::of(ElementId(0), Residue::from(7))];
/// assert_eq!(cells.as_slice(), wanted, "the walk of id 0 begins with the cells 0, 1, 3 and 4");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    view: View,
    from: u32,
    cells: Vec<Cell>,
}

impl Cells {
    /// Cells without any element, in this range.
    #[must_use]
    pub fn new(view: View, range: Range<u32>) -> Self {
        let count = range.end.min(MAX_CELLS).saturating_sub(range.start);
        Self { view, from: range.start, cells: vec![Cell::default(); count as usize] }
    }

    /// These cells, of which the first is cell `from`; `None` if some would be beyond the last.
    pub(super) fn of(view: View, from: u32, cells: Vec<Cell>) -> Option<Self> {
        let count = u32::try_from(cells.len()).ok()?;
        (from.checked_add(count)? <= MAX_CELLS).then_some(Self { view, from, cells })
    }

    /// The view that they belong to.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// Which cells they are.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        self.from..self.from.saturating_add(self.cells.len() as u32)
    }

    /// The cells themselves, the first of the range first.
    #[must_use]
    pub fn as_slice(&self) -> &[Cell] {
        &self.cells
    }

    /// Those in this range, if all of them are here.
    #[must_use]
    pub fn slice(&self, range: Range<u32>) -> Option<&[Cell]> {
        let from = range.start.checked_sub(self.from)? as usize;
        let end = range.end.checked_sub(self.from)? as usize;
        self.cells.get(from..end)
    }

    /// Adds to the value of an element. A write adds the value after it minus the value before it.
    pub fn add(&mut self, id: ElementId, change: Residue) {
        self.add_in(self.range(), id, change);
    }

    /// The same in some of the cells: so cells are summed while those before them are in use.
    pub fn add_in(&mut self, range: Range<u32>, id: ElementId, change: Residue) {
        let change = Cell::of(id, change);
        for at in Walk::new(self.view, id, range.end).skip_while(|at| *at < range.start) {
            if let Some(cell) = at.checked_sub(self.from).and_then(|at| self.cells.get_mut(at as usize)) {
                *cell = cell.plus(change);
            }
        }
    }

    /// Has so many cells, those that are new without any element; at most [`MAX_CELLS`] of the view.
    pub fn grow(&mut self, end: u32) {
        let count = end.min(MAX_CELLS).saturating_sub(self.from) as usize;
        self.cells.reserve_exact(count.saturating_sub(self.cells.len()));
        self.cells.resize(count.max(self.cells.len()), Cell::default());
    }

    /// Joins cells to these, if they are those that come next in the same view; says whether they are.
    #[must_use]
    pub fn append(&mut self, next: &Self) -> bool {
        let is_next = next.view == self.view && next.from == self.range().end;
        if is_next {
            self.cells.extend(&next.cells);
        }
        is_next
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
        let cells = self.cells.iter().zip(&other.cells).map(|(cell, other)| operation(*cell, *other)).collect();
        (self.view == other.view && self.from == other.from).then_some(Self { cells, ..*self })
    }
}
