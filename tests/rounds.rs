//! Whole rounds over scripted ports: what was seen decides what is held, whatever came first and whoever misbehaved.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;
use std::collections::BTreeMap;

use common::{NOW_MS, signed};
use dbsharing::error::Rejection;
use dbsharing::merge::Why;
use dbsharing::node::{Options, PeerLimits, Purpose, State};
use dbsharing::ports::Written;
use dbsharing::report::{ItemOutcome, PeerOutcome as Outcome, Report};
use network::{Answering, MemoryStore, World, options, share};
use proptest::prelude::*;

fn share_at(node: &RefCell<State>, world: &World, now_ms: u64, options: &Options) -> Report {
    network::share_at(node, world, now_ms, options, 1)
}

fn record(seed: u8, uuid: u8, ms: u64, text: &str) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms},"text":"{text}"}}"#))
}

fn body(records: &[String]) -> String {
    format!("[{}]", records.join(","))
}

fn digest(node: &RefCell<State>) -> String {
    node.borrow_mut().holdings.digest().to_string()
}

/// Every item is counted once: the outcomes are as many as the items that were offered in all, or fell due.
fn assert_each_is_counted(report: &Report, items: usize) {
    assert_eq!(report.totals.offered, items as u64);
    for peer in &report.peers {
        let counts = &peer.counts;
        let rejected: u64 = counts.rejected.iter().map(|(_, count)| count).sum();
        assert_eq!(
            counts.offered,
            counts.known + counts.inserted + counts.replaced + counts.kept + rejected,
            "{peer:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nodes_that_saw_the_same_records_hold_the_same_records(
        offered in prop::collection::vec((1..4_u8, 0..3_u8, 1..4_u64, "[ab]"), 1..24),
        deals in prop::collection::vec((0..3_usize, any::<u64>()), 24),
        cuts in prop::collection::vec(1..40_usize, 3),
    ) {
        let records: Vec<String> = offered.iter().map(|(seed, uuid, ms, text)| record(*seed, *uuid, *ms, text)).collect();
        let all_at_once = RefCell::new(State::default());
        let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&records)))]);
        assert_each_is_counted(&share(&all_at_once, &world, 1), records.len());

        let mut dealt = vec![Vec::new(); 3];
        for (record, (to, _)) in records.iter().zip(&deals) {
            dealt[*to].push(record.clone());
        }
        let bit_by_bit = RefCell::new(State::default());
        let mut held = MemoryStore::default();
        for (round, part) in dealt.iter().enumerate().rev() {
            let mut shuffled = part.clone();
            shuffled.sort_by_key(|record| record.len() as u64 ^ deals[round].1);
            let answering = Answering::body(&body(&shuffled)).in_pieces_of(cuts[round]);
            let world = World::with_store(&[("http://192.0.2.2", answering)], held);
            assert_each_is_counted(&share(&bit_by_bit, &world, round as u64), part.len());
            held = world.into_store();
        }
        prop_assert_eq!(digest(&bit_by_bit), digest(&all_at_once));
        prop_assert_eq!(held.entries, world.into_store().entries);
    }
}

#[test]
fn an_older_remote_is_kept_out_and_a_newer_one_replaces() {
    let node = RefCell::new(State::default());
    let mut store = MemoryStore::default();
    for (ms, inserted, replaced, kept) in [(5, 1, 0, 0), (4, 0, 0, 1), (6, 0, 1, 0)] {
        let world = World::with_store(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, ms, "x")])))], store);
        let counts = share(&node, &world, 1).totals;
        assert_eq!((counts.inserted, counts.replaced, counts.kept), (inserted, replaced, kept));
        store = world.into_store();
    }
    assert_eq!(store.entries.len(), 1);
}

#[test]
fn a_stranger_never_displaces_a_record() {
    let node = RefCell::new(State::default());
    let records = [record(1, 0, 5, "owner"), record(2, 0, 6, "stranger")];
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&records)))]);
    assert_eq!(share(&node, &world, 1).totals.inserted, 2);
    let texts: Vec<String> = world.into_store().entries.into_values().map(|(_, text)| text).collect();
    assert!(texts.iter().any(|text| text.contains("owner")) && texts.iter().any(|text| text.contains("stranger")));
}

#[test]
fn one_odd_peer_costs_nobody_else_a_record() {
    let good = body(&[record(1, 0, 5, "good")]);
    let odd: Vec<(Answering, Outcome, Option<&str>)> = vec![
        (Answering::body("null"), Outcome::Failed, Some("BAD_BODY")),
        (Answering::body("<html>"), Outcome::Failed, Some("BAD_BODY")),
        (Answering::body(""), Outcome::Failed, Some("BAD_BODY")),
        (Answering::body(" \n"), Outcome::Failed, Some("BAD_BODY")),
        (Answering::body(" ["), Outcome::Failed, Some("BODY_CUT")),
        (Answering::body("[]"), Outcome::Empty, None),
        (Answering::body("[{},{}"), Outcome::Failed, Some("BODY_CUT")),
        (Answering::status(404), Outcome::Empty, None),
        (Answering::status(422), Outcome::Failed, Some("PEER_STOPPED")),
        (Answering::status(500), Outcome::Failed, Some("PEER_STATUS")),
        (Answering::status(302), Outcome::Failed, Some("PEER_REDIRECTED")),
        (Answering::status(304), Outcome::Failed, Some("PEER_STATUS")),
        (Answering::unreachable(), Outcome::Failed, Some("PEER_UNREACHABLE")),
    ];
    for (answering, outcome, code) in odd {
        let odd_items = answering.holds("[{},{}");
        let node = RefCell::new(State::default());
        let world = World::new(&[("http://192.0.2.1", answering), ("http://192.0.2.2", Answering::body(&good))]);
        let report = share(&node, &world, 1);
        let peer = |url: &str| report.peers.iter().find(|peer| peer.url == url).unwrap();
        assert_eq!((peer("http://192.0.2.1").outcome, peer("http://192.0.2.1").code), (outcome, code));
        assert_eq!((peer("http://192.0.2.2").outcome, report.totals.inserted), (Outcome::Synced, 1));
        assert!(report.ok);
        // The good one's record, and the two items of the body that is cut after them.
        let items = if odd_items { 3 } else { 1 };
        assert_each_is_counted(&report, items);
    }
}

#[test]
fn the_good_records_before_a_fault_are_kept() {
    let node = RefCell::new(State::default());
    let text = format!("[{},{}, oops", record(1, 0, 5, "a"), record(1, 1, 5, "b"));
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    let report = share(&node, &world, 1);
    assert_eq!((report.totals.inserted, report.peers[0].code), (2, Some("BAD_BODY")));
    share(&node, &world, 2);
    assert!(world.tags_sent.borrow().iter().all(|tags| !tags.contains("\"1\"")), "no validator is kept");
}

#[test]
fn a_quiet_round_verifies_nothing_and_reads_no_body() {
    let node = RefCell::new(State::default());
    let text = body(&[record(1, 0, 5, "a")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("W/\"7\""))]);
    assert_eq!(share(&node, &world, 1).totals.verified, 1);
    let quiet = share(&node, &world, 2);
    assert_eq!((quiet.peers[0].outcome, quiet.totals.verified), (Outcome::Unchanged, 0));
    assert_eq!((quiet.totals.bytes_received, quiet.totals.requests), (0, 1));
}

#[test]
fn what_is_held_or_was_refused_is_never_verified_again() {
    let node = RefCell::new(State::default());
    let tampered = record(1, 1, 5, "a").replace("\"a\"", "\"b\"");
    let text = body(&[record(1, 0, 5, "a"), tampered.clone()]);
    let world =
        World::new(&[("http://192.0.2.1", Answering::body(&text)), ("http://192.0.2.2", Answering::body(&text))]);
    let first = share(&node, &world, 1).totals;
    assert_eq!((first.verified, first.inserted, first.rejected["BAD_SIGNATURE"]), (2, 1, 2));
    let second = share(&node, &world, 2).totals;
    assert_eq!((second.verified, second.known, second.rejected["BAD_SIGNATURE"]), (0, 2, 2));

    // The honest copy of the refused content still passes.
    let honest = record(1, 1, 5, "b");
    let world = World::new(&[("http://192.0.2.3", Answering::body(&body(&[honest])))]);
    assert_eq!(share(&node, &world, 3).totals.inserted, 1);
}

#[test]
fn a_record_from_the_future_is_parked_and_stored_when_due() {
    let node = RefCell::new(State::default());
    let due = NOW_MS + 60_000;
    let text = body(&[record(1, 0, due + 600_000, "later")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    let report = share_at(&node, &world, NOW_MS, &options());
    assert_eq!((report.totals.rejected["FROM_THE_FUTURE"], report.totals.inserted), (1, 0));
    assert!(world.store.borrow().entries.is_empty());
    share_at(&node, &world, due - 1, &options());
    assert!(world.store.borrow().entries.is_empty());
    let report = share_at(&node, &world, due, &options());
    assert_eq!(world.store.borrow().entries.len(), 1);
    assert_eq!(world.bodies_read.get(), 1, "it is not asked for again");
    assert_eq!((report.totals.inserted, report.totals.offered), (1, 1), "what falls due is in the report");
    assert_eq!((report.peers.len(), report.peers[0].counts.inserted), (1, 1), "of the peer that offered it");
    assert_eq!(world.heard.borrow().len(), 1);
}

#[test]
fn of_one_slot_those_are_parked_that_fall_due_first() {
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
        share_at(&state, &world, ahead(ms) - 600_000, &options());
        kept.push(
            world.store.borrow().entries.values().next().map(|(_, text)| text.contains(&format!("{}", ahead(ms)))),
        );
    }
    assert_eq!(kept, [Some(true), Some(true), Some(true), Some(true), Some(false), Some(false)]);
}

#[test]
fn what_falls_due_counts_for_its_peer_also_when_that_is_not_listed_any_more() {
    let state = RefCell::new(State::default());
    let text = body(&[record(1, 0, NOW_MS + 660_000, "later")]);
    share_at(&state, &World::new(&[("http://192.0.2.1", Answering::body(&text))]), NOW_MS, &options());
    let report = share_at(&state, &World::new(&[]), NOW_MS + 60_000, &options());
    let peer = &report.peers[0];
    assert_eq!((peer.url.as_str(), peer.outcome, peer.code), ("http://192.0.2.1", Outcome::Skipped, None));
    assert_eq!((report.peers.len(), peer.counts.inserted, peer.counts.requests), (1, 1, 0));
    assert_each_is_counted(&report, 1);
}

#[test]
fn of_several_versions_that_fall_due_together_the_greatest_is_stored_and_all_are_counted() {
    let state = RefCell::new(State::default());
    let ahead = NOW_MS + 700_000;
    let versions = [record(1, 0, ahead, "a"), record(1, 0, ahead + 2, "c"), record(1, 0, ahead + 1, "b")];
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&versions)).with_etag("\"1\""))]);
    share_at(&state, &world, NOW_MS, &options());
    let report = share_at(&state, &world, NOW_MS + 200_000, &options());
    assert_eq!((report.totals.inserted, report.totals.kept), (1, 2));
    assert_each_is_counted(&report, 3);
    let texts: Vec<String> = world.into_store().entries.into_values().map(|(_, text)| text).collect();
    assert!(texts.len() == 1 && texts[0].contains("\"c\""));
}

#[test]
fn each_item_is_noted_once_with_its_slot_and_its_peer() {
    let full = Options { max_records: 1, ..options() };
    let records = [record(1, 0, 5, "a"), record(1, 1, 5, "b"), record(1, 0, 4, "older"), "{}".to_owned()];
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&records)))]);
    let node = world.node(full);
    let (ledger, error, _) = network::wait(node.noted_round(NOW_MS, 1));
    assert_eq!(error, None);
    let peer = Some("http://192.0.2.1");
    let slot = |uuid| Some(common::judge(&record(1, uuid, 5, "a")).unwrap().content().key_hash);
    let noted: Vec<_> =
        ledger.recent().map(|noted| (ledger.url(noted.peer), noted.key, noted.outcome.clone())).collect();
    let shape = Rejection::BadShape("the item is not a record; wanted a member data, or a member value that has one");
    let full = Rejection::StoreFull { max_records: 1 };
    for outcome in [
        (peer, None, ItemOutcome::Rejected(shape)),
        (peer, slot(0), ItemOutcome::Kept(Why::Older)),
        (peer, slot(0), ItemOutcome::Inserted),
        (peer, slot(1), ItemOutcome::Settled(full, NOW_MS + 600_000)),
    ] {
        assert_eq!(noted.iter().filter(|noted| **noted == outcome).count(), 1, "{outcome:?} in {noted:?}");
    }
    assert_eq!(noted.len(), 4);
}

#[test]
fn a_far_future_is_asked_for_again_only_when_it_is_due() {
    let node = RefCell::new(State::default());
    let due = NOW_MS + 48 * 3_600_000;
    let text = body(&[record(1, 0, due + 600_000, "much later")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    for now_ms in [NOW_MS, due - 1, due] {
        share_at(&node, &world, now_ms, &options());
    }
    assert_eq!((world.bodies_read.get(), world.store.borrow().entries.len()), (2, 1));
}

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
fn a_store_that_failed_after_all_is_read_again() {
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
    assert!(world.heard.borrow().is_empty(), "nobody is told of a record that is not stored");
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
fn what_falls_due_and_finds_no_room_is_asked_for_again() {
    let state = RefCell::new(State::default());
    let text = body(&[record(1, 0, 5, "a"), record(1, 1, NOW_MS + 660_000, "later")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    let full = Options { max_records: 1, ..options() };
    share_at(&state, &world, NOW_MS, &full);
    let report = share_at(&state, &world, NOW_MS + 60_000, &full);
    assert_eq!(report.totals.rejected["STORE_FULL"], 1);
    assert_eq!(share_at(&state, &world, NOW_MS + 659_999, &options()).totals.inserted, 0);
    assert_eq!(share_at(&state, &world, NOW_MS + 660_000, &options()).totals.inserted, 1);
}

#[test]
fn a_peer_is_not_left_alone_for_what_the_database_did() {
    let state = RefCell::new(State::default());
    let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "a")])))]);
    world.store.borrow_mut().fails_on_write = true;
    for seed in 1..9 {
        let report = share(&state, &world, seed);
        assert_ne!((report.peers.len(), report.peers[0].code), (1, Some("BACKING_OFF")), "it is asked each time");
        assert_eq!((report.ok, report.totals.requests), (seed > 3, 1), "and what fails alone is left alone in the end");
    }
}

#[test]
fn a_body_with_records_that_had_no_room_is_read_again() {
    let node = RefCell::new(State::default());
    let full = Options { max_records: 1, ..options() };
    let text = body(&[record(1, 0, 5, "a"), record(1, 1, 5, "b")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    share_at(&node, &world, NOW_MS, &full);
    assert_eq!(share_at(&node, &world, NOW_MS + 599_999, &options()).totals.inserted, 0);
    assert_eq!(share_at(&node, &world, NOW_MS + 600_000, &options()).totals.inserted, 1);
}

#[test]
fn a_full_node_says_so_and_still_takes_edits() {
    let node = RefCell::new(State::default());
    let full = Options { max_records: 1, ..options() };
    let world =
        World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "a"), record(1, 1, 5, "b")])))]);
    let report = share_at(&node, &world, NOW_MS, &full);
    assert_eq!((report.totals.inserted, report.totals.rejected["STORE_FULL"]), (1, 1));
    let edits = body(&[record(1, 0, 6, "a"), record(1, 1, 6, "b")]);
    let world = World::with_store(&[("http://192.0.2.1", Answering::body(&edits))], world.into_store());
    let report = share_at(&node, &world, NOW_MS, &full);
    assert_eq!((report.totals.replaced, report.totals.rejected["STORE_FULL"]), (1, 1));
}

#[test]
fn a_peer_is_cut_off_at_its_budget_with_what_was_good_kept() {
    let bad = |number: u8| record(1, number, 5, "a").replace("\"a\"", "\"b\"");
    let good: Vec<String> = (0..200).map(|number| record(2, number, 5, "a")).collect();
    let spoilt: Vec<String> = (0..200).map(bad).collect();
    let mut mixed = good.clone();
    mixed.extend(spoilt);
    mixed.extend((200..=255).map(|number| record(2, number, 5, "late")));
    let strict = |max_rejected, max_items, max_body_bytes| Options {
        limits: PeerLimits { max_rejected, max_items, max_body_bytes },
        ..options()
    };
    for (options, code) in [
        (strict(10, 1_000, 1 << 30), "TOO_MANY_REJECTED"),
        (strict(1_000, 250, 1 << 30), "TOO_MANY_ITEMS"),
        (strict(1_000, 1_000, 80_000), "BODY_TOO_LARGE"),
    ] {
        let node = RefCell::new(State::default());
        let world = World::new(&[("http://192.0.2.1", Answering::body(&body(&mixed)).in_pieces_of(10_000))]);
        let report = share_at(&node, &world, NOW_MS, &options);
        assert_eq!(report.peers[0].code, Some(code));
        assert_eq!(report.totals.inserted, 200, "{code}");
        let ends = mixed.iter().scan(0, |end, item| {
            *end += item.len() + 1;
            Some(*end)
        });
        let items = match code {
            "TOO_MANY_ITEMS" => 250,
            "BODY_TOO_LARGE" => ends.filter(|end| *end <= 80_000).count(),
            _ => 200 + report.totals.rejected["BAD_SIGNATURE"] as usize,
        };
        assert_each_is_counted(&report, items);
    }
}

#[test]
fn what_the_task_does_not_accept_is_asked_about_again() {
    let node = RefCell::new(State::default());
    let text = body(&[record(1, 0, 5, "a"), record(1, 1, 5, "b")]);
    let mut world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    world.refuses = Some("\"b\"");
    let report = share(&node, &world, 1);
    assert_eq!((report.totals.inserted, report.totals.rejected["NOT_ACCEPTED"]), (1, 1));
    world.refuses = None;
    share_at(&node, &world, NOW_MS + 599_999, &options());
    assert_eq!(world.store.borrow().entries.len(), 1);
    share_at(&node, &world, NOW_MS + 600_000, &options());
    assert_eq!(world.store.borrow().entries.len(), 2);
}

#[test]
fn a_newer_write_of_somebody_else_is_not_overwritten() {
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
