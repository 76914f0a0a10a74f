//! Damaged entries: found, looked at again, noted, and removed when a good copy arrives.
//!
//! A good copy may replace a text after it was read and before it is judged. So a slot is read once more before its entry is
//! noted as damaged, and again before that entry is removed.

use std::rc::Rc;

use super::shelf::Named;
use super::state::Node;
use crate::error::StoreFault;
use crate::json::Json;
use crate::ports::{Host, NamedVersion, Store, StoredEntry};
use crate::record::{Identity, KeyHash, UncheckedRecord, Version};
use crate::verify::Claim;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// The names of an entry, if its text agrees with its key and version.
    pub(super) fn named(&self, entry: &StoredEntry) -> Option<Named> {
        names(&entry.text, self.options.identity)
            .filter(|named| named.key == entry.key && Version::parse(&entry.version) == Some(named.version))
    }

    /// Whether an entry without names is to be looked at again: that it is damaged is not known yet.
    pub(super) fn is_doubtful(&self, entry: &StoredEntry) -> bool {
        !entry.version.is_empty() && !self.state.borrow().damaged.holds(&entry.key, &entry.version)
    }

    /// An entry with its names; if it seems damaged, what its slot holds now. `None` if that is damaged.
    pub(super) async fn undamaged(&self, entry: StoredEntry) -> Result<Option<(StoredEntry, Named)>, StoreFault> {
        if let Some(named) = self.named(&entry) {
            return Ok(Some((entry, named)));
        }
        if !self.is_doubtful(&entry) {
            return Ok(None);
        }
        let now = self.look_at_damaged(&[entry.key]).await?.into_iter().next().flatten();
        Ok(now.and_then(|entry| self.named(&entry).map(|named| (entry, named))))
    }

    /// Looks again at slots whose entries seemed damaged; returns what they hold now. What is damaged still is noted.
    pub(super) async fn look_at_damaged(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        let found = self.ports.store.get_many(keys).await?;
        for entry in found.iter().flatten().filter(|entry| self.named(entry).is_none() && self.is_doubtful(entry)) {
            let message = format!("what the db gives for {} is not what was stored; it is not served", entry.key);
            self.ports.host.warn(&message);
            self.lost(&entry.key, &entry.version);
        }
        Ok(found)
    }

    /// Notes that an entry is damaged: its text is not what was stored. It counts as absent, so that the next round
    /// fetches a good copy, and is removed when that arrives.
    pub fn lost(&self, key: &str, version: &str) {
        let state = &mut *self.state.borrow_mut();
        let key_hash = KeyHash::of(key);
        state.damaged.insert(key_hash, NamedVersion { key: key.to_owned(), version: version.to_owned() });
        state.holdings.remove(&key_hash);
        state.forget_validators();
    }

    /// Removes the entries that are damaged from these slots: they have the version of the good copy, which would be
    /// stale.
    pub(super) async fn remove_damaged<'k>(
        &self,
        slots: impl Iterator<Item = &'k KeyHash> + Clone,
    ) -> Result<(), StoreFault> {
        if self.state.borrow().damaged.among(slots.clone()).is_empty() {
            return Ok(());
        }
        // One write at a time: another one may have removed them since, and stored what would be removed now.
        let mending = Rc::clone(&self.state.borrow().mending);
        let _held = mending.lock().await;
        let noted = self.state.borrow().damaged.among(slots);
        if noted.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = noted.iter().map(|entry| entry.key.clone()).collect();
        let found = self.look_at_damaged(&keys).await?;
        let is_damaged = |now: &Option<StoredEntry>| now.as_ref().is_none_or(|entry| self.named(entry).is_none());
        let damaged: Vec<NamedVersion> =
            noted.iter().zip(&found).filter(|(_, now)| is_damaged(now)).map(|(entry, _)| entry.clone()).collect();
        if !damaged.is_empty() {
            self.ports.store.remove(&damaged).await?;
        }
        self.state.borrow_mut().damaged.forget(&noted);
        Ok(())
    }
}

/// The names that a record's text claims.
fn names(text: &str, identity: Identity) -> Option<Named> {
    let item = Json::parse(text).ok()?;
    let claim = Claim::read(UncheckedRecord::read(item), identity).ok()?.identify().ok()?;
    let (key, key_hash) = (claim.claim.key().as_str().to_owned(), claim.claim.key_hash);
    Some(Named { key, key_hash, version: claim.version })
}
