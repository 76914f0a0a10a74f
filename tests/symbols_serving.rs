//! What a node answers to peers that know symbols: sums over its records with the tag of their moment, and the records
//! of given ids, never cleanly short.
#![cfg(not(target_arch = "wasm32"))]

#[path = "symbols_serving/asking.rs"]
mod asking;
#[path = "symbols_serving/chosen.rs"]
mod chosen;
mod common;
#[path = "read_back/documents.rs"]
mod documents;
mod network;
#[path = "symbols_serving/simple.rs"]
mod simple;

use std::cell::RefCell;
use std::collections::BTreeSet;

use asking::{
    ACCEPT, ALL, Content, OF_JSON, OF_SYMBOLS, OPENING, RECORDS, SYMBOLS, ask, ask_now, ask_records, ask_symbols,
    entry, id_of, ids_of, keyed, record, records, sums, world,
};
use common::{NOW_MS, judge};
use dbsharing::node::{Incoming, Options, Put};
use dbsharing::ports::StoredEntry;
use dbsharing::record::{Identity, KeyHash};
use dbsharing::symbols::{ElementId, View, ids_to_text};
use network::gates::Work;
use network::{World, options, wait};

#[test]
fn whoever_accepts_symbols_gets_sums_and_everybody_else_gets_records() {
    let records = records(30);
    let world = world(&records);
    let node = world.node(options());
    for (accept, count) in [
        (None, None),
        (Some(""), None),
        (Some("*/*"), None),
        (Some("application/json, text/html;q=0.9"), None),
        (Some("application/vnd.dbsharing.symbols2"), None),
        (Some(ACCEPT), Some(18)),
        (Some("text/html, Application/VND.dbsharing.Symbols"), Some(18)),
        (Some("application/vnd.dbsharing.symbols;q=0;count=7"), Some(7)),
        (Some("application/vnd.dbsharing.symbols; count=x"), Some(18)),
        (Some("application/vnd.dbsharing.symbols; count=0"), Some(1)),
        (Some("application/vnd.dbsharing.symbols; count=1024"), Some(1_024)),
        (Some("application/vnd.dbsharing.symbols; count=99999999999"), Some(1_024)),
    ] {
        for path in ["/linktree/all", "/task/task/linktree/all"] {
            let answered = ask(&node, Incoming { accept, path, ..ALL });
            let form = if count.is_some() { OF_SYMBOLS } else { OF_JSON };
            assert_eq!(answered.status, 200);
            assert_eq!(answered.given(["content-type", "vary"]), [form, "accept"], "{accept:?}");
            match count {
                Some(count) => assert_eq!(answered.content, sums(View::ByTime, &records, 0..count), "{accept:?}"),
                None => assert_eq!(answered.records(), keyed(&records), "{accept:?}"),
            }
        }
        let list = ask(&node, Incoming { accept, path: "/linktree/list", ..ALL });
        assert_eq!(list.given(["content-type", "vary"]), [OF_JSON, ""]);
        assert_eq!(list.records().len(), 30, "{accept:?}");
    }
    let after = format!("after={}", entry(&records[0]).key);
    let rest = ask(&node, Incoming { query: &after, ..OPENING });
    assert_eq!(rest.given(["content-type", "vary"]), [OF_JSON, "accept"]);
    assert!(rest.records().len() < 30, "who asks for the rest of a body of records wants records");
    assert_eq!(ask(&node, Incoming { query: "after=x", ..OPENING }).given(["content-type"]), [OF_SYMBOLS]);
}

#[test]
fn a_node_whose_slots_are_named_by_owners_says_so() {
    let world = World::new(&[]);
    let node = world.node(Options { identity: Identity::Owner, ..options() });
    assert!(matches!(wait(node.put(&record(0, 5), NOW_MS)), Put::Stored(_)));
    let answered = ask(&node, OPENING);
    assert_eq!(answered.given(["content-type"]), ["application/vnd.dbsharing.symbols; identity=owner"]);
    let owner = ElementId::of(&KeyHash::of(&judge(&record(0, 5)).unwrap().content().public_key));
    assert_eq!(ask_records(&node, &BTreeSet::from([owner])).records().len(), 1);
}

#[test]
fn sums_and_records_have_different_tags_and_either_confirms_the_sums() {
    let world = world(&records(5));
    let node = world.node(options());
    let tags = [ALL, OPENING].map(|request| ask(&node, request).headers["etag"].clone());
    let digest = node.state.borrow_mut().holdings.digest();
    assert_eq!(tags, [format!("W/\"1-{digest}\""), format!("W/\"1s-{digest}\"")]);
    let [of_records, of_sums] = &tags;
    let listed = format!("\"x\", {of_records}");
    let of_another = of_records.replace("1-", "1-0");
    for (condition, confirms_records, confirms_sums) in [
        (of_records.as_str(), true, true),
        (of_sums, false, true),
        (&listed, true, true),
        ("*", true, true),
        (&of_another, false, false),
        ("\"x\"", false, false),
    ] {
        for (request, confirms, tag) in [(ALL, confirms_records, of_records), (OPENING, confirms_sums, of_sums)] {
            for method in ["GET", "HEAD"] {
                let answered = ask(&node, Incoming { method, if_none_match: Some(condition), ..request });
                assert_eq!(answered.status, if confirms { 304 } else { 200 }, "{condition} {request:?}");
                assert_eq!(answered.given(["etag", "vary"]), [tag, "accept"]);
                assert_eq!(answered.content == Content::None, confirms || method == "HEAD");
            }
        }
        let (query, if_none_match) = ("view=0&from=0&count=1", Some(condition));
        assert_eq!(ask(&node, Incoming { query, if_none_match, ..SYMBOLS }).status, 200, "there is no condition");
    }
}

#[test]
fn all_answers_have_the_headers_of_all_and_none_has_a_body_for_head() {
    let records = records(3);
    let world = world(&records);
    let node = world.node(options());
    let ids = format!("ids={}", ids_to_text(&[id_of(&records[0])]));
    let cells = "view=1&from=0&count=5";
    for (request, has_tag) in [
        (ALL, true),
        (OPENING, true),
        (Incoming { query: cells, ..SYMBOLS }, true),
        (Incoming { query: cells, path: "/task/task/linktree/symbols", ..ALL }, true),
        (Incoming { query: &ids, ..RECORDS }, false),
        (Incoming { query: &ids, path: "/linktree/records", ..ALL }, false),
    ] {
        let [get, head] = ["GET", "HEAD"].map(|method| ask(&node, Incoming { method, ..request }));
        assert_eq!((get.status, head.status, &head.content), (200, 200, &Content::None), "{request:?}");
        assert_eq!(get.headers, head.headers);
        assert_eq!(
            get.given(["cache-control", "access-control-allow-origin", "access-control-expose-headers"]),
            ["no-cache", "*", "ETag"]
        );
        assert_eq!(get.given(["x-content-type-options"]), ["nosniff"]);
        assert_eq!(get.headers.contains_key("etag"), has_tag);
        let preflight = ask(&node, Incoming { method: "OPTIONS", ..request });
        assert_eq!(preflight.status, 204);
        assert_eq!(
            preflight.given(["access-control-allow-methods", "vary"]),
            ["GET, HEAD, OPTIONS", "access-control-request-headers"]
        );
        for method in ["POST", "DELETE"] {
            assert!(wait(node.serve(Incoming { method, ..request }, NOW_MS)).is_none(), "{method}");
        }
    }
}

#[test]
fn cells_are_served_up_to_twice_the_number_of_records() {
    let few = records(3);
    let world = world(&few);
    let node = world.node(options());
    for view in View::ALL {
        let number = view.number();
        for (from, count, range) in
            [(0, 1, 0..1), (7, 18, 7..25), (1_000, 2_048, 1_000..1_024), (1_023, 1, 1_023..1_024)]
        {
            let answered = ask_symbols(&node, &format!("view={number}&from={from}&count={count}"));
            assert_eq!(answered.given(["content-type"]), [OF_SYMBOLS]);
            assert_eq!(answered.content, sums(view, &few, range));
        }
    }
    // Versions are all that sums are made of, so the texts may be anything.
    let StoredEntry { key, version, text } = entry(&few[0]);
    let owner = key.split('/').next().unwrap();
    let more = (0..600).map(|uuid| (format!("{owner}/more-{uuid}"), (version.clone(), text.clone())));
    world.store.borrow_mut().entries.extend(more);
    let again = world.node(options());
    let Content::Bytes(body) = ask_symbols(&again, "view=1&from=1100&count=2048").content else { panic!("no sums") };
    assert_eq!(body[8..16], [(1_206_u32 - 1_100).to_le_bytes(), 603_u32.to_le_bytes()].concat());
}

#[test]
fn a_query_of_another_form_is_answered_with_what_is_wrong() {
    let world = world(&records(3));
    let node = world.node(options());
    let too_many = ids_to_text(&(0..1_001).map(ElementId).collect::<Vec<_>>());
    let too_many = format!("ids={too_many}");
    for (request, query, message) in [
        (SYMBOLS, "", "view is missing; wanted 0 or 1"),
        (SYMBOLS, "view=2&from=0&count=1", r#"view is \"2\"; wanted 0 or 1"#),
        (SYMBOLS, "view=0&count=1", "from is missing; wanted a decimal number"),
        (SYMBOLS, "view=0&from=0x1&count=1", r#"from is \"0x1\"; wanted a decimal number"#),
        (SYMBOLS, "view=0&from=1024&count=1", r#"from is \"1024\"; wanted a cell below 1024"#),
        (SYMBOLS, "view=0&from=0&count=2049", r#"count is \"2049\"; wanted 1 to 2048"#),
        (RECORDS, "", "ids is missing; wanted base64url"),
        (
            RECORDS,
            "ids=",
            "ids, of 0 characters, is not a whole number of ids; wanted 4 bytes for each, and at least one",
        ),
        (RECORDS, "ids=AAAAAQAAAAE", "ids has 1 after 1; wanted ascending ids, each once"),
        (RECORDS, "ids=AAAAAgAAAAE", "ids has 1 after 2; wanted ascending ids, each once"),
        (RECORDS, "ids=AAAAAQ==", "ids has the character '=' at 6; wanted base64url without padding"),
        (RECORDS, &too_many, "ids has 5339 characters; wanted at most 5334, for 1000 ids"),
    ] {
        for method in ["GET", "HEAD"] {
            let answered = ask(&node, Incoming { method, query, ..request });
            assert_eq!(answered.status, 400, "{query}");
            assert_eq!(answered.given(["content-type", "access-control-allow-origin"]), [OF_JSON, "*"]);
            let wanted = format!(r#"{{"ok":false,"code":"BAD_QUERY","message":"{message}"}}"#);
            assert_eq!(answered.content, Content::Text(wanted), "{query}");
        }
    }
}

#[test]
fn a_write_changes_sums_and_tag_together() {
    let mut records = records(9);
    let world = world(&records);
    let node = world.node(options());
    let mut tags = BTreeSet::new();
    for (slot, ms) in [(0, 7_000_000), (20, 8_000_000), (3, 9_000_000)] {
        assert_eq!(ask(&node, OPENING).content, sums(View::ByTime, &records, 0..18));
        assert_eq!(ask_symbols(&node, "view=1&from=18&count=18").content, sums(View::ByContent, &records, 18..36));
        tags.insert(ask(&node, OPENING).headers["etag"].clone());
        assert!(matches!(wait(node.put(&record(slot, ms), NOW_MS)), Put::Stored(_)));
        records.retain(|text| entry(text).key != entry(&record(slot, ms)).key);
        records.push(record(slot, ms));
        let newest = BTreeSet::from([id_of(&record(slot, ms))]);
        assert_eq!(ask_records(&node, &newest).records(), keyed(&[record(slot, ms)]));
    }
    assert_eq!(tags.len(), 3);
}

#[test]
fn a_write_while_sums_are_made_is_in_sums_and_tag_or_in_neither() {
    let before = records(9);
    let after = [&before[..], &[record(20, 8_000_000)]].concat();
    let tag = |records: &[String]| ask(&world(records).node(options()), OPENING).headers["etag"].clone();
    let wanted = [&before, &after].map(|set| (tag(set), sums(View::ByTime, set, 0..18)));
    let mut seen = BTreeSet::new();
    for order in 0..64_usize {
        let mut world = world(&before);
        world.ms_a_look = 3;
        let node = world.node(options());
        let answer = RefCell::new(None);
        let serving: Work<'_> = Box::pin(async { *answer.borrow_mut() = Some(ask_now(&node, OPENING).await) });
        let writing: Work<'_> = Box::pin(async {
            node.put(&record(20, 8_000_000), NOW_MS).await;
        });
        let mut step = 0;
        world.gates.run(vec![serving, writing], |_| {
            step += 1;
            order >> (step % 6) & 1
        });
        let answered = answer.into_inner().unwrap();
        let given = (answered.headers["etag"].clone(), answered.content);
        let at = wanted.iter().position(|wanted| *wanted == given);
        seen.insert(at.unwrap_or_else(|| panic!("{given:?} is of no moment")));
    }
    assert_eq!(seen.len(), 2, "both happen");
}

#[test]
fn a_failing_database_is_reported_before_anything_is_answered() {
    let records = records(3);
    let world = world(&records);
    let node = world.node(options());
    let Content::Bytes(_) = ask(&node, OPENING).content else { panic!("no sums") };
    world.store.borrow_mut().fails = true;
    let failed = ask_records(&node, &ids_of(&records));
    assert_eq!(failed.status, 503);
    assert!(matches!(failed.content, Content::Text(text) if text.contains("STORE_FAILED")));
    let unread = world.node(options());
    for request in [OPENING, ALL] {
        let failed = ask(&unread, request);
        assert_eq!((failed.status, failed.given(["vary"])), (503, ["accept"]));
    }
}
