//! Damaged entries: found, looked at again, noted, and removed when a good copy arrives.
//!
//! Between the reading of a text and the moment somebody looks at it, a good copy may have taken its place. So nothing is
//! noted, and nothing removed, before the slot was looked at once more.

use futures_util::future::LocalBoxFuture;

use super::shelf::Named;
use super::state::Node;
use crate::error::StoreFault;
use crate::json::Json;
use crate::ports::{Host, NamedVersion, Store, StoredEntry};
use crate::record::{Identity, KeyHash, UncheckedRecord, Version};
use crate::verify::Claim;

/// What some slots hold, in the order of their keys.
type Found = Vec<Option<StoredEntry>>;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// The names of an entry, if its text agrees with its key and version.
    pub(super) fn named(&self, entry: &StoredEntry) -> Option<Named> {
        names(&entry.text, self.options.identity)
            .filter(|named| named.key == entry.key && Version::parse(&entry.version) == Some(named.version))
    }

    /// Whether an entry is damaged, and not known to be so.
    pub(super) fn seems_damaged(&self, entry: &StoredEntry) -> bool {
        !entry.version.is_empty()
            && !self.state.borrow().damaged.holds(&entry.key, &entry.version)
            && self.named(entry).is_none()
    }

    /// An entry with its names; if it seems damaged, what its slot holds now. `None` if that is damaged.
    pub(super) async fn undamaged(&self, entry: StoredEntry) -> Result<Option<(StoredEntry, Named)>, StoreFault> {
        let now = if self.seems_damaged(&entry) {
            self.look_at_damaged(vec![entry.key]).await?.into_iter().next().flatten()
        } else {
            Some(entry)
        };
        Ok(now.and_then(|entry| self.named(&entry).map(|named| (entry, named))))
    }

    /// Looks again at slots whose entries seemed damaged; returns what they hold now. What is damaged still is noted.
    /// Boxed for size: each of its callers would have a copy.
    pub(super) fn look_at_damaged(&self, keys: Vec<String>) -> LocalBoxFuture<'_, Result<Found, StoreFault>> {
        Box::pin(async move {
            let found = self.ports.store.get_many(&keys).await?;
            for entry in found.iter().flatten().filter(|entry| self.seems_damaged(entry)) {
                let message = format!("what the db gives for {} is not what was stored; it is not served", entry.key);
                self.ports.host.warn(&message);
                self.lost(&entry.key, &entry.version);
            }
            Ok(found)
        })
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
    pub(super) async fn remove_damaged(&self, slots: impl Iterator<Item = &KeyHash>) -> Result<(), StoreFault> {
        let noted = self.state.borrow().damaged.among(slots);
        if noted.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = noted.iter().map(|entry| entry.key.clone()).collect();
        let found = self.look_at_damaged(keys).await?;
        let is_damaged = |now: &Option<StoredEntry>| now.as_ref().is_none_or(|entry| self.named(entry).is_none());
        let damaged: Vec<NamedVersion> =
            noted.iter().zip(&found).filter(|(_, now)| is_damaged(now)).map(|(entry, _)| entry.clone()).collect();
        self.ports.store.remove(&damaged).await?;
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
