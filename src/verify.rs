//! The only door to [`Record`]: the network's rules of acceptance, in their order.
//!
//! Rules 1 to 4 are read by [`Claim::read`], which is cheap: it says which slot, time and signature an item claims, so
//! that what is held already mostly needs nothing more; [`Claim::identify`] adds the content id. Rules 5 and 6 decode
//! key and signature ([`IdentifiedClaim::decode`]); rule 7, the equation, is judged for many at once
//! ([`Verification`]). Rule 8 is [`check_time`]; rule 9 is the task's own and asked by the round.

use crate::error::Rejection;
use crate::merge::ahead_of_clock;
use crate::record::{Content, ContentId, Record, SignatureBytes};

mod batch;
pub mod body;
pub mod claim;
pub mod ed25519;
pub mod equation;
mod glimpse;
pub mod memory;

pub use batch::{BATCH, BatchSize, LARGE_BATCH, Pace, Verification, verify_batch};
pub use claim::{Claim, IdentifiedClaim, signed_text};
use ed25519::Signature;
use equation::SignedMessage;
pub use glimpse::Glimpse;
use memory::Keys;

/// The longest item, as it arrives.
pub const MAX_ITEM_BYTES: usize = 1024 * 1024;
/// The longest signed text.
pub const MAX_SIGNED_BYTES: usize = 64 * 1024;
/// The greatest number of brackets open at once in a signed text, `data`'s own included.
pub const MAX_DEPTH: usize = 128;
/// The longest uuid, in bytes of canonical text without its quotes.
pub const MAX_UUID_BYTES: usize = 256;
/// The greatest timestamp: 2^53−1, the greatest integer that JavaScript's numbers hold with all smaller ones.
pub const MAX_TIMESTAMP_MS: u64 = (1 << 53) - 1;
/// That rules 1 to 7 hold of a record; only this module makes one.
pub struct Proof(());

/// The bytes of the signature that an item claims, or what is wrong with its text.
type SignatureText = Result<[u8; 64], Rejection>;

impl IdentifiedClaim<'_> {
    /// Decodes key and signature.
    ///
    /// # Errors
    ///
    /// The first of rules 5 and 6 that the item fails: `BAD_KEY` or `BAD_SIGNATURE`.
    pub fn decode(self, keys: &mut Keys) -> Result<Candidate, Rejection> {
        let signature = self.signature_bytes();
        self.decode_with(signature, keys)
    }

    fn signature_bytes(&self) -> SignatureText {
        ed25519::signature_bytes(self.claim.signature_text())
    }

    fn decode_with(self, signature: SignatureText, keys: &mut Keys) -> Result<Candidate, Rejection> {
        // Rule 5, its point: "the canonical encoding of a curve point, not of small order"
        let key = keys.decode(&self.public_key)?;
        // Rule 6: "signature is ASCII base58, 64 to 88 characters, of exactly 64 bytes; its R is the canonical
        // encoding of a curve point, not of small order; its S is taken modulo the group order"
        let signature_bytes = signature?;
        let signature = Signature::decode(&signature_bytes)?;

        let reduced = signature.to_bytes();
        let message = SignedMessage::new(key, signature, self.claim.signed_text().as_bytes());
        let (content, signature_text) = self.into_content();
        let signature_text = if reduced.0 == signature_bytes { signature_text } else { reduced.to_base58() };
        Ok(Candidate { content, reduced, signature_text, message })
    }
}

/// An item that rules 1 to 6 hold of; it owns its text and waits for the equation.
#[derive(Debug)]
pub struct Candidate {
    content: Content,
    reduced: SignatureBytes,
    signature_text: String,
    message: SignedMessage,
}

impl Candidate {
    /// What it says.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What a verdict on it is remembered by: its content and its reduced signature, never the content alone, or a
    /// hostile copy with a broken signature would block the honest one.
    #[must_use]
    pub fn id(&self) -> (ContentId, SignatureBytes) {
        (self.content.version.content, self.reduced)
    }

    /// The record, where the equation is known to hold; else what was said.
    fn conclude(self, holds: bool) -> Result<Record, Box<Content>> {
        conclude(self.content, self.signature_text, holds)
    }
}

/// The record, where the equation holds for this content and this reduced signature.
fn conclude(content: Content, signature: String, holds: bool) -> Result<Record, Box<Content>> {
    if holds { Ok(Record::new(content, signature, Proof(()))) } else { Err(Box::new(content)) }
}

/// What a candidate is refused with whose equation does not hold.
pub const UNVERIFIED: Rejection = Rejection::BadSignature("signature does not verify data by publicKey");

/// Whether the record's time has come.
///
/// # Errors
///
/// `FROM_THE_FUTURE`.
pub fn check_time(record: &Record, now_ms: u64) -> Result<(), Rejection> {
    // Rule 8: "data.timestamp ≤ now + 10 min"
    let timestamp_ms = record.version().timestamp.0;
    match ahead_of_clock(timestamp_ms, now_ms) {
        None => Ok(()),
        Some(due_ms) => Err(Rejection::FromTheFuture { timestamp_ms, due_ms }),
    }
}
