//! One node of a task, as four verbs over its [`crate::ports`]: load · write · round · serve.
//!
//! - [`Node`] is its ports, its options and its [`State`]; a verb is one of its methods, in a file of its own.
//! - load ([`Node::load`]) makes the [`Holdings`] mirror the store; a [`ReadBack`] makes a store of a simple database.
//! - write is the only way into the store, for rounds and for the task's own records ([`Node::put`]).
//! - round ([`Node::round`]) asks peers, each in one exchange: the items of a body are judged, and the winners written.
//! - ask slow ([`Node::ask_slow`]) asks one peer that timed out before, outside the rounds and with a longer deadline.
//! - publish ([`Node::peers_to_send_to`]) chooses the peers to which a record is sent; JavaScript sends it.
//! - serve ([`Node::serve`]) answers other nodes, from pages of the store and with sums over what is held.

mod ask_slow;
mod by_symbols;
mod changed;
mod chosen;
mod commit;
mod damage;
mod desk;
mod discoveries;
mod exchange;
mod extent;
mod halves;
mod holdings;
mod in_flight;
mod intake;
mod listing;
mod load;
mod mirror;
mod news;
mod notes;
mod options;
mod own_batch;
mod own_writes;
mod pages;
mod payload;
mod places;
mod progress;
mod promised;
mod publish;
mod put;
mod query;
mod random;
mod read_back;
mod reading;
mod requests;
mod round;
mod routes;
mod serve;
mod serve_symbols;
mod settled;
mod settled_values;
mod shelf;
mod slot_lookup;
mod slow_peers;
mod state;
mod store_write;
mod tags;
mod tell_news;
mod turns;
mod visit;
mod walk;
mod write;
mod writes;

pub use discoveries::{Fallbacks, LastNoted};
pub use holdings::{Held, Holdings, Journal, Parked, Parking, Promise, SetDigest, SlotKey};
pub use in_flight::InFlight;
pub use mirror::Purpose;
pub use notes::Notes;
pub use options::{GivenOptions, Options, PeerLimits};
pub use pages::Pages;
pub use publish::Addressee;
pub use put::Put;
pub use read_back::{ReadBack, ReadPages};
pub use routes::{Wanted, records_url};
pub use serve::{Incoming, Reply, ReplyBody};
pub use settled::{Case, Settled};
pub use settled_values::SettledValues;
pub use shelf::Form;
pub use state::{Node, State};
pub use tags::{digest_in, entity_tag, is_current, symbols_tag};
pub use walk::{Validator, Walk};
