//! A record that a database refuses affects no other record, and a database that is down costs only a few calls.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::{NOW_MS, signed};
use dbsharing::error::Code as _;
use dbsharing::node::{Put, State};
use dbsharing::report::Report;
use network::{Answering, MemoryStore, World, options, share, share_at, wait};
use proptest::prelude::*;

const PEER: &str = "http://192.0.2.1";
const SECOND_MS: u64 = 1_000;

fn record(uuid: usize, text: &str) -> String {
    signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":5,"text":"{text}"}}"#))
}

/// The same record, as a relay may send it.
fn with_unsigned(record: &str, unsigned: &str) -> String {
    record.replacen('{', &format!(r#"{{"username":"{unsigned}","#), 1)
}

fn offered(records: &[String]) -> Answering {
    Answering::body(&format!("[{}]", records.join(","))).with_etag("\"1\"")
}

fn refusing(texts: &[&str]) -> MemoryStore {
    MemoryStore { refuses: texts.iter().map(|text| format!("\"{text}\"")).collect(), ..MemoryStore::default() }
}

fn code(report: &Report) -> Option<&str> {
    report.error.as_ref().map(|error| error.code)
}

#[test]
fn a_refused_record_costs_only_itself_wherever_it_stands() {
    let good: Vec<String> = (0..200).map(|uuid| record(uuid, "good")).collect();
    for uuid in 200..260 {
        let state = RefCell::new(State::default());
        let mut records = good.clone();
        records.push(record(uuid, "bad"));
        let world = World::with_store(&[(PEER, offered(&records))], refusing(&["bad"]));
        let report = share(&state, &world, 1);
        assert_eq!((report.ok, report.totals.inserted), (true, 200), "{report:?}");
        assert_eq!(report.totals.rejected["STORE_REFUSED"], 1);
        assert_eq!(world.store.borrow().entries.len(), 200);
        assert!(world.store.borrow().writes.0 <= 2 * 8 + 2, "{:?}", world.store.borrow().writes);
        assert_eq!(world.heard.borrow().len(), 200);
    }
}

#[test]
fn two_hundred_refused_of_ten_thousand_cost_a_few_calls_each() {
    let text = |uuid| if uuid % 50 == 7 { "bad" } else { "good" };
    let records: Vec<String> = (0..10_000).map(|uuid| record(uuid, text(uuid))).collect();
    let state = RefCell::new(State::default());
    let world = World::with_store(&[(PEER, offered(&records))], refusing(&["bad"]));
    let report = share(&state, &world, 1);
    assert_eq!((report.ok, report.totals.inserted), (true, 9_800));
    assert_eq!(report.totals.rejected["STORE_REFUSED"], 200);
    let calls = world.store.borrow().writes.0;
    assert!(calls <= 200 * 10, "{calls} calls");
    let quiet = share_at(&state, &world, NOW_MS + 19 * SECOND_MS, &options(), 2);
    assert_eq!((quiet.ok, quiet.totals.bytes_received, quiet.totals.requests), (true, 0, 1));
    // When their time has come, each is tried alone.
    let again = share_at(&state, &world, NOW_MS + 20 * SECOND_MS, &options(), 3);
    assert_eq!((again.ok, again.totals.rejected["STORE_REFUSED"]), (true, 200));
    assert_eq!(world.store.borrow().writes.0, calls + 200);
}

#[test]
fn what_is_refused_is_tried_again_after_twice_as_long_each_time() {
    let state = RefCell::new(State::default());
    let records = [record(1, "good"), record(2, "bad")];
    let world = World::with_store(&[(PEER, offered(&records))], refusing(&["bad"]));
    share(&state, &world, 1);
    let mut at_ms = NOW_MS;
    for seconds in [20, 40, 80, 160, 320, 600, 600] {
        let calls = || world.store.borrow().writes.0;
        let before = calls();
        for (ms, tried) in [(seconds * SECOND_MS - 1, 0), (seconds * SECOND_MS, 1)] {
            share_at(&state, &world, at_ms + ms, &options(), 2);
            assert_eq!(calls() - before, tried, "{seconds} s");
        }
        at_ms += seconds * SECOND_MS;
    }
    world.store.borrow_mut().refuses.clear();
    assert_eq!(share_at(&state, &world, at_ms + 600 * SECOND_MS, &options(), 3).totals.inserted, 1);
}

#[test]
fn another_version_of_what_is_refused_is_tried_at_once() {
    let state = RefCell::new(State::default());
    let records = [record(1, "good"), record(2, "bad")];
    let world = World::with_store(&[(PEER, offered(&records))], refusing(&["bad"]));
    share(&state, &world, 1);
    let newer = signed(1, r#"{"uuid":"2","timestamp":6,"text":"better"}"#);
    let world = World::with_store(&[("http://192.0.2.2", offered(&[newer]))], world.into_store());
    assert_eq!(share(&state, &world, 2).totals.inserted, 1);
}

#[test]
fn unsigned_members_that_others_added_do_not_keep_a_record_out() {
    for (one_by_one, harms) in [(false, false), (true, false), (false, true)] {
        let state = RefCell::new(State::default());
        let records: Vec<String> =
            (0..20).map(|uuid| with_unsigned(&record(uuid, "good"), if uuid < 4 { "spam" } else { "name" })).collect();
        let store = MemoryStore { one_by_one, ..refusing(if harms { &[] } else { &["spam"] }) };
        let harmed_by = if harms { vec!["\"spam\"".to_owned()] } else { Vec::new() };
        let world = World::with_store(&[(PEER, offered(&records))], MemoryStore { harmed_by, ..store });
        let report = share(&state, &world, 1);
        assert_eq!((report.ok, report.totals.inserted), (true, 20), "{report:?}");
        let bare = |entries: &MemoryStore| entries.entries.values().filter(|(_, text)| !text.contains("name")).count();
        assert_eq!(bare(&world.store.borrow()), 4, "the others keep their unsigned members");
        assert!(world.heard.borrow().iter().all(|text| !text.contains("spam")));
    }
}

#[test]
fn a_database_that_is_down_costs_a_few_calls() {
    let records: Vec<String> = (0..600).map(|uuid| record(uuid, "good")).collect();
    let peers =
        [(PEER, &records[..300]), ("http://192.0.2.2", &records[200..500]), ("http://192.0.2.3", &records[400..])];
    let peers: Vec<_> = peers.iter().map(|(url, records)| (*url, offered(records))).collect();
    let (state, world) = (RefCell::new(State::default()), World::new(&peers));
    world.store.borrow_mut().fails_on_write = true;
    let calls = |world: &World| std::mem::take(&mut world.store.borrow_mut().writes).0;
    let report = share(&state, &world, 1);
    assert_eq!((report.ok, code(&report)), (false, Some("STORE_FAILED")));
    let few = calls(&world);
    assert!(few <= 28, "halves, eight single ones, and one of each later batch: {few}");
    for seed in 2..6 {
        let asked = world.urls.borrow().len();
        let report = share(&state, &world, seed);
        assert_eq!((code(&report), report.totals.inserted), (Some("STORE_FAILED"), 0));
        assert!(calls(&world) <= 4, "one at a time");
        assert_eq!(world.urls.borrow().len() - asked, 1, "one peer is enough to see it");
    }
    world.store.borrow_mut().fails_on_write = false;
    let report = share(&state, &world, 7);
    assert_eq!((report.ok, report.totals.inserted, report.peers.len()), (true, 600, 3), "{report:?}");
}

#[test]
fn a_database_that_cannot_be_read_either_is_down_at_once() {
    let (state, records) = (RefCell::new(State::default()), [record(1, "a"), record(2, "b")]);
    let world = World::new(&[(PEER, offered(&records))]);
    let node = world.node(options());
    wait(node.load(dbsharing::node::Purpose::Share)).unwrap();
    world.store.borrow_mut().fails = true;
    node.state.swap(&state);
    let report = share(&state, &world, 1);
    assert_eq!(
        (code(&report), world.store.borrow().writes.0, world.store.borrow().reads),
        (Some("STORE_FAILED"), 1, 1)
    );
    assert_eq!(report.totals.rejected["STORE_FAILED"], 2);
}

#[test]
fn a_whole_batch_that_is_refused_does_not_keep_out_what_comes_after_it() {
    // The first 300 are refused, and nothing shows yet that the database takes others.
    let text = |uuid| if uuid < 1_300 { "bad" } else { "good" };
    let records: Vec<String> = (1_000..1_800).map(|uuid| record(uuid, text(uuid))).collect();
    let state = RefCell::new(State::default());
    let world = World::with_store(&[(PEER, offered(&records))], refusing(&["bad"]));
    let (mut rounds, mut settled) = (0, 0);
    while settled < 300 {
        rounds += 1;
        assert!(rounds < 4, "{settled} are settled");
        let report = share(&state, &world, rounds);
        assert_eq!(world.store.borrow().entries.len(), 500, "{report:?}");
        settled = report.totals.rejected["STORE_REFUSED"];
    }
    assert_eq!((state.borrow().settled.all(NOW_MS).count(), world.store.borrow().entries.len()), (300, 500));
}

#[test]
fn a_put_is_refused_once_the_database_has_taken_another() {
    let world = World::with_store(&[], refusing(&["bad"]));
    let node = world.node(options());
    let put = |text: &str| wait(node.put(text, NOW_MS));
    let bad = record(1, "bad");
    for _ in 0..3 {
        let Put::Failed(fault) = put(&bad) else { panic!("the database may be to blame") };
        assert_eq!(fault.code(), "STORE_FAILED");
    }
    assert!(matches!(put(&record(2, "good")), Put::Stored(_)));
    let Put::Rejected(verdict) = put(&bad) else { panic!("the record is to blame") };
    assert_eq!(verdict.code, Some("STORE_REFUSED"));
    assert_eq!(
        verdict.message.as_deref(),
        Some("the database refuses this record and takes others: CHECK constraint failed: text")
    );
    // A put is tried each time, although the record is settled.
    world.store.borrow_mut().refuses.clear();
    assert!(matches!(put(&bad), Put::Stored(_)));
}

#[test]
fn the_next_successful_write_shows_whether_a_record_refused_alone_is_to_blame() {
    let peers = [(PEER, offered(&[record(1, "bad")])), ("http://192.0.2.2", offered(&[record(2, "good")]))];
    let (state, world) = (RefCell::new(State::default()), World::with_store(&peers, refusing(&["bad"])));
    let report = share(&state, &world, 1);
    assert_eq!(
        (report.ok, report.totals.inserted, report.totals.rejected["STORE_REFUSED"]),
        (true, 1, 1),
        "{report:?}"
    );
    // If it is the only record, the database may be to blame. That is reported each time it is tried, which becomes
    // rare.
    let (state, world) = (RefCell::new(State::default()), World::with_store(&peers[..1], refusing(&["bad"])));
    for seed in 1..4 {
        let report = share(&state, &world, seed);
        assert_eq!((code(&report), report.peers[0].code), (Some("STORE_FAILED"), Some("STORE_FAILED")));
    }
    assert_eq!(share(&state, &world, 4).totals.rejected["STORE_FAILED"], 1);
    let quiet = share_at(&state, &world, NOW_MS + 19 * SECOND_MS, &options(), 5);
    assert_eq!((quiet.ok, quiet.totals.bytes_received), (true, 0));
    let tried = share_at(&state, &world, NOW_MS + 20 * SECOND_MS, &options(), 6);
    assert_eq!(code(&tried), Some("STORE_FAILED"));
    // The next successful write shows at once that the record itself was to blame.
    let node = world.node(options());
    node.state.swap(&state);
    assert!(matches!(wait(node.put(&record(3, "good"), NOW_MS)), Put::Stored(_)));
    node.state.swap(&state);
    let judged = share_at(&state, &world, NOW_MS + 21 * SECOND_MS, &options(), 7);
    assert_eq!((judged.ok, judged.totals.rejected["STORE_REFUSED"]), (true, 1), "{judged:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_record_that_is_not_refused_is_held(
        refused in prop::collection::vec(prop::bool::weighted(0.2), 1..120),
        added in prop::collection::vec(0..3_u8, 120),
        one_by_one in any::<bool>(),
        piece_bytes in 200..40_000_usize,
    ) {
        let spell = |uuid: usize, text| match added[uuid] {
            0 => record(uuid, text),
            1 => with_unsigned(&record(uuid, text), "name"),
            _ => with_unsigned(&record(uuid, text), "spam"),
        };
        // A good record comes last, so that it is clear in the end what is to blame.
        let mut records: Vec<String> =
            refused.iter().enumerate().map(|(uuid, is_bad)| spell(uuid, if *is_bad { "bad" } else { "good" })).collect();
        records.push(record(1_000, "good"));
        let bad = refused.iter().filter(|is_bad| **is_bad).count();
        let world = World::with_store(
            &[(PEER, offered(&records).in_pieces_of(piece_bytes))],
            MemoryStore { one_by_one, ..refusing(&["bad", "spam"]) },
        );
        let state = RefCell::new(State::default());
        let mut last = share(&state, &world, 1);
        for seed in 2..30 {
            if last.ok {
                break;
            }
            last = share(&state, &world, seed);
        }
        prop_assert!(last.ok);
        prop_assert_eq!(world.store.borrow().entries.len(), records.len() - bad);
        prop_assert_eq!(state.borrow().settled.all(NOW_MS).count(), bad);
        prop_assert!(world.store.borrow().entries.values().all(|(_, text)| !text.contains("bad") && !text.contains("spam")));
        let odd = bad + added[..refused.len()].iter().filter(|added| **added == 2).count();
        let calls = world.store.borrow().writes.0 as usize;
        prop_assert!(calls <= 12 * odd + 4 + records.len() / 8, "{} calls for {}", calls, odd);
        let quiet = share(&state, &world, 99);
        prop_assert_eq!((quiet.ok, quiet.totals.bytes_received), (true, 0));
    }
}

#[test]
fn records_that_were_refused_at_many_times_have_a_body_read_twice_in_ten_minutes() {
    const ROUND_MS: u64 = 20 * SECOND_MS;
    let state = RefCell::new(State::default());
    let records: Vec<String> = (0..31).map(|uuid| record(uuid, "refused")).collect();
    let mut read = 0;
    for round in 0..90 {
        // For ten minutes there is one more in each round; then the peer has no news.
        let count = round.min(30) + 1;
        let body = format!("[{}]", records[..count].join(","));
        let mut world = World::new(&[(PEER, Answering::body(&body).with_etag(["\"1\"", "\"2\""][count % 2]))]);
        world.refuses = Some("refused");
        let report = share_at(&state, &world, NOW_MS + round as u64 * ROUND_MS, &options(), 1);
        read += u32::from(round >= 60 && report.totals.bytes_received > 0);
    }
    assert!((1..=2).contains(&read), "{read} of 30 rounds");
}
