//! A task's own database: records in an array, with everything that it may do wrong.

use std::cell::{Cell, RefCell};

use dbsharing::error::{StoreFault, StoreFaultKind};
use dbsharing::ports::{EntryToPut, Found, Lookup, Records, Scan, Sighting, SimpleDb, Written};

use crate::common::{judge_at, sighting};

/// Records in the order in which they were put, as an array of documents.
#[derive(Default)]
pub struct Documents {
    pub texts: RefCell<Vec<String>>,
    /// Records that were put but show up only after this many more reads.
    pub late: RefCell<Vec<String>>,
    pub late_by: Cell<u32>,
    /// It acknowledges records with this text in them but does not hold them.
    pub drops: Cell<Option<&'static str>>,
    /// It refuses records with this text in them.
    pub refuses: Cell<Option<&'static str>>,
    /// Records with this text in them would harm it.
    pub unsafe_text: Cell<Option<&'static str>>,
    pub hangs: Cell<bool>,
    /// It can read single records, and only those.
    pub has_get: Cell<bool>,
    pub whole_reads: Cell<u32>,
    pub lookups: RefCell<Vec<(Lookup, usize)>>,
    /// Of what was put in turn, whether its slot was held.
    pub held: RefCell<Vec<bool>>,
    pub texts_read: Cell<u32>,
}

pub struct Pages<I>(Vec<I>);

impl<I> Pages<I> {
    fn next(&mut self) -> Vec<I> {
        let rest = self.0.split_off(self.0.len().min(3));
        std::mem::replace(&mut self.0, rest)
    }
}

impl Scan for Pages<Found> {
    type Item = Found;

    async fn page(&mut self) -> Result<Vec<Found>, StoreFault> {
        Ok(self.next())
    }
}

/// Every second item comes with its claim.
pub struct Items<'d> {
    documents: &'d Documents,
    texts: Pages<String>,
    page: Vec<String>,
}

impl Scan for Items<'_> {
    type Item = Option<Sighting>;

    async fn page(&mut self) -> Result<Vec<Option<Sighting>>, StoreFault> {
        self.page = self.texts.next();
        Ok(self.page.iter().map(|text| sighting(text)).collect())
    }
}

impl Records for Items<'_> {
    async fn texts(&mut self, places: &[usize]) -> Result<Vec<String>, StoreFault> {
        self.documents.texts_read.set(self.documents.texts_read.get() + 1);
        Ok(places.iter().take(2).map(|place| self.page[*place].clone()).collect())
    }
}

impl Documents {
    fn settle(&self) {
        self.whole_reads.set(self.whole_reads.get() + 1);
        match self.late_by.get() {
            0 => self.texts.borrow_mut().append(&mut self.late.borrow_mut()),
            whole_reads => self.late_by.set(whole_reads - 1),
        }
    }
}

impl<'d> SimpleDb for &'d Documents {
    type Records = Items<'d>;
    type Slots = Pages<Found>;

    async fn read_all(&self) -> Result<Items<'d>, StoreFault> {
        self.settle();
        Ok(Items { documents: self, texts: Pages(self.texts.borrow().clone()), page: Vec::new() })
    }

    async fn read_slots(&self, keys: &[&str], how: Lookup, _was_put: bool) -> Result<Pages<Found>, StoreFault> {
        self.settle();
        self.lookups.borrow_mut().push((how, keys.len()));
        let found = |text: &String| {
            let key = judge_at((1 << 53) - 1, text).ok().map(|record| record.content().key.as_str().to_owned())?;
            let place = Some(keys.iter().position(|wanted| *wanted == key)?);
            Some(Found { place, text: Some(text.clone()) })
        };
        let mut found: Vec<Found> = self.texts.borrow().iter().filter_map(found).collect();
        if self.has_get.get() && how == Lookup::Quick {
            // A getter that returns the oldest of several documents.
            let mut places = Vec::new();
            found.retain(|found| {
                !places.contains(&found.place) && {
                    places.push(found.place);
                    true
                }
            });
        }
        Ok(Pages(found))
    }

    async fn put_all(&self, puts: &[EntryToPut<'_>]) -> Result<Vec<Written>, StoreFault> {
        if self.hangs.get() {
            return Err(StoreFault { kind: StoreFaultKind::Timeout, message: "late".to_owned() });
        }
        self.held.borrow_mut().extend(puts.iter().map(|put| put.is_held));
        let concerns = |about: &Cell<Option<&str>>, text: &str| about.get().is_some_and(|part| text.contains(part));
        let put = |EntryToPut { entry, .. }: &EntryToPut<'_>| {
            if concerns(&self.unsafe_text, &entry.text) {
                return Written::Unsafe;
            } else if concerns(&self.refuses, &entry.text) {
                return Written::Failed(refusal());
            } else if !concerns(&self.drops, &entry.text) {
                self.late.borrow_mut().push(entry.text.clone());
            }
            Written::Written
        };
        Ok(puts.iter().map(put).collect())
    }

    fn put_name(&self) -> String {
        "db.put()".to_owned()
    }
}

pub fn refusal() -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: "refused".to_owned() }
}
