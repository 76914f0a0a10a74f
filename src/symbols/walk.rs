//! The walk of an element: the cells that it is in, in ascending order.

use std::sync::LazyLock;

use super::element::{ElementId, View};

/// What the first state of a walk is mixed with, so that the two views have independent walks.
const fn seed(view: View) -> u32 {
    match view {
        View::ByTime => 0x243f_6a88,
        View::ByContent => 0x85a3_08d3,
    }
}

/// What is added to the state at each step.
const STRIDE: u32 = 0x9e37_79b9;

/// How many jumps there are.
const JUMPS: u32 = 1 << 11;

/// J: how far a walk jumps, by the highest bits of its mixed state, in units of 1/65 536 of where it is.
static JUMP_TABLE: LazyLock<Box<[u32; JUMPS as usize]>> = LazyLock::new(|| Box::new(std::array::from_fn(jump)));

fn jump(x: usize) -> u32 {
    let odd = (x as u64).saturating_mul(2).saturating_add(1);
    // At most 2^22.
    (1_u64 << 44).checked_div(odd).map_or(0, u64::isqrt) as u32
}

/// The jumps of all walks, in the order of the bits that choose them.
#[must_use]
pub fn jumps() -> &'static [u32; JUMPS as usize] {
    &JUMP_TABLE
}

/// Mixes the bits of a word.
#[must_use]
pub const fn fmix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x85eb_ca6b);
    x ^= x >> 13;
    x = x.wrapping_mul(0xc2b2_ae35);
    x ^ x >> 16
}

/// The cells below a limit that an element is in, ascending. Cell 0 is always the first.
///
/// ```
/// use dbsharing::symbols::{ElementId, View, Walk};
///
/// let cells: Vec<u32> = Walk::new(View::ByTime, ElementId(0), 64).collect();
/// assert_eq!(cells, [0, 1, 3, 4, 6, 22, 63]);
/// ```
#[derive(Debug, Clone)]
pub struct Walk {
    jumps: &'static [u32; JUMPS as usize],
    state: u32,
    at: u64,
    end: u64,
}

impl Walk {
    /// The cells below `end` that the element with this id is in.
    #[must_use]
    pub fn new(view: View, id: ElementId, end: u32) -> Self {
        Self { jumps: jumps(), state: fmix(id.0 ^ seed(view)), at: 0, end: end.into() }
    }

    /// Whether this cell comes.
    #[must_use]
    pub fn meets(mut self, cell: u32) -> bool {
        self.find(|at| *at >= cell) == Some(cell)
    }
}

impl Iterator for Walk {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        // Below 2^32, as the end is.
        let here = (self.at < self.end).then_some(self.at as u32)?;
        self.state = self.state.wrapping_add(STRIDE);
        let jump = self.jumps.get((fmix(self.state) >> 21) as usize).map_or(0, |jump| u64::from(*jump));
        // Below 2^55, because `here` is below 2^32 and a jump at most 2^22. Each jump is above 65 536, so that y is at
        // least 2 · here + 3.
        let y = u64::from(here).wrapping_mul(2).wrapping_add(3).wrapping_mul(jump) >> 16;
        self.at = y.wrapping_sub(1) >> 1;
        Some(here)
    }
}
