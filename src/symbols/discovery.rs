//! The course of a discovery: after each decoding, whether to ask for more cells, and for how many.

use std::ops::Range;

use super::counts::{cells_for_estimate, cells_for_zeros, is_hopeless, is_untellable, served_cells};
use super::decoding::Decoded;
use super::element::View;
use crate::limits::{DEFAULT_CELLS, MAX_CELLS_A_BODY, MAX_IDS_AN_EXCHANGE, MAX_SYMBOL_BODIES};

/// How many late answers end a discovery.
const LATE: u32 = 3;
/// From this answer on, a discovery with many more cells than differences has failed.
const ENOUGH: u32 = 3;

/// What one answer led to.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// How many records the peer's set has.
    pub records: u32,
    /// How many this node's set has.
    pub own_records: u32,
    /// What [`estimate`](super::estimate) gives for the two sets.
    pub estimate: u32,
    /// What all cells up to now were decoded to.
    pub decoded: &'a Decoded,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// All differences are known.
    Whole,
    /// To ask for these cells.
    Ask(Range<u32>),
    /// More cells would not help. What was noted can be used.
    Stuck,
    /// So much differs that the records are better read without symbols.
    TooMuch,
}

/// The discovery of what differs from one peer in one view.
///
/// ```
/// use dbsharing::symbols::{Answered, Decoded, Discovery, Next, View};
///
/// let mut discovery = Discovery::new(View::ByTime, false);
/// let decoded = Decoded { noted: vec![], is_complete: false, are_all_zero: false, cells: 18, zeros_in_upper_half: 0 };
/// let answered = Answered { records: 5_000, own_records: 5_000, estimate: 100, decoded: &decoded };
/// assert_eq!(discovery.judge(answered), Next::Ask(18..143));
/// ```
#[derive(Debug, Clone)]
pub struct Discovery {
    /// It goes on for as long as it may, because nothing else would find what is hidden in view 0.
    is_thorough: bool,
    answers: u32,
    late: u32,
    /// How many cells were wanted last.
    wanted: u32,
}

impl Discovery {
    /// A discovery that has not begun, as part of the round's audit or not.
    #[must_use]
    pub fn new(view: View, is_audit: bool) -> Self {
        Self { is_thorough: is_audit && view == View::ByContent, answers: 0, late: 0, wanted: DEFAULT_CELLS }
    }

    /// The same after this many answers of the same view.
    #[must_use]
    pub fn after(self, answers: u32) -> Self {
        Self { answers, ..self }
    }

    /// How many answers there were.
    #[must_use]
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// Judges what an answer led to.
    pub fn judge(&mut self, answered: Answered<'_>) -> Next {
        let Answered { records, own_records, decoded, .. } = answered;
        self.answers = self.answers.saturating_add(1);
        let has_too_many = decoded.wanted().count() > MAX_IDS_AN_EXCHANGE;
        if decoded.is_complete {
            return if has_too_many { Next::TooMuch } else { Next::Whole };
        }
        let is_late = self.want_more(answered);
        self.late = self.late.saturating_add(is_late.into());
        let served = served_cells(records);
        let is_untellable = is_untellable(records, own_records);
        let is_at_end = self.answers >= MAX_SYMBOL_BODIES || decoded.cells >= served || is_untellable;
        if self.is_thorough {
            return if is_at_end { self.end() } else { self.ask(decoded.cells, served) };
        }
        if self.is_stuck(answered) {
            Next::Stuck
        } else if is_at_end || has_too_many || is_hopeless(records, own_records) {
            Next::TooMuch
        } else {
            self.ask(decoded.cells, served)
        }
    }

    /// Judges an answer whose tag says that the peer's set has changed: what was received is of no use, but that there
    /// was an answer counts.
    pub fn begin_anew(&mut self, records: u32) -> Next {
        self.answers = self.answers.saturating_add(1);
        if self.answers >= MAX_SYMBOL_BODIES { self.end() } else { self.ask(0, served_cells(records)) }
    }

    /// Notes how many cells are wanted now. Returns whether the answer was late: it should have been enough.
    fn want_more(&mut self, Answered { estimate, decoded, .. }: Answered<'_>) -> bool {
        let Decoded { cells, are_all_zero, zeros_in_upper_half, .. } = *decoded;
        let guess =
            if self.answers == 1 { cells_for_estimate(estimate) } else { cells_for_zeros(cells, zeros_in_upper_half) };
        let has_many = decoded.noted.len().saturating_mul(3) > cells as usize;
        let is_late = guess <= cells || has_many || are_all_zero;
        let least = cells.saturating_add(match is_late {
            // Not after the first: in one audit of 50 that six differences are left in, some cells more are enough.
            true if self.is_thorough && self.answers > 1 => cells.saturating_mul(3),
            true => cells / 2,
            false => cells / 10,
        });
        self.wanted = guess.max(least).max(cells.saturating_add(8));
        is_late
    }

    fn is_stuck(&self, Answered { estimate, decoded, .. }: Answered<'_>) -> bool {
        let differences = u64::from(estimate).max(decoded.noted.len() as u64);
        let is_far_beyond = u64::from(decoded.cells) >= differences.saturating_mul(4).saturating_add(32);
        self.late >= LATE
            || self.answers >= ENOUGH && is_far_beyond
            || self.answers >= MAX_SYMBOL_BODIES && self.late > 0
    }

    fn end(&self) -> Next {
        if self.late > 0 { Next::Stuck } else { Next::TooMuch }
    }

    /// Asks for as many of the wanted cells as one body may have, beginning with this one.
    fn ask(&self, from: u32, served: u32) -> Next {
        Next::Ask(from..self.wanted.min(served).min(from.saturating_add(MAX_CELLS_A_BODY)))
    }
}
