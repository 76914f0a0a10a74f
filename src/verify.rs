//! The only door to a [`Record`]: the network's rules of acceptance, in their order.
//!
//! Rules 1 to 4 are checked by [`Claim::read`], which is cheap: it says which slot, time and signature an item claims,
//! and for most items that are already held that is enough. [`Claim::identify`] adds the content id. Rules 5 and 6
//! decode the public key and the signature ([`Candidate::decode`]). Rule 7, the equation, is checked for many
//! candidates together ([`Verification`]). Rule 8 is [`check_time`]. Rule 9 is the task's `accept`, which the node
//! asks.

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
