//! Ranges of records: those with a prefix, after a key, up to a limit.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use common::{NOW_MS, judge, signed};
use dbsharing::json::Json;
use dbsharing::node::Form;
use network::{InWorld, World, options, wait};

const UUIDS: [&str; 7] = ["a", "a b", "ab", "abc", "b", "é", "~"];

fn texts() -> Vec<String> {
    let of = |seed| UUIDS.map(|uuid| signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":5}}"#)));
    [1, 2, 3].into_iter().flat_map(of).collect()
}

fn key(text: &str) -> String {
    judge(text).unwrap().content().key.as_str().to_owned()
}

/// The records of a range, and how often the store was scanned for them.
fn read(world: &World, node: &InWorld<'_>, (after, prefix, limit): (&str, &str, Option<u64>)) -> (Vec<String>, u32) {
    let scans = world.scans.get();
    let mut pages = node.records(after, prefix, limit);
    let mut records = Vec::new();
    while let Some(page) = wait(node.page(&mut pages)).unwrap() {
        let page = Json::parse(&page).unwrap();
        records.extend(page.elements().map(|item| item.text().to_owned()));
    }
    (records, world.scans.get() - scans)
}

/// A world that holds all of the records, and the records in order of their keys.
fn world() -> (World, Vec<(String, String)>) {
    let world = World::new(&[]);
    wait(world.node(options()).put_many(&texts(), NOW_MS));
    let mut held: Vec<_> = texts().into_iter().map(|text| (key(&text), text)).collect();
    held.sort();
    (world, held)
}

#[test]
fn a_range_equals_a_filter_over_all_records() {
    let (world, held) = world();
    let node = world.node(options());
    let owner = held[0].0.split('/').next().unwrap().to_owned();
    let prefixes =
        ["", "1", "z", &owner, &format!("{owner}/"), &format!("{owner}/a"), &held[9].0, &held[20].0, "é", " "];
    let afters =
        ["", &held[0].0, &held[8].0, &held[20].0, &format!("{owner}/aa"), "zzz", "é", &format!("{owner}/a\u{7f}é")];
    for prefix in prefixes {
        for after in afters {
            for limit in [None, Some(0), Some(1), Some(2), Some(3), Some(100)] {
                let is_within = |key: &str| key.starts_with(prefix) && key > after;
                let all = held.iter().filter(|(key, _)| is_within(key)).map(|(_, text)| text.clone());
                let wanted: Vec<String> = all.take(limit.unwrap_or(u64::MAX) as usize).collect();
                let (records, scans) = read(&world, &node, (after, prefix, limit));
                assert_eq!(records, wanted, "{prefix:?} after {after:?}, {limit:?}");
                assert!(scans <= 1 && (limit != Some(0) || scans == 0));
            }
        }
    }
}

#[test]
fn a_range_begins_at_its_first_record_and_ends_after_its_last() {
    let (world, held) = world();
    let node = world.node(options());
    let owner = held[7].0.split('/').next().unwrap();
    let mut pages = node.records("", &format!("{owner}/"), None);
    world.turns.set(0);
    let mut count = 0;
    while wait(node.page(&mut pages)).unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 4, "seven records, two on each page of the store");
}

#[test]
fn a_damaged_entry_does_not_count_towards_the_limit() {
    let (world, held) = world();
    let node = world.node(options());
    world.store.borrow_mut().entries.get_mut(&held[1].0).unwrap().1 = "{}".to_owned();
    let (records, _) = read(&world, &node, ("", "", Some(3)));
    assert_eq!(records, [0, 2, 3].map(|at: usize| held[at].1.clone()));
}

#[test]
fn readers_of_all_do_not_get_the_page_of_a_range() {
    let (world, held) = world();
    let node = world.node(options());
    let mut all = node.pages(Form::Chunks);
    let mut some = node.records("", "", Some(1));
    assert_eq!(wait(node.page(&mut some)).unwrap(), Some(format!("[{}]", held[0].1)));
    assert_eq!(wait(node.page(&mut all)).unwrap(), Some(format!("[{},{}]", held[0].1, held[1].1)));
}
