//! Settled records cost nothing until their time has come, for every reason to settle one.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::{NOW_MS, signed};
use dbsharing::node::{Options, Put, State};
use dbsharing::report::PeerOutcome;
use network::{Answering, MemoryStore, World, options, share_at, wait};

const PEERS: [&str; 2] = ["http://192.0.2.1", "http://192.0.2.2"];
const HOUR_MS: u64 = 3_600_000;

fn record_at(uuid: u64, text: &str, ms: u64) -> String {
    signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms},"text":"{text}"}}"#))
}

fn record(uuid: u64, text: &str) -> String {
    record_at(uuid, text, 5)
}

fn offered(records: &[String], etag: &'static str) -> Answering {
    Answering::body(&format!("[{}]", records.join(","))).with_etag(etag)
}

/// Why twenty of a hundred records are not held, and until when.
struct Case {
    code: &'static str,
    until_ms: u64,
    /// How many are held.
    max_records: u64,
    /// The timestamp of the twenty.
    dated_ms: u64,
    store: fn() -> MemoryStore,
}

fn plain() -> MemoryStore {
    MemoryStore::default()
}

fn refusing() -> MemoryStore {
    MemoryStore { refuses: vec!["\"bad\"".to_owned()], ..plain() }
}

fn cases() -> Vec<Case> {
    let case = |code, until_ms| Case { code, until_ms, max_records: 1_000, dated_ms: 5, store: plain };
    vec![
        case("NOT_ACCEPTED", NOW_MS + 600_000),
        Case { store: refusing, ..case("STORE_REFUSED", NOW_MS + 20_000) },
        Case { store: || MemoryStore { one_by_one: true, ..refusing() }, ..case("STORE_REFUSED", NOW_MS + 20_000) },
        Case {
            store: || MemoryStore { harmed_by: vec!["\"bad\"".to_owned()], ..plain() },
            ..case("STORE_UNSAFE", NOW_MS + 600_000)
        },
        Case { max_records: 80, ..case("STORE_FULL", NOW_MS + 600_000) },
        Case { dated_ms: NOW_MS + 48 * HOUR_MS, ..case("FROM_THE_FUTURE", NOW_MS + 48 * HOUR_MS - 600_000) },
    ]
}

#[test]
fn a_quiet_round_stays_quiet_for_every_reason_to_settle_records() {
    for Case { code, until_ms, max_records, dated_ms, store } in cases() {
        let good = (0..80).map(|uuid| record(uuid, "good"));
        let records: Vec<String> = good.chain((80..100).map(|uuid| record_at(uuid, "bad", dated_ms))).collect();
        let options = Options { max_records, ..options() };
        let (state, peers) = (RefCell::new(State::default()), PEERS.map(|url| (url, offered(&records, "\"1\""))));
        let mut world = World::with_store(&peers, store());
        world.refuses = (code == "NOT_ACCEPTED").then_some("\"bad\"");
        let work = |world: &World| (world.store.borrow().writes, world.asked.get(), world.bodies_read.get());
        let round = |world: &World, now_ms| share_at(&state, world, now_ms, &options, 1);

        let first = round(&world, NOW_MS);
        assert_eq!((first.ok, first.totals.inserted), (true, 80), "{code} {first:?}");
        assert_eq!(first.totals.rejected[code], 40, "for each peer");
        let once = work(&world);
        for now_ms in [NOW_MS + 1, until_ms - 1] {
            let quiet = round(&world, now_ms);
            assert!(quiet.peers.iter().all(|peer| peer.outcome == PeerOutcome::Unchanged), "{code} {quiet:?}");
            assert_eq!((quiet.totals.bytes_received, quiet.totals.requests, work(&world)), (0, 2, once), "{code}");
        }
        // A peer that has something new is read: only that costs work.
        let mut more = records.clone();
        if max_records > 100 {
            more.push(record(200, "good"));
        }
        let peers = PEERS.map(|url| (url, offered(&more, "\"2\"")));
        let mut later = World::with_store(&peers, world.into_store());
        later.refuses = (code == "NOT_ACCEPTED").then_some("\"bad\"");
        let report = round(&later, until_ms - 1);
        assert_eq!(
            (report.totals.inserted, report.totals.rejected[code]),
            (u64::from(max_records > 100), 40),
            "{code}"
        );
        assert_eq!(report.totals.verified, report.totals.inserted, "{code}");
        let ((calls, entries), asked, _) = work(&later);
        assert!(calls - once.0.0 <= 1 && entries - once.0.1 <= 1 && asked <= 1, "{code} {report:?}");
        // The validator of that exchange is used no longer than the settled records wait.
        let again = round(&later, until_ms);
        assert!(again.totals.bytes_received > 0, "{code}");
        assert!(work(&later).0.1 > entries || work(&later).1 > asked || code == "STORE_FULL", "{code} {again:?}");
    }
}

fn only(records: &[String]) -> World {
    World::new(&[(PEERS[0], offered(records, "\"1\""))])
}

fn put(state: &RefCell<State>, world: &World, options: &Options, text: &str) -> Put {
    let node = world.node(options.clone());
    node.state.swap(state);
    let put = wait(node.put(text, NOW_MS));
    node.state.swap(state);
    put
}

#[test]
fn another_version_is_tried_at_once() {
    for ms in [4, 6] {
        let state = RefCell::new(State::default());
        let peers = [(PEERS[0], offered(&[record(1, "bad")], "\"1\"")), (PEERS[1], Answering::body("[]"))];
        let mut world = World::new(&peers);
        world.refuses = Some("\"bad\"");
        assert_eq!(share_at(&state, &world, NOW_MS, &options(), 1).totals.rejected["NOT_ACCEPTED"], 1);
        let mut world = World::new(&[(PEERS[1], offered(&[record_at(1, "good", ms)], "\"1\""))]);
        world.refuses = Some("\"bad\"");
        assert_eq!(share_at(&state, &world, NOW_MS + 1, &options(), 2).totals.inserted, 1, "{ms}");
    }
}

#[test]
fn a_record_is_asked_about_although_a_copy_with_other_unsigned_members_is_settled() {
    let state = RefCell::new(State::default());
    let honest = record(1, "good");
    let copy = honest.replacen('{', r#"{"username":"spam","#, 1);
    let mut hostile = only(&[copy]);
    hostile.refuses = Some("spam");
    assert_eq!(share_at(&state, &hostile, NOW_MS, &options(), 1).totals.rejected["NOT_ACCEPTED"], 1);
    let mut world = World::new(&[(PEERS[1], offered(&[honest], "\"1\""))]);
    world.refuses = Some("spam");
    assert_eq!(share_at(&state, &world, NOW_MS + 1, &options(), 2).totals.inserted, 1);
}

#[test]
fn a_put_is_tried_although_the_record_is_settled() {
    let (state, full) = (RefCell::new(State::default()), Options { max_records: 0, ..options() });
    let world = only(&[record(1, "good")]);
    assert_eq!(share_at(&state, &world, NOW_MS, &full, 1).totals.rejected["STORE_FULL"], 1);
    assert!(matches!(put(&state, &world, &options(), &record(1, "good")), Put::Stored(_)));
}

#[test]
fn a_clock_that_was_set_back_does_not_settle_records_for_longer() {
    let (state, full) = (RefCell::new(State::default()), Options { max_records: 0, ..options() });
    let body = [record(1, "good")];
    share_at(&state, &only(&body), NOW_MS + HOUR_MS, &full, 1);
    let earlier = World::new(&[(PEERS[1], offered(&body, "\"1\""))]);
    assert_eq!(share_at(&state, &earlier, NOW_MS, &options(), 2).totals.inserted, 1);
}
