//! Whole rounds over scripted ports: what is held depends only on the records that were seen, not on their order and
//! not on the peers that misbehaved.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::NOW_MS;
use dbsharing::error::Rejection;
use dbsharing::merge::Why;
use dbsharing::node::{Options, PeerLimits, State};
use dbsharing::report::{ItemOutcome, PeerOutcome as Outcome};
use network::entries::{body, record};
use network::reports::assert_each_is_counted;
use network::{Answering, MemoryStore, World, options, share, share_at};
use proptest::prelude::*;

fn digest(node: &RefCell<State>) -> String {
    node.borrow_mut().holdings.digest().to_string()
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
fn an_older_remote_record_is_kept_out_and_a_newer_one_replaces_ours() {
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
fn an_odd_peer_costs_no_other_peer_a_record() {
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
        // The good peer's record, and the two items before the cut in the other body.
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
fn what_is_held_or_was_rejected_is_never_verified_again() {
    let node = RefCell::new(State::default());
    let tampered = record(1, 1, 5, "a").replace("\"a\"", "\"b\"");
    let text = body(&[record(1, 0, 5, "a"), tampered.clone()]);
    let world =
        World::new(&[("http://192.0.2.1", Answering::body(&text)), ("http://192.0.2.2", Answering::body(&text))]);
    let first = share(&node, &world, 1).totals;
    assert_eq!((first.verified, first.inserted, first.rejected["BAD_SIGNATURE"]), (2, 1, 2));
    let second = share(&node, &world, 2).totals;
    assert_eq!((second.verified, second.known, second.rejected["BAD_SIGNATURE"]), (0, 2, 2));

    // The honest copy of the rejected content still passes.
    let honest = record(1, 1, 5, "b");
    let world = World::new(&[("http://192.0.2.3", Answering::body(&body(&[honest])))]);
    assert_eq!(share(&node, &world, 3).totals.inserted, 1);
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
fn a_body_with_records_that_had_no_room_is_read_again() {
    let node = RefCell::new(State::default());
    let full = Options { max_records: 1, ..options() };
    let text = body(&[record(1, 0, 5, "a"), record(1, 1, 5, "b")]);
    let world = World::new(&[("http://192.0.2.1", Answering::body(&text).with_etag("\"1\""))]);
    share_at(&node, &world, NOW_MS, &full, 1);
    assert_eq!(share_at(&node, &world, NOW_MS + 599_999, &options(), 1).totals.inserted, 0);
    assert_eq!(share_at(&node, &world, NOW_MS + 600_000, &options(), 1).totals.inserted, 1);
}

#[test]
fn a_full_node_reports_it_and_still_takes_edits() {
    let node = RefCell::new(State::default());
    let full = Options { max_records: 1, ..options() };
    let world =
        World::new(&[("http://192.0.2.1", Answering::body(&body(&[record(1, 0, 5, "a"), record(1, 1, 5, "b")])))]);
    let report = share_at(&node, &world, NOW_MS, &full, 1);
    assert_eq!((report.totals.inserted, report.totals.rejected["STORE_FULL"]), (1, 1));
    let edits = body(&[record(1, 0, 6, "a"), record(1, 1, 6, "b")]);
    let world = World::with_store(&[("http://192.0.2.1", Answering::body(&edits))], world.into_store());
    let report = share_at(&node, &world, NOW_MS, &full, 1);
    assert_eq!((report.totals.replaced, report.totals.rejected["STORE_FULL"]), (1, 1));
}

#[test]
fn a_peer_is_cut_off_at_its_budget_and_its_good_records_are_kept() {
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
        let report = share_at(&node, &world, NOW_MS, &options, 1);
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
    share_at(&node, &world, NOW_MS + 599_999, &options(), 1);
    assert_eq!(world.store.borrow().entries.len(), 1);
    share_at(&node, &world, NOW_MS + 600_000, &options(), 1);
    assert_eq!(world.store.borrow().entries.len(), 2);
}
