//! A way through given slots of the store: those that a peer has asked for.

use crate::error::StoreFault;
use crate::ports::{Access, Store, StoredEntry};

/// How many slots are read at a time, at most. A database that is read only as a whole is read once for all of them.
const READ_AT_ONCE: usize = 100;
/// How many bytes of text a page has at least, unless it is the last one.
const PAGE_BYTES: usize = 64 * 1024;

/// Slots that are to be read.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The keys of those that were not read yet, descending: the next one stands last.
    keys: Vec<String>,
    /// What was read and is not in a page yet, in the same order.
    read: Vec<StoredEntry>,
    /// How many are read at a time: as many as a page has, by the size of those that were read last.
    at_once: usize,
}

impl Chosen {
    /// The slots with these keys, which are to be ascending.
    pub fn new(mut keys: Vec<String>) -> Self {
        keys.reverse();
        Self { keys, read: Vec::new(), at_once: READ_AT_ONCE }
    }

    /// The next entries, about 64 kB; empty at the end. A slot that holds nothing is passed over.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub async fn page(&mut self, store: &impl Store, access: Access) -> Result<Vec<StoredEntry>, StoreFault> {
        while self.read.is_empty() && !self.keys.is_empty() {
            let at_once = if access == Access::Whole { self.keys.len() } else { self.at_once };
            let mut slots = self.keys.split_off(self.keys.len().saturating_sub(at_once));
            slots.reverse();
            self.read = store.get_many(&slots).await?.into_iter().flatten().collect();
            self.read.reverse();
        }
        let read: usize = self.read.iter().map(|entry| entry.text.len()).sum();
        let average = read.checked_div(self.read.len()).unwrap_or_default().max(1);
        self.at_once = PAGE_BYTES.div_ceil(average).min(READ_AT_ONCE);
        let (mut page, mut bytes) = (Vec::new(), 0_usize);
        while bytes < PAGE_BYTES
            && let Some(entry) = self.read.pop()
        {
            bytes = bytes.saturating_add(entry.text.len());
            page.push(entry);
        }
        if access == Access::ByKey {
            // The rest is read again and not kept: there may be many who take their pages slowly.
            self.keys.extend(std::mem::take(&mut self.read).into_iter().map(|entry| entry.key));
        }
        Ok(page)
    }
}
