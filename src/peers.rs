//! Which peers to ask: from the service's answer to the peers of one round.
//!
//! The node list is untrusted. [`parse_node_list`] takes whatever may be a url, [`Admission`] keeps the urls that may
//! be asked, in one spelling each, and a [`Book`] remembers how they fared and chooses the next ones.

mod address;
mod admission;
mod book;
mod choosing;
mod health;
mod list_reader;
mod node_list;
mod not_asked;
mod url;
mod url_path;

pub use address::Reach;
pub use admission::{Admission, Admitted, Admitting, RefusedUrl};
pub use book::Book;
pub use choosing::{Choice, Choosing};
pub use health::Health;
pub use list_reader::ListReader;
pub use node_list::{ListFault, parse_node_list};
pub use not_asked::{BadUrl, NotAsked};
pub use url::{PeerUrl, reach};
