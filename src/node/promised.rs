//! Promises are kept, or the body is cut: none ends cleanly without the records for which its tag stands.

use std::rc::Rc;

use super::holdings::Promise;
use super::shelf::Named;
use super::state::Node;
use crate::error::{StoreFault, StoreFaultKind};
use crate::ports::{Host, Scan as _, Store};
use crate::record::{KeyHash, Version};

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// What is left of a promise for a body that begins after this key. This reads many versions, so it is done for one
    /// body at a time: then requests for all records wait for one of these and not for all.
    pub(super) async fn promised_after(&self, after: &str, mut promise: Promise) -> Result<Promise, StoreFault> {
        let counting = Rc::clone(&self.state.borrow().counting);
        let _counting = counting.lock().await;
        let mut versions = self.ports.store.versions().await?;
        loop {
            let page = versions.page().await?;
            let before = page.iter().take_while(|named| named.key.as_str() <= after);
            let passed = before.fold(0_usize, |passed, named| {
                if let Some(version) = Version::parse(&named.version) {
                    self.state.borrow().holdings.redeem(&mut promise, &KeyHash::of(&named.key), &version);
                }
                passed.saturating_add(1)
            });
            if page.is_empty() || passed < page.len() {
                return Ok(promise);
            }
            self.let_others_run().await;
        }
    }

    /// Notes what a page contains; returns the keys of records that are less than what is held.
    #[inline(never)]
    pub(super) fn redeem(&self, page: &[Named], promise: Option<&mut Promise>) -> Vec<String> {
        let Some(promise) = promise else { return Vec::new() };
        let holdings = &self.state.borrow().holdings;
        let doubtful = page.iter().filter(|named| holdings.redeem(promise, &named.key_hash, &named.version));
        doubtful.map(|named| named.key.clone()).collect()
    }

    /// Looks up slots of which less was read than is held. A version that was written since is there now, and the
    /// promise is kept; if it is not there, the store has lost it.
    pub(super) async fn look_again(&self, slots: Vec<String>, promise: Option<&mut Promise>) -> Result<(), StoreFault> {
        let Some(promise) = promise.filter(|_| !slots.is_empty()) else { return Ok(()) };
        let found = self.ports.store.get_many(&slots).await?;
        let state = &mut *self.state.borrow_mut();
        for (key, found) in slots.iter().zip(found) {
            let version = found.and_then(|entry| Version::parse(&entry.version));
            if version.is_none_or(|version| state.holdings.redeem(promise, &KeyHash::of(key), &version)) {
                state.mirror.lost();
            }
        }
        Ok(())
    }

    /// Checks that the body contained all that was promised. What it did not was lost from the database.
    pub(super) fn check_promise(&self, promise: Option<&Promise>) -> Result<(), StoreFault> {
        let state = &mut *self.state.borrow_mut();
        let missing = promise.map_or(0, |promise| state.holdings.missing(promise));
        if missing == 0 {
            return Ok(());
        }
        state.mirror.lost();
        let message = format!("the db no longer holds {missing} of the records that it held when this answer began");
        Err(StoreFault { kind: StoreFaultKind::Failed, message })
    }
}
