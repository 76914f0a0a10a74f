//! Load: makes the holdings mirror the store, and keeps them so.

use std::rc::Rc;

use super::holdings::{Damaged, Held, SlotKey};
use super::mirror::{Look, Purpose};
use super::state::Node;
use crate::error::{StoreFault, StoreFaultKind};
use crate::ports::{Changes, Host, NamedVersion, Phase, Scan as _, Store};
use crate::record::{Identity, KeyHash, Version};

/// How many changes are noted between two turns of the event loop.
const CHANGES_AT_ONCE: usize = 500;

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Looks at the store, unless what is held mirrors it closely enough for this purpose, and brings the digest up to
    /// date.
    ///
    /// # Errors
    ///
    /// The database's fault, or that it was written with another option `identity`.
    pub async fn load(&self, purpose: Purpose) -> Result<(), StoreFault> {
        let loading = Rc::clone(&self.state.borrow().loading);
        let failures = self.state.borrow().failed_loads;
        let loading = loading.lock().await;
        if let Some(fault) = self.failed_since(failures) {
            return Err(fault);
        }
        let has_looked = self.load_alone(purpose).await.inspect_err(|fault| {
            let state = &mut *self.state.borrow_mut();
            state.failed_loads = state.failed_loads.wrapping_add(1);
            state.load_fault = Some(fault.clone());
            state.mirror.failed();
        })?;
        drop(loading);
        if has_looked {
            self.tell_news().await;
        }
        Ok(())
    }

    /// The fault of the load that others waited for, if it failed. They do not try again one after another: with a
    /// database that hangs, each of many requests would wait for a timeout of its own.
    fn failed_since(&self, failures: u64) -> Option<StoreFault> {
        let state = self.state.borrow();
        if state.failed_loads == failures { None } else { state.load_fault.clone() }
    }

    /// As [`Self::load`], for one caller at a time; returns whether it had to look at the store.
    async fn load_alone(&self, purpose: Purpose) -> Result<bool, StoreFault> {
        let access = self.ports.store.open().await?;
        self.state.borrow_mut().access = access;
        let look = self.state.borrow().mirror.look(purpose, access, self.ports.host.elapsed_ms());
        match &look {
            Look::None => {}
            Look::Changes(mark) => self.follow(mark.as_deref()).await?,
            Look::Versions => self.read_store().await?,
        }
        while !self.state.borrow_mut().holdings.digest_further() {
            self.let_others_run().await;
        }
        Ok(look != Look::None)
    }

    /// Notes a write or a deletion that did not come through this node, by the version that the slot has now. Returns
    /// whether the caller has to call [`Self::tell_news`].
    pub fn heard(&self, key: &str, version: Option<Version>) -> bool {
        let hears_news = self.hears_news();
        let (state, slot) = (&mut *self.state.borrow_mut(), SlotKey::of(key));
        let held = state.holdings.held(&slot.hash).map(|held| held.version);
        let is_loss = held > version;
        let wakes = hears_news && state.news.is_empty();
        if let Some(version) = version.filter(|version| hears_news && held < Some(*version)) {
            state.news.note(key, version);
        }
        match version {
            Some(version) => state.holdings.apply(slot, Held { version, signature: None }),
            None => state.holdings.remove(&slot.hash),
        }
        if is_loss {
            // The peers that have it need to offer it again.
            state.forget_validators();
        }
        wakes && !state.news.is_empty()
    }

    /// Applies what was written or removed since a mark. Without a mark, or where the store cannot name the changes,
    /// all versions are read; not where the store keeps no marks at all.
    async fn follow(&self, mark: Option<&str>) -> Result<(), StoreFault> {
        let began_ms = self.ports.host.elapsed_ms();
        self.state.borrow_mut().holdings.begin_look();
        let (mark, entries) = match self.ports.store.changes(mark).await? {
            Some(Changes { mark, entries: Some(entries) }) => (mark, entries),
            Some(Changes { entries: None, .. }) => return self.read_store().await,
            None if mark.is_some() => return self.read_store().await,
            None => {
                let state = &mut *self.state.borrow_mut();
                state.mirror.followed(began_ms, None);
                state.holdings.end_look();
                return Ok(());
            }
        };
        for some in entries.chunks(CHANGES_AT_ONCE) {
            self.follow_some(some)?;
            self.tell_much_news().await;
        }
        let state = &mut *self.state.borrow_mut();
        state.mirror.followed(began_ms, Some(mark));
        if state.holdings.end_look() {
            // The peers that have what the store lost need to offer it again.
            state.forget_validators();
        }
        Ok(())
    }

    fn follow_some(&self, entries: &[NamedVersion]) -> Result<(), StoreFault> {
        let hears_news = self.hears_news();
        let state = &mut *self.state.borrow_mut();
        let mut other = None;
        for entry in entries {
            match self.kind_of(entry, &mut state.damaged) {
                Kind::Ours(version) => {
                    let slot = SlotKey::of(&entry.key);
                    if let Some(news) = state.holdings.follow(slot, version).filter(|_| hears_news) {
                        state.news.note(&entry.key, news);
                    }
                }
                Kind::Other(identity) => other = Some(identity),
                Kind::Nothing => {}
            }
        }
        match other {
            Some(identity) if state.holdings.is_empty() => Err(self.other_identity(identity)),
            _ => Ok(()),
        }
    }

    async fn read_store(&self) -> Result<(), StoreFault> {
        let began_ms = self.ports.host.elapsed_ms();
        // The next look names what is written from here on.
        let mark = self.ports.store.changes(None).await?.map(|changes| changes.mark);
        let held_before = self.state.borrow().is_known().then(|| self.state.borrow().holdings.len() as u64);
        let tell = || self.ports.host.progress(Phase::Load, self.state.borrow().entries_read, held_before);
        self.with_progress(self.read_versions(), tell).await?;
        let state = &mut *self.state.borrow_mut();
        state.mirror.read(began_ms, self.ports.host.elapsed_ms(), mark);
        if state.holdings.end_load() {
            state.forget_validators();
        }
        Ok(())
    }

    async fn read_versions(&self) -> Result<(), StoreFault> {
        // What is written from here on stays, whether the store was asked before or after it: a simple database is read whole
        // before it gives its first page.
        self.state.borrow_mut().begin_load();
        let mut versions = self.ports.store.versions().await?;
        let (mut after, mut seen) = (String::new(), Identities::default());
        loop {
            let page = versions.page().await?;
            let Some(last) = page.last() else { break };
            if last.key <= after {
                return Err(broken_contract("the db gave its entries out of order; wanted ascending keys"));
            }
            after.clone_from(&last.key);
            self.read_page(&page, &mut seen);
            self.tell_much_news().await;
        }
        match seen.other {
            Some(other) if !seen.ours => return Err(self.other_identity(other)),
            Some(other) => {
                let message =
                    format!("some of the db's entries are of identity \"{}\"; they count as absent", other.name());
                self.ports.host.warn(&message);
            }
            None => {}
        }
        Ok(())
    }

    /// Applies a page of versions.
    fn read_page(&self, page: &[NamedVersion], seen: &mut Identities) {
        let hears_news = self.hears_news();
        let state = &mut *self.state.borrow_mut();
        state.entries_read = state.entries_read.saturating_add(page.len() as u64);
        for entry in page {
            match self.kind_of(entry, &mut state.damaged) {
                Kind::Ours(version) => {
                    seen.ours = true;
                    let Some(version) = version else { continue };
                    if state.holdings.read(SlotKey::of(&entry.key), version) && hears_news {
                        state.news.note(&entry.key, version);
                    }
                }
                Kind::Other(identity) => seen.other = Some(identity),
                Kind::Nothing => {}
            }
        }
    }

    /// What kind of entry this is. One with a malformed version counts as damaged: it is removed when a good copy
    /// arrives, because it might compare as newer.
    fn kind_of(&self, entry: &NamedVersion, damaged: &mut Damaged) -> Kind {
        match Identity::of_key(&entry.key) {
            None => return Kind::Nothing,
            Some(identity) if identity != self.options.identity => return Kind::Other(identity),
            Some(_) => {}
        }
        let version = Version::parse(&entry.version);
        if version.is_none() && !entry.version.is_empty() {
            damaged.insert(KeyHash::of(&entry.key), entry.clone());
        }
        Kind::Ours(version.filter(|_| !damaged.holds(&entry.key, &entry.version)))
    }

    pub(super) fn other_identity(&self, found: Identity) -> StoreFault {
        let (found, ours) = (found.name(), self.options.identity.name());
        let message = format!(
            "the db was written with identity \"{found}\" and is opened with identity \"{ours}\"; give option identity \"{found}\", or another db"
        );
        StoreFault { kind: StoreFaultKind::Identity, message }
    }
}

/// What an entry of the store is to this node.
enum Kind {
    /// A slot of this node's identity, with the version that counts as held; `None` where it is absent or damaged.
    Ours(Option<Version>),
    /// A slot of the other identity.
    Other(Identity),
    /// Not a slot: no record has such a key.
    Nothing,
}

/// The identities of which the store holds slots.
#[derive(Default)]
struct Identities {
    ours: bool,
    other: Option<Identity>,
}

/// The fault of a database that breaks its contract.
#[inline(never)] // for size: each of its callers would have a copy
pub(super) fn broken_contract(message: &str) -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: message.to_owned() }
}
