//! Rounds over a database that fails, loses records or is written by another process: later rounds repair the damage.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;
use std::collections::BTreeMap;

use dbsharing::node::{Purpose, State};
use dbsharing::ports::Written;
use dbsharing::report::PeerOutcome as Outcome;
use network::entries::{body, record};
use network::reports::assert_each_is_counted;
use network::{Answering, World, options, share};

#[test]
fn a_failing_store_ends_the_round_and_the_next_one_repairs() {
    let node = RefCell::new(State::default());
    let text = body(&[record(1, 0, 5, "a")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    world.store.borrow_mut().fails = true;
    let report = share(&node, &world, 1);
    assert_eq!((report.ok, report.error.as_ref().map(|error| error.code)), (false, Some("STORE_FAILED")));
    world.store.borrow_mut().fails = false;
    world.store.borrow_mut().fails_on_write = true;
    let report = share(&node, &world, 2);
    assert_eq!(report.error.as_ref().map(|error| error.code), Some("STORE_FAILED"));
    assert_eq!(report.totals.rejected["STORE_FAILED"], 1);
    assert_each_is_counted(&report, 1);
    world.store.borrow_mut().fails_on_write = false;
    let report = share(&node, &world, 3);
    assert_eq!((report.ok, report.totals.inserted), (true, 1));
}

#[test]
fn a_store_that_fails_after_it_wrote_is_read_again() {
    let node = RefCell::new(State::default());
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "a")])))]);
    world.store.borrow_mut().fails_after_write = true;
    assert!(!share(&node, &world, 1).ok);
    let report = share(&node, &world, 2);
    assert_eq!((report.ok, report.totals.known), (true, 1));
}

#[test]
fn a_store_that_drops_what_it_acknowledges_is_found_out() {
    let state = RefCell::new(State::default());
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "a")])).with_etag("\"1\""))]);
    world.store.borrow_mut().drops = true;
    let report = share(&state, &world, 1);
    assert_eq!(report.error.as_ref().map(|error| error.code), Some("STORE_DROPPED"));
    assert_eq!((report.totals.rejected["STORE_DROPPED"], state.borrow().holdings.len()), (1, 0));
    assert!(world.heard.borrow().is_empty(), "a record that is not stored is not reported");
    world.store.borrow_mut().drops = false;
    assert_eq!(share(&state, &world, 2).totals.inserted, 1);
}

#[test]
fn what_a_store_lost_is_asked_for_again_although_the_peer_has_not_changed() {
    let state = RefCell::new(State::default());
    let text = body(&[record(1, 0, 5, "a"), record(1, 1, 5, "b")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    assert_eq!(share(&state, &world, 1).totals.inserted, 2);
    world.store.borrow_mut().entries.pop_first();
    state.borrow_mut().read_store_again();
    assert_eq!(share(&state, &world, 2).totals.inserted, 1);
    assert_eq!(share(&state, &world, 3).peers[0].outcome, Outcome::Unchanged);
}

#[test]
fn a_peer_is_not_left_alone_because_the_database_failed() {
    let state = RefCell::new(State::default());
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "a")])))]);
    world.store.borrow_mut().fails_on_write = true;
    for seed in 1..9 {
        let report = share(&state, &world, seed);
        assert_ne!((report.peers.len(), report.peers[0].code), (1, Some("BACKING_OFF")), "it is asked each time");
        assert_eq!(
            (report.ok, report.totals.requests),
            (seed > 3, 1),
            "and in the end a record that fails alone is settled"
        );
    }
}

#[test]
fn a_newer_record_that_another_process_wrote_is_not_overwritten() {
    let node = RefCell::new(State::default());
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "remote")])))]);
    let loading = world.node(options());
    network::wait(loading.load(Purpose::Share)).unwrap();
    loading.state.swap(&node);
    let newer = common::judge(&record(1, 0, 9, "local")).unwrap();
    let mut entries = BTreeMap::new();
    entries.insert(newer.content().key.as_str().to_owned(), (newer.version().to_string(), newer.envelope()));
    world.store.borrow_mut().entries = entries.clone();
    let report = share(&node, &world, 1);
    assert_eq!((report.totals.kept, report.totals.inserted), (1, 0));
    assert_eq!(world.store.borrow().entries, entries);
    assert_eq!(node.borrow().holdings.held(&newer.content().key_hash).unwrap().version, newer.version());
    assert_eq!(world.store.borrow().outcomes, [Written::Stale]);
}
