//! The only door to a [`Record`]: the network's rules of acceptance, in their order.
//!
//! Rules 1 to 4 are read by [`Claim::read`], which is cheap: it says which slot, time and signature an item claims, so
//! that what is held already mostly needs nothing more; [`Claim::identify`] adds the content id. Rules 5 and 6 decode
//! key and signature ([`Candidate::decode`]); rule 7, the equation, is judged for many at once ([`Verification`]).
//! Rule 8 is [`check_time`]; rule 9 is the task's own and asked by the node.

mod batch;
pub mod body_judge;
mod candidate;
pub mod claim;
mod clock;
pub mod ed25519;
pub mod equation;
mod glimpse;
mod looks;
pub mod memory;
mod public_keys;
mod verdict;

pub use batch::{BATCH, BatchSize, LARGE_BATCH, Pace, Verification, verify_batch};
pub use candidate::{Candidate, Record, Signed, UNVERIFIED};
pub use claim::{Claim, IdentifiedClaim, LONG_UUID, signed_text};
pub use clock::{check_time, due_ms};
pub use glimpse::Glimpse;
pub use looks::hint_for;
pub use public_keys::PublicKeys;
pub use verdict::Verdict;
