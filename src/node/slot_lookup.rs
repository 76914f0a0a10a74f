//! Looking up single slots in the store, where the holdings have to be right at once.

use super::holdings::{Held, SlotKey};
use super::state::Node;
use crate::error::StoreFault;
use crate::ports::{Host, Store, StoredEntry};
use crate::record::{KeyHash, Version};

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Reads and notes the versions in slots where the store seems to hold something greater than the holdings know.
    pub(super) async fn look_up(&self, keys: &[String]) -> Result<Vec<Option<Version>>, StoreFault> {
        let entries = self.ports.store.get_many(keys).await?;
        let versions: Vec<_> =
            entries.into_iter().map(|entry| entry.and_then(|entry| Version::parse(&entry.version))).collect();
        for (key, version) in keys.iter().zip(&versions) {
            self.note_found(key, *version);
        }
        self.tell_news().await;
        Ok(versions)
    }

    /// Notes the version that was found in such a slot.
    fn note_found(&self, key: &str, version: Option<Version>) {
        let hears_news = self.hears_news();
        let (state, key) = (&mut *self.state.borrow_mut(), SlotKey::of(key));
        let held = state.holdings.held(&key.hash).map(|held| held.version);
        let is_greatest =
            version.is_some_and(|version| state.holdings.raise(key, Held { version, signature: None }).is_none());
        if !is_greatest {
            // Something was deleted, or written while this lookup was under way.
            state.read_store_again();
        }
        if let Some(version) = version.filter(|version| hears_news && held < Some(*version)) {
            state.news.note(key.text, version);
        }
    }

    /// The entry in one slot, read as [`Self::read_slots`] does.
    pub(super) async fn read_slot(&self, key: &str) -> Result<Option<StoredEntry>, StoreFault> {
        Ok(self.read_slots(&[key.to_owned()]).await?.into_iter().next().flatten())
    }

    /// The entries in these slots. Where the version of an entry is less than the held one, the store has lost the held
    /// one, and that is noted.
    pub(super) async fn read_slots(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        let held = |key: &String| self.state.borrow().holdings.held(&KeyHash::of(key));
        let known: Vec<Option<Held>> = keys.iter().map(held).collect();
        let found = self.ports.store.get_many(keys).await?;
        for ((key, known), found) in keys.iter().zip(known).zip(&found) {
            let version = found.as_ref().and_then(|entry| Version::parse(&entry.version));
            let is_unchanged = held(key) == known;
            if is_unchanged && known.map(|held| held.version) > version {
                self.heard(key, version);
                self.state.borrow_mut().read_store_again();
            }
        }
        Ok(found)
    }
}
