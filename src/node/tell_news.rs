//! Tells the host what others wrote to the database. Each version is told once, and never after a greater one of its
//! slot; a version that was overwritten before it could be read is not told.

use std::rc::Rc;

use super::state::Node;
use crate::ports::{Access, Host, Store};
use crate::record::{KeyHash, Version};

/// How many texts are read at a time.
const READ_AT_ONCE: usize = 100;
/// How many are read at a time where the whole database is read for them.
const READ_WHOLE_AT_ONCE: usize = 2_000;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Whether the host wants news. What the first load of the store finds is no news.
    pub(super) fn hears_news(&self) -> bool {
        self.state.borrow().is_known() && self.ports.host.hears_records()
    }

    /// Tells the host of the records that others wrote, as they are stored now.
    pub async fn tell_news(&self) {
        let telling = Rc::clone(&self.state.borrow().telling);
        let _telling = telling.lock().await;
        loop {
            let keys = self.first_news();
            if keys.is_empty() {
                return;
            }
            // What cannot be read now is told after the next look at the store.
            let Ok(entries) = self.ports.store.get_many(&keys).await else { return };
            let news = self.state.borrow_mut().news.take(keys.len());
            for ((_, version), entry) in news.into_iter().zip(entries) {
                if let Some(entry) = entry
                    && let Ok(Some((entry, named))) = self.undamaged(entry).await
                    && named.version == version
                    && self.holds(&named.key_hash, version)
                {
                    self.ports.host.records_stored(&[&entry.text]);
                }
                self.let_others_run().await;
            }
        }
    }

    /// As [`Self::tell_news`], but only once there is much news: for use while the store is read.
    pub(super) async fn tell_much_news(&self) {
        if self.state.borrow().news.is_much() {
            self.tell_news().await;
        }
        self.let_others_run().await;
    }

    fn first_news(&self) -> Vec<String> {
        let state = self.state.borrow();
        state.news.first_keys(if state.access == Access::Whole { READ_WHOLE_AT_ONCE } else { READ_AT_ONCE })
    }

    /// Whether this version is still what is held. If a greater one is, that one was told or will be.
    fn holds(&self, slot: &KeyHash, version: Version) -> bool {
        self.state.borrow().holdings.held(slot).map(|held| held.version) == Some(version)
    }
}
