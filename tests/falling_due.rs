//! Records that are dated ahead of our clock wait in memory and are stored when they fall due.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::NOW_MS;
use dbsharing::node::{Options, State};
use dbsharing::report::PeerOutcome as Outcome;
use network::entries::{body, record};
use network::reports::assert_each_is_counted;
use network::{Answering, World, options, share, share_at};

#[test]
fn a_record_from_the_future_is_parked_and_stored_when_due() {
    let node = RefCell::new(State::default());
    let due = NOW_MS + 60_000;
    let text = body(&[record(1, 0, due + 600_000, "later")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    let report = share_at(&node, &world, NOW_MS, &options(), 1);
    assert_eq!((report.totals.rejected["FROM_THE_FUTURE"], report.totals.inserted), (1, 0));
    assert!(world.store.borrow().entries.is_empty());
    share_at(&node, &world, due - 1, &options(), 1);
    assert!(world.store.borrow().entries.is_empty());
    let report = share_at(&node, &world, due, &options(), 1);
    assert_eq!(world.store.borrow().entries.len(), 1);
    assert_eq!(world.bodies_read.get(), 1, "it is not requested again");
    assert_eq!((report.totals.inserted, report.totals.offered), (1, 1), "what falls due is in the report");
    assert_eq!((report.peers.len(), report.peers[0].counts.inserted), (1, 1), "under the peer that offered it");
    assert_eq!(world.heard.borrow().len(), 1);
}

#[test]
fn the_versions_of_a_slot_that_fall_due_first_are_parked() {
    let state = RefCell::new(State::default());
    let ahead = |ms| NOW_MS + 700_000 + ms;
    for (text, ms) in [("b", 20), ("d", 40), ("e", 50), ("c", 30), ("a", 10), ("f", 60)] {
        let body = body(&[record(1, 0, ahead(ms), text)]);
        let world = World::new(&[("http://192.0.2.1", Answering::body(&body))]);
        assert_eq!(share(&state, &world, 1).totals.rejected["FROM_THE_FUTURE"], 1);
    }
    assert_eq!(state.borrow().holdings.parked.len(), 4);
    let world = World::new(&[]);
    let mut kept = Vec::new();
    for ms in [10, 20, 30, 40, 50, 60] {
        share_at(&state, &world, ahead(ms) - 600_000, &options(), 1);
        kept.push(
            world.store.borrow().entries.values().next().map(|(_, text)| text.contains(&format!("{}", ahead(ms)))),
        );
    }
    assert_eq!(kept, [Some(true), Some(true), Some(true), Some(true), Some(false), Some(false)]);
}

#[test]
fn what_falls_due_counts_for_its_peer_even_if_the_peer_is_no_longer_listed() {
    let state = RefCell::new(State::default());
    let text = body(&[record(1, 0, NOW_MS + 660_000, "later")]);
    share_at(&state, &World::new(&[("http://192.0.2.1", Answering::body(&text))]), NOW_MS, &options(), 1);
    let report = share_at(&state, &World::new(&[]), NOW_MS + 60_000, &options(), 1);
    let peer = &report.peers[0];
    assert_eq!((peer.url.as_str(), peer.outcome, peer.code), ("http://192.0.2.1", Outcome::Skipped, None));
    assert_eq!((report.peers.len(), peer.counts.inserted, peer.counts.requests), (1, 1, 0));
    assert_each_is_counted(&report, 1);
}

#[test]
fn when_several_versions_fall_due_together_the_greatest_is_stored_and_all_are_counted() {
    let state = RefCell::new(State::default());
    let ahead = NOW_MS + 700_000;
    let versions = [record(1, 0, ahead, "a"), record(1, 0, ahead + 2, "c"), record(1, 0, ahead + 1, "b")];
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&versions)).with_etag("\"1\""))]);
    share_at(&state, &world, NOW_MS, &options(), 1);
    let report = share_at(&state, &world, NOW_MS + 200_000, &options(), 1);
    assert_eq!((report.totals.inserted, report.totals.kept), (1, 2));
    assert_each_is_counted(&report, 3);
    let texts: Vec<String> = world.into_store().entries.into_values().map(|(_, text)| text).collect();
    assert!(texts.len() == 1 && texts[0].contains("\"c\""));
}

#[test]
fn a_far_future_is_asked_for_again_only_when_it_is_due() {
    let node = RefCell::new(State::default());
    let due = NOW_MS + 48 * 3_600_000;
    let text = body(&[record(1, 0, due + 600_000, "much later")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    for now_ms in [NOW_MS, due - 1, due] {
        share_at(&node, &world, now_ms, &options(), 1);
    }
    assert_eq!((world.bodies_read.get(), world.store.borrow().entries.len()), (2, 1));
}

#[test]
fn what_falls_due_and_finds_no_room_is_asked_for_again() {
    let state = RefCell::new(State::default());
    let text = body(&[record(1, 0, 5, "a"), record(1, 1, NOW_MS + 660_000, "later")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    let full = Options { max_records: 1, ..options() };
    share_at(&state, &world, NOW_MS, &full, 1);
    let report = share_at(&state, &world, NOW_MS + 60_000, &full, 1);
    assert_eq!(report.totals.rejected["STORE_FULL"], 1);
    assert_eq!(share_at(&state, &world, NOW_MS + 659_999, &options(), 1).totals.inserted, 0);
    assert_eq!(share_at(&state, &world, NOW_MS + 660_000, &options(), 1).totals.inserted, 1);
}
