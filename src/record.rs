//! What records are made of, and how they are named: items as they arrive, keys of slots, versions, signatures.

mod content;
mod hash;
mod item;
mod key;
mod signature;
mod version;

pub use content::Content;
pub(crate) use hash::write_hex;
pub use item::UncheckedRecord;
pub(crate) use key::percent_encode;
pub use key::{Identity, KeyHash, RecordKey};
pub use signature::{SignatureBytes, SignatureTail};
pub use version::{ContentId, TimestampMs, Version};
