//! Symbols: short sums over a set, from whose difference two nodes read in which records they differ.
//!
//! A node keeps sums over its set. A peer subtracts its own, which leaves sums over what differs, and as many cells as a
//! third more than there are differences tell which these are, whatever the size of the set. Only those records are
//! then asked for, by their ids. No record is accepted because of symbols, and none is refused: at worst it is found
//! later. All that is here is frozen: every node has to compute the same.
//!
//! # Layout
//!
//! - `field` is the arithmetic, `element` what a set consists of, and `walk` tells in which cells an element is.

mod element;
mod field;
mod walk;

pub use element::{ElementId, View};
pub use field::{P, Residue};
pub use walk::{Walk, fmix, jumps};
