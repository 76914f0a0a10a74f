//! What becomes of the task's own records when put one by one, many together, and posted: all three report the same, and
//! the report is true.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::collections::BTreeMap;

use common::{NOW_MS, judge, signed};
use dbsharing::json::Json;
use dbsharing::limits::MAX_POST_BYTES;
use dbsharing::node::{Incoming, Options, Put, ReplyBody};
use dbsharing::record::Version;
use network::{InWorld, World, options, wait};
use proptest::prelude::*;

/// Signer, slot and time. Equal specs are the same record.
type Spec = (u8, u8, u64);

fn text((seed, uuid, ms): Spec) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

fn key(spec: Spec) -> String {
    judge(&text(spec)).unwrap().content().key.as_str().to_owned()
}

fn version(spec: Spec) -> Version {
    judge(&text(spec)).unwrap().version()
}

fn writable() -> Options {
    Options { accept_writes: true, ..options() }
}

fn post(node: &InWorld<'_>, body: &str) -> (u16, String) {
    let (method, path, query, body) = ("POST", "/linktree", "", body.as_bytes());
    let request = Incoming { method, path, query, accept: None, if_none_match: None, asked_headers: None, body };
    let reply = wait(node.serve(request, NOW_MS)).expect("the request is ours");
    let ReplyBody::Text(text) = reply.body else { panic!("a verdict is a text") };
    (reply.status, text)
}

fn put_many(node: &InWorld<'_>, texts: &[String]) -> Vec<Put> {
    wait(node.put_many(texts, NOW_MS))
}

fn versions(world: &World) -> BTreeMap<String, String> {
    world.store.borrow().entries.iter().map(|(key, (version, _))| (key.clone(), version.clone())).collect()
}

/// What is reported about each case in a new world in which `(1, 0, 5)` is held.
fn reported(body: &str, put: impl Fn(&InWorld<'_>, &str) -> String, prepare: fn(&mut World)) -> String {
    let mut world = World::new(&[]);
    let options = Options { max_records: 2, ..writable() };
    for held in [(1, 0, 5), (1, 9, 5)] {
        assert!(matches!(wait(world.node(options.clone()).put(&text(held), NOW_MS)), Put::Stored(_)));
    }
    prepare(&mut world);
    put(&world.node(options), body)
}

#[test]
fn a_post_a_put_and_one_of_many_report_the_same_about_the_record() {
    let fine: fn(&mut World) = |_| {};
    let fails: fn(&mut World) = |world| world.store.get_mut().fails_on_write = true;
    let asks: fn(&mut World) = |world| world.refuses = Some("\"timestamp\":7");
    let altered = text((1, 0, 6)).replace("\"timestamp\":6", "\"timestamp\":8");
    for (body, prepare, status, says) in [
        (text((1, 0, 6)), fine, 200, "\"stored\":true"),
        (text((1, 0, 5)), fine, 200, "\"stored\":false,\"why\":\"STALE\",\"message\":\"the same version"),
        (text((1, 0, 4)), fine, 409, "a newer version of this record is held: it is dated 5, this one 4"),
        (text((2, 0, 5)), fine, 400, "STORE_FULL"),
        (text((1, 0, 7)), asks, 400, "NOT_ACCEPTED"),
        (text((1, 0, 6)), fails, 503, "\"code\":\"STORE_FAILED\",\"message\":\"the disk is gone\""),
        (text((1, 0, NOW_MS + 600_001)), fine, 400, "FROM_THE_FUTURE"),
        (altered, fine, 400, "BAD_SIGNATURE"),
        (signed(1, r#"{"uuid":"0","timestamp":6}"#).replace("publicKey", "key"), fine, 400, "BAD_SHAPE"),
        ("{}".to_owned(), fine, 400, "BAD_SHAPE"),
        ("no JSON".to_owned(), fine, 400, "the record is not JSON; wanted a JSON object"),
        (String::new(), fine, 400, "BAD_SHAPE"),
    ] {
        let posted = reported(&body, |node, body| format!("{:?}", post(node, body)), prepare);
        let put = reported(&body, |node, body| wait(node.put(body, NOW_MS)).into_verdict().to_json(), prepare);
        let of_many = |node: &InWorld<'_>, body: &str| {
            let puts = put_many(node, &[text((1, 9, 6)), body.to_owned()]);
            puts.into_iter().nth(1).unwrap().into_verdict().to_json()
        };
        let many = reported(&body, of_many, prepare);
        assert_eq!((&posted, &many), (&format!("{:?}", (status, &put)), &put));
        assert!(put.contains(says) && put.contains("\"stored\":"), "{put} says {says}");
        assert!(Json::parse(&put).is_ok(), "{put}");
    }
}

#[test]
fn a_post_may_wrap_the_record_and_may_not_be_too_long() {
    let world = World::new(&[]);
    let node = world.node(writable());
    assert_eq!(post(&node, &format!(r#" {{"payload":{}}}"#, text((1, 0, 5)))).0, 200);
    assert_eq!(post(&node, r#"{"payload":null}"#).0, 400);
    let (status, long) = post(&node, &"x".repeat(MAX_POST_BYTES + 1));
    assert_eq!(status, 413);
    assert!(long.starts_with(r#"{"ok":false,"stored":false,"code":"TOO_LARGE","#), "{long}");
}

#[test]
fn a_record_that_is_stored_or_held_is_returned_as_the_store_keeps_it() {
    let world = World::new(&[]);
    let node = world.node(writable());
    let given = text((1, 0, 5)).replacen('{', "{\"note\": \"x\", ", 1);
    let stored = wait(node.put(&given, NOW_MS)).into_verdict();
    assert_eq!(stored.text.as_deref(), Some(world.store.borrow().entries[&key((1, 0, 5))].1.as_str()));
    assert!(stored.text.as_deref().is_some_and(|text| text.ends_with(r#","note":"x"}"#)));
    assert_eq!(wait(node.put(&given, NOW_MS)).into_verdict().text, stored.text);

    // A record that the database takes only without its unsigned members is stored and served without them.
    world.store.borrow_mut().refuses = vec!["note".to_owned()];
    let bare = wait(node.put(&text((1, 0, 6)).replacen('{', "{\"note\":\"x\",", 1), NOW_MS)).into_verdict();
    assert_eq!((bare.stored, bare.text), (Some(true), Some(text((1, 0, 6)))));
}

#[test]
fn the_greatest_of_several_records_of_one_slot_is_stored_and_the_others_are_stale() {
    let world = World::new(&[]);
    let specs = [(1, 0, 5), (1, 0, 7), (1, 0, 6), (1, 0, 7), (1, 1, 1)];
    let puts = put_many(&world.node(writable()), &specs.map(text));
    let stored: Vec<bool> = puts.iter().map(|put| matches!(put, Put::Stored(_))).collect();
    assert_eq!(stored, [false, true, false, false, true]);
    for at in [0, 2, 3] {
        assert!(matches!(&puts[at], Put::Stale { held, .. } if *held == version((1, 0, 7))), "{at}: {puts:?}");
    }
    assert_eq!(world.store.borrow().writes, (1, 2));
}

#[test]
fn a_lesser_record_of_a_slot_is_tried_if_the_greatest_is_refused() {
    let mut world = World::new(&[]);
    world.refuses = Some("\"timestamp\":7");
    let puts = put_many(&world.node(writable()), &[(1, 0, 5), (1, 0, 7), (1, 0, 6)].map(text));
    assert!(matches!(puts[2], Put::Stored(_)), "{puts:?}");
    assert!(matches!(&puts[0], Put::Stale { held, .. } if *held == version((1, 0, 6))), "{puts:?}");
    assert_eq!(puts[1].clone().into_verdict().code, Some("NOT_ACCEPTED"));
}

#[test]
fn a_record_that_the_database_refuses_costs_only_itself() {
    for refused in [1, 7, 40, 260] {
        let world = World::new(&[]);
        world.store.borrow_mut().refuses = (0..refused).map(|ms| format!("\"timestamp\":{}}}", 1_000 + ms)).collect();
        let texts: Vec<String> =
            (0..300).map(|ms| text(((1 + ms / 250) as u8, (ms % 250) as u8, 1_000 + ms))).collect();
        for (at, put) in (0..).zip(put_many(&world.node(writable()), &texts)) {
            let verdict = put.into_verdict();
            let wanted = match (at < refused, refused) {
                (false, _) => None,
                // As long as the database has taken nothing, the database itself may be failing.
                (true, 260) if at < 250 => Some("STORE_FAILED"),
                (true, _) => Some("STORE_REFUSED"),
            };
            assert_eq!((verdict.code, verdict.stored), (wanted, Some(wanted.is_none())), "{at} of {refused}");
        }
    }
}

#[test]
fn a_failing_database_fails_each_record_without_a_call_for_each() {
    let texts: Vec<String> = (0..200).map(|uuid| text((1, uuid, 5))).collect();
    for breaks in [(|world: &World| world.store.borrow_mut().fails = true) as fn(&World), |world: &World| {
        wait(world.node(writable()).put(&text((9, 9, 9)), NOW_MS));
        world.store.borrow_mut().fails = true;
    }] {
        let world = World::new(&[]);
        let node = world.node(writable());
        breaks(&world);
        let (writes, _) = world.store.borrow().writes;
        let puts = put_many(&node, &[texts.as_slice(), &["{}".to_owned()]].concat());
        assert_eq!(puts.len(), 201);
        let (last, others) = puts.split_last().unwrap();
        assert!(others.iter().all(|put| matches!(put, Put::Failed(_))), "{puts:?}");
        assert!(matches!(last, Put::Rejected(_)), "a broken rule is reported as such");
        assert!(world.store.borrow().writes.0 - writes <= 1);
    }
}

#[test]
fn what_was_deleted_behind_the_nodes_back_is_stored_again() {
    let world = World::new(&[]);
    let node = world.node(writable());
    let texts: Vec<String> = (0..5).map(|uuid| text((1, uuid, 5))).collect();
    put_many(&node, &texts);
    world.store.borrow_mut().entries.remove(&key((1, 3, 5)));
    let stored: Vec<bool> = put_many(&node, &texts).iter().map(|put| matches!(put, Put::Stored(_))).collect();
    assert_eq!(stored, [false, false, false, true, false]);
    assert_eq!(world.store.borrow().entries.len(), 5);
}

#[test]
fn other_work_goes_on_while_many_records_are_judged() {
    let mut world = World::new(&[]);
    world.ms_a_look = 1;
    let node = world.node(writable());
    put_many(&node, &(0..200).map(|uuid| text((1, uuid, 5))).collect::<Vec<_>>());
    assert!(world.turns.get() >= 50, "{} turns", world.turns.get());
}

/// Whether what was reported about a record is consistent with what the slot holds in the end.
fn is_true(put: &Put, spec: Spec, held: &str) -> bool {
    let own = version(spec).to_string();
    match put {
        Put::Stored(verdict) => verdict.version.as_deref() == Some(&own) && own.as_str() <= held,
        Put::Stale { verdict, held: said } => {
            let said = said.to_string();
            verdict.held_version.as_deref() == Some(&said) && own <= said && said.as_str() <= held
        }
        Put::Rejected(_) | Put::Failed(_) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn many_together_leave_the_same_set_as_one_by_one_in_any_order(
        held in prop::collection::vec((1..3_u8, 0..3_u8, 1..5_u64), 0..4),
        specs in prop::collection::vec((1..3_u8, 0..3_u8, 1..5_u64), 0..20),
        shuffled in any::<u64>(),
    ) {
        let [together, apart] = [(); 2].map(|()| World::new(&[]));
        for world in [&together, &apart] {
            held.iter().for_each(|spec| drop(wait(world.node(options()).put(&text(*spec), NOW_MS))));
        }
        let puts = put_many(&together.node(options()), &specs.iter().map(|spec| text(*spec)).collect::<Vec<_>>());
        let mut order = specs.clone();
        order.sort_by_key(|spec| (version(*spec).content.0, shuffled).0[(shuffled % 32) as usize]);
        let node = apart.node(options());
        order.iter().for_each(|spec| drop(wait(node.put(&text(*spec), NOW_MS))));

        let set = versions(&together);
        prop_assert_eq!(&set, &versions(&apart));
        prop_assert_eq!(puts.len(), specs.len());
        for (put, spec) in puts.iter().zip(&specs) {
            prop_assert!(is_true(put, *spec, &set[&key(*spec)]), "{:?}: {:?}", spec, put);
        }
        let stored = puts.iter().filter(|put| matches!(put, Put::Stored(_))).count();
        let slots: BTreeMap<_, _> = specs.iter().map(|spec| (key(*spec), ())).collect();
        prop_assert!(stored <= slots.len(), "at most one of each slot");
    }
}
