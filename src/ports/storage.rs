//! What keeps records: a [`Store`], or a [`SimpleDb`] from which one is made.

use crate::error::StoreFault;

/// One record as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The slot's key, ASCII.
    pub key: String,
    /// Its version; string order is merge order. Empty if the database knows that the entry is damaged.
    pub version: String,
    /// The whole record as JSON.
    pub text: String,
}

/// One entry of a store without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVersion {
    /// The slot's key.
    pub key: String,
    /// Its version, as [`StoredEntry::version`].
    pub version: String,
}

/// What was written and removed, by any writer, since a mark that the store gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The mark for the next call. It stands for a moment before anything named here was read.
    pub mark: String,
    /// Each changed slot with the version that it holds now, empty if it holds none. `None` if the store cannot name
    /// them, so that all versions have to be read.
    pub entries: Option<Vec<NamedVersion>>,
}

/// What became of one written entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is stored.
    Written,
    /// The store holds the same or a greater version.
    Stale,
    /// It would harm the database and was not written.
    Unsafe,
    /// The database failed at this one and went on with the others.
    Failed(StoreFault),
}

/// How a database is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// By key.
    #[default]
    ByKey,
    /// Only as a whole, without information about what has changed.
    Whole,
}

/// An iteration over everything that a database holds. Dropping it closes whatever it holds open.
pub trait Scan {
    /// What it iterates over.
    type Item;

    /// The next items, about 64 kB; empty at the end.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn page(&mut self) -> impl Future<Output = Result<Vec<Self::Item>, StoreFault>>;
}

/// Keeps entries.
pub trait Store {
    /// An iteration over entries.
    type Entries: Scan<Item = StoredEntry>;
    /// An iteration over versions.
    type Versions: Scan<Item = NamedVersion>;

    /// Opens the store unless it is open, and says how it is read.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn open(&self) -> impl Future<Output = Result<Access, StoreFault>>;

    /// All entries whose keys are greater than `after`, ascending by key.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn entries(&self, after: &str) -> impl Future<Output = Result<Self::Entries, StoreFault>>;

    /// The keys and versions of all entries, ascending by key.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn versions(&self) -> impl Future<Output = Result<Self::Versions, StoreFault>>;

    /// What has changed since a mark, or the first mark; `None` if the store cannot tell.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn changes(&self, since: Option<&str>) -> impl Future<Output = Result<Option<Changes>, StoreFault>>;

    /// The entries of these keys, in their order.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn get_many(&self, keys: &[String]) -> impl Future<Output = Result<Vec<Option<StoredEntry>>, StoreFault>>;

    /// Writes each entry whose version is greater than the stored one, all or nothing.
    ///
    /// # Errors
    ///
    /// The database's failure. In that case none of the entries is assumed to be stored.
    fn write(&self, entries: &[StoredEntry]) -> impl Future<Output = Result<Vec<Written>, StoreFault>>;

    /// Removes each entry whose stored version is this one.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn remove(&self, entries: &[NamedVersion]) -> impl Future<Output = Result<(), StoreFault>>;
}

/// What one item of a database claims, if its values need no escapes in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// `publicKey`.
    pub public_key: String,
    /// `signature`.
    pub signature: String,
    /// `data.timestamp`.
    pub timestamp_ms: u64,
    /// `data.uuid`.
    pub uuid: String,
}

/// An iteration over the records of a simple database. An item is what the record claims, or `None` if it has to be
/// read as JSON.
pub trait Records: Scan<Item = Option<Sighting>> {
    /// The JSON texts of the items in these places of the last page, in their order: the first of them, about 64 kB and
    /// at least one.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn texts(&mut self, places: &[usize]) -> impl Future<Output = Result<Vec<String>, StoreFault>>;
}

/// How the records of a few slots are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// By the function that gives one record, if there is one and the slots are few. A record that it gives is there,
    /// but the slot may hold a newer one, and a slot for which it gives none may hold one.
    Quick,
    /// The same, but only if that function gives what is stored under the key; otherwise nothing is found, or
    /// everything.
    Exact,
    /// By going through all records.
    Whole,
}

/// A record found while looking for some slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The slot's place among those looked for, if the item names its slot without escapes.
    pub place: Option<usize>,
    /// The record as JSON text; `None` if it is the text that was last put there.
    pub text: Option<String>,
}

/// An entry that is to be put.
#[derive(Debug, Clone, Copy)]
pub struct EntryToPut<'e> {
    /// The entry.
    pub entry: &'e StoredEntry,
    /// Whether a record was found in its slot.
    pub is_held: bool,
}

/// The least that a task can supply: all its records, and a way to put one.
pub trait SimpleDb {
    /// An iteration over all records.
    type Records: Records;
    /// An iteration over the records of some slots.
    type Slots: Scan<Item = Found>;

    /// All records, regardless of who put them there, in any order.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn read_all(&self) -> impl Future<Output = Result<Self::Records, StoreFault>>;

    /// The records in these slots, in any order, and perhaps some others. If `was_put` says that these are the slots
    /// put last, texts that are unchanged since may be left out.
    ///
    /// # Errors
    ///
    /// The database's failure.
    fn read_slots(
        &self,
        keys: &[&str],
        how: Lookup,
        was_put: bool,
    ) -> impl Future<Output = Result<Self::Slots, StoreFault>>;

    /// Puts each entry, even after one that the database refuses. The outcomes, in order, are [`Written::Unsafe`] for
    /// an entry that would harm the database and [`Written::Failed`] for one that it refused.
    ///
    /// # Errors
    ///
    /// The database did not answer in time.
    fn put_all(&self, puts: &[EntryToPut<'_>]) -> impl Future<Output = Result<Vec<Written>, StoreFault>>;

    /// The name of the function called to put the last of them, for messages, such as `db.put()`.
    fn put_name(&self) -> String;
}
