//! A machine's database as a task supplies it: all its records, and a way to put some. It is held in the same
//! [`Database`](super::database::Database), and it fails in the same ways.

use std::rc::Rc;

use dbsharing::error::StoreFault;
use dbsharing::node::{ReadBack, ReadPages};
use dbsharing::ports::{
    Access, Changes, EntryToPut, Found, Lookup, NamedVersion, Records, Scan, Sighting, SimpleDb, Store, StoredEntry,
    Written,
};
use dbsharing::record::Identity;

use super::database::{PAGE, SimScan, SimStore, failed};
use super::host::SimHost;
use super::plan::{StoreFailure, StoreKind};
use super::world::World;
use crate::common::sighting;

/// The [`Store`] port of one machine, over either kind of database.
pub enum AnyStore {
    ByKey(SimStore),
    Simple(Box<ReadBack<SimpleDocuments, SimHost>>),
}

impl AnyStore {
    pub fn new(world: &Rc<World>, machine: usize) -> Self {
        let store = SimStore { world: Rc::clone(world), machine };
        match world.plan.machines[machine].store {
            StoreKind::Telling | StoreKind::Mute => Self::ByKey(store),
            StoreKind::Simple => {
                let host = SimHost::new(world, machine);
                Self::Simple(Box::new(ReadBack::new(SimpleDocuments(store), host, Identity::Record)))
            }
        }
    }
}

impl Store for AnyStore {
    type Entries = AnyPages<StoredEntry>;
    type Versions = AnyPages<NamedVersion>;

    async fn open(&self) -> Result<Access, StoreFault> {
        match self {
            Self::ByKey(store) => store.open().await,
            Self::Simple(_) => Ok(Access::Whole),
        }
    }

    async fn entries(&self, after: &str) -> Result<AnyPages<StoredEntry>, StoreFault> {
        match self {
            Self::ByKey(store) => store.entries(after).await.map(AnyPages::ByKey),
            Self::Simple(simple) => simple.entries(after).await.map(AnyPages::Simple),
        }
    }

    async fn versions(&self) -> Result<AnyPages<NamedVersion>, StoreFault> {
        match self {
            Self::ByKey(store) => store.versions().await.map(AnyPages::ByKey),
            Self::Simple(simple) => simple.versions().await.map(AnyPages::Simple),
        }
    }

    async fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        match self {
            Self::ByKey(store) => store.changes(since).await,
            Self::Simple(_) => Ok(None),
        }
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        match self {
            Self::ByKey(store) => store.get_many(keys).await,
            Self::Simple(simple) => simple.get_many(keys).await,
        }
    }

    async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        match self {
            Self::ByKey(store) => store.write(entries).await,
            Self::Simple(simple) => simple.write(entries).await,
        }
    }

    async fn remove(&self, entries: &[NamedVersion]) -> Result<(), StoreFault> {
        match self {
            Self::ByKey(store) => store.remove(entries).await,
            Self::Simple(_) => Ok(()), // the good copy will replace it
        }
    }
}

/// A way through either kind of database.
pub enum AnyPages<I> {
    ByKey(SimScan<I>),
    Simple(ReadPages<I>),
}

impl<I> Scan for AnyPages<I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        match self {
            Self::ByKey(scan) => scan.page().await,
            Self::Simple(pages) => pages.page().await,
        }
    }
}

/// What the task supplies. Every second machine has a function that gives one record.
pub struct SimpleDocuments(SimStore);

impl SimpleDocuments {
    fn has_get(&self) -> bool {
        self.0.machine.is_multiple_of(2)
    }

    fn all(&self) -> Vec<(Rc<str>, Rc<str>)> {
        self.0.database(|database| {
            database.entries.iter().map(|(key, (_, text))| (Rc::clone(key), Rc::clone(text))).collect()
        })
    }
}

impl SimpleDb for SimpleDocuments {
    type Records = Documents;
    type Slots = Slots;

    async fn read_all(&self) -> Result<Documents, StoreFault> {
        self.0.call(0, false).await?;
        let store = SimStore { world: Rc::clone(&self.0.world), machine: self.0.machine };
        Ok(Documents { store, texts: self.all().into_iter().map(|(_, text)| text).collect(), page: Vec::new() })
    }

    async fn read_slots(&self, keys: &[&str], how: Lookup, _was_put: bool) -> Result<Slots, StoreFault> {
        let is_whole = how == Lookup::Whole || !self.has_get();
        self.0.call(if is_whole { PAGE } else { keys.len() }, false).await?;
        if how == Lookup::Exact && !self.has_get() {
            return Ok(Slots(Vec::new()));
        }
        let found = |(key, text): (Rc<str>, Rc<str>)| {
            let place = Some(keys.iter().position(|wanted| **wanted == *key)?);
            Some(Found { place, text: Some(text.to_string()) })
        };
        Ok(Slots(self.all().into_iter().filter_map(found).collect()))
    }

    async fn put_all(&self, puts: &[EntryToPut<'_>]) -> Result<Vec<Written>, StoreFault> {
        self.0.call(puts.len(), false).await?;
        let failure = self.0.database(|database| database.failure);
        let put = |(at, EntryToPut { entry, .. }): (usize, &EntryToPut<'_>)| match failure {
            Some(StoreFailure::Writes) => Written::Failed(failed("the disk is full")),
            _ if self.0.database(|database| database.is_refused(&entry.key)) => {
                Written::Failed(failed("the model refuses it"))
            }
            Some(StoreFailure::Loses) if at % 2 == 1 => Written::Written,
            _ => {
                self.0.put_now(entry);
                if failure == Some(StoreFailure::AfterWrites) {
                    Written::Failed(failed("the connection broke"))
                } else {
                    Written::Written
                }
            }
        };
        Ok(puts.iter().enumerate().map(put).collect())
    }

    fn put_name(&self) -> String {
        "db.put()".to_owned()
    }
}

/// The records of some slots.
pub struct Slots(Vec<Found>);

impl Scan for Slots {
    type Item = Found;

    async fn page(&mut self) -> Result<Vec<Found>, StoreFault> {
        Ok(std::mem::take(&mut self.0))
    }
}

/// All records, as they were when the way through them began.
pub struct Documents {
    store: SimStore,
    texts: Vec<Rc<str>>,
    page: Vec<Rc<str>>,
}

impl Scan for Documents {
    type Item = Option<Sighting>;

    async fn page(&mut self) -> Result<Vec<Option<Sighting>>, StoreFault> {
        self.store.call(PAGE, false).await?;
        let rest = self.texts.split_off(self.texts.len().min(PAGE));
        self.page = std::mem::replace(&mut self.texts, rest);
        Ok(self.page.iter().map(|text| sighting(text)).collect())
    }
}

impl Records for Documents {
    async fn texts(&mut self, places: &[usize]) -> Result<Vec<String>, StoreFault> {
        Ok(places.iter().map(|place| self.page[*place].to_string()).collect())
    }
}
