//! What a node answers: heads, bodies page by page, writes; and what it does with entries that the database damaged.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::collections::BTreeMap;

use common::{NOW_MS, judge, signed};
use dbsharing::error::{Code as _, StoreFault};
use dbsharing::json::Json;
use dbsharing::node::{Form, Incoming, Options, Pages, Purpose, ReplyBody};
use dbsharing::ports::{Store, StoredEntry};
use network::{Answering, InWorld, World, options, wait};

const GET: Incoming<'_> = Incoming {
    method: "GET",
    path: "/linktree/list",
    query: "",
    accept: None,
    if_none_match: None,
    asked_headers: None,
    body: b"",
};

/// What was answered, with its body as one text.
struct Answered {
    status: u16,
    headers: BTreeMap<&'static str, String>,
    body: Option<String>,
}

fn record(uuid: u8, ms: u64) -> String {
    signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

/// A world whose store holds these records.
fn world(records: &[String]) -> World {
    let answering = Answering::body(&format!("[{}]", records.join(","))).with_etag("\"1\"");
    let world = World::new(&[("http://192.0.2.1", answering)]);
    let entries: Vec<StoredEntry> = records.iter().map(|text| entry(text)).collect();
    world.store.borrow_mut().write(&entries).unwrap();
    world
}

fn entry(text: &str) -> StoredEntry {
    let record = judge(text).unwrap();
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

fn ask(node: &InWorld<'_>, request: Incoming<'_>) -> Answered {
    let reply = wait(node.serve(request, NOW_MS)).expect("the request is ours");
    let body = match reply.body {
        ReplyBody::None => None,
        ReplyBody::Text(text) => Some(text),
        ReplyBody::Bytes(_) => panic!("no sums were asked for"),
        ReplyBody::Pages(pages) => Some(read(node, pages).concat()),
    };
    Answered { status: reply.status, headers: reply.headers.into_iter().collect(), body }
}

fn read<'w>(node: &InWorld<'w>, mut pages: Pages<<&'w World as Store>::Entries>) -> Vec<String> {
    std::iter::from_fn(|| wait(node.page(&mut pages)).unwrap()).collect()
}

/// What a body holds, and how it ends.
fn read_until_it_ends(node: &InWorld<'_>, request: Incoming<'_>) -> (String, Result<(), StoreFault>) {
    let reply = wait(node.serve(request, NOW_MS)).expect("the request is ours");
    let ReplyBody::Pages(mut pages) = reply.body else { panic!("the reply has no body") };
    let mut text = String::new();
    loop {
        match wait(node.page(&mut pages)) {
            Ok(Some(page)) => text.push_str(&page),
            Ok(None) => return (text, Ok(())),
            Err(fault) => return (text, Err(fault)),
        }
    }
}

fn items(text: &str) -> Vec<String> {
    let array = Json::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    array.elements().map(|item| item.text().to_owned()).collect()
}

fn post(node: &InWorld<'_>, body: &str) -> (u16, String) {
    let answered = ask(node, Incoming { method: "POST", path: "/linktree", body: body.as_bytes(), ..GET });
    (answered.status, answered.body.unwrap())
}

#[test]
fn all_records_are_served_in_both_forms_ascending_by_key_page_by_page() {
    for count in 0..7_u8 {
        let records: Vec<String> = (0..count).map(|uuid| record(uuid, 5)).collect();
        let world = world(&records);
        let node = world.node(options());
        let bare = ask(&node, GET);
        assert_eq!((bare.status, bare.headers["content-type"].as_str()), (200, "application/json; charset=utf-8"));
        assert_eq!(items(&bare.body.unwrap()), records);
        let keyed = ask(&node, Incoming { path: "/task/task/linktree/all", ..GET });
        let owner = judge(&record(0, 1)).unwrap().content().public_key.clone();
        let wanted = records.iter().map(|text| format!(r#"{{"key":"linktree:{owner}","value":{text}}}"#));
        assert!(items(&keyed.body.unwrap()).into_iter().eq(wanted));
        let chunks = read(&node, node.pages(Form::Chunks));
        assert_eq!(chunks.iter().flat_map(|chunk| items(chunk)).collect::<Vec<_>>(), records);
        assert_eq!(chunks.len(), usize::from(count).div_ceil(2), "a page of the store each");
    }
}

#[test]
fn other_work_goes_on_while_a_long_body_is_served() {
    let mut world = world(&(0..100).map(|uuid| record(uuid, 5)).collect::<Vec<_>>());
    world.ms_a_look = 1;
    let node = world.node(options());
    wait(node.serve(GET, NOW_MS)).unwrap();
    world.turns.set(0);
    assert_eq!(read(&node, node.pages(Form::Bare)).len(), 51);
    assert!(world.turns.get() >= 25, "{} turns in 50 pages", world.turns.get());
}

#[test]
fn readers_at_the_same_place_cost_the_store_one_scan() {
    let records: Vec<String> = (0..7).map(|uuid| record(uuid, 5)).collect();
    let world = world(&records);
    let node = world.node(Options { accept_writes: true, ..options() });
    ask(&node, GET);
    world.scans.set(0);
    let mut bodies: Vec<_> = (0..5).map(|_| begun(&node)).collect();
    for _ in 0..5 {
        for (pages, text) in &mut bodies {
            text.extend(wait(node.page(pages)).unwrap());
        }
    }
    assert!(bodies.iter().all(|(_, text)| items(text) == records));
    assert_eq!(world.scans.get(), 1);

    // What is written is in the bodies that begin later.
    assert_eq!(post(&node, &record(7, 5)).0, 200);
    let (pages, _) = begun(&node);
    assert_eq!(items(&read(&node, pages).concat()).len(), 8);
    drop(bodies);
    world.scans.set(0);
    ask(&node, GET);
    assert_eq!(world.scans.get(), 1, "nothing is kept for later readers");
}

/// A body that was begun, and the part that was read.
fn begun<'w>(node: &InWorld<'w>) -> (Pages<<&'w World as Store>::Entries>, String) {
    let ReplyBody::Pages(pages) = wait(node.serve(GET, NOW_MS)).unwrap().body else { panic!("the reply has no body") };
    (pages, String::new())
}

#[test]
fn pages_may_send_the_headers_that_they_ask_for() {
    let world = world(&[]);
    let node = world.node(Options { accept_writes: true, ..options() });
    let usual = "if-none-match, cache-control, content-type";
    let long = "x".repeat(1025);
    for (asked, allowed) in [
        (Some("if-none-match,traceparent, x-b3_id"), "if-none-match,traceparent, x-b3_id"),
        (None, usual),
        (Some(""), usual),
        (Some("x\r\nset-cookie: a"), usual),
        (Some("é"), usual),
        (Some(&long), usual),
    ] {
        let preflight = ask(&node, Incoming { method: "OPTIONS", asked_headers: asked, ..GET });
        assert_eq!((preflight.status, preflight.body), (204, None));
        assert_eq!(preflight.headers["access-control-allow-headers"], allowed);
        assert_eq!(preflight.headers["vary"], "access-control-request-headers");
        assert_eq!(preflight.headers["access-control-allow-methods"], "GET, HEAD, OPTIONS");
    }
    let write = ask(&node, Incoming { method: "OPTIONS", path: "/linktree", ..GET });
    assert_eq!(write.headers["access-control-allow-methods"], "POST, OPTIONS");
}

#[test]
fn a_request_that_names_the_tag_is_answered_without_a_body_until_something_changes() {
    let world = world(&[record(0, 5)]);
    let node = world.node(Options { accept_writes: true, ..options() });
    let tag = ask(&node, GET).headers["etag"].clone();
    let conditional = Incoming { if_none_match: Some(&tag), ..GET };
    let unchanged = ask(&node, conditional);
    assert_eq!((unchanged.status, unchanged.body), (304, None));
    assert_eq!(post(&node, &record(1, 5)).0, 200);
    let changed = ask(&node, conditional);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.headers["etag"], tag);
    assert_eq!(ask(&node, Incoming { method: "HEAD", ..GET }).body, None);
}

#[test]
fn a_database_failure_is_reported_in_the_answer() {
    let world = world(&[record(0, 5)]);
    world.store.borrow_mut().fails = true;
    let node = world.node(options());
    let answered = ask(&node, GET);
    assert_eq!(answered.status, 503);
    assert!(answered.body.unwrap().contains("STORE_FAILED"));
}

#[test]
fn a_database_failure_after_the_load_is_reported_before_anything_is_answered() {
    let world = world(&[record(0, 5)]);
    let node = world.node(options());
    assert_eq!(ask(&node, GET).status, 200);
    world.store.borrow_mut().fails = true;
    let answered = ask(&node, GET);
    assert_eq!(answered.status, 503);
    assert!(answered.body.unwrap().contains("STORE_FAILED"));
}

#[test]
fn a_request_that_is_not_ours_gets_no_answer() {
    let world = world(&[]);
    let node = world.node(options());
    for (method, path) in
        [("GET", "/"), ("POST", "/linktree"), ("DELETE", "/linktree/all"), ("GET", "/task/x/linktree/all")]
    {
        assert!(wait(node.serve(Incoming { method, path, ..GET }, NOW_MS)).is_none(), "{method} {path}");
    }
}

#[test]
fn a_damaged_entry_is_passed_over_and_a_good_copy_takes_its_place() {
    let records = [record(0, 5), record(1, 5), record(2, 5)];
    let world = world(&records);
    let node = world.node(options());
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.known, 3);
    let damaged = entry(&records[1]);
    let altered = damaged.text.replace("\"timestamp\":5", "\"timestamp\":6");
    world.store.borrow_mut().entries.insert(damaged.key.clone(), (damaged.version.clone(), altered));
    let (good, end) = read_until_it_ends(&node, GET);
    assert_eq!((items(&format!("{good}]")).len(), end.unwrap_err().code()), (2, "STORE_FAILED"), "its tag named three");
    assert_eq!(items(&ask(&node, GET).body.unwrap()), [records[0].clone(), records[2].clone()], "the next is honest");
    assert_eq!(wait(node.get(&damaged.key)), Ok(None));
    assert!(world.warnings.borrow()[0].contains(&damaged.key));

    let report = wait(node.round(NOW_MS, 1));
    assert_eq!((report.totals.inserted, report.totals.known), (1, 2), "although the peer has not changed");
    assert_eq!(items(&ask(&node, GET).body.unwrap()), records);
    assert_eq!(wait(node.get(&damaged.key)), Ok(Some(records[1].clone())));
}

#[test]
fn a_damaged_text_that_was_read_before_a_good_copy_replaced_it_does_no_harm() {
    let records = [record(0, 5), record(1, 5), record(2, 5)];
    let world = world(&records);
    let node = world.node(options());
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.known, 3);
    let damaged = entry(&records[2]);
    let altered = damaged.text.replace("\"timestamp\":5", "\"timestamp\":6");
    world.store.borrow_mut().entries.insert(damaged.key.clone(), (damaged.version.clone(), altered));
    let ReplyBody::Pages(mut pages) = wait(node.serve(GET, NOW_MS)).unwrap().body else { panic!("no pages") };
    let first = wait(node.page(&mut pages)).unwrap().unwrap();

    assert_eq!(wait(node.get(&damaged.key)), Ok(None));
    assert_eq!(wait(node.round(NOW_MS, 1)).totals.inserted, 1);

    let rest = wait(node.page(&mut pages)).unwrap().unwrap();
    assert_eq!(items(&[&first, &rest, "]"].concat()), records, "the good copy is served");
    assert!(wait(node.page(&mut pages)).is_err(), "what was lost meanwhile may have been missed");
    assert_eq!(world.warnings.borrow().len(), 1);
    let (looks, digest) = (world.store.borrow().writes, node.state.borrow_mut().holdings.digest());
    let report = wait(node.round(NOW_MS, 1));
    assert_eq!((report.totals.inserted, report.totals.requests), (0, 1));
    assert_eq!((world.store.borrow().writes, node.state.borrow_mut().holdings.digest()), (looks, digest));
}

#[test]
fn a_damage_that_another_process_mended_is_not_removed() {
    let records = [record(0, 5), record(1, 5)];
    let world = world(&records);
    world.store.borrow_mut().log = Some(Vec::new());
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    let StoredEntry { key, version, .. } = entry(&records[0]);
    node.lost(&key, &version);
    let report = wait(node.round(NOW_MS, 1));
    assert_eq!((report.totals.known, report.totals.verified), (2, 1), "the database holds it: {:?}", report.totals);
    assert_eq!(world.store.borrow().log, Some(Vec::new()), "nothing was removed or written");
    assert_eq!(items(&ask(&node, GET).body.unwrap()), records);
}

#[test]
fn a_body_that_lacks_what_its_tag_promised_is_cut_and_the_next_one_is_honest() {
    let records: Vec<String> = (0..6).map(|uuid| record(uuid, 5)).collect();
    for (lost, becomes) in [(0, None), (3, None), (5, None), (3, Some(4))] {
        let world = world(&records);
        let node = world.node(options());
        let tag = ask(&node, GET).headers["etag"].clone();
        let lost = entry(&records[lost]);
        let older = becomes.map(|ms| entry(&record(3, ms)));
        world.store.borrow_mut().entries.remove(&lost.key);
        world.store.borrow_mut().entries.extend(older.map(|older| (older.key, (older.version, older.text))));
        let reply = wait(node.serve(GET, NOW_MS)).unwrap();
        assert_eq!(
            reply.headers.iter().find(|(name, _)| *name == "etag"),
            Some(&("etag", tag.clone())),
            "not seen yet"
        );
        let (body, end) = read_until_it_ends(&node, GET);
        assert_eq!(end.map_err(|fault| fault.code()), Err("STORE_FAILED"), "{body}");
        let again = ask(&node, GET);
        assert_ne!(again.headers["etag"], tag);
        assert_eq!(items(&again.body.unwrap()).len(), if becomes.is_some() { 6 } else { 5 });
    }
}

#[test]
fn what_is_written_during_an_open_body_does_not_cut_it() {
    let records: Vec<String> = (1..6).map(|uuid| record(uuid, 5)).collect();
    for written in [record(0, 5), record(9, 5), record(1, 6), record(5, 6)] {
        let world = world(&records);
        let node = world.node(options());
        let ReplyBody::Pages(pages) = wait(node.serve(GET, NOW_MS)).unwrap().body else {
            panic!("the reply has no body")
        };
        assert!(matches!(wait(node.put(&written, NOW_MS)), dbsharing::node::Put::Stored(_)));
        assert_eq!(items(&read(&node, pages).concat()).len(), 5, "pages of what was there when they were begun");
        assert_eq!(items(&ask(&node, GET).body.unwrap()).len(), world.store.borrow().entries.len());
    }
}

#[test]
fn a_new_record_does_not_make_up_for_a_lost_one() {
    let records: Vec<String> = (1..6).map(|uuid| record(uuid, 5)).collect();
    let world = world(&records);
    let node = world.node(options());
    ask(&node, GET);
    world.store.borrow_mut().entries.remove(&entry(&records[3]).key);
    world.store.borrow_mut().write(&[entry(&record(9, 5))]).unwrap();
    let (body, end) = read_until_it_ends(&node, GET);
    assert_eq!((items(&format!("{body}]")).len(), end.is_err()), (5, true));
}

#[test]
fn a_body_may_begin_after_a_key_and_keeps_its_promise_from_there_on() {
    let records: Vec<String> = (0..7).map(|uuid| record(uuid, 5)).collect();
    for at in 0..7 {
        let world = world(&records);
        let node = world.node(options());
        let query = format!("after={}", entry(&records[at]).key.replace('/', "%2F"));
        let request = Incoming { query: &query, ..GET };
        let answered = ask(&node, request);
        assert_eq!(items(&answered.body.unwrap()), records[at + 1..], "after {at}");
        assert_eq!(answered.headers["etag"], ask(&node, GET).headers["etag"]);
        let lost = entry(&records[6]).key;
        world.store.borrow_mut().entries.remove(&lost);
        match at {
            0..5 => assert!(read_until_it_ends(&node, request).1.is_err(), "after {at}"),
            _ => assert_eq!(ask(&node, request).body.as_deref(), Some("[]"), "known before anything is answered"),
        }
    }
}

#[test]
fn what_another_process_wrote_is_served_a_second_later() {
    for reports in [true, false] {
        let mut world = world(&[record(0, 5)]);
        world.store.borrow_mut().log = reports.then(Vec::new);
        world.ms_a_look = 0;
        let (node, other) = (world.node(options()), world.node(options()));
        let tag = ask(&node, GET).headers["etag"].clone();
        wait(other.put(&record(1, 5), NOW_MS));
        world.pass_ms(1_001);
        let conditional = Incoming { if_none_match: Some(&tag), ..GET };
        let answered = ask(&node, conditional);
        assert_eq!(answered.status, if reports { 200 } else { 304 });
        world.pass_ms(600_001);
        assert_eq!(ask(&node, conditional).status, 200, "after a rescan");
    }
}
