//! The database is the truth: what others write to it, and what it loses, while a node runs.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use common::{NOW_MS, judge, signed};
use dbsharing::error::Code as _;
use dbsharing::limits::{RESCAN_MS, SUSPICION_MS};
use dbsharing::node::{Options, Purpose, Put};
use dbsharing::ports::StoredEntry;
use dbsharing::record::Identity;
use network::{Answering, InWorld, MemoryStore, World, options, wait};

fn record(uuid: u8, ms: u64) -> String {
    signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

fn entry(text: &str) -> StoredEntry {
    let record = judge(text).unwrap();
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

/// A world with one peer that holds these records under one tag, and a store that holds them too.
fn world(records: &[String], store: MemoryStore) -> World {
    let answering = Answering::body(&format!("[{}]", records.join(","))).with_etag("\"1\"");
    let world = World::with_store(&[("http://192.0.2.1", answering)], store);
    world.store.borrow_mut().write(&records.iter().map(|text| entry(text)).collect::<Vec<_>>()).unwrap();
    world
}

fn records() -> Vec<String> {
    (0..5).map(|uuid| record(uuid, 5)).collect()
}

/// Removes an entry from the database behind the node's back.
fn delete(world: &World, text: &str, is_told: bool) {
    let store = &mut *world.store.borrow_mut();
    let StoredEntry { key, .. } = entry(text);
    store.entries.remove(&key);
    if is_told {
        store.note(&key);
    }
}

fn held(node: &InWorld<'_>) -> usize {
    node.state.borrow().holdings.len()
}

#[test]
fn a_deletion_that_the_store_reports_is_refilled_by_the_next_round() {
    let world = world(&records(), MemoryStore::that_reports());
    let node = world.node(options());
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.known, 5);
    delete(&world, &records()[2], true);
    let report = wait(node.round(NOW_MS, 1));
    assert_eq!((report.totals.inserted, report.totals.known), (1, 4), "although the peer has not changed");
    assert_eq!((held(&node), world.store.borrow().entries.len()), (5, 5));
}

#[test]
fn a_deletion_that_the_store_does_not_report_is_refilled_after_a_rescan() {
    let world = world(&records(), MemoryStore::default());
    let node = world.node(options());
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.known, 5);
    world.store.borrow_mut().entries.clear();
    world.pass_ms(RESCAN_MS);
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.inserted, 0, "not seen yet");
    world.pass_ms(1);
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.inserted, 5);
    assert_eq!(world.store.borrow().entries.len(), 5);
}

#[test]
fn a_database_that_was_restored_from_an_older_copy_gets_the_newer_records_again() {
    for reports in [true, false] {
        let newer: Vec<String> = (0..5).map(|uuid| record(uuid, 6)).collect();
        let world = world(&newer, if reports { MemoryStore::that_reports() } else { MemoryStore::default() });
        let node = world.node(options());
        assert_eq!(wait(node.round(NOW_MS, 1)).totals.known, 5);
        {
            let store = &mut *world.store.borrow_mut();
            store.entries.clear();
            store.log = reports.then(Vec::new); // the old mark is ahead of it
        }
        world.store.borrow_mut().write(&records().iter().map(|text| entry(text)).collect::<Vec<_>>()).unwrap();
        world.store.borrow_mut().log.iter_mut().for_each(Vec::clear);
        world.pass_ms(if reports { 0 } else { RESCAN_MS + 1 });
        let report = wait(node.round(NOW_MS, 1));
        assert_eq!(report.totals.replaced, 5, "reports: {reports}");
    }
}

#[test]
fn a_slot_that_the_store_lacks_is_missed_as_soon_as_it_is_asked_for() {
    let world = world(&records(), MemoryStore::default());
    let node = world.node(options());
    wait(node.round(NOW_MS, 1));
    delete(&world, &records()[0], false);
    assert_eq!(wait(node.get(&entry(&records()[0]).key)), Ok(None));
    assert_eq!(held(&node), 4);
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.inserted, 1);
}

#[test]
fn on_suspicion_the_store_is_read_at_most_once_a_minute() {
    let world = world(&records(), MemoryStore::default());
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    let scans = || world.scans.get();
    let before = scans();
    for (passed_ms, wanted) in [(0, 1), (0, 1), (SUSPICION_MS - 1, 1), (1, 2), (1, 2)] {
        world.pass_ms(passed_ms);
        node.state.borrow_mut().read_store_again();
        wait(node.load(Purpose::Serve)).unwrap();
        assert_eq!(scans() - before, wanted, "after {passed_ms} ms");
    }
}

#[test]
fn a_look_does_not_undo_what_was_written_meanwhile() {
    for order in 0..40_usize {
        let world = world(&records(), MemoryStore::that_reports());
        let (node, other) = (world.node(options()), world.node(options()));
        wait(node.load(Purpose::Share)).unwrap();
        wait(other.put(&record(0, 6), NOW_MS));
        delete(&world, &records()[1], true);
        let looking = async { wait_ok(node.load(Purpose::Share).await) };
        let putting = async { assert!(matches!(node.put(&record(0, 7), NOW_MS).await, Put::Stored(_))) };
        let again = async { assert!(matches!(node.put(&record(1, 7), NOW_MS).await, Put::Stored(_))) };
        let work: Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>> =
            vec![Box::pin(looking), Box::pin(putting), Box::pin(again)];
        world.gates.run(work, |waiting| order % waiting.max(1));
        let fresh = world.node(options());
        wait(fresh.load(Purpose::Share)).unwrap();
        wait(node.load(Purpose::Share)).unwrap();
        let digest = |node: &InWorld<'_>| node.state.borrow_mut().holdings.digest();
        assert_eq!(digest(&node), digest(&fresh), "order {order}");
    }
}

fn wait_ok(outcome: Result<(), dbsharing::error::StoreFault>) {
    outcome.unwrap();
}

#[test]
fn what_is_damaged_stays_absent_when_the_store_is_read_again() {
    let world = world(&records(), MemoryStore::default());
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    let StoredEntry { key, version, .. } = entry(&records()[0]);
    node.lost(&key, &version);
    world.pass_ms(RESCAN_MS + 1);
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!(held(&node), 4, "its version does not show the damage to its text");
}

#[test]
fn a_greater_version_that_is_found_in_a_slot_is_no_sign_of_a_loss() {
    let world = world(&records(), MemoryStore::default());
    let (node, other) = (world.node(options()), world.node(options()));
    wait(node.load(Purpose::Share)).unwrap();
    wait(other.put(&record(0, 9), NOW_MS));
    let before = world.scans.get();
    assert!(matches!(wait(node.put(&record(0, 7), NOW_MS)), Put::Stale { .. }));
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!(world.scans.get(), before, "nothing is read again");
}

#[test]
fn a_store_of_the_other_identity_is_named() {
    for (identity, says) in
        [(Identity::Owner, "\"record\" and is opened with identity \"owner\""), (Identity::Record, "")]
    {
        let world = world(&records(), MemoryStore::default());
        let node = world.node(Options { identity, ..options() });
        let loaded = wait(node.load(Purpose::Share));
        assert_eq!(loaded.as_ref().err().map(|fault| fault.code()), (!says.is_empty()).then_some("IDENTITY_MISMATCH"));
        assert!(
            loaded.is_ok_and(|()| says.is_empty()) || {
                wait(node.load(Purpose::Share)).unwrap_err().message.contains(says)
            }
        );
        assert_eq!(node.state.borrow().is_known(), says.is_empty());
    }
}

#[test]
fn a_change_that_the_store_reports_twice_counts_once() {
    let world = world(&records(), MemoryStore::that_reports());
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    let epoch = node.state.borrow().epoch();
    let newer = entry(&record(0, 6));
    for is_heard_first in [true, false] {
        let newer = entry(&record(0, if is_heard_first { 6 } else { 7 }));
        world.store.borrow_mut().write(std::slice::from_ref(&newer)).unwrap();
        let hear = || node.heard(&newer.key, dbsharing::record::Version::parse(&newer.version));
        if is_heard_first {
            hear();
        }
        wait(node.load(Purpose::Share)).unwrap();
        let digest = node.state.borrow_mut().holdings.digest();
        hear();
        assert_eq!(node.state.borrow_mut().holdings.digest(), digest);
    }
    delete(&world, &record(0, 7), true);
    node.heard(&newer.key, None);
    assert_eq!(held(&node), 4);
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!((held(&node), node.state.borrow().epoch()), (4, epoch + 1), "peers offer it again");
}

#[test]
fn an_entry_with_a_foreign_version_is_absent_and_replaced() {
    for reports in [true, false] {
        let world = world(&records(), if reports { MemoryStore::that_reports() } else { MemoryStore::default() });
        let node = world.node(options());
        assert_eq!(wait(node.round(NOW_MS, 1)).totals.known, 5);
        let StoredEntry { key, text, .. } = entry(&records()[1]);
        world.store.borrow_mut().entries.insert(key.clone(), ("oops".to_owned(), text));
        world.store.borrow_mut().note(&key);
        world.pass_ms(RESCAN_MS + 1);
        let report = wait(node.round(NOW_MS, 1));
        assert_eq!((report.ok, report.totals.inserted), (true, 1), "reports: {reports}");
        assert_eq!(world.store.borrow().entries[&key].0, entry(&records()[1]).version);
    }
}

#[test]
fn entries_of_the_other_identity_beside_our_own_count_as_absent() {
    let world = world(&records(), MemoryStore::default());
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    let StoredEntry { key, version, text } = entry(&records()[0]);
    let owner = key.split('/').next().unwrap().to_owned();
    world.store.borrow_mut().entries.insert(owner, (version, text));
    world.pass_ms(RESCAN_MS + 1);
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!(held(&node), 5);
    assert!(world.warnings.borrow()[0].contains("identity \"owner\""));
    let fresh = world.node(Options { identity: Identity::Owner, ..options() });
    wait(fresh.load(Purpose::Share)).unwrap();
    assert_eq!(held(&fresh), 1);
}

#[test]
fn a_record_that_was_deleted_can_be_put_again_at_once() {
    let world = world(&records(), MemoryStore::default());
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    for text in [record(0, 5), record(1, 4)] {
        assert!(matches!(wait(node.put(&text, NOW_MS)), Put::Stale { .. }), "it is held");
        delete(&world, &text, false);
        assert!(matches!(wait(node.put(&text, NOW_MS)), Put::Stored(_)));
        assert_eq!(world.store.borrow().entries[&entry(&text).key].0, entry(&text).version);
    }
}

#[test]
fn a_record_whose_entry_was_damaged_can_be_put_again_at_once() {
    let text = record(0, 5);
    let StoredEntry { key, version, text: envelope } = entry(&text);
    for damaged in [(version.clone(), envelope.replace("uuid", "uu1d")), ("oops".to_owned(), envelope.clone())] {
        let world = world(&records(), MemoryStore::default());
        let node = world.node(options());
        wait(node.load(Purpose::Share)).unwrap();
        world.store.borrow_mut().entries.insert(key.clone(), damaged);
        assert!(matches!(wait(node.put(&text, NOW_MS)), Put::Stored(_)), "what is there is not the record");
        assert_eq!(world.store.borrow().entries[&key], (version.clone(), envelope.clone()));
    }
}

#[test]
fn a_write_that_is_called_stale_but_is_not_there_was_dropped() {
    let world = world(&[], MemoryStore::default());
    world.store.borrow_mut().calls_all_stale = true;
    let node = world.node(options());
    let put = wait(node.put(&record(0, 5), NOW_MS)).into_verdict();
    assert_eq!((put.code, put.stored), (Some("STORE_DROPPED"), Some(false)));
    world.store.borrow_mut().calls_all_stale = false;
    assert!(matches!(wait(node.put(&record(0, 5), NOW_MS)), Put::Stored(_)));
}

#[test]
fn a_database_that_drops_every_other_entry_is_not_believed() {
    for parity in [0, 1] {
        let many: Vec<String> =
            (0..300_u32).map(|uuid| signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":5}}"#))).collect();
        let world = World::new(&[("http://192.0.2.1", Answering::body(&format!("[{}]", many.join(","))))]);
        world.store.borrow_mut().drops_every_other = Some(parity);
        let report = wait(world.node(options()).round(NOW_MS, 1));
        assert_eq!(report.error.map(|error| error.code), Some("STORE_DROPPED"), "{parity}");
    }
}
