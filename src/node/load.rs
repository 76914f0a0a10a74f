//! Load: makes what is held mirror the store, and keeps it so.

use std::rc::Rc;

use super::holdings::{Held, Holdings};
use super::state::Node;
use crate::error::{StoreFault, StoreFaultKind};
use crate::limits::{ROUND_STALENESS_MS, SERVED_STALENESS_MS};
use crate::ports::{Access, Host, NamedVersion, Scan as _, Store};
use crate::record::{KeyHash, Version};

/// Who relies on what is held: says how old it may be where the store cannot tell of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A round or a write of the task's own.
    Share,
    /// An answer to a request.
    Serve,
}

impl Purpose {
    fn max_age_ms(self) -> u64 {
        match self {
            Self::Share => ROUND_STALENESS_MS,
            Self::Serve => SERVED_STALENESS_MS,
        }
    }
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Reads the store, unless what is held mirrors it closely enough, and brings the digest up to date.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    pub async fn load(&self, purpose: Purpose) -> Result<(), StoreFault> {
        let reading = Rc::clone(&self.state.borrow().reading);
        let failures = self.state.borrow().failed_loads;
        let _reading = reading.lock().await;
        if let Some(fault) = self.failed_since(failures) {
            return Err(fault);
        }
        self.load_alone(purpose).await.inspect_err(|fault| {
            let state = &mut *self.state.borrow_mut();
            state.failed_loads = state.failed_loads.wrapping_add(1);
            state.load_fault = Some(fault.clone());
        })
    }

    /// What the store failed with since this number of failures. Whoever waited for that reading does not wait for another,
    /// or each of many requests would take the time of a database that hangs.
    fn failed_since(&self, failures: u64) -> Option<StoreFault> {
        let state = self.state.borrow();
        if state.failed_loads == failures { None } else { state.load_fault.clone() }
    }

    async fn load_alone(&self, purpose: Purpose) -> Result<(), StoreFault> {
        let access = self.ports.store.open().await?;
        self.state.borrow_mut().access = access;
        if !self.is_fresh(purpose) {
            self.read_store().await?;
        }
        while !self.state.borrow_mut().holdings.digest_further() {
            self.let_others_run().await;
        }
        Ok(())
    }

    /// Notes a write or a deletion that did not come through this node: the version that the store holds in a slot now.
    pub fn heard(&self, key: &str, version: Option<Version>) {
        let holdings = &mut self.state.borrow_mut().holdings;
        match version {
            Some(version) => holdings.apply(KeyHash::of(key), Held { version, signature: None }),
            None => holdings.remove(&KeyHash::of(key)),
        }
    }

    /// Notes that what the store gives for a key is not what was stored there: it counts as absent, so that the next
    /// round fetches a good copy, and is removed when that comes.
    pub fn lost(&self, key: &str, version: &str) {
        let state = &mut *self.state.borrow_mut();
        let key_hash = KeyHash::of(key);
        state.damaged.insert(key_hash, NamedVersion { key: key.to_owned(), version: version.to_owned() });
        state.holdings.remove(&key_hash);
        state.forget_validators();
    }

    fn is_fresh(&self, purpose: Purpose) -> bool {
        let state = self.state.borrow();
        let age_ms = |loaded_at_ms| self.ports.host.elapsed_ms().saturating_sub(loaded_at_ms);
        match state.loaded_at_ms.filter(|_| !state.is_suspect) {
            Some(loaded_at_ms) => state.access == Access::ByKey || age_ms(loaded_at_ms) <= purpose.max_age_ms(),
            None => false,
        }
    }

    async fn read_store(&self) -> Result<(), StoreFault> {
        let began_ms = self.ports.host.elapsed_ms();
        self.state.borrow_mut().is_suspect = false;
        let read = self.read_versions().await;
        let state = &mut *self.state.borrow_mut();
        state.loaded_at_ms = read.is_ok().then_some(began_ms);
        read?;
        if state.holdings.end_reading() {
            // What the store lost, the peers that gave it have to offer again.
            state.forget_validators();
        }
        Ok(())
    }

    async fn read_versions(&self) -> Result<(), StoreFault> {
        let mut versions = self.ports.store.versions().await?;
        self.state.borrow_mut().holdings.begin_reading();
        let mut after = String::new();
        loop {
            let page = versions.page().await?;
            let Some(last) = page.last() else { break };
            if last.key <= after {
                return Err(rubbish("its entries do not ascend by key"));
            }
            after.clone_from(&last.key);
            read_page(&mut self.state.borrow_mut().holdings, &page)?;
            self.let_others_run().await;
        }
        Ok(())
    }

    /// Looks up what the store holds in slots of which it held more than was known here.
    pub(super) async fn look_up(&self, keys: &[String]) -> Result<(), StoreFault> {
        let entries = self.ports.store.get_many(keys).await?;
        let state = &mut *self.state.borrow_mut();
        for (key, entry) in keys.iter().zip(entries) {
            let version = entry.and_then(|entry| Version::parse(&entry.version));
            let found =
                version.map(|version| state.holdings.raise(KeyHash::of(key), Held { version, signature: None }));
            if found != Some(None) {
                // Something was deleted, or written while this answer was under way.
                state.read_store_again();
            }
        }
        Ok(())
    }
}

/// Notes a page of versions; entries that their database knows to be damaged count as absent.
fn read_page(holdings: &mut Holdings, page: &[NamedVersion]) -> Result<(), StoreFault> {
    for NamedVersion { key, version } in page.iter().filter(|entry| !entry.version.is_empty()) {
        let version = Version::parse(version).ok_or_else(|| rubbish("an entry's version is none of ours"))?;
        holdings.read(KeyHash::of(key), version);
    }
    Ok(())
}

/// What a database that breaks its contract failed with.
pub(super) fn rubbish(what: &str) -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: format!("the db answered with rubbish: {what}") }
}
