//! Records for readers, page by page; damaged entries are left out.

use std::rc::Rc;

use super::chosen::Chosen;
use super::extent::Extent;
use super::holdings::Promise;
use super::load::broken_contract;
use super::shelf::{Form, Page, Place, Shelf};
use super::state::Node;
use crate::error::StoreFault;
use crate::json::quote_into;
use crate::ports::{Host, Scan, Store, StoredEntry};
use crate::record::Identity;

/// A way through records, page by page.
#[derive(Debug)]
pub struct Pages<E> {
    form: Form,
    extent: Extent,
    /// The store's entries, open after the key that was read last.
    open: Option<Open<E>>,
    /// The slots that are wanted; `None` if that is all of the extent.
    chosen: Option<Chosen>,
    is_first: bool,
    is_over: bool,
    /// The key that was read last; at first the one to begin after.
    last: String,
    /// A page that was read but not returned yet.
    ready: Option<String>,
    /// What the pages have to contain before they may end.
    promise: Option<Promise>,
    shelf: Rc<Shelf>,
}

/// The store's entries, and how often what is held had changed when they were opened.
#[derive(Debug)]
struct Open<E> {
    entries: E,
    changes: u64,
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// A way through all records, which has not asked the store yet and promises nothing.
    #[must_use]
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn pages(&self, form: Form) -> Pages<S::Entries> {
        let shelf = self.state.borrow_mut().shelf();
        Pages {
            form,
            extent: Extent::default(),
            open: None,
            chosen: None,
            is_first: true,
            is_over: false,
            last: String::new(),
            ready: None,
            promise: None,
            shelf,
        }
    }

    /// A way through the records whose keys are greater than `after` and begin with `prefix`, at most `limit` of them. Each
    /// page is a JSON array of its own.
    #[must_use]
    pub fn records(&self, after: &str, prefix: &str, limit: Option<u64>) -> Pages<S::Entries> {
        let extent = Extent::new(prefix, limit);
        let last = extent.begin(after);
        Pages { is_over: extent.is_over(&last), last, extent, ..self.pages(Form::Chunks) }
    }

    /// A way through the records after a key, which ends in an error if a promised record is missing. Its first page is
    /// read already, so that a failing database shows before the answer begins.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub(super) async fn begun_pages(
        &self,
        form: Form,
        after: &str,
        promise: Promise,
    ) -> Result<Pages<S::Entries>, StoreFault> {
        let promise = if after.is_empty() { promise } else { self.promised_after(after, promise).await? };
        self.begun(Pages { last: after.to_owned(), promise: Some(promise), ..self.pages(form) }).await
    }

    /// The same through the slots with these keys, which are to be ascending.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub(super) async fn begun_chosen(
        &self,
        keys: Vec<String>,
        promise: Promise,
    ) -> Result<Pages<S::Entries>, StoreFault> {
        let (chosen, promise) = (Some(Chosen::new(keys)), Some(promise));
        self.begun(Pages { chosen, promise, ..self.pages(Form::Keyed) }).await
    }

    async fn begun(&self, mut pages: Pages<S::Entries>) -> Result<Pages<S::Entries>, StoreFault> {
        pages.ready = self.page(&mut pages).await?;
        Ok(pages)
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// The database's fault, or that it no longer holds what was promised. No page follows an error.
    pub async fn page(&self, pages: &mut Pages<S::Entries>) -> Result<Option<String>, StoreFault> {
        if let Some(ready) = pages.ready.take() {
            return Ok(Some(ready));
        }
        if std::mem::replace(&mut pages.is_over, true) {
            return Ok(None);
        }
        let is_first = pages.is_first;
        loop {
            self.let_others_run().await;
            let place = self.place_of(pages);
            let page = self.page_at(&place, pages).await?;
            let doubtful = self.redeem(&page.named, pages.promise.as_mut());
            self.look_again(doubtful, pages.promise.as_mut()).await?;
            let Some(last) = &page.last else {
                self.check_promise(pages.promise.as_ref())?;
                return Ok(last_page(pages.form, is_first));
            };
            pages.last.clone_from(last);
            pages.extent.pass(page);
            pages.open.take_if(|_| page.is_last);
            if !page.text.is_empty() {
                (pages.is_first, pages.is_over) = (false, page.is_last);
                return Ok(Some(page_text(pages.form, is_first, &page.text)));
            }
            if page.is_last {
                return Ok(last_page(pages.form, is_first));
            }
        }
    }

    /// The place of a body on the shelf. It is not shared if the entries were opened before the holdings changed, or if
    /// only a part of all records is wanted.
    #[inline(never)]
    fn place_of(&self, pages: &Pages<S::Entries>) -> Rc<Place> {
        let changes = self.state.borrow().holdings.changes();
        match &pages.open {
            Some(open) if open.changes != changes => Rc::new(Place::new(pages.form, &pages.last, open.changes)),
            _ if pages.chosen.is_some() || !pages.extent.is_all() => {
                Rc::new(Place::new(pages.form, &pages.last, changes))
            }
            _ => pages.shelf.place(pages.form, &pages.last, changes),
        }
    }

    /// The page at a place: the first body there reads it, while the others wait.
    async fn page_at<'p>(&self, place: &'p Rc<Place>, pages: &mut Pages<S::Entries>) -> Result<&'p Page, StoreFault> {
        let _filling = place.filling.lock().await;
        let page = match place.page.get() {
            Some(page) => {
                pages.open = None; // these entries are still before this page
                page
            }
            None => {
                let read = self.read_entries(pages).await;
                if read.is_err() {
                    pages.shelf.remove(place);
                }
                place.page.get_or_init(|| read)
            }
        };
        page.as_ref().map_err(Clone::clone)
    }

    async fn read_entries(&self, pages: &mut Pages<S::Entries>) -> Result<Page, StoreFault> {
        let access = self.state.borrow().access;
        let mut entries = match &mut pages.chosen {
            Some(chosen) => chosen.page(&self.ports.store, access).await?,
            None => self.scanned(pages).await?,
        };
        if entries.is_empty() {
            return Ok(Page::default());
        }
        let page = self.page_of(&entries, pages.form, &pages.extent);
        if page.damaged.is_empty() {
            return Ok(page);
        }
        let now = self.look_at_damaged(&page.damaged).await?.into_iter().flatten();
        for entry in now {
            if let Ok(at) = entries.binary_search_by(|other| other.key.cmp(&entry.key)) {
                entries.splice(at..=at, [entry]).for_each(drop);
            }
        }
        Ok(self.page_of(&entries, pages.form, &pages.extent))
    }

    /// The next entries of the store; empty at its end.
    async fn scanned(&self, pages: &mut Pages<S::Entries>) -> Result<Vec<StoredEntry>, StoreFault> {
        let mut open = match pages.open.take() {
            Some(open) => open,
            None => {
                let changes = self.state.borrow().holdings.changes();
                Open { entries: self.ports.store.entries(&pages.last).await?, changes }
            }
        };
        let entries = open.entries.page().await?;
        match entries.last() {
            Some(last) if last.key <= pages.last => {
                return Err(broken_contract("the db gave its entries out of order; wanted ascending keys"));
            }
            Some(_) => pages.open = Some(open),
            None => {}
        }
        Ok(entries)
    }

    /// The record in one slot as JSON text, if the store has one that is not damaged.
    ///
    /// # Errors
    ///
    /// The database's fault.
    pub async fn get(&self, key: &str) -> Result<Option<String>, StoreFault> {
        let Some(entry) = self.read_slot(key).await? else { return Ok(None) };
        match Identity::of_key(key) {
            Some(found) if found != self.options.identity => Err(self.other_identity(found)),
            _ => Ok(self.undamaged(entry).await?.map(|(entry, _)| entry.text)),
        }
    }

    /// A page of those entries that belong to the extent and are not damaged.
    #[inline(never)]
    fn page_of(&self, entries: &[StoredEntry], form: Form, extent: &Extent) -> Page {
        let mut page = Page { last: entries.last().map(|last| last.key.clone()), ..Page::default() };
        for entry in entries.iter().filter(|entry| Identity::of_key(&entry.key) == Some(self.options.identity)) {
            if extent.ends_before(&entry.key, &page) {
                page.is_last = true;
                break;
            }
            let Some(named) = self.named(entry) else {
                page.damaged.extend(self.is_doubtful(entry).then(|| entry.key.clone()));
                continue;
            };
            page.named.push(named);
            if !page.text.is_empty() {
                page.text.push(',');
            }
            self.write_entry(entry, form, &mut page.text);
        }
        page.is_last |= extent.is_reached(&page);
        page
    }

    fn write_entry(&self, entry: &StoredEntry, form: Form, text: &mut String) {
        if form != Form::Keyed {
            text.push_str(&entry.text);
            return;
        }
        let public_key = entry.key.split('/').next().unwrap_or_default();
        text.push_str("{\"key\":");
        quote_into(&format!("{}:{public_key}", self.options.collection), text);
        text.push_str(",\"value\":");
        text.push_str(&entry.text);
        text.push('}');
    }
}

/// A page as it is written in its body.
fn page_text(form: Form, is_first: bool, text: &str) -> String {
    let (before, after) = match form {
        Form::Chunks => ("[", "]"),
        Form::Keyed | Form::Bare if is_first => ("[", ""),
        Form::Keyed | Form::Bare => (",", ""),
    };
    [before, text, after].concat()
}

fn last_page(form: Form, is_start: bool) -> Option<String> {
    match form {
        Form::Chunks => None,
        Form::Keyed | Form::Bare if is_start => Some("[]".to_owned()),
        Form::Keyed | Form::Bare => Some("]".to_owned()),
    }
}
