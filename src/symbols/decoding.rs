//! Decoding: finds the elements in which two sets differ from the difference of their sums.

use std::collections::BinaryHeap;

use super::cells::{Cell, Cells};
use super::check::Check;
use super::element::{ElementId, View};
use super::field::Residue;
use super::kinds::{Noted, Own};
use super::sums::Symbols;
use super::untested::Untested;
use super::walk::Walk;

/// How many cells are tested with one inversion.
const BATCH: usize = 16;
/// What looking up an element and hashing both its values costs, in tests of a cell.
const LOOKUP_COST: usize = 16;
/// What noting an element costs, in tests of a cell.
const NOTE_COST: usize = 8;

/// The decoding of a difference, in steps of a size that the caller chooses.
///
/// A pure cell, in which a single element is, tells the element's id and by how much its value differs. It is
/// subtracted from all its cells, so that others become pure. That is repeated until no cell is pure, or for twice as
/// many elements as there are cells: no cells, however chosen, take longer or have more noted.
///
/// The difference is that of the moment of [`Self::new`]. What the node holds is looked up later, and has to be what it
/// held at that moment.
///
/// ```
/// use dbsharing::symbols::{Decoding, ElementId, Kind, Own, Residue, Symbols, View};
///
/// let ours = Symbols::new(View::ByTime, 18);
/// let mut theirs = ours.clone();
/// theirs.apply(ElementId(7), Residue::ZERO, Residue::from(100));
/// let mut decoding = Decoding::new(&theirs, &ours).unwrap();
/// while decoding.step(1_000, |_id| Own::default()) {}
/// let decoded = decoding.into_decoded();
/// assert!(decoded.is_complete);
/// assert_eq!(decoded.noted.iter().map(|noted| (noted.id, noted.kind)).collect::<Vec<_>>(), [(ElementId(7), Kind::Unseen)]);
/// ```
#[derive(Debug, Clone)]
pub struct Decoding {
    view: View,
    /// Theirs minus ours, without what has been noted.
    cells: Cells,
    /// Those that may be pure: they are not 0, and were not tested since they changed.
    untested: Untested,
    /// How many elements may still be noted.
    notes_left: usize,
    /// The ids and differences that were noted. Once all are, they are merged, in descending order of their ids, and
    /// those that have been looked up are removed.
    differences: Vec<(ElementId, Residue)>,
    are_merged: bool,
    /// Their check minus ours, without what has been looked up.
    check: Check,
    decoded: Decoded,
}

/// What a decoding has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The elements that differ, ascending by their ids. If the decoding is not complete, some may be wrong: of a cell
    /// in which there are several, one in 2^16 seems pure.
    pub noted: Vec<Noted>,
    /// Whether these are all: every cell is accounted for, and the check confirms it.
    pub is_complete: bool,
    /// Whether every cell is accounted for.
    pub are_all_zero: bool,
    /// How many cells there were.
    pub cells: u32,
    /// How many of their upper half, from cell `cells / 2` on, are accounted for.
    pub zeros_in_upper_half: u32,
}

impl Decoded {
    /// The ids that the peer is asked for, ascending.
    pub fn wanted(&self) -> impl Iterator<Item = ElementId> {
        self.noted.iter().filter(|noted| noted.is_wanted()).map(|noted| noted.id)
    }
}

impl Decoding {
    /// The decoding of the difference between two sets, from as many cells as both have; `None` if they are of different
    /// views.
    #[must_use]
    pub fn new(theirs: &Symbols, ours: &Symbols) -> Option<Self> {
        let difference = theirs.minus(ours)?;
        let (check, cells) = (difference.check(), difference.into_cells());
        let count = cells.range().end;
        let mut untested = Untested::of(count as usize);
        (0_u32..).zip(cells.iter()).for_each(|(at, cell)| untested.mark(at, !cell.b.is_zero()));
        let decoded = Decoded {
            noted: Vec::new(),
            is_complete: false,
            are_all_zero: false,
            cells: count,
            zeros_in_upper_half: 0,
        };
        Some(Self {
            view: theirs.view(),
            notes_left: (count as usize).saturating_mul(2),
            cells,
            untested,
            differences: Vec::new(),
            are_merged: false,
            check,
            decoded,
        })
    }

    /// Does about as much work as testing `budget` cells takes; returns whether there is more to do. Once all elements
    /// are noted, it looks up what this node holds, each id once.
    pub fn step(&mut self, budget: usize, mut own: impl FnMut(ElementId) -> Own) -> bool {
        let mut left = budget.max(1);
        while left > 0 && !self.are_merged {
            left = left.saturating_sub(self.note_some());
        }
        while left > 0 {
            let Some((id, difference)) = self.differences.pop() else { break };
            self.look_up(id, own(id), difference);
            left = left.saturating_sub(LOOKUP_COST);
        }
        let is_done = self.are_merged && self.differences.is_empty();
        self.decoded.is_complete = is_done && self.decoded.are_all_zero && self.check == Check::default();
        !is_done
    }

    /// What was found, once there is no more to do.
    #[must_use]
    pub fn into_decoded(self) -> Decoded {
        self.decoded
    }

    /// Tests some cells, or merges what was noted if there are none to test. Returns what it cost.
    fn note_some(&mut self) -> usize {
        let mut batch = [None; BATCH];
        for place in &mut batch {
            *place = if self.notes_left == 0 { None } else { self.untested.take_last() };
        }
        if batch == [None; BATCH] {
            self.merge();
            return BATCH;
        }
        let values = batch.map(|at| at.map_or(Residue::ZERO, |at| self.cell(at).b));
        let mut cost = BATCH;
        for (at, (b, inverse)) in batch.into_iter().zip(values.into_iter().zip(Residue::inverses(values))) {
            let Some(at) = at.filter(|_| self.notes_left > 0) else { break };
            // Where a pure cell before it in the batch has changed this one, the inverse is that of another number. If
            // it is not zero now, it is to be tested anyway.
            if let Some(id) = self.pure(at, inverse).filter(|_| self.cell(at).b == b) {
                self.note(id, b);
                cost = cost.saturating_add(NOTE_COST);
            }
        }
        cost
    }

    fn cell(&self, at: u32) -> Cell {
        self.cells.get(at).copied().unwrap_or_default()
    }

    /// The id of the element that is alone in a cell, as far as can be seen. `inverse` is that of the cell's `b`.
    fn pure(&self, at: u32, inverse: Residue) -> Option<ElementId> {
        let id = ElementId(u32::try_from(self.cell(at).a.times(inverse).get()).ok()?);
        Walk::new(self.view, id, self.decoded.cells).meets(at).then_some(id)
    }

    /// Notes an element and subtracts it from its cells, which are to be tested again.
    fn note(&mut self, id: ElementId, difference: Residue) {
        self.notes_left = self.notes_left.saturating_sub(1);
        self.differences.push((id, difference));
        let change = Cell::of(id, difference);
        for at in Walk::new(self.view, id, self.decoded.cells) {
            let Some(cell) = self.cells.get_mut(at) else { break };
            *cell = cell.minus(change);
            self.untested.mark(at, !cell.b.is_zero());
        }
    }

    /// Adds up what was noted of the same id.
    fn merge(&mut self) {
        self.are_merged = true;
        self.decoded.are_all_zero = self.cells.iter().all(|cell| cell.is_zero());
        let upper_half = self.decoded.cells / 2..self.decoded.cells;
        self.decoded.zeros_in_upper_half = upper_half.filter(|at| self.cell(*at).is_zero()).count() as u32;
        // What is looked up next stands last. A heap takes 3 kB less of the module than a sort.
        self.differences = BinaryHeap::from(std::mem::take(&mut self.differences)).into_sorted_vec();
        self.differences.reverse();
        self.differences.dedup_by(|(id, difference), (kept, sum)| {
            let is_same = id == kept;
            if is_same {
                *sum = sum.plus(*difference);
            }
            is_same
        });
        self.differences.retain(|(_, difference)| !difference.is_zero());
        self.decoded.noted.reserve_exact(self.differences.len());
    }

    fn look_up(&mut self, id: ElementId, own: Own, difference: Residue) {
        let noted = Noted::new(self.view, id, own, difference);
        if self.decoded.are_all_zero {
            self.check = self.check.minus(Check::of_change(self.view, id, noted.own, noted.theirs));
        }
        self.decoded.noted.push(noted);
    }
}
