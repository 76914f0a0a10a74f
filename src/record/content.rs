//! What a record says, apart from its signature.

use super::key::{KeyHash, RecordKey};
use super::version::Version;

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The slot's key.
    pub key: RecordKey,
    /// The hash of the slot's key.
    pub key_hash: KeyHash,
    /// The place in the merge order.
    pub version: Version,
    /// The public key in base58.
    pub public_key: String,
    /// Canonical text of the uuid, without its quotes.
    pub uuid: String,
    /// Exactly what was signed.
    pub signed_text: String,
    /// Canonical text of the unsigned members, without braces.
    pub unsigned: String,
}
