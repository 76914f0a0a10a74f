//! A simple database as a store, against the plain rule: the greatest version of each slot, and nothing forged.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::{Cell, RefCell};

use common::{NOW_MS, judge, signed};
use dbsharing::error::{StoreFault, StoreFaultKind};
use dbsharing::node::ReadBack;
use dbsharing::ports::{Scan, SimpleDb, StoredEntry, Written};
use dbsharing::record::Identity;
use network::{MemoryStore, World, wait};
use proptest::prelude::*;

/// Records in the order in which they were put, as an array of documents.
#[derive(Default)]
struct Documents {
    texts: RefCell<Vec<String>>,
    drops: Cell<bool>,
    hangs: Cell<bool>,
    refuses: Cell<bool>,
    readings: Cell<u32>,
}

struct Pages(Vec<String>);

impl Scan for Pages {
    type Item = String;

    async fn page(&mut self) -> Result<Vec<String>, StoreFault> {
        let rest = self.0.split_off(self.0.len().min(3));
        Ok(std::mem::replace(&mut self.0, rest))
    }
}

impl SimpleDb for &Documents {
    type Records = Pages;

    async fn read_all(&self) -> Result<Pages, StoreFault> {
        self.readings.set(self.readings.get() + 1);
        Ok(Pages(self.texts.borrow().clone()))
    }

    async fn put_all(&self, entries: &[StoredEntry]) -> Result<Vec<Written>, StoreFault> {
        if self.hangs.get() {
            return Err(StoreFault { kind: StoreFaultKind::Timeout, message: "late".to_owned() });
        }
        if self.refuses.get() {
            return Ok(vec![Written::Unsafe; entries.len()]);
        }
        if !self.drops.get() {
            self.texts.borrow_mut().extend(entries.iter().map(|entry| entry.text.clone()));
        }
        Ok(vec![Written::Written; entries.len()])
    }
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
        prop_assert!(world.warnings.borrow().iter().all(|warning| warning.starts_with("3 records of the db break the rules")));
    }
}

#[test]
fn what_a_database_drops_or_refuses_is_said() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    documents.drops.set(true);
    let dropped = wait(read_back.write(&[entry(&text(1, 0, 5))])).unwrap_err();
    assert_eq!(
        (dropped.kind, dropped.message.as_str()),
        (StoreFaultKind::Dropped, "the db acknowledged 1 records and does not hold 1 of them")
    );
    documents.drops.set(false);
    documents.refuses.set(true);
    assert_eq!(wait(read_back.write(&[entry(&text(1, 0, 5))])), Ok(vec![Written::Unsafe]));
    documents.refuses.set(false);
    let two = [entry(&text(1, 0, 5)), entry(&text(1, 1, 5))];
    assert_eq!(wait(read_back.write(&two[..1])), Ok(vec![Written::Written]));
    assert_eq!(wait(read_back.write(&two)), Ok(vec![Written::Stale, Written::Written]));
    documents.hangs.set(true);
    assert_eq!(wait(read_back.write(&[entry(&text(1, 2, 5))])).unwrap_err().kind, StoreFaultKind::Timeout);
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
