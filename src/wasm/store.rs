//! The [`Store`] port over the task's database, be it a store or a simple database.

use std::cell::Cell;
use std::marker::PhantomData;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::error::{member, store_fault};
use super::host::{JsHost, JsScan, array_of, elements, strings};
use crate::error::StoreFault;
use crate::node::{ReadBack, ReadPages};
use crate::ports::{
    Access, Changes, EntryToPut, Found, Lookup, NamedVersion, Records, Scan, Sighting, SimpleDb, Store, StoredEntry,
    Written,
};
use crate::record::Identity;

/// The task's database.
pub struct JsStore {
    host: JsHost,
    read_back: ReadBack<JsHost, JsHost>,
    access: Cell<Option<Access>>,
}

impl JsStore {
    pub(super) fn new(host: JsHost, identity: Identity) -> Self {
        let read_back = ReadBack::new(host.clone(), host.clone(), identity);
        Self { host, read_back, access: Cell::new(None) }
    }
}

impl Store for JsStore {
    type Entries = StorePages<StoredEntry>;
    type Versions = StorePages<NamedVersion>;

    async fn open(&self) -> Result<Access, StoreFault> {
        if let Some(access) = self.access.get() {
            return Ok(access);
        }
        let opened = awaited(self.host.open_db()).await?;
        let access = if opened.as_string().as_deref() == Some("store") { Access::ByKey } else { Access::Whole };
        self.access.set(Some(access));
        Ok(access)
    }

    async fn entries(&self, after: &str) -> Result<Self::Entries, StoreFault> {
        match self.open().await? {
            Access::ByKey => Ok(StorePages::Stored(Lines::of(awaited(self.host.entries(after)).await?))),
            Access::Whole => Ok(StorePages::ReadBack(self.read_back.entries(after).await?)),
        }
    }

    async fn versions(&self) -> Result<Self::Versions, StoreFault> {
        match self.open().await? {
            Access::ByKey => Ok(StorePages::Stored(Lines::of(awaited(self.host.versions()).await?))),
            Access::Whole => Ok(StorePages::ReadBack(self.read_back.versions().await?)),
        }
    }

    async fn changes(&self, since: Option<&str>) -> Result<Option<Changes>, StoreFault> {
        if self.open().await? == Access::Whole {
            return Ok(None);
        }
        let changes = awaited(self.host.changes(since)).await?;
        let Some(mark) = member(&changes, "mark").as_string() else { return Ok(None) };
        let entries = member(&changes, "entries");
        let entries = entries.dyn_ref::<Uint8Array>().map(|lines| items(&lines.to_vec()));
        Ok(Some(Changes { mark, entries }))
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        if self.open().await? == Access::Whole {
            return self.read_back.get_many(keys).await;
        }
        let keys = strings(keys.iter().map(String::as_str));
        let entries = elements(awaited(self.host.get_many(keys)).await?);
        Ok(entries.iter().map(|entry| entry.is_object().then(|| stored(entry))).collect())
    }

    async fn write(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        match self.open().await? {
            Access::ByKey => Ok(outcomes(awaited(self.host.write(triples(entries))).await?)),
            Access::Whole => self.read_back.write(entries).await,
        }
    }

    async fn remove(&self, entries: &[NamedVersion]) -> Result<(), StoreFault> {
        let pairs = array_of(entries.iter().map(|entry| strings([entry.key.as_str(), &entry.version])));
        match self.open().await? {
            Access::ByKey => awaited(self.host.remove(pairs)).await.map(drop),
            Access::Whole => Ok(()), // the good copy will replace it
        }
    }
}

impl SimpleDb for JsHost {
    type Records = Lines<Option<Sighting>>;
    type Slots = Lines<Found>;

    async fn read_all(&self) -> Result<Self::Records, StoreFault> {
        Ok(Lines::of(awaited(JsHost::read_all(self)).await?))
    }

    async fn read_slots(&self, keys: &[&str], how: Lookup, was_put: bool) -> Result<Self::Slots, StoreFault> {
        let how = match how {
            Lookup::Quick => "quick",
            Lookup::Exact => "exact",
            Lookup::Whole => "whole",
        };
        Ok(Lines::of(awaited(JsHost::read_slots(self, strings(keys.iter().copied()), how, was_put)).await?))
    }

    async fn put_all(&self, puts: &[EntryToPut<'_>]) -> Result<Vec<Written>, StoreFault> {
        let keys = strings(puts.iter().map(|put| put.entry.key.as_str()));
        let texts = strings(puts.iter().map(|put| put.entry.text.as_str()));
        let is_held = array_of(puts.iter().map(|put| put.is_held));
        Ok(outcomes(awaited(JsHost::put_all(self, keys, texts, is_held)).await?))
    }

    fn put_name(&self) -> String {
        JsHost::put_name(self)
    }
}

/// Pages of a store, or of what was read back from a simple database.
pub enum StorePages<I> {
    Stored(Lines<I>),
    ReadBack(ReadPages<I>),
}

impl<I: OfLine> Scan for StorePages<I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        match self {
            Self::Stored(lines) => lines.page().await,
            Self::ReadBack(pages) => pages.page().await,
        }
    }
}

/// Pages of a `JsScan`: UTF-8 bytes with one line for each item, whose parts are separated by spaces.
pub struct Lines<I> {
    scan: JsScan,
    items: PhantomData<I>,
}

impl<I> Lines<I> {
    fn of(scan: JsValue) -> Self {
        Self { scan: scan.unchecked_into(), items: PhantomData }
    }
}

impl<I> Drop for Lines<I> {
    fn drop(&mut self) {
        self.scan.close_scan();
    }
}

impl<I: OfLine> Scan for Lines<I> {
    type Item = I;

    async fn page(&mut self) -> Result<Vec<I>, StoreFault> {
        let page = awaited(self.scan.page()).await?;
        Ok(items(&Uint8Array::unchecked_from_js(page).to_vec()))
    }
}

impl Records for Lines<Option<Sighting>> {
    async fn texts(&mut self, places: &[usize]) -> Result<Vec<String>, StoreFault> {
        let places: Vec<u32> = places.iter().map(|place| u32::try_from(*place).unwrap_or(u32::MAX)).collect();
        let texts = awaited(self.scan.texts(&places)).await?;
        Ok(items(&Uint8Array::unchecked_from_js(texts).to_vec()))
    }
}

fn items<I: OfLine>(lines: &[u8]) -> Vec<I> {
    let lines = std::str::from_utf8(lines).unwrap_or_default();
    lines.split_terminator('\n').map(I::of_line).collect()
}

/// An item that is read from one line.
pub trait OfLine {
    fn of_line(line: &str) -> Self;
}

impl OfLine for String {
    fn of_line(line: &str) -> Self {
        line.to_owned()
    }
}

/// `publicKey signature timestamp uuid`; any other line for an item that has to be read as JSON.
impl OfLine for Option<Sighting> {
    fn of_line(line: &str) -> Self {
        let mut parts = line.splitn(4, ' ');
        let mut part = || parts.next().map(str::to_owned);
        let (public_key, signature, timestamp, uuid) = (part()?, part()?, part()?, part()?);
        Some(Sighting { public_key, signature, timestamp_ms: timestamp.parse().ok()?, uuid })
    }
}

/// `place text`, where `place` may be something other than a number; or `place` alone, for the text that was put there.
impl OfLine for Found {
    fn of_line(line: &str) -> Self {
        match line.split_once(' ') {
            Some((place, text)) => Self { place: place.parse().ok(), text: Some(text.to_owned()) },
            None => Self { place: line.parse().ok(), text: None },
        }
    }
}

impl OfLine for NamedVersion {
    fn of_line(line: &str) -> Self {
        let (key, version) = line.rsplit_once(' ').unwrap_or((line, ""));
        Self { key: key.to_owned(), version: version.to_owned() }
    }
}

impl OfLine for StoredEntry {
    fn of_line(line: &str) -> Self {
        let mut parts = line.splitn(3, ' ').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        Self { key: part(), version: part(), text: part() }
    }
}

async fn awaited(promise: js_sys::Promise) -> Result<JsValue, StoreFault> {
    JsFuture::from(promise).await.map_err(|thrown| store_fault(&thrown))
}

fn triples(entries: &[StoredEntry]) -> Array {
    array_of(entries.iter().map(|entry| strings([entry.key.as_str(), &entry.version, &entry.text])))
}

fn outcomes(written: JsValue) -> Vec<Written> {
    elements(written).iter().map(outcome).collect()
}

fn outcome(written: &JsValue) -> Written {
    match written.as_string().as_deref() {
        Some("written") => Written::Written,
        Some("unsafe") => Written::Unsafe,
        Some(_) => Written::Stale,
        None => Written::Failed(store_fault(written)),
    }
}

fn stored(entry: &JsValue) -> StoredEntry {
    let text = |name| member(entry, name).as_string().unwrap_or_default();
    StoredEntry { key: text("key"), version: text("version"), text: text("text") }
}
