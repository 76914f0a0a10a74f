//! The sums of a whole set in one view.

use super::cells::Cells;
use super::check::Check;
use super::counters::Counters;
use super::element::{ElementId, View};
use super::field::Residue;

/// The sums of a set: cells, counters and check. They depend on its elements alone, not on their order or history.
///
/// They are linear: those of two sets can be added and subtracted, and a write changes them by what one element was and
/// is. Sums over other things than records, such as settled values, are of the same type.
///
/// ```
/// use dbsharing::symbols::{ElementId, Residue, Symbols, View};
///
/// let empty = Symbols::new(View::ByTime, 18);
/// let (id, old, new) = (ElementId(5), Residue::from(70), Residue::from(80));
/// let mut ours = empty.clone();
/// ours.apply(id, Residue::ZERO, old);
/// let mut theirs = ours.clone();
/// theirs.apply(id, old, new);
/// let mut difference = empty.clone();
/// difference.apply(id, old, new);
/// assert_eq!(theirs.minus(&ours), Some(difference));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbols {
    cells: Cells,
    counters: Counters,
    check: Check,
}

impl Symbols {
    /// The sums of nothing, with this many cells; at most [`MAX_CELLS`](crate::limits::MAX_CELLS).
    #[must_use]
    pub fn new(view: View, cells: u32) -> Self {
        Self { cells: Cells::new(view, 0..cells), counters: Counters::default(), check: Check::default() }
    }

    /// Sums that were received; `None` if the cells do not begin with cell 0.
    #[must_use]
    pub fn of(cells: Cells, counters: Counters, check: Check) -> Option<Self> {
        (cells.range().start == 0).then_some(Self { cells, counters, check })
    }

    /// The view that they belong to.
    #[must_use]
    pub fn view(&self) -> View {
        self.cells.view()
    }

    /// The cells, from cell 0 on.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The cells alone.
    pub(super) fn into_cells(self) -> Cells {
        self.cells
    }

    /// The counters.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The check.
    #[must_use]
    pub fn check(&self) -> Check {
        self.check
    }

    /// Notes that the value of an element has changed: one walk and two hashes. 0 stands for no element.
    pub fn apply(&mut self, id: ElementId, before: Residue, after: Residue) {
        self.apply_below(self.cells.range().end, id, before, after);
    }

    /// The same, but in no cell from this one on: those are not in use yet.
    pub fn apply_below(&mut self, end: u32, id: ElementId, before: Residue, after: Residue) {
        if before == after {
            return;
        }
        self.cells.add_in(0..end, id, after.minus(before));
        self.counters.remove(id, before);
        self.counters.add(id, after);
        self.check = self.check.plus(Check::of_change(self.view(), id, before, after));
    }

    /// The cells, to sum more of them.
    pub fn cells_mut(&mut self) -> &mut Cells {
        &mut self.cells
    }

    /// Joins cells to those that are here, if they come next in this view; says whether they do. They have to be sums
    /// over the same set.
    #[must_use]
    pub fn append(&mut self, next: &Cells) -> bool {
        self.cells.append(next)
    }

    /// The sums of both, with as many cells as both have; `None` if they are of different views.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let (counters, check) = (self.counters.plus(other.counters), self.check.plus(other.check));
        Some(Self { cells: self.cells.plus(&other.cells)?, counters, check })
    }

    /// The differences, with as many cells as both have; `None` if they are of different views.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let (counters, check) = (self.counters.minus(other.counters), self.check.minus(other.check));
        Some(Self { cells: self.cells.minus(&other.cells)?, counters, check })
    }
}
