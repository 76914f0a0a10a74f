//! JSON text as JavaScript would parse and stringify it.
//!
//! A signature covers the bytes that `JSON.stringify(JSON.parse(body)….data)` gives in JavaScript, and no Rust JSON
//! library gives those bytes. So text is never turned into a tree of values here. A [`Json`] is a piece of text with
//! the proof that it is one valid value, its parts are pieces of the same text, and [`Json::canonical`] rewrites it
//! only where JavaScript would. In this module, a key is the name of an object's member.
//!
//! ```
//! use dbsharing::json::{ItemReader, Json, Step};
//!
//! let json = Json::parse(r#"{"b": 1.0, "1": "\u0041", "b": -0}"#).unwrap();
//! assert_eq!(json.canonical(), r#"{"1":"A","b":0}"#);
//!
//! let (mut reader, mut at) = (ItemReader::new(1024), 0);
//! let body = b"[ {\"a\":1}, 2 ]";
//! let Ok(Step::Item(item)) = reader.next(body, &mut at) else { panic!() };
//! assert_eq!(item.text(), r#"{"a":1}"#);
//! ```
//!
//! Nothing here recurses, so deep nesting cannot overflow the stack, and no text takes more than about `n log n` steps.
//!
//! # Layout
//!
//! - `scan` finds the parts of text known to be valid; `members` goes over objects and arrays with it, `descent` into
//!   objects.
//! - `grammar` tells whether a value is valid, with `brackets` for what is open.
//! - `items` splits a body that is still arriving, with `array_place` for its outermost array and `utf8` for its
//!   encoding.
//! - `spot` reads a plainly written item in one scan and notes where the members are that matter.
//! - `strings`, `numbers` and `order` hold what JavaScript makes of strings, numbers and the members of objects.
//! - `recognise` tells whether a text is already canonical; `canonical` makes it so.

mod array_place;
mod brackets;
mod canonical;
mod descent;
mod grammar;
mod halfway;
mod items;
mod members;
mod numbers;
mod order;
mod recognise;
mod scan;
mod spot;
mod strings;
mod utf8;
mod value;

pub use canonical::Rewriting;
pub(crate) use descent::Descent;
pub use items::{ItemReader, Step};
pub use members::{Elements, Members};
pub use strings::quote_into;
pub use value::{Fault, Json, Kind};
