//! How many cells: what a node serves, and what a client guesses that it needs.

use super::counters::Counters;
use crate::limits::{DEFAULT_CELLS, MAX_CELLS, MAX_CELLS_A_BODY, MAX_SYMBOL_BODIES, MIN_SERVED_CELLS};

/// What fits into a first request, by its guess, besides the cells that it began with.
const MAX_GUESS: u32 = 2_040;

/// L(n): a node that holds n records serves the cells below this one.
///
/// ```
/// use dbsharing::symbols::served_cells;
///
/// assert_eq!([0, 600, 1_000_000].map(served_cells), [1_024, 1_200, 16_384]);
/// ```
#[must_use]
pub fn served_cells(records: u32) -> u32 {
    records.saturating_mul(2).clamp(MIN_SERVED_CELLS, MAX_CELLS)
}

/// What a set is known by before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// How many records it has.
    pub records: u32,
    /// Its counters.
    pub counters: Counters,
}

/// E: about how many elements differ between two sets. It is never less than the numbers of records tell.
///
/// ```
/// use dbsharing::symbols::{Counters, Outline, estimate};
///
/// let [ours, theirs] = [300, 307].map(|records| Outline { records, counters: Counters::default() });
/// assert_eq!(estimate(theirs, ours), 7);
/// ```
#[must_use]
pub fn estimate(theirs: Outline, ours: Outline) -> u32 {
    let by_counters = theirs.counters.minus(ours.counters).sum_of_squares().saturating_mul(2);
    theirs.records.abs_diff(ours.records).max(by_counters)
}

/// Whether nearly the whole set differs, so that its records are better read without symbols.
#[must_use]
pub fn is_hopeless(records: u32, own_records: u32) -> bool {
    let (theirs, ours) = (u64::from(records), u64::from(own_records));
    theirs.saturating_sub(ours).saturating_mul(5) > theirs.saturating_mul(4)
        || ours.saturating_sub(theirs) > theirs.saturating_mul(30)
}

/// Whether more records differ than any number of cells could tell that the peer serves: it takes a third more cells than there
/// are differences, and there are no more cells than a node of this size serves, or an exchange asks for.
///
/// ```
/// use dbsharing::symbols::is_untellable;
///
/// assert!(is_untellable(100, 1_200), "1 100 differences, of which 1 024 cells tell at most 768");
/// assert!(!is_untellable(5_000, 5_000));
/// ```
#[must_use]
pub fn is_untellable(records: u32, own_records: u32) -> bool {
    let cells = served_cells(records).min(MAX_CELLS_A_BODY.saturating_mul(MAX_SYMBOL_BODIES));
    u64::from(records.abs_diff(own_records)).saturating_mul(4) > u64::from(cells).saturating_mul(3)
}

/// The `count` of an opening request, by the number of elements that the last discovery noted.
#[must_use]
pub fn opening_count(last_noted: u32) -> u32 {
    portion(last_noted, 8, 5).saturating_add(DEFAULT_CELLS).min(MAX_GUESS)
}

/// The `count` of the first request of view 1, by the number of elements that view 0 noted.
#[must_use]
pub fn second_view_count(noted: u32) -> u32 {
    portion(noted, 3, 2).saturating_add(DEFAULT_CELLS).min(MAX_GUESS)
}

/// How many cells to have after the first answer.
#[must_use]
pub fn cells_for_estimate(estimate: u32) -> u32 {
    portion(estimate, 27, 20).saturating_add(8).min(MAX_GUESS)
}

/// A number times a fraction, rounded down.
fn portion(number: u32, numerator: u64, denominator: u64) -> u32 {
    let product = u64::from(number).saturating_mul(numerator);
    product.checked_div(denominator).and_then(|portion| u32::try_from(portion).ok()).unwrap_or(u32::MAX)
}

/// The guess looks at this number of cells of a half at most.
const SAMPLES: u32 = 64;
/// No fewer zero cells than this tell anything.
const LEAST_ZEROS: u32 = 3;

/// How many cells to have after a later answer: of its `cells`, `zeros` in the upper half are zero once everything that was
/// noted is subtracted.
///
/// With d elements that are not noted, cell i is zero with the probability exp(−2d / (i + 2)).
#[must_use]
pub fn cells_for_zeros(cells: u32, zeros: u32) -> u32 {
    if zeros < LEAST_ZEROS {
        return cells.saturating_mul(2);
    }
    let half = (cells / 2)..cells;
    let stride = (half.len() as u32).div_ceil(SAMPLES).max(1);
    let expected = |different: f64| -> f64 {
        let samples = half.clone().step_by(stride as usize);
        samples.map(|at| (-2.0 * different / (f64::from(at) + 2.0)).exp()).sum::<f64>() * f64::from(stride)
    };
    // With this many, not three cells are zero.
    let (mut least, mut most) = (0.0, f64::from(cells) * 8.0);
    for _ in 0..32 {
        let middle = f64::midpoint(least, most);
        if expected(middle) > f64::from(zeros) { least = middle } else { most = middle }
    }
    // The cast saturates.
    (1.38 * most + 10.0) as u32
}
