//! Going on after a cut: a body that is longer than what is read of one, or takes longer, is read in parts, each from
//! where the last one ended. What a peer says of its order is believed only as far as a walk always goes forward.

use crate::json::Json;
use crate::limits::{WALK_MS, WALK_PAUSE_MS};
use crate::record::{Identity, UncheckedRecord};
use crate::report::ReadAgain;
use crate::verify::Claim;

/// The entity tag of a body of which every item was judged and is durable.
#[derive(Debug, Clone)]
pub struct Validator {
    /// The tag, as the peer sent it.
    pub etag: String,
    /// From then on the body has to be read again: it held records that will be judged differently.
    pub read_again_at_ms: Option<u64>,
    /// When it was remembered, as [`crate::node::State::epoch`].
    pub epoch: u64,
}

/// How far a peer's records were read.
#[derive(Debug, Clone)]
pub struct Walk {
    /// The key of the last record that was judged and is durable.
    pub after: String,
    /// The tag that all parts had, where they had the same.
    etag: Option<String>,
    /// When the parts so far have to be read again.
    read_again: ReadAgain,
    /// The epoch in which the first part was read.
    epoch: u64,
    began_ms: u64,
    went_on_ms: u64,
}

/// What one part of a body came to.
#[derive(Debug)]
pub(super) struct Part {
    /// The peer's tag.
    pub(super) etag: Option<String>,
    /// When it has to be read again.
    pub(super) read_again: ReadAgain,
    /// The epoch in which its reading began: what the store was found to have lost meanwhile is to be offered again.
    pub(super) epoch: u64,
}

impl Part {
    /// What a walk and this part of it came to together.
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

    /// What is remembered of a peer that was read to its end, if all of it is judged and durable.
    pub(super) fn validator(self) -> Option<Validator> {
        let read_again_at_ms = match self.read_again {
            ReadAgain::Never => None,
            ReadAgain::From(at_ms) => Some(at_ms),
            ReadAgain::AtOnce => return None,
        };
        Some(Validator { etag: self.etag?, read_again_at_ms, epoch: self.epoch })
    }
}

impl Walk {
    /// A walk that has come to this key, by this part of it, from where it was before.
    pub(super) fn to(after: String, before: Option<&Self>, part: Part, now_ms: u64) -> Self {
        let Part { etag, read_again, epoch } = part.after(before);
        let began_ms = before.map_or(now_ms, |before| before.began_ms);
        Self { after, etag, read_again, epoch, began_ms, went_on_ms: now_ms }
    }

    /// Whether it was begun and gone on with of late. One that is dated ahead says that the clock was set back.
    pub(super) fn is_fresh(&self, now_ms: u64) -> bool {
        let age_ms = |since_ms: u64| now_ms.checked_sub(since_ms).unwrap_or(u64::MAX);
        age_ms(self.began_ms) <= WALK_MS && age_ms(self.went_on_ms) <= WALK_PAUSE_MS
    }
}

/// The key of an item's slot, where it has one.
pub(super) fn key_of(item: Json<'_>, identity: Identity) -> Option<String> {
    let claim = Claim::read(UncheckedRecord::read(item), identity).ok()?;
    Some(claim.key().as_str().to_owned())
}
