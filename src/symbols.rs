//! Symbols: short sums over a set, from whose difference two nodes read in which records they differ.
//!
//! A node keeps sums over its set. A peer subtracts its own, which leaves sums over what differs, and as many cells as a
//! third more than there are differences tell which these are, whatever the size of the set. Only those records are
//! then asked for, by their ids. No record is accepted because of symbols, and none is refused: at worst it is found
//! later. Sums and bodies are frozen, because every node has to compute the same; how many cells a client asks for is
//! its own affair. For those who want to speak symbols from another language, `js/symbols.md` describes them byte by byte.
//!
//! ```
//! use dbsharing::symbols::{Body, Decoding, ElementId, Own, Residue, Symbols, View, encode};
//!
//! // A peer has one record more than we, …
//! let ours = Symbols::new(View::ByTime, 1_024);
//! let mut theirs = ours.clone();
//! theirs.apply(ElementId(7), Residue::ZERO, Residue::from(100));
//! // … and answers with a few of its cells.
//! let body = encode(&theirs, 0..18, 1).unwrap();
//!
//! let received = Body::parse(&body, View::ByTime, 0).unwrap().into_symbols().unwrap();
//! let mut decoding = Decoding::new(&received, &ours).unwrap();
//! while decoding.step(1_000, |_id| Own::default()) {}
//! let wanted: Vec<ElementId> = decoding.into_decoded().wanted().collect();
//! assert_eq!(wanted, [ElementId(7)]);
//! ```
//!
//! # Layout
//!
//! - `field` is the arithmetic, `element` what a set consists of, and `walk` tells in which cells an element is.
//! - `cells`, `counters` and `check` are the three kinds of sums; `sums` has all of them for one set.
//! - `body` writes and parses what goes over the wire; `body_fault` tells what is wrong with it. `accept` reads how many
//!   cells a request asks for, `ids` which records.
//! - `decoding` finds what differs, with `untested` for the cells to look at, and `kinds` tells which side is newer;
//!   `id_map` is a map by ids.
//! - `counts` and `discovery` say how many cells to ask for, and when to stop.

mod accept;
mod body;
mod body_fault;
mod cells;
mod check;
mod counters;
mod counts;
mod decoding;
mod discovery;
mod element;
mod field;
mod id_map;
mod ids;
mod kinds;
mod sums;
mod untested;
mod walk;

pub use accept::{MEDIA_TYPE, cells_accepted, identity_in};
pub use body::{Body, encode, is_of_symbols};
pub use body_fault::BodyFault;
pub use cells::{Cell, Cells};
pub use check::{CHECK_BYTES, Check};
pub use counters::{COUNTERS, Counters};
pub use counts::{
    Outline, cells_for_estimate, cells_for_zeros, estimate, is_hopeless, is_untellable, opening_count,
    second_view_count, served_cells,
};
pub use decoding::{Decoded, Decoding};
pub use discovery::{Answered, Discovery, Next};
pub use element::{ElementId, View};
pub use field::{P, Residue};
pub use id_map::IdMap;
pub use ids::{IdsFault, ids_from_text, ids_to_text};
pub use kinds::{Kind, Noted, Own};
pub use sums::Symbols;
pub use walk::{Walk, fmix, jumps};
