//! The open brackets of a text, one bit each, so that a million of them take 128 KiB.

/// A kind of bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bracket {
    /// `[`
    Square,
    /// `{`
    Curly,
}

/// The open brackets, one bit each. The highest set bit of `inner` only marks where they begin.
#[derive(Debug)]
pub struct Brackets {
    inner: u64,
    outer: Vec<u64>,
}

impl Brackets {
    const NONE: u64 = 1;

    /// None open.
    pub fn new() -> Self {
        Brackets { inner: Self::NONE, outer: Vec::new() }
    }

    /// Whether all are closed.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.inner == Self::NONE
    }

    /// The open bracket that was opened last; meaningless if none is open.
    #[inline]
    pub fn innermost(&self) -> Bracket {
        if self.inner & 1 == 1 { Bracket::Curly } else { Bracket::Square }
    }

    /// Opens one.
    #[inline]
    pub fn push(&mut self, bracket: Bracket) {
        if self.inner >> 63 == 1 {
            self.outer.push(self.inner);
            self.inner = Self::NONE;
        }
        self.inner = (self.inner << 1) | u64::from(bracket == Bracket::Curly);
    }

    /// Closes the innermost.
    #[inline]
    pub fn pop(&mut self) {
        self.inner >>= 1;
        if self.is_empty() {
            self.inner = self.outer.pop().unwrap_or(Self::NONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_close_in_the_opposite_order_across_words() {
        let bracket = |place: usize| {
            if place.is_multiple_of(3) { Bracket::Curly } else { Bracket::Square }
        };
        let mut brackets = Brackets::new();
        for deepest in [1, 62, 63, 64, 65, 1000] {
            (0..deepest).for_each(|place| brackets.push(bracket(place)));
            for place in (0..deepest).rev() {
                assert!(!brackets.is_empty());
                assert_eq!(brackets.innermost(), bracket(place), "{place} of {deepest}");
                brackets.pop();
            }
            assert!(brackets.is_empty());
        }
    }
}
