//! What one round did: a ledger in which the outcome of every item is noted once, with its slot and its peer, and the
//! report that is read off it.

mod arrivals;
mod ledger;
mod outcome;
mod round;
mod tally;

pub use arrivals::{Arrivals, SettledArrival};
pub use ledger::{Ledger, Noted, PeerId};
pub use outcome::{ItemOutcome, ReadAgain};
pub use round::{By, Counts, Failure, PeerEnd, PeerOutcome, PeerReport, Report};
pub use tally::Tally;
