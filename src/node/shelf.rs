//! Pages that bodies under way have in common: many readers at the same place cost the store one reading.
//!
//! A page is good for every body as long as what is held does not change: whatever a body promises is what was held when
//! the page was read, or was held before. It is kept while anybody reads, and not for those who come later.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use futures_util::lock::Mutex;

use crate::error::StoreFault;
use crate::limits::MAX_SHELF_BYTES;
use crate::record::{KeyHash, Version};

/// How records are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `{ key, value }`, as elements of one JSON array.
    Keyed,
    /// As they are, as elements of one JSON array.
    Bare,
    /// As they are, each page a JSON array of its own.
    Chunks,
}

/// A place counts as so many bytes at least.
const LEAST_BYTES: usize = 16 * 1024;

/// The pages of all bodies under way, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Shelf(RefCell<Vec<Rc<Place>>>);

/// Where a body is that wants its next page.
#[derive(Debug)]
pub(super) struct Place {
    form: Form,
    /// The key that was read last.
    after: String,
    /// How often what is held had changed.
    changes: u64,
    /// Held by whoever reads the page.
    pub(super) filling: Mutex<()>,
    /// What was read.
    pub(super) page: OnceCell<Result<Page, StoreFault>>,
}

/// One page of the store.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Its records, separated by commas.
    pub(super) text: String,
    /// What they are.
    pub(super) named: Vec<Named>,
    /// The key of its last entry, also where that is damaged; nothing where there are no more entries.
    pub(super) last: Option<String>,
    /// Whether no other page belongs to what is read.
    pub(super) is_last: bool,
}

/// What the text of an entry says that it is.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) key: String,
    pub(super) key_hash: KeyHash,
    pub(super) version: Version,
}

impl Shelf {
    /// The place after a key, for all who are there while what is held does not change.
    pub(super) fn place(&self, form: Form, after: &str, changes: u64) -> Rc<Place> {
        let places = &mut *self.0.borrow_mut();
        let is_here = |place: &&Rc<Place>| place.changes == changes && place.form == form && place.after == after;
        if let Some(place) = places.iter().find(is_here) {
            return Rc::clone(place);
        }
        places.retain(|place| place.changes == changes);
        while places.iter().fold(0_usize, |bytes, place| bytes.saturating_add(place.bytes())) > MAX_SHELF_BYTES {
            places.remove(0);
        }
        let place = Rc::new(Place::new(form, after, changes));
        places.push(Rc::clone(&place));
        place
    }

    /// Takes away a place whose page could not be read: who comes later tries anew.
    pub(super) fn remove(&self, failed: &Rc<Place>) {
        self.0.borrow_mut().retain(|place| !Rc::ptr_eq(place, failed));
    }
}

impl Place {
    /// A place that nobody shares.
    pub(super) fn new(form: Form, after: &str, changes: u64) -> Self {
        Self { form, after: after.to_owned(), changes, filling: Mutex::default(), page: OnceCell::new() }
    }

    /// About what it takes: a page's records and what they are; a place alone counts as well, as there may be many.
    fn bytes(&self) -> usize {
        let text = self.page.get().and_then(|page| page.as_ref().ok()).map_or(0, |page| page.text.len());
        text.saturating_mul(2).saturating_add(LEAST_BYTES)
    }
}
