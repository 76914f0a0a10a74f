//! Reading a few slots of a database.

use super::ReadBack;
use super::judging::Sound;
use crate::error::StoreFault;
use crate::json::Json;
use crate::ports::{Found, Host, Lookup, Scan as _, SimpleDb, StoredEntry};

/// What a database has in one slot.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundSlot {
    /// The greatest of its sound records.
    pub(super) held: Option<StoredEntry>,
    /// Whether there is anything, sound or not.
    pub(super) is_taken: bool,
    /// Whether what was put there came back with its signature, but is no longer sound.
    pub(super) is_changed: bool,
}

impl<D: SimpleDb, H: Host> ReadBack<D, H> {
    /// What is in the slots of these keys, in their order. An entry that was just `put` (each at the place of its key) is
    /// recognised by its text; every other text is judged.
    pub(super) async fn read_slots(
        &self,
        keys: &[&str],
        how: Lookup,
        put: &[&StoredEntry],
    ) -> Result<Vec<FoundSlot>, StoreFault> {
        let mut slots = vec![FoundSlot::default(); keys.len()];
        let mut scan = self.db.read_slots(keys, how, !put.is_empty()).await?;
        loop {
            let page = scan.page().await?;
            if page.is_empty() {
                return Ok(slots);
            }
            self.host.turn().await;
            let unknown = take_put(page, put, &mut slots);
            self.offer_sound(unknown, keys, put, &mut slots).await;
        }
    }

    /// Judges texts, and offers each record to its slot.
    async fn offer_sound(
        &self,
        (places, texts): Unknown,
        keys: &[&str],
        put: &[&StoredEntry],
        slots: &mut [FoundSlot],
    ) {
        let sound = self.judge(&texts).await;
        for ((place, sound), text) in places.into_iter().zip(sound).zip(texts) {
            let Ok(Sound { key, version }) = sound else {
                let put = place.and_then(|place| Some((slots.get_mut(place)?, put.get(place)?)));
                put.into_iter().for_each(|(slot, put)| slot.is_changed |= has_signature_of(put, &text));
                continue;
            };
            // Not every item tells its place.
            let is_there = |place: &usize| keys.get(*place) == Some(&key.as_str());
            let place = place.filter(is_there).or_else(|| keys.iter().position(|wanted| *wanted == key));
            if let Some(slot) = place.and_then(|place| slots.get_mut(place)) {
                slot.offer(StoredEntry { key, version: version.to_string(), text });
            }
        }
    }
}

/// Texts that have to be judged, after the places of their slots.
type Unknown = (Vec<Option<usize>>, Vec<String>);

/// Takes the entries that were just put from a page; returns the other texts.
fn take_put(page: Vec<Found>, put: &[&StoredEntry], slots: &mut [FoundSlot]) -> Unknown {
    let (mut places, mut texts) = Unknown::default();
    for Found { place, text } in page {
        let slot = place.and_then(|place| slots.get_mut(place));
        let put = place.and_then(|place| put.get(place));
        match (slot, put) {
            (Some(slot), Some(put)) if text.as_ref().is_none_or(|text| *text == put.text) => {
                slot.offer((*put).clone());
            }
            (slot, _) => {
                slot.into_iter().for_each(|slot| slot.is_taken = true);
                if let Some(text) = text {
                    places.push(place);
                    texts.push(text);
                }
            }
        }
    }
    (places, texts)
}

fn has_signature_of(put: &StoredEntry, text: &str) -> bool {
    Json::of_canonical(&put.text).member("signature").is_some_and(|signature| text.contains(signature.text()))
}

impl FoundSlot {
    /// Whether the slot has no sound record, or only a lesser one.
    pub(super) fn is_below(&self, entry: &StoredEntry) -> bool {
        self.held.as_ref().is_none_or(|held| held.version < entry.version)
    }

    fn offer(&mut self, entry: StoredEntry) {
        self.is_taken = true;
        if self.is_below(&entry) {
            self.held = Some(entry);
        }
    }
}
