//! What came of the records that a peer was asked for by their ids.

use super::outcome::ItemOutcome;
use crate::error::Rejection;
use crate::record::{KeyHash, Version};
use crate::symbols::{ElementId, IdMap, Residue, View};
use crate::verify::due_ms;

/// What came under each id.
#[derive(Debug, Clone, Default)]
pub struct Arrivals(IdMap<Arrival>);

/// What came under one id.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The sum of the values of the records in each view; `None` if the version of one of them is not known.
    values: Option<[Residue; 2]>,
    /// Whether some record was rejected, or could not be stored.
    has_failed: bool,
    /// Until when one of them is settled, by the node's clock, in milliseconds.
    until_ms: Option<u64>,
    /// Whether it is settled because of its date.
    is_dated: bool,
}

/// The records of one id that were verified and are not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledArrival {
    /// The values of all records that came under the id, in each view.
    pub values: [Residue; 2],
    /// Until when one of them is settled, by the node's clock, in milliseconds.
    pub until_ms: u64,
    /// Whether that is because of its date.
    pub is_dated: bool,
}

impl SettledArrival {
    /// The value of all records that came under the id.
    #[must_use]
    pub fn value(&self, view: View) -> Residue {
        let [by_time, by_content] = self.values;
        match view {
            View::ByTime => by_time,
            View::ByContent => by_content,
        }
    }
}

impl Arrivals {
    /// Notes what became of one item, and its version where that is known.
    pub(super) fn note(&mut self, key: &KeyHash, version: Option<&Version>, outcome: &ItemOutcome) {
        let new = Arrival { values: Some([Residue::ZERO; 2]), has_failed: false, until_ms: None, is_dated: false };
        let Some(arrival) = self.0.get_or_insert(ElementId::of(key), new) else { return };
        arrival.values = arrival.values.zip(version).map(|(values, version)| {
            let [by_time, by_content] = values;
            [by_time.plus(View::ByTime.value(version)), by_content.plus(View::ByContent.value(version))]
        });
        let until_ms = match outcome {
            ItemOutcome::Settled(why, until_ms) => {
                arrival.is_dated |= matches!(why, Rejection::FromTheFuture { .. });
                Some(*until_ms)
            }
            ItemOutcome::Parked(_) => {
                arrival.is_dated = true;
                version.map(|version| due_ms(version.timestamp))
            }
            ItemOutcome::Rejected(_) | ItemOutcome::NotStored(_) => {
                arrival.has_failed = true;
                None
            }
            ItemOutcome::Inserted | ItemOutcome::Replaced | ItemOutcome::Kept(_) => None,
        };
        arrival.until_ms = match (arrival.until_ms, until_ms) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// Whether records came under this id, and none of them failed.
    #[must_use]
    pub fn has(&self, id: ElementId) -> bool {
        self.0.get(id).is_some_and(|arrival| !arrival.has_failed)
    }

    /// The settled records under an id, if all that came under it is known and none of it has failed.
    #[must_use]
    pub fn settled(&self, id: ElementId) -> Option<SettledArrival> {
        let arrival = self.0.get(id).filter(|arrival| !arrival.has_failed)?;
        let (values, until_ms) = arrival.values.zip(arrival.until_ms)?;
        Some(SettledArrival { values, until_ms, is_dated: arrival.is_dated })
    }
}
