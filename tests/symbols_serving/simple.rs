//! A task's own database as the store of a node.

use dbsharing::error::StoreFault;
use dbsharing::node::{ReadBack, ReadPages};
use dbsharing::ports::{Access, Changes, NamedVersion, Store, StoredEntry, Written};
use dbsharing::record::Identity;

use crate::documents::Documents;
use crate::network::World;

/// Documents that are read back.
pub struct Simple<'w>(ReadBack<&'w Documents, &'w World>);

impl<'w> Simple<'w> {
    pub fn new(documents: &'w Documents, world: &'w World) -> Self {
        Self(ReadBack::new(documents, world, Identity::Record))
    }
}

impl Store for Simple<'_> {
    type Entries = ReadPages<StoredEntry>;
    type Versions = ReadPages<NamedVersion>;

    async fn open(&self) -> Result<Access, StoreFault> {
        Ok(Access::Whole)
    }

    async fn entries(&self, after: &str) -> Result<ReadPages<StoredEntry>, StoreFault> {
        self.0.entries(after).await
    }

    async fn versions(&self) -> Result<ReadPages<NamedVersion>, StoreFault> {
        self.0.versions().await
    }

    async fn changes(&self, _since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        Ok(None)
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        self.0.get_many(keys).await
    }

    async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        self.0.write(entries).await
    }

    async fn remove(&self, _entries: &[NamedVersion]) -> Result<(), StoreFault> {
        Ok(())
    }
}
