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
//! - `cells`, `counters` and `check` are the three kinds of sums; `sums` has all of them for one set.
//! - `body` writes and parses what goes over the wire; `body_fault` tells what is wrong with it. `accept` reads how many
//!   cells a request asks for, `ids` which records.
//! - `decoding` finds what differs, with `untested` for the cells to look at, and `kinds` tells which side is newer.

mod accept;
mod body;
mod body_fault;
mod cells;
mod check;
mod counters;
mod decoding;
mod element;
mod field;
mod ids;
mod kinds;
mod sums;
mod untested;
mod walk;

pub use accept::{MEDIA_TYPE, cells_accepted};
pub use body::{Body, encode, is_of_symbols};
pub use body_fault::BodyFault;
pub use cells::{Cell, Cells};
pub use check::{CHECK_BYTES, Check};
pub use counters::{COUNTERS, Counters};
pub use decoding::{Decoded, Decoding};
pub use element::{ElementId, View};
pub use field::{P, Residue};
pub use ids::{IdsFault, ids_from_text, ids_to_text};
pub use kinds::{Kind, Noted, Own};
pub use sums::Symbols;
pub use walk::{Walk, fmix, jumps};
