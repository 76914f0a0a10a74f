//! What was read of a database, page by page.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use crate::error::StoreFault;
use crate::ports::Scan;
use crate::record::Version;

/// About how much text a page has, as pages of other stores do.
const PAGE_BYTES: usize = 64 * 1024;

/// One record of a database.
#[derive(Debug)]
pub struct HeldRecord {
    pub version: Version,
    /// Empty where only versions were wanted.
    pub text: String,
}

/// The records of a database, by key; of several with one key, the one with the greatest version.
pub type HeldRecords = BTreeMap<String, HeldRecord>;

/// What was read, page by page.
#[derive(Debug)]
pub struct ReadPages<I> {
    held: Rc<HeldRecords>,
    /// No key is empty.
    after: String,
    item: fn(&String, &HeldRecord) -> I,
    bytes: fn(&I) -> usize,
}

impl<I> ReadPages<I> {
    pub(super) fn of(
        held: Rc<HeldRecords>,
        after: &str,
        item: fn(&String, &HeldRecord) -> I,
        bytes: fn(&I) -> usize,
    ) -> Self {
        Self { held, after: after.to_owned(), item, bytes }
    }
}

impl<I> Scan for ReadPages<I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        let from = Bound::Excluded(self.after.as_str());
        let (mut page, mut bytes, mut last) = (Vec::new(), 0_usize, None);
        for (key, record) in self.held.range::<str, _>((from, Bound::Unbounded)) {
            if bytes >= PAGE_BYTES {
                break;
            }
            let item = (self.item)(key, record);
            bytes = bytes.saturating_add((self.bytes)(&item));
            page.push(item);
            last = Some(key);
        }
        if let Some(last) = last.cloned() {
            self.after = last;
        }
        Ok(page)
    }
}
