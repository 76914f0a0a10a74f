//! The records of given ids: all that are held, or a body that is cut.

use std::collections::{BTreeSet, HashMap};

use dbsharing::error::Code as _;
use dbsharing::node::{Incoming, Node};
use dbsharing::ports::Ports;
use dbsharing::record::KeyHash;
use dbsharing::symbols::{ElementId, View};

use crate::asking::{
    ALL, Content, OF_JSON, OPENING, ask, ask_records, entry, ids_of, keyed, record, records, sums, world,
};
use crate::common::{judge, signed};
use crate::documents::Documents;
use crate::network::{World, options};
use crate::simple::Simple;

#[test]
fn the_records_of_given_ids_are_served_and_no_others() {
    let records = records(40);
    let world = world(&records);
    let node = world.node(options());
    let some: Vec<String> = records.iter().step_by(3).cloned().collect();
    let answered = ask_records(&node, &ids_of(&some));
    assert_eq!(answered.given(["content-type", "etag"]), [OF_JSON, ""]);
    assert_eq!(answered.records(), keyed(&some));
    let unknown: BTreeSet<ElementId> = (0..1_000).map(|at| ElementId(at * 4_294_967)).collect();
    assert_eq!(ask_records(&node, &unknown).content, Content::Records(Vec::new(), 1, Ok(())));
    let mut most: BTreeSet<ElementId> = unknown.into_iter().take(960).collect();
    most.extend(ids_of(&records));
    world.store.borrow_mut().reads = 0;
    assert_eq!(ask_records(&node, &most).records(), keyed(&records));
    assert_eq!((most.len(), world.store.borrow().reads), (1_000, 1), "what is unknown is not looked for");
}

#[test]
fn records_that_share_an_id_come_together() {
    let owner = judge(&record(0, 5)).unwrap().content().public_key.clone();
    let mut seen: HashMap<ElementId, usize> = HashMap::new();
    let (one, other) = (0..)
        .find_map(|uuid| {
            let id = ElementId::of(&KeyHash::of(&format!("{owner}/{uuid}")));
            seen.insert(id, uuid).map(|before| (before, uuid))
        })
        .unwrap();
    let pair = [record(one, 4_000_000), record(other, 9_000_000)];
    let world = world(&[&pair[..], &[record(1, 5)]].concat());
    let node = world.node(options());
    assert_eq!(ids_of(&pair).len(), 1);
    assert_eq!(ask_records(&node, &ids_of(&pair)).records(), keyed(&pair));
    let all = [&pair[..], &[record(1, 5)]].concat();
    assert_eq!(ask(&node, OPENING).content, sums(View::ByTime, &all, 0..18));
}

#[test]
fn many_long_records_come_in_pages_and_are_read_as_they_fit() {
    let long =
        |uuid, bytes| signed(1, &format!(r#"{{"uuid":"{uuid:03}","timestamp":5,"text":"{}"}}"#, "x".repeat(bytes)));
    let records: Vec<String> = (0..30).map(|uuid| long(uuid, if uuid < 15 { 10 } else { 30_000 })).collect();
    let world = world(&records);
    let node = world.node(options());
    ask(&node, Incoming { method: "HEAD", ..ALL });
    let Content::Records(served, pages, end) = ask_records(&node, &ids_of(&records)).content else {
        panic!("no records")
    };
    assert_eq!((served, end), (keyed(&records), Ok(())));
    assert!((6..=9).contains(&pages), "{pages} pages of about 64 kB");
    assert!(world.store.borrow().reads <= 12, "{} reads", world.store.borrow().reads);
}

#[test]
fn what_is_held_and_not_found_cuts_the_body_and_the_next_one_is_honest() {
    let records = records(6);
    for becomes in [None, Some(record(3, 4))] {
        let world = world(&records);
        let node = world.node(options());
        assert_eq!(ask_records(&node, &ids_of(&records)).records().len(), 6);
        let lost = entry(&records[3]).key;
        world.store.borrow_mut().entries.remove(&lost);
        let older = becomes.as_ref().map(|text| entry(text));
        world.store.borrow_mut().entries.extend(older.map(|older| (older.key, (older.version, older.text))));
        let Content::Records(_, _, end) = ask_records(&node, &ids_of(&records[2..4])).content else {
            panic!("no body")
        };
        assert_eq!(end.map_err(|fault| fault.code()), Err("STORE_FAILED"), "{becomes:?}");
        let again = ask_records(&node, &ids_of(&records[2..4])).records();
        assert_eq!(again.len(), if becomes.is_some() { 2 } else { 1 });
    }
}

#[test]
fn who_does_not_ask_for_what_is_lost_gets_a_whole_body() {
    let records = records(6);
    let world = world(&records);
    let node = world.node(options());
    ask(&node, OPENING);
    world.store.borrow_mut().entries.remove(&entry(&records[3]).key);
    assert_eq!(ask_records(&node, &ids_of(&records[..3])).records(), keyed(&records[..3]));
}

#[test]
fn a_damaged_entry_is_left_out_and_cuts_the_body() {
    let records = records(3);
    let world = world(&records);
    let node = world.node(options());
    ask(&node, OPENING);
    let damaged = entry(&records[1]);
    let altered = damaged.text.replace("5001000", "5001001");
    world.store.borrow_mut().entries.insert(damaged.key.clone(), (damaged.version, altered));
    let Content::Records(good, _, end) = ask_records(&node, &ids_of(&records)).content else { panic!("no body") };
    assert_eq!((good.len(), end.map_err(|fault| fault.code())), (2, Err("STORE_FAILED")));
    assert!(world.warnings.borrow()[0].contains(&damaged.key));
    let left = [records[0].clone(), records[2].clone()];
    assert_eq!(ask_records(&node, &ids_of(&records)).records(), keyed(&left));
    assert_eq!(ask(&node, OPENING).content, sums(View::ByTime, &left, 0..18), "it is in no sum any more");
}

#[test]
fn a_newer_version_than_is_held_is_served() {
    let records = records(3);
    let world = world(&records);
    let node = world.node(options());
    ask(&node, OPENING);
    let newer = record(1, 9_000_000);
    world.store.borrow_mut().write(&[entry(&newer)]).unwrap();
    assert_eq!(ask_records(&node, &ids_of(&records[1..2])).records(), keyed(&[newer]));
}

#[test]
fn a_simple_database_is_read_once_for_all_ids() {
    let records = records(130);
    let (documents, world) = (Documents::default(), World::new(&[]));
    documents.texts.replace(records.clone());
    documents.texts.borrow_mut().push("null".to_owned());
    let ports = Ports { transport: &world, store: Simple::new(&documents, &world), host: &world };
    let node = Node::new(ports, options());
    assert_eq!(ask(&node, OPENING).content, sums(View::ByTime, &records, 0..18));
    documents.whole_reads.set(0);
    assert_eq!(ask_records(&node, &ids_of(&records)).records(), keyed(&records));
    assert!(documents.whole_reads.get() <= 1, "{}", documents.whole_reads.get());
    let lost = documents.texts.borrow_mut().remove(7);
    let Content::Records(_, _, end) = ask_records(&node, &ids_of(&records)).content else { panic!("no body") };
    assert!(end.is_err(), "{lost} is missing");
    assert_eq!(ask_records(&node, &ids_of(&records)).records().len(), 129);
}
