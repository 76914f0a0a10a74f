//! Records of the task's own, and those that are posted: judged with the node's own memory of keys, then written as any.

use std::rc::Rc;

use super::load::rubbish;
use super::mirror::Purpose;
use super::state::Node;
use super::writes::Writes;
use crate::error::{Rejection, StoreFault};
use crate::json::{Json, Rewriting};
use crate::limits::{LIGHT_BYTES, MAX_ITEM_BYTES};
use crate::ports::{Host, Store};
use crate::record::Version;
use crate::verify::body::{Refusal, conclude, decode};
use crate::verify::{Candidate, Record, Verdict, Verification};

/// What became of one record of the task's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is stored.
    Stored(Verdict),
    /// It is good, and not greater than what is held.
    Stale {
        /// The verdict on it, which says so.
        verdict: Verdict,
        /// The version that is held: the same or a greater one.
        held: Version,
    },
    /// A rule refuses it.
    Rejected(Verdict),
    /// The database failed.
    Failed(StoreFault),
}

impl Put {
    /// What is said of a record that a rule refuses.
    pub(super) fn rejected(Refusal { rejection, signed_text }: Refusal) -> Self {
        Self::Rejected(Verdict { signed_text, ..Verdict::not_stored(&rejection) })
    }

    /// What is said of a text that cannot be read.
    pub(super) fn no_json(message: &'static str) -> Self {
        Self::Rejected(Verdict::not_stored(&Rejection::BadShape(message)))
    }

    /// What is said of a record that is not greater than what is held.
    pub(super) fn stale(record: Record, held: Version) -> Self {
        Self::Stale { verdict: Verdict::stale(record, &held), held }
    }

    /// The version that the slot holds afterwards, where this says so.
    pub(super) fn held(&self) -> Option<Version> {
        match self {
            Self::Stored(verdict) => verdict.version.as_deref().and_then(Version::parse),
            Self::Stale { held, .. } => Some(*held),
            Self::Rejected(_) | Self::Failed(_) => None,
        }
    }

    /// The verdict that says so.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        match self {
            Self::Stored(verdict) | Self::Stale { verdict, .. } | Self::Rejected(verdict) => verdict,
            Self::Failed(fault) => Verdict::not_stored(&fault),
        }
    }
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Verifies and stores one record of the task's own, given as JSON text, at this time of the node's clock.
    pub async fn put(&self, text: &str, now_ms: u64) -> Put {
        match Json::parse(text) {
            Ok(item) => self.put_item(item, now_ms).await,
            Err(_) => Put::no_json("the record is no JSON"),
        }
    }

    /// The same for an item that was parsed.
    pub(super) async fn put_item(&self, item: Json<'_>, now_ms: u64) -> Put {
        let record = match self.judge_one(item, now_ms).await {
            Ok(record) => record,
            Err(refusal) => return Put::rejected(refusal),
        };
        if let Err(fault) = self.load(Purpose::Put).await {
            return Put::Failed(fault);
        }
        let writes = Writes::of_task(self.ports.host.now_ms());
        let put = self.write_own(vec![record], &writes).await.pop();
        put.map_or_else(|| Put::Failed(rubbish("a write without an outcome")), |(_, put)| put)
    }

    async fn judge_one(&self, item: Json<'_>, now_ms: u64) -> Result<Record, Refusal> {
        let candidate = self.decode(item).await?;
        let nothing = Refusal { rejection: Rejection::BadShape("there is no record"), signed_text: None };
        self.verify(vec![candidate], now_ms).await.pop().unwrap_or(Err(nothing))
    }

    /// Rules 1 to 6 of one item; one that may take long to be read is read in slices.
    pub(super) async fn decode(&self, item: Json<'_>) -> Result<Candidate, Refusal> {
        let text = match item.text().len() {
            LIGHT_BYTES..=MAX_ITEM_BYTES => Some(self.canonical(item.text()).await),
            // A longer one than may be is refused for its length.
            _ => None,
        };
        let item = text.as_deref().map_or(item, Json::of_canonical);
        decode(item, self.options.identity, &mut self.state.borrow_mut().memory.keys)
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

    /// Rules 7 and 8 of some candidates, in their order: verified together, in steps.
    pub(super) async fn verify(&self, candidates: Vec<Candidate>, now_ms: u64) -> Vec<Result<Record, Refusal>> {
        let (mut verified, mut began_ms) = (candidates.len() as u64, self.ports.host.elapsed_ms());
        let mut verification = Verification::new(candidates);
        loop {
            let has_more = verification.step();
            let took_ms = self.ports.host.elapsed_ms().saturating_sub(began_ms);
            self.state.borrow_mut().pace.learn(std::mem::take(&mut verified), took_ms);
            if !has_more {
                break;
            }
            self.let_others_run().await;
            began_ms = self.ports.host.elapsed_ms();
        }
        verification.into_judged().map(|judged| conclude(judged.outcome, now_ms)).collect()
    }
}
