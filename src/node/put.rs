//! The task's own records, and those that are posted: judged with the node's own memory of keys, then written as any.

use std::rc::Rc;

use super::load::rubbish;
use super::mirror::Purpose;
use super::state::Node;
use super::writes::Writes;
use crate::error::{Code as _, Rejection, StoreFault};
use crate::json::{Json, Rewriting};
use crate::limits::{LIGHT_BYTES, MAX_ITEM_BYTES};
use crate::ports::{Host, Store};
use crate::report::ItemOutcome;
use crate::verify::body::{BodyJudge, Refusal};
use crate::verify::{Record, Verdict};

/// What became of one record of the task's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is stored.
    Stored(Verdict),
    /// It is good, and the same or a greater version is held.
    Stale(Verdict),
    /// A rule refuses it.
    Rejected(Verdict),
    /// The database failed.
    Failed(StoreFault),
}

impl Put {
    /// The verdict that says so.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        match self {
            Self::Stored(verdict) => Verdict { stored: Some(true), ..verdict },
            Self::Stale(verdict) | Self::Rejected(verdict) => Verdict { stored: Some(false), ..verdict },
            Self::Failed(fault) => Verdict {
                code: Some(fault.code()),
                message: Some(fault.to_string()),
                stored: Some(false),
                ..Verdict::default()
            },
        }
    }
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Verifies and stores one record of the task's own, given as JSON text, at this time of the node's clock.
    pub async fn put(&self, text: &str, now_ms: u64) -> Put {
        match Json::parse(text) {
            Ok(item) => self.put_judged(self.judge_one(item, now_ms).await).await,
            Err(_) => Put::Rejected(Verdict::refused(&Rejection::BadShape("the record is no JSON"), None)),
        }
    }

    /// What the rules say of one item; one that may take long to be read is read in slices.
    pub(super) async fn judge_one(&self, item: Json<'_>, now_ms: u64) -> Result<Record, Refusal> {
        let text = match item.text().len() {
            LIGHT_BYTES..=MAX_ITEM_BYTES => Some(self.canonical(item.text()).await),
            // A longer one than may be is refused for its length.
            _ => None,
        };
        let item = text.as_deref().map_or(item, Json::of_canonical);
        let keys = &mut self.state.borrow_mut().memory.keys;
        BodyJudge::new(self.options.identity, now_ms, keys).judge_one(item)
    }

    /// The canonical text of a long item, made in slices; of one at a time, because that takes several times its room.
    async fn canonical(&self, text: &str) -> String {
        let rewriting = Rc::clone(&self.state.borrow().rewriting);
        let _rewriting = rewriting.lock().await;
        let mut rewriting = Rewriting::default();
        loop {
            self.let_others_run().await;
            if !rewriting.step(text) {
                break;
            }
        }
        self.let_others_run().await;
        rewriting.into_text()
    }

    /// Stores one record of the task's own, if the rules accept it and it is greater than what is held.
    pub(super) async fn put_judged(&self, judged: Result<Record, Refusal>) -> Put {
        let record = match judged {
            Ok(record) => record,
            Err(Refusal { rejection, signed_text }) => return Put::Rejected(Verdict::refused(&rejection, signed_text)),
        };
        if let Err(fault) = self.load(Purpose::Put).await {
            return Put::Failed(fault);
        }
        match self.write_own(record).await {
            // It is said to be held: whoever puts it may know better, having deleted it.
            Some((record, ItemOutcome::Kept(_))) => match self.read_slot(record.content().key.as_str()).await {
                Ok(Some(held)) if self.named(&held).is_some_and(|held| held.version >= record.version()) => {
                    Put::Stale(Verdict::accepted(record))
                }
                Ok(_) => outcome_of(self.write_own(record).await),
                Err(fault) => Put::Failed(fault),
            },
            written => outcome_of(written),
        }
    }

    async fn write_own(&self, record: Record) -> Option<(Record, ItemOutcome)> {
        let writes = Writes::of_task(self.ports.host.now_ms());
        self.write(vec![record], self.until_ms(), &writes).await.into_iter().next()
    }
}

/// What the write of one record of the task's own came to.
fn outcome_of(written: Option<(Record, ItemOutcome)>) -> Put {
    match written {
        Some((record, ItemOutcome::Inserted | ItemOutcome::Replaced)) => Put::Stored(Verdict::accepted(record)),
        Some((_, ItemOutcome::Settled(Rejection::StoreFailed(fault), _))) => Put::Failed(fault),
        Some((
            record,
            ItemOutcome::Rejected(rejection) | ItemOutcome::Settled(rejection, _) | ItemOutcome::Parked(rejection),
        )) => Put::Rejected(Verdict::refused(&rejection, Some(record.into_content().signed_text))),
        Some((_, ItemOutcome::NotStored(fault))) => Put::Failed(fault),
        Some((record, ItemOutcome::Kept(_))) => Put::Stale(Verdict::accepted(record)),
        None => Put::Failed(rubbish("a write without an outcome")),
    }
}
