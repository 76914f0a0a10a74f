//! What keeps records: a [`Store`], or a [`SimpleDb`] that one is made of.

use crate::error::StoreFault;

/// One record as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The slot's name, ASCII.
    pub key: String,
    /// Its version; string order is merge order. Empty where the database knows that the entry is damaged.
    pub version: String,
    /// The whole record as JSON.
    pub text: String,
}

/// One entry of a store without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVersion {
    /// The slot's name.
    pub key: String,
    /// Its version, as [`StoredEntry::version`].
    pub version: String,
}

/// What a store says was written and removed, by whomever, since a mark that it gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// What the next question begins with. It stands for a moment before anything named here was read.
    pub mark: String,
    /// Each slot that has changed, with the version that is held there now: empty where nothing is. `None` where the store
    /// cannot name them, so that all versions have to be read.
    pub entries: Option<Vec<NamedVersion>>,
}

/// What became of one written entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is stored.
    Written,
    /// The store holds the same or a greater version.
    Stale,
    /// It would harm the database, and was not written.
    Unsafe,
    /// The database failed at this one, and went on with the others.
    Failed(StoreFault),
}

/// How a database is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// By key.
    #[default]
    ByKey,
    /// Only whole, without a word about what has changed.
    Whole,
}

/// A way through all that a database holds. Dropping it closes whatever it holds open.
pub trait Scan {
    /// What it goes over.
    type Item;

    /// The next items, about 64 kB of them; none are the end.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn page(&mut self) -> impl Future<Output = Result<Vec<Self::Item>, StoreFault>>;
}

/// Keeps entries.
pub trait Store {
    /// A way through the entries.
    type Entries: Scan<Item = StoredEntry>;
    /// A way through the versions.
    type Versions: Scan<Item = NamedVersion>;

    /// Opens the store, where that has not been done, and says how it is read.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn open(&self) -> impl Future<Output = Result<Access, StoreFault>>;

    /// All entries whose keys are greater than `after`, ascending by key.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn entries(&self, after: &str) -> impl Future<Output = Result<Self::Entries, StoreFault>>;

    /// The keys and versions of all entries, ascending by key.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn versions(&self) -> impl Future<Output = Result<Self::Versions, StoreFault>>;

    /// What has changed since a mark, or the first mark; `None` where the store cannot tell.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn changes(&self, since: Option<&str>) -> impl Future<Output = Result<Option<Changes>, StoreFault>>;

    /// The entries of these keys, in their order.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn get_many(&self, keys: &[String]) -> impl Future<Output = Result<Vec<Option<StoredEntry>>, StoreFault>>;

    /// Writes each entry whose version is greater than the stored one, all or nothing.
    ///
    /// # Errors
    ///
    /// Whatever the database said; then nothing of the batch is assumed to be stored.
    fn write(&self, entries: &[StoredEntry]) -> impl Future<Output = Result<Vec<Written>, StoreFault>>;

    /// Removes each entry whose stored version is this one.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn remove(&self, entries: &[NamedVersion]) -> impl Future<Output = Result<(), StoreFault>>;
}

/// What one item of a database says of itself, where it says so plainly: as values that need no escapes in JSON.
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

/// A way through the records of a simple database. Its items are what they say of themselves; nothing for an item that
/// has to be read as JSON.
pub trait Records: Scan<Item = Option<Sighting>> {
    /// The JSON texts of the items in these places of the last page, in their order: of the first of these, at least
    /// one, as many as make about 64 kB.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn texts(&mut self, places: &[usize]) -> impl Future<Output = Result<Vec<String>, StoreFault>>;
}

/// How the records of a few slots are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// By the function that gives one record, where there is one and the slots are few. What it gives is there; of what
    /// it does not give there may be something, or something newer.
    Quick,
    /// The same, but only where that function gives what is stored under the key; elsewhere nothing is found, or all.
    Exact,
    /// By going through all records.
    Whole,
}

/// A record that was found for one of some slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The place of the slot among those that were looked for, as far as the item says it plainly.
    pub place: Option<usize>,
    /// The record as JSON text; nothing where it is the text that was last put there.
    pub text: Option<String>,
}

/// An entry that is to be put.
#[derive(Debug, Clone, Copy)]
pub struct EntryToPut<'e> {
    /// The entry.
    pub entry: &'e StoredEntry,
    /// Whether something was found in its slot.
    pub is_held: bool,
}

/// The least that a task can supply: all its records, and a way to put some.
pub trait SimpleDb {
    /// A way through all records.
    type Records: Records;
    /// A way through those of some slots.
    type Slots: Scan<Item = Found>;

    /// All records, whoever put them there, in any order.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn read_all(&self) -> impl Future<Output = Result<Self::Records, StoreFault>>;

    /// The records in these slots, in any order, and perhaps some others. Texts that were put last may be left out where
    /// `was_put` says that the slots are those of what was put.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    fn read_slots(
        &self,
        keys: &[&str],
        how: Lookup,
        was_put: bool,
    ) -> impl Future<Output = Result<Self::Slots, StoreFault>>;

    /// Puts each entry, also after one that the database refuses; an outcome for each: [`Written::Unsafe`] for what
    /// would harm the database, [`Written::Failed`] for what it refused.
    ///
    /// # Errors
    ///
    /// That it did not answer in time.
    fn put_all(&self, puts: &[EntryToPut<'_>]) -> impl Future<Output = Result<Vec<Written>, StoreFault>>;

    /// What was called to put the last of them, for messages, such as `db.put()`.
    fn put_name(&self) -> String;
}
