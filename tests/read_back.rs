//! A simple database as a store, against the plain rule: the greatest version of each slot, and nothing forged.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::{Cell, RefCell};

use common::{NOW_MS, judge, signed};
use dbsharing::error::{StoreFault, StoreFaultKind};
use dbsharing::json::Json;
use dbsharing::node::ReadBack;
use dbsharing::ports::{Found, Lookup, Put, Records, Scan, Sighting, SimpleDb, StoredEntry, Written};
use dbsharing::record::Identity;
use network::{MemoryStore, World, wait};
use proptest::prelude::*;

/// Records in the order in which they were put, as an array of documents.
#[derive(Default)]
struct Documents {
    texts: RefCell<Vec<String>>,
    /// What was put and shows up only after so many more readings.
    late: RefCell<Vec<String>>,
    late_by: Cell<u32>,
    /// It acknowledges records with this text in them and does not hold them.
    drops: Cell<Option<&'static str>>,
    /// It refuses records with this text in them.
    refuses: Cell<Option<&'static str>>,
    /// Records with this text in them would harm it.
    unsafe_text: Cell<Option<&'static str>>,
    hangs: Cell<bool>,
    /// Whether it gives single records, and those only.
    has_get: Cell<bool>,
    readings: Cell<u32>,
    lookups: RefCell<Vec<(Lookup, usize)>>,
    /// Of what was put in turn, whether its slot was held.
    held: RefCell<Vec<bool>>,
    texts_read: Cell<u32>,
}

struct Pages<I>(Vec<I>);

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

/// Every second item says plainly what it is.
struct Items<'d> {
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

fn sighting(text: &str) -> Option<Sighting> {
    let record = Json::parse(text).unwrap();
    let of = |json: Json<'_>, name| json.member(name).map(|value| value.text().trim_matches('"').to_owned());
    let data = record.member("data")?;
    Some(Sighting {
        public_key: of(record, "publicKey")?,
        signature: of(record, "signature")?,
        timestamp_ms: of(data, "timestamp")?.parse().ok()?,
        uuid: of(data, "uuid")?,
    })
}

impl Documents {
    fn settle(&self) {
        self.readings.set(self.readings.get() + 1);
        match self.late_by.get() {
            0 => self.texts.borrow_mut().append(&mut self.late.borrow_mut()),
            readings => self.late_by.set(readings - 1),
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
            let key = judge(text).ok().map(|record| record.content().key.as_str().to_owned())?;
            let place = Some(keys.iter().position(|wanted| *wanted == key)?);
            Some(Found { place, text: Some(text.clone()) })
        };
        let mut found: Vec<Found> = self.texts.borrow().iter().filter_map(found).collect();
        if self.has_get.get() && how == Lookup::Quick {
            // A getter that gives the oldest of several documents.
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

    async fn put_all(&self, puts: &[Put<'_>]) -> Result<Vec<Written>, StoreFault> {
        if self.hangs.get() {
            return Err(StoreFault { kind: StoreFaultKind::Timeout, message: "late".to_owned() });
        }
        self.held.borrow_mut().extend(puts.iter().map(|put| put.is_held));
        let concerns = |about: &Cell<Option<&str>>, text: &str| about.get().is_some_and(|part| text.contains(part));
        let put = |Put { entry, .. }: &Put<'_>| {
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
}

fn refusal() -> StoreFault {
    StoreFault { kind: StoreFaultKind::Failed, message: "refused".to_owned() }
}

fn text(seed: u8, uuid: u8, ms: u64) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

fn entry(text: &str) -> StoredEntry {
    let record = judge(text).unwrap();
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

fn all<I>(mut scan: impl Scan<Item = I>) -> Vec<I> {
    let mut items = Vec::new();
    loop {
        let page = wait(scan.page()).unwrap();
        if page.is_empty() {
            return items;
        }
        items.extend(page);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_holds_what_a_store_holds_whatever_else_is_in_the_database(
        writes in prop::collection::vec(prop::collection::btree_map((1..4_u8, 0..3_u8), 1..5_u64, 0..6), 1..6),
        odd in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let (documents, world, mut store) = (Documents::default(), World::new(&[]), MemoryStore::default());
        let forged = text(1, 0, 9).replace("\"timestamp\":9", "\"timestamp\":8");
        let oddities = ["null".to_owned(), forged, text(2, 1, NOW_MS + 600_001)];
        let read_back = ReadBack::new(&documents, &world, Identity::Record);
        for batch in &writes {
            let entries: Vec<StoredEntry> = batch.iter().map(|((seed, uuid), ms)| entry(&text(*seed, *uuid, *ms))).collect();
            prop_assert_eq!(wait(read_back.write(&entries)), store.write(&entries));
        }
        for (at, text) in odd.iter().zip(oddities) {
            let held = &mut *documents.texts.borrow_mut();
            let at = at.index(held.len() + 1);
            held.insert(at, text);
        }
        let held: Vec<(String, String)> = store.entries.iter().map(|(key, (version, _))| (key.clone(), version.clone())).collect();
        let versions = all(wait(read_back.versions()).unwrap());
        prop_assert_eq!(versions.into_iter().map(|named| (named.key, named.version)).collect::<Vec<_>>(), held);
        let entries = all(wait(read_back.entries("")).unwrap());
        let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
        let got: Vec<_> = wait(read_back.get_many(&keys)).unwrap().into_iter().flatten().collect();
        prop_assert_eq!(&got, &entries);
        prop_assert!(entries.iter().all(|entry| judge(&entry.text).is_ok_and(|record| record.version().to_string() == entry.version)));
        let warnings = world.warnings.borrow();
        prop_assert_eq!(warnings.len(), 1);
        prop_assert!(warnings[0].starts_with("3 records of the db break the rules and count as absent; the first: "));
    }
}

#[test]
fn what_a_database_drops_or_refuses_is_said_of_each_record() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    documents.drops.set(Some("\"uuid\":\"0\""));
    documents.refuses.set(Some("\"uuid\":\"1\""));
    documents.unsafe_text.set(Some("\"uuid\":\"2\""));
    let all = [0, 1, 2, 3].map(|uuid| entry(&text(1, uuid, 5)));
    let message = "the db acknowledged 2 records and does not hold 1 of them".to_owned();
    let dropped = StoreFault { kind: StoreFaultKind::Dropped, message };
    let wanted = [Written::Failed(dropped), Written::Failed(refusal()), Written::Unsafe, Written::Written];
    assert_eq!(wait(read_back.write(&all)), Ok(wanted.to_vec()));
    assert_eq!(world.slept_ms.get(), 1_000, "it is given a second");
    documents.drops.set(None);
    assert_eq!(wait(read_back.write(&all[..1])), Ok(vec![Written::Written]));
    assert_eq!(wait(read_back.write(&all[2..])), Ok(vec![Written::Unsafe, Written::Stale]));
    documents.hangs.set(true);
    assert_eq!(wait(read_back.write(&all[2..])).unwrap_err().kind, StoreFaultKind::Timeout);
}

#[test]
fn a_write_of_nothing_new_puts_nothing_and_reads_once() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    let one = [entry(&text(1, 0, 5))];
    assert_eq!(wait(read_back.write(&one)), Ok(vec![Written::Written]));
    documents.readings.set(0);
    assert_eq!(wait(read_back.write(&one)), Ok(vec![Written::Stale]));
    assert_eq!((documents.readings.get(), documents.texts.borrow().len()), (1, 1));
}

#[test]
fn what_shows_up_within_a_second_was_stored() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    documents.late_by.set(4);
    assert_eq!(wait(read_back.write(&[entry(&text(1, 0, 5))])), Ok(vec![Written::Written]));
    assert_eq!(world.slept_ms.get(), 100, "it is looked for only until it is there");
}

#[test]
fn what_a_getter_does_not_give_is_looked_for_everywhere() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    documents.has_get.set(true);
    let [first, second] = [5, 6].map(|ms| entry(&text(1, 0, ms)));
    assert_eq!(wait(read_back.write(std::slice::from_ref(&first))), Ok(vec![Written::Written]));
    assert_eq!(wait(read_back.write(std::slice::from_ref(&second))), Ok(vec![Written::Written]));
    let lookups = [Lookup::Quick, Lookup::Quick, Lookup::Quick, Lookup::Quick, Lookup::Whole].map(|how| (how, 1));
    assert_eq!(*documents.lookups.borrow(), lookups);
    assert_eq!(*documents.held.borrow(), [false, true]);
    assert_eq!(world.slept_ms.get(), 0);
    assert_eq!(wait(read_back.get_many(std::slice::from_ref(&first.key))), Ok(vec![Some(second)]));
}

#[test]
fn what_was_stored_is_recognised_and_its_text_is_read_only_to_be_served() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    let entries: Vec<StoredEntry> = (0..9).map(|uuid| entry(&text(1, uuid, 5))).collect();
    wait(read_back.write(&entries)).unwrap();
    let count = || all(wait(read_back.versions()).unwrap()).len();
    assert_eq!((count(), documents.texts_read.get()), (9, 0));
    let alter = |from: &str, to: &str| {
        let held = &mut documents.texts.borrow_mut()[4];
        *held = held.replacen(from, to, 1);
    };
    alter("{\"data\":{", "{\"data\":{\"x\":1,");
    assert_eq!((count(), documents.texts_read.get()), (9, 0), "slot, time and signature are what was stored");
    assert_eq!(all(wait(read_back.entries("")).unwrap()).len(), 8, "a text that is served is hashed");
    assert_eq!(count(), 8, "what was found out is not recognised again");
    assert_eq!(wait(read_back.write(&entries[4..5])), Ok(vec![Written::Written]), "a good copy takes its place");
    assert_eq!(count(), 9);
    assert_eq!(world.warnings.borrow().len(), 1, "{:?}", world.warnings.borrow());
}

#[test]
fn readers_at_one_time_share_a_reading_until_there_is_news() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    wait(read_back.write(&[entry(&text(1, 0, 5))])).unwrap();
    documents.readings.set(0);
    let pages = [(); 3].map(|()| wait(read_back.entries("")).unwrap());
    assert_eq!(documents.readings.get(), 1);
    wait(read_back.write(&[entry(&text(1, 1, 5))])).unwrap();
    documents.readings.set(0);
    let more = wait(read_back.entries("")).unwrap();
    assert_eq!((documents.readings.get(), all(more).len()), (1, 2));
    assert_eq!(pages.map(|pages| all(pages).len()), [1; 3]);
    let held = wait(read_back.entries("")).unwrap();
    world.pass_ms(5_001);
    drop(wait(read_back.entries("")).unwrap());
    drop(held);
    assert_eq!(documents.readings.get(), 3, "an old reading serves nobody");
}
