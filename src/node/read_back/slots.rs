//! Reading a few slots of a database.

use std::collections::{BTreeMap, BTreeSet};

use super::ReadBack;
use crate::error::StoreFault;
use crate::ports::{Found, Host, Lookup, Scan as _, SimpleDb, StoredEntry};

/// What was found in some slots.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// The greatest of the sound records of each.
    pub(super) held: BTreeMap<String, StoredEntry>,
    /// Those in which there is something, be it sound or not.
    pub(super) taken: BTreeSet<String>,
    /// Whether not all of the database was gone through, or may not have been.
    pub(super) is_quick: bool,
}

impl<D: SimpleDb, H: Host> ReadBack<D, H> {
    /// What is in the slots of these keys. Where that is one of the entries that were `put` last, each in the place of its
    /// key, it is recognised by its text; every other text is judged.
    pub(super) async fn read_slots(
        &self,
        keys: &[&str],
        how: Lookup,
        put: &[&StoredEntry],
    ) -> Result<Slots, StoreFault> {
        let mut slots = Slots { is_quick: how != Lookup::Whole, ..Slots::default() };
        let wanted: BTreeSet<&str> = keys.iter().copied().collect();
        let mut scan = self.db.read_slots(keys, how, !put.is_empty()).await?;
        loop {
            let page = scan.page().await?;
            if page.is_empty() {
                return Ok(slots);
            }
            self.host.turn().await;
            let mut texts = Vec::new();
            for Found { place, text } in page {
                if let Some(key) = place.and_then(|place| keys.get(place)) {
                    slots.taken.insert((*key).to_owned());
                }
                let put = place.and_then(|place| put.get(place));
                match (put, text) {
                    (Some(put), None) => slots.offer((*put).clone()),
                    (Some(put), Some(text)) if put.text == text => slots.offer((*put).clone()),
                    (_, text) => texts.extend(text),
                }
            }
            for (sound, text) in self.judge(&texts).await.into_iter().zip(texts) {
                if let Ok(sound) = sound
                    && wanted.contains(sound.key.as_str())
                {
                    slots.taken.insert(sound.key.clone());
                    slots.offer(StoredEntry { key: sound.key, version: sound.version.to_string(), text });
                }
            }
        }
    }
}

impl Slots {
    fn offer(&mut self, entry: StoredEntry) {
        if self.held.get(&entry.key).is_none_or(|held| held.version < entry.version) {
            self.held.insert(entry.key.clone(), entry);
        }
    }
}
