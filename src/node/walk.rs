//! Walks: a body that is longer, or takes longer, than one exchange allows is read in parts, each from where the last one
//! ended. The peer's order of records is not trusted, but a walk has to advance with each part.

use crate::json::Json;
use crate::limits::{WALK_MS, WALK_PAUSE_MS};
use crate::record::{Identity, UncheckedRecord};
use crate::report::ReadAgain;
use crate::verify::Claim;

/// The tag of a peer's body, of which every item was judged and its outcome is durable.
#[derive(Debug, Clone)]
pub struct Validator {
    /// The tag, as the peer sent it.
    pub etag: String,
    /// From this time on the body has to be read again: it contained records that will be judged differently then.
    pub read_again_at_ms: Option<u64>,
    /// The epoch in which it counts, as [`crate::node::State::epoch`].
    pub epoch: u64,
    /// How often the peer may say that it has not changed until it is audited; `None` if what it has is known for sure.
    pub until_audit: Option<u32>,
}

/// How far a peer's records were read.
#[derive(Debug, Clone)]
pub struct Walk {
    /// The key of the last record that was judged and whose outcome is durable.
    pub after: String,
    /// The tag of all parts, where they had the same one.
    etag: Option<String>,
    /// When the parts read so far have to be read again.
    read_again: ReadAgain,
    /// The epoch in which the first part was read.
    epoch: u64,
    began_ms: u64,
    went_on_ms: u64,
}

/// The result of reading one part of a body.
#[derive(Debug)]
pub(super) struct Part {
    /// The peer's tag.
    pub(super) etag: Option<String>,
    /// When it has to be read again.
    pub(super) read_again: ReadAgain,
    /// The epoch in which its exchange began: what the store has lost since then has to be offered again.
    pub(super) epoch: u64,
}

impl Part {
    /// The result of a walk and this part of it together.
    pub(super) fn after(self, walk: Option<&Walk>) -> Self {
        match walk {
            Some(walk) => Self {
                etag: self.etag.filter(|etag| walk.etag.as_ref() == Some(etag)),
                read_again: walk.read_again.or(self.read_again),
                epoch: walk.epoch,
            },
            None => self,
        }
    }

    /// The validator of a peer that was read to its end, if every outcome is durable.
    pub(super) fn validator(self) -> Option<Validator> {
        let read_again_at_ms = match self.read_again {
            ReadAgain::Never => None,
            ReadAgain::From(at_ms) => Some(at_ms),
            ReadAgain::AtOnce => return None,
        };
        Some(Validator { etag: self.etag?, read_again_at_ms, epoch: self.epoch, until_audit: None })
    }
}

impl Walk {
    /// A walk that has advanced to this key with this part.
    pub(super) fn to(after: String, before: Option<&Self>, part: Part, now_ms: u64) -> Self {
        let Part { etag, read_again, epoch } = part.after(before);
        let began_ms = before.map_or(now_ms, |before| before.began_ms);
        Self { after, etag, read_again, epoch, began_ms, went_on_ms: now_ms }
    }

    /// Whether it was begun and continued recently. One that is dated ahead is not fresh: the clock was set back.
    pub(super) fn is_fresh(&self, now_ms: u64) -> bool {
        let age_ms = |since_ms: u64| now_ms.checked_sub(since_ms).unwrap_or(u64::MAX);
        age_ms(self.began_ms) <= WALK_MS && age_ms(self.went_on_ms) <= WALK_PAUSE_MS
    }
}

/// The key of an item's slot, if it has one.
pub(super) fn key_of(item: Json<'_>, identity: Identity) -> Option<String> {
    let claim = Claim::read(UncheckedRecord::read(item), identity).ok()?;
    Some(claim.key().as_str().to_owned())
}
