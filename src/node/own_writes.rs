//! Records of the task's own on their way into the store: whoever puts them wants to know what became of each, and may
//! know better than this node what is held, having deleted it.

use super::put::Put;
use super::state::Node;
use super::write::Outcomes;
use super::writes::Writes;
use crate::error::Rejection;
use crate::ports::{Host, Store};
use crate::record::{KeyHash, Version};
use crate::report::ItemOutcome;
use crate::verify::body::Refusal;
use crate::verify::{Record, Verdict};

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Writes records of the task's own, of which no two are of one slot; says what became of each slot, in any order.
    pub(super) async fn write_own(&self, records: Vec<Record>, writes: &Writes) -> Vec<(KeyHash, Put)> {
        let (kept, written) = parted(self.write_each(records, writes).await, is_kept);
        let mut puts: Vec<_> =
            written.into_iter().map(|(record, outcome)| self.put_of(record, outcome, writes)).collect();
        let again = self.look_at_kept(kept, &mut puts).await;
        let written = self.write_each(again, writes).await;
        puts.extend(written.into_iter().map(|(record, outcome)| self.put_of(record, outcome, writes)));
        puts
    }

    /// Writes records, and each alone that was not tried because others failed.
    async fn write_each(&self, records: Vec<Record>, writes: &Writes) -> Outcomes {
        if records.is_empty() {
            return Outcomes::new();
        }
        let outcomes = self.write(records, self.until_ms(), writes).await;
        if !writes.is_in_doubt() || writes.over().is_some() {
            return outcomes;
        }
        let (left, mut outcomes) = parted(outcomes, |outcome| matches!(outcome, ItemOutcome::NotStored(_)));
        for (record, _) in left {
            writes.resolve(false);
            outcomes.extend(self.write(vec![record], self.until_ms(), writes).await);
        }
        writes.resolve(false);
        outcomes
    }

    /// Looks whether the store holds what these are said to be no greater than; gives those that it does not.
    async fn look_at_kept(&self, kept: Outcomes, puts: &mut Vec<(KeyHash, Put)>) -> Vec<Record> {
        let keys: Vec<String> = kept.iter().map(|(record, _)| record.content().key.as_str().to_owned()).collect();
        let found = match keys.is_empty() {
            true => Ok(Vec::new()),
            false => self.read_slots(&keys).await,
        };
        let mut again = Vec::new();
        for (at, (record, _)) in kept.into_iter().enumerate() {
            let key = record.content().key_hash;
            match &found {
                Ok(found) => {
                    let found = found.get(at).and_then(Option::as_ref).and_then(|entry| self.named(entry));
                    match found.map(|found| found.version).filter(|held| *held >= record.version()) {
                        Some(held) => puts.push((key, Put::stale(record, held))),
                        None => again.push(record),
                    }
                }
                Err(fault) => puts.push((key, Put::Failed(fault.clone()))),
            }
        }
        again
    }

    /// What the write of one record came to, when all that was written with it is known.
    fn put_of(&self, record: Record, outcome: ItemOutcome, writes: &Writes) -> (KeyHash, Put) {
        let key = record.content().key_hash;
        let put = match self.judge_again(&record, outcome, writes) {
            ItemOutcome::Inserted | ItemOutcome::Replaced => Put::Stored(Verdict::stored(record)),
            ItemOutcome::Kept(_) => {
                let held = self.held_version(&key).unwrap_or(record.version());
                Put::stale(record, held)
            }
            ItemOutcome::Settled(Rejection::StoreFailed(fault), _) | ItemOutcome::NotStored(fault) => {
                Put::Failed(fault)
            }
            ItemOutcome::Rejected(rejection) | ItemOutcome::Settled(rejection, _) | ItemOutcome::Parked(rejection) => {
                Put::rejected(Refusal { rejection, signed_text: Some(record.into_content().signed_text) })
            }
        };
        (key, put)
    }

    fn held_version(&self, key: &KeyHash) -> Option<Version> {
        self.state.borrow().holdings.held(key).map(|held| held.version)
    }
}

fn is_kept(outcome: &ItemOutcome) -> bool {
    matches!(outcome, ItemOutcome::Kept(_))
}

/// Those of which this is so, and the others.
fn parted(outcomes: Outcomes, is_so: fn(&ItemOutcome) -> bool) -> (Outcomes, Outcomes) {
    outcomes.into_iter().partition(|(_, outcome)| is_so(outcome))
}
