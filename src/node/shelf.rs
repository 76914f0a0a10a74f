//! Pages that bodies being served share: for many readers at the same place the store is read once.
//!
//! A page serves every body while the holdings do not change: what a body promises was held when the page was read. Pages
//! are kept only while some body is being served.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use futures_util::lock::Mutex;

use crate::error::StoreFault;
use crate::limits::MAX_SHELF_BYTES;
use crate::record::{KeyHash, Version};

/// How records are written in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each as `{ key, value }`, in one JSON array.
    Keyed,
    /// As they are, in one JSON array.
    Bare,
    /// As they are, each page being a JSON array of its own.
    Chunks,
}

/// The bytes that a place counts for besides its page.
const LEAST_BYTES: usize = 16 * 1024;

/// The places of all bodies being served, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Shelf(RefCell<Vec<Rc<Place>>>);

/// The place of bodies that want the same next page.
#[derive(Debug)]
pub(super) struct Place {
    form: Form,
    /// The key that was read last.
    after: String,
    /// How often the holdings had changed.
    changes: u64,
    /// Held while the page is read.
    pub(super) filling: Mutex<()>,
    /// The page, once it was read.
    pub(super) page: OnceCell<Result<Page, StoreFault>>,
}

/// One page of the store.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Its records, separated by commas.
    pub(super) text: String,
    /// The names of these records.
    pub(super) named: Vec<Named>,
    /// The keys of entries that seem damaged; their records are left out.
    pub(super) damaged: Vec<String>,
    /// The key of its last entry, even if that is damaged; `None` if there are no more entries.
    pub(super) last: Option<String>,
    /// Whether it is the last page of what is wanted.
    pub(super) is_last: bool,
}

/// The key and version that the text of an entry claims.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) key: String,
    pub(super) key_hash: KeyHash,
    pub(super) version: Version,
}

impl Shelf {
    /// The place after a key, shared by all bodies there while the holdings do not change.
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

    /// Removes a place whose page could not be read: later readers try again.
    pub(super) fn remove(&self, failed: &Rc<Place>) {
        self.0.borrow_mut().retain(|place| !Rc::ptr_eq(place, failed));
    }
}

impl Place {
    /// A place that is not shared.
    pub(super) fn new(form: Form, after: &str, changes: u64) -> Self {
        Self { form, after: after.to_owned(), changes, filling: Mutex::default(), page: OnceCell::new() }
    }

    /// About how much memory it takes: a page's text and names, and the place itself, as there may be many.
    fn bytes(&self) -> usize {
        let text = self.page.get().and_then(|page| page.as_ref().ok()).map_or(0, |page| page.text.len());
        text.saturating_mul(2).saturating_add(LEAST_BYTES)
    }
}
