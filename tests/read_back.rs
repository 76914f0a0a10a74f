//! A simple database as a store, against the simple rule: the greatest version of each slot, and nothing forged.
#![cfg(not(target_arch = "wasm32"))]

mod common;
#[path = "read_back/documents.rs"]
mod documents;
mod network;

use common::{NOW_MS, judge, signed};
use dbsharing::error::{StoreFault, StoreFaultKind};
use dbsharing::node::ReadBack;
use dbsharing::ports::{Lookup, Scan, StoredEntry, Written};
use documents::{Documents, refusal};

use dbsharing::record::Identity;
use network::{MemoryStore, World, wait};
use proptest::prelude::*;

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
    fn it_holds_what_a_store_holds_although_other_documents_are_in_the_database(
        writes in prop::collection::vec(prop::collection::btree_map((1..4_u8, 0..3_u8), 1..5_u64, 0..6), 1..6),
        odd in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let (documents, world, mut store) = (Documents::default(), World::new(&[]), MemoryStore::default());
        let forged = text(1, 0, 9).replace("\"timestamp\":9", "\"timestamp\":8");
        let oddities = ["null".to_owned(), forged, text(2, 1, NOW_MS + 86_400_000 + 600_001)];
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
        prop_assert!(warnings[0].starts_with("records of the db break the rules and count as absent: 3, the first: "));
    }
}

#[test]
fn each_record_that_a_database_drops_or_refuses_is_reported() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    documents.drops.set(Some("\"uuid\":\"0\""));
    documents.refuses.set(Some("\"uuid\":\"1\""));
    documents.unsafe_text.set(Some("\"uuid\":\"2\""));
    let all = [0, 1, 2, 3].map(|uuid| entry(&text(1, uuid, 5)));
    let message = "db.put() acknowledged 2 records, and the db does not hold 1 of them".to_owned();
    let dropped = StoreFault { kind: StoreFaultKind::Dropped, message };
    let wanted = [Written::Failed(dropped), Written::Failed(refusal()), Written::Unsafe, Written::Written];
    assert_eq!(wait(read_back.write(&all)), Ok(wanted.to_vec()));
    assert_eq!(world.slept_ms.get(), 1_000, "it is given a second");
    let message = "db.put() acknowledged 1 record, and the db does not hold it".to_owned();
    let dropped = StoreFault { kind: StoreFaultKind::Dropped, message };
    assert_eq!(wait(read_back.write(&all[..1])), Ok(vec![Written::Failed(dropped)]));
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
    documents.whole_reads.set(0);
    assert_eq!(wait(read_back.write(&one)), Ok(vec![Written::Stale]));
    assert_eq!((documents.whole_reads.get(), documents.texts.borrow().len()), (1, 1));
}

#[test]
fn what_shows_up_within_a_second_was_stored() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    documents.late_by.set(4);
    assert_eq!(wait(read_back.write(&[entry(&text(1, 0, 5))])), Ok(vec![Written::Written]));
    assert_eq!(world.slept_ms.get(), 100, "the search ends when it is there");
}

#[test]
fn what_a_getter_does_not_return_is_looked_for_among_all_documents() {
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
    assert_eq!(count(), 8, "what was found damaged is not recognised again");
    assert_eq!(wait(read_back.write(&entries[4..5])), Ok(vec![Written::Written]), "a good copy takes its place");
    assert_eq!(count(), 9);
    assert_eq!(world.warnings.borrow().len(), 1, "{:?}", world.warnings.borrow());
}

#[test]
fn concurrent_readers_share_one_read_until_something_is_written() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    wait(read_back.write(&[entry(&text(1, 0, 5))])).unwrap();
    documents.whole_reads.set(0);
    let pages = [(); 3].map(|()| wait(read_back.entries("")).unwrap());
    assert_eq!(documents.whole_reads.get(), 1);
    wait(read_back.write(&[entry(&text(1, 1, 5))])).unwrap();
    documents.whole_reads.set(0);
    let more = wait(read_back.entries("")).unwrap();
    assert_eq!((documents.whole_reads.get(), all(more).len()), (1, 2));
    assert_eq!(pages.map(|pages| all(pages).len()), [1; 3]);
    let held = wait(read_back.entries("")).unwrap();
    world.pass_ms(5_001);
    drop(wait(read_back.entries("")).unwrap());
    drop(held);
    assert_eq!(documents.whole_reads.get(), 3, "an old read is not used again");
}

#[test]
fn a_clock_that_is_set_back_does_not_have_records_replaced_by_lesser_ones() {
    let (documents, world) = (Documents::default(), World::new(&[]));
    let read_back = ReadBack::new(&documents, &world, Identity::Record);
    let (ahead, lesser) = (text(1, 0, NOW_MS + 7_200_000), entry(&text(1, 0, NOW_MS)));
    documents.texts.borrow_mut().push(ahead.clone());
    assert_eq!(wait(read_back.write(std::slice::from_ref(&lesser))), Ok(vec![Written::Stale]));
    assert_eq!(*documents.texts.borrow(), [ahead]);
    assert_eq!(all(wait(read_back.versions()).unwrap()).len(), 1);

    let never = text(1, 0, NOW_MS + 87_000_001);
    *documents.texts.borrow_mut() = vec![never.clone()];
    assert_eq!(wait(read_back.write(std::slice::from_ref(&lesser))), Ok(vec![Written::Written]));
}
