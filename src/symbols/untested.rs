//! Which cells of a difference are to be tested, the last ones first.

/// A set of cells: one bit for each.
#[derive(Debug, Clone)]
pub(super) struct Untested {
    words: Vec<u64>,
    /// No cell of a word from this one on is in the set.
    end: usize,
}

impl Untested {
    /// None of this number of cells.
    pub(super) fn of(cells: usize) -> Self {
        Self { words: vec![0; cells.div_ceil(64)], end: 0 }
    }

    /// Puts a cell in, or takes it out.
    pub(super) fn mark(&mut self, cell: u32, is_in: bool) {
        let (at, bit) = ((cell >> 6) as usize, 1_u64 << (cell & 63));
        if let Some(word) = self.words.get_mut(at) {
            *word = if is_in { *word | bit } else { *word & !bit };
            self.end = self.end.max(at.saturating_add(1));
        }
    }

    /// Takes the last cell out.
    pub(super) fn take_last(&mut self) -> Option<u32> {
        loop {
            let at = self.end.checked_sub(1)?;
            let word = self.words.get_mut(at)?;
            match word.checked_ilog2() {
                Some(bit) => {
                    *word ^= 1 << bit;
                    return Some((at as u32) << 6 | bit);
                }
                None => self.end = at,
            }
        }
    }
}
