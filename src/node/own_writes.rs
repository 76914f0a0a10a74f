//! Writes of the task's own records. The outcome of each is reported, and what is said to be held is looked up, because
//! the task may have deleted it.

use super::mirror::Purpose;
use super::put::{OwnRecords, Put};
use super::state::Node;
use super::write::Outcomes;
use super::writes::Writes;
use crate::error::{Rejection, StoreFault};
use crate::ports::{Host, Store, StoredEntry};
use crate::record::{KeyHash, Version};
use crate::report::ItemOutcome;
use crate::verify::body_judge::RejectedItem;
use crate::verify::{Record, Verdict};

/// Records, each with its place among those that were put.
type Placed = Vec<(usize, Record)>;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Writes the greatest record of each slot, and the next greatest where that was not stored.
    pub(super) async fn write_own(&self, own: &mut OwnRecords, writes: &Writes) {
        while !own.good.is_empty() {
            if let Some(fault) = self.unreadable(writes).await {
                return std::mem::take(&mut own.good)
                    .into_iter()
                    .for_each(|(place, _)| own.note(place, Put::Failed(fault.clone())));
            }
            let BySlot { places, greatest, lesser } = BySlot::of(std::mem::take(&mut own.good));
            let place_of = |key: &KeyHash| places.iter().find(|(slot, _)| slot == key).map_or(0, |(_, place)| *place);
            for (key, put) in self.write_slots(greatest, writes).await {
                own.note(place_of(&key), put);
            }
            for (place, record) in lesser {
                match own.held_by(place_of(&record.content().key_hash)) {
                    Some(held) => own.note(place, Put::stale(record, held)),
                    None => own.good.push((place, record)),
                }
            }
        }
    }

    /// Why nothing can be written, if the store cannot be read.
    async fn unreadable(&self, writes: &Writes) -> Option<StoreFault> {
        if writes.over().is_none()
            && let Err(fault) = self.load(Purpose::Put).await
        {
            writes.end(&fault);
        }
        writes.over()
    }

    /// Writes records of different slots; returns the outcome of each, in any order. What is said to be held is looked up,
    /// and written once more where it is not.
    async fn write_slots(&self, records: Vec<Record>, writes: &Writes) -> Vec<(KeyHash, Put)> {
        let (mut records, mut puts) = (records, Vec::new());
        for is_last in [false, true] {
            let mut kept = Vec::new();
            for (record, outcome) in self.write_each(records, writes).await {
                if !is_last && matches!(outcome, ItemOutcome::Kept(_)) {
                    kept.push(record);
                } else {
                    puts.push(self.put_of(record, outcome, writes));
                }
            }
            if kept.is_empty() {
                break;
            }
            records = self.look_at_kept(kept, &mut puts).await;
        }
        puts
    }

    /// Writes records together, and then each one alone that was not tried because others failed.
    async fn write_each(&self, records: Vec<Record>, writes: &Writes) -> Outcomes {
        let (mut outcomes, mut left, mut some) = (Outcomes::new(), Vec::new(), records);
        loop {
            let is_one = some.len() == 1;
            for (record, outcome) in self.write(some, self.until_ms(), writes).await {
                if matches!(outcome, ItemOutcome::NotStored(_)) && writes.is_in_doubt() && !is_one {
                    left.push(record);
                } else {
                    outcomes.push((record, outcome));
                }
            }
            if !is_one {
                left.reverse(); // so that they are written in their order
            }
            writes.resolve(false);
            match left.pop() {
                Some(record) => some = vec![record],
                None => return outcomes,
            }
        }
    }

    /// Checks whether the store holds what these records are said not to be greater than; returns those for which it does
    /// not.
    async fn look_at_kept(&self, kept: Vec<Record>, puts: &mut Vec<(KeyHash, Put)>) -> Vec<Record> {
        let keys: Vec<String> = kept.iter().map(|record| record.content().key.as_str().to_owned()).collect();
        let found = self.read_slots(&keys).await;
        let mut again = Vec::new();
        for (at, record) in kept.into_iter().enumerate() {
            let key = record.content().key_hash;
            match found.as_ref().map(|found| found.get(at).cloned().flatten()) {
                Ok(found) => match self.version_in(found).await.filter(|held| *held >= record.version()) {
                    Some(held) => puts.push((key, Put::stale(record, held))),
                    None => again.push(record),
                },
                Err(fault) => puts.push((key, Put::Failed(fault.clone()))),
            }
        }
        again
    }

    async fn version_in(&self, found: Option<StoredEntry>) -> Option<Version> {
        let undamaged = self.undamaged(found?).await.ok()??;
        Some(undamaged.1.version)
    }

    /// The outcome of one record, once that of all others is known.
    #[inline(never)] // for size: each of its callers would have a copy
    fn put_of(&self, record: Record, outcome: ItemOutcome, writes: &Writes) -> (KeyHash, Put) {
        let key = record.content().key_hash;
        let put = match self.outcome_now(&record, outcome, writes) {
            ItemOutcome::Inserted | ItemOutcome::Replaced => Put::Stored(Box::new(Verdict::stored(record))),
            ItemOutcome::Kept(_) => {
                let held = self.state.borrow().holdings.held(&key).map_or(record.version(), |held| held.version);
                Put::stale(record, held)
            }
            ItemOutcome::Settled(Rejection::StoreFailed(fault), _) | ItemOutcome::NotStored(fault) => {
                Put::Failed(fault)
            }
            ItemOutcome::Rejected(rejection) | ItemOutcome::Settled(rejection, _) | ItemOutcome::Parked(rejection) => {
                Put::rejected(RejectedItem { rejection, signed_text: Some(record.into_content().signed_text) })
            }
        };
        (key, put)
    }
}

/// Records by their slots.
#[derive(Default)]
struct BySlot {
    /// The slot and place of each of the greatest records.
    places: Vec<(KeyHash, usize)>,
    /// The greatest record of each slot; among equals the first.
    greatest: Vec<Record>,
    /// The others.
    lesser: Placed,
}

impl BySlot {
    fn of(records: Placed) -> Self {
        let mut slots = Self::default();
        for (place, record) in records {
            slots.add(place, record);
        }
        slots
    }

    fn add(&mut self, mut place: usize, mut record: Record) {
        let key = record.content().key_hash;
        match self.places.iter_mut().zip(&mut self.greatest).find(|((slot, _), _)| *slot == key) {
            Some(((_, place_of_other), other)) => {
                if other.version() < record.version() {
                    std::mem::swap(&mut place, place_of_other);
                    std::mem::swap(&mut record, other);
                }
                self.lesser.push((place, record));
            }
            None => {
                self.places.push((key, place));
                self.greatest.push(record);
            }
        }
    }
}
