//! A round, the task's own writes and another process's writes, in every order that a scripted scheduler finds: nothing
//! is lost, nothing older overwrites anything newer, nothing is verified twice.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use common::{NOW_MS, judge, signed};
use dbsharing::node::{Options, Purpose, Put, State};
use dbsharing::ports::StoredEntry;
use dbsharing::record::{KeyHash, Version};
use dbsharing::report::Report;
use dbsharing::verify::Record;
use network::gates::Work;
use network::store::MemoryStore;
use network::{Answering, World, options, share};
use proptest::prelude::*;

const PEERS: [&str; 3] = ["http://192.0.2.1", "http://192.0.2.2", "http://192.0.2.3"];

/// Signer, slot and time. Equal specs are the same record.
type Spec = (u8, u8, u64);

fn record((seed, uuid, ms): Spec) -> Record {
    judge(&text((seed, uuid, ms))).unwrap()
}

fn text((seed, uuid, ms): Spec) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

fn entry(record: &Record) -> StoredEntry {
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

fn specs(most: usize) -> impl Strategy<Value = Vec<Spec>> {
    prop::collection::vec((1..4_u8, 0..3_u8, 1..5_u64), 0..most)
}

/// What happens at the same time.
#[derive(Debug, Clone)]
struct Scene {
    /// What each peer offers.
    offered: Vec<Vec<Spec>>,
    piece_bytes: usize,
    /// The task's own writes, by `put`.
    own: Vec<Spec>,
    /// Writes of another process, which the store reports.
    foreign: Vec<Spec>,
    /// The task has an `accept`, which is asked at its own time.
    asks_task: bool,
    /// Which gate is opened next.
    choices: Vec<u8>,
}

fn scenes() -> impl Strategy<Value = Scene> {
    let offered = prop::collection::vec(specs(8), PEERS.len());
    let choices = prop::collection::vec(any::<u8>(), 16..64);
    (offered, 40..900_usize, specs(4), specs(3), any::<bool>(), choices).prop_map(
        |(offered, piece_bytes, own, foreign, asks_task, choices)| Scene {
            offered,
            piece_bytes,
            own,
            foreign,
            asks_task,
            choices,
        },
    )
}

fn world(scene: &Scene) -> World {
    let answers: Vec<_> = PEERS
        .iter()
        .zip(&scene.offered)
        .map(|(url, specs)| {
            let texts: Vec<String> = specs.iter().map(|spec| text(*spec)).collect();
            (*url, Answering::body(&format!("[{}]", texts.join(","))).in_pieces_of(scene.piece_bytes))
        })
        .collect();
    let mut world = World::new(&answers);
    world.ms_a_look = 1;
    world.refuses = scene.asks_task.then_some("nothing is refused");
    world
}

/// Plays the scene; returns the round's report and the outcome of each `put`.
fn play(scene: &Scene, world: &World, state: &RefCell<State>) -> (Report, Vec<(Record, Put)>) {
    let node = world.node(options());
    node.state.swap(state);
    let (report, puts) = (RefCell::new(None), RefCell::new(Vec::new()));
    let mut work: Vec<Work<'_>> = vec![Box::pin(async {
        let done = node.round(NOW_MS, 1).await;
        report.replace(Some(done));
    })];
    for own in scene.own.iter().map(|spec| record(*spec)) {
        let (node, puts) = (&node, &puts);
        work.push(Box::pin(async move {
            world.gates.pass().await;
            let became = node.put(&own.envelope(), NOW_MS).await;
            puts.borrow_mut().push((own, became));
        }));
    }
    for foreign in scene.foreign.iter().map(|spec| record(*spec)) {
        let node = &node;
        work.push(Box::pin(async move {
            world.gates.pass().await;
            world.store.borrow_mut().write(&[entry(&foreign)]).unwrap();
            world.gates.pass().await;
            let held = world.store.borrow().entries[foreign.content().key.as_str()].0.clone();
            node.heard(foreign.content().key.as_str(), Version::parse(&held));
        }));
    }
    let turn = Cell::new(0);
    world.gates.run(work, |_| {
        turn.set(turn.get() + 1);
        usize::from(scene.choices[turn.get() % scene.choices.len()])
    });
    node.state.swap(state);
    (report.take().unwrap(), puts.into_inner())
}

/// The greatest version of each slot among these records.
fn greatest<'s>(specs: impl Iterator<Item = &'s Spec>) -> BTreeMap<String, String> {
    let mut greatest = BTreeMap::new();
    for spec in specs {
        let StoredEntry { key, version, .. } = entry(&record(*spec));
        let held = greatest.entry(key).or_insert_with(String::new);
        *held = version.max(std::mem::take(held));
    }
    greatest
}

#[test]
fn work_that_waits_for_a_load_that_fails_does_not_wait_for_another() {
    for order in 0..6 {
        let world = World::new(&[]);
        world.store.borrow_mut().fails = true;
        let (node, failed) = (world.node(options()), Cell::new(0));
        let load = async || {
            let outcome = node.load(Purpose::Serve).await;
            failed.set(failed.get() + u32::from(outcome.is_err()));
        };
        let work: Vec<Work<'_>> = (0..3).map(|_| Box::pin(load()) as Work<'_>).collect();
        world.gates.run(work, |_| order);
        assert_eq!((failed.get(), world.looks.get()), (3, 1));
        world.store.borrow_mut().fails = false;
        network::wait(node.load(Purpose::Serve)).unwrap();
    }
}

#[test]
fn writes_under_way_count_towards_the_limit_of_records() {
    for order in 0..8_usize {
        let world = World::new(&[]);
        let node = world.node(Options { max_records: 5, ..options() });
        let stored = Cell::new(0);
        let put = async |uuid| {
            let became = node.put(&text((1, uuid, 1)), NOW_MS).await;
            stored.set(stored.get() + u32::from(matches!(became, Put::Stored(_))));
        };
        let work: Vec<Work<'_>> = (0..20).map(|uuid| Box::pin(put(uuid)) as Work<'_>).collect();
        world.gates.run(work, |waiting| order * waiting / 8);
        assert_eq!((stored.get(), world.store.borrow().entries.len()), (5, 5));
        // Records that could not be stored no longer take up room.
        world.store.borrow_mut().entries.clear();
        node.state.borrow_mut().read_store_again();
        assert!(matches!(network::wait(node.put(&text((2, 0, 1)), NOW_MS)), Put::Stored(_)));
    }
}

#[test]
fn what_is_put_while_the_store_is_read_again_is_held() {
    for order in 0..512_usize {
        let world = World::with_store(&[], MemoryStore::default());
        let node = world.node(options());
        assert!(matches!(network::wait(node.put(&text((1, 0, 1)), NOW_MS)), Put::Stored(_)));
        let stored = Cell::new(false);
        let load: Work<'_> = Box::pin(async {
            world.gates.pass().await;
            node.state.borrow_mut().read_store_again();
            node.load(Purpose::Serve).await.unwrap();
        });
        let put: Work<'_> = Box::pin(async {
            stored.set(matches!(node.put(&text((1, 1, 1)), NOW_MS).await, Put::Stored(_)));
        });
        let turn = Cell::new(0);
        world.gates.run(vec![load, put], |_| order >> (turn.replace(turn.get() + 1) % 9) & 1);
        assert_eq!((stored.get(), node.state.borrow().holdings.len()), (true, 2), "{order}");
    }
}

#[test]
fn a_good_copy_that_took_the_place_of_a_damaged_entry_is_not_removed() {
    for order in 0..512_usize {
        let text = text((1, 0, 1));
        let store = MemoryStore::that_reports();
        let world = World::with_store(&[(PEERS[0], Answering::body(&format!("[{text}]")))], store);
        let StoredEntry { key, version, .. } = entry(&record((1, 0, 1)));
        world.store.borrow_mut().entries.insert(key.clone(), (version.clone(), "damaged".to_owned()));
        let node = world.node(options());
        network::wait(node.load(Purpose::Share)).unwrap();
        node.lost(&key, &version);
        let share: Work<'_> = Box::pin(async { drop(node.round(NOW_MS, 1).await) });
        let put: Work<'_> = Box::pin(async { drop(node.put(&text, NOW_MS).await) });
        let turn = Cell::new(0);
        world.gates.run(vec![share, put], |_| order >> (turn.replace(turn.get() + 1) % 9) & 1);
        let log = world.store.borrow().log.clone();
        assert_eq!(log, Some(vec![key.clone(), key]), "{order}: removed once, and written once");
    }
}

#[test]
fn rounds_never_overlap() {
    let body = format!("[{}]", text((1, 0, 1)));
    let world = World::new(&[(PEERS[0], Answering::body(&body))]);
    let (node, counts) = (world.node(options()), RefCell::new(Vec::new()));
    let share = async || {
        let totals = node.round(NOW_MS, 1).await.totals;
        counts.borrow_mut().push((totals.inserted, totals.known));
    };
    let work: Vec<Work<'_>> = (0..3).map(|_| Box::pin(share()) as Work<'_>).collect();
    world.gates.run(work, |_| 0);
    assert_eq!(counts.into_inner(), [(1, 0), (0, 1), (0, 1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_store_ends_with_the_greatest_version_that_came(scene in scenes()) {
        let (world, node) = (world(&scene), RefCell::new(State::default()));
        let (report, puts) = play(&scene, &world, &node);
        prop_assert!(report.ok, "{:?}", report.error);

        let all = scene.offered.iter().flatten().chain(&scene.own).chain(&scene.foreign);
        let stored = world.store.borrow().entries.clone();
        let versions: BTreeMap<_, _> = stored.iter().map(|(key, (version, _))| (key.clone(), version.clone())).collect();
        prop_assert_eq!(&versions, &greatest(all));
        for (own, became) in puts {
            prop_assert!(matches!(became, Put::Stored(_) | Put::Stale { .. }), "{:?}", became);
            prop_assert!(versions[own.content().key.as_str()] >= own.version().to_string());
        }
        for (key, version) in &versions {
            let held = node.borrow().holdings.held(&KeyHash::of(key)).unwrap();
            prop_assert_eq!(&held.version.to_string(), version, "the index mirrors the store");
        }
        prop_assert_eq!(node.borrow().holdings.len(), versions.len());
        let after = share(&node, &world, 2).totals;
        prop_assert_eq!((after.verified, after.inserted, after.replaced), (0, 0, 0));
    }

    #[test]
    fn each_record_is_verified_at_most_once_although_several_offer_it(scene in scenes()) {
        let (world, node) = (world(&scene), RefCell::new(State::default()));
        let (report, _) = play(&scene, &world, &node);
        let different: BTreeSet<&Spec> = scene.offered.iter().flatten().collect();
        prop_assert!(report.totals.verified <= different.len() as u64, "{:?}", report.totals);
        for (url, specs) in PEERS.iter().zip(&scene.offered) {
            let peer = report.peers.iter().find(|peer| peer.url == *url).unwrap();
            let counts = &peer.counts;
            let outcomes = counts.known + counts.inserted + counts.replaced + counts.kept;
            prop_assert_eq!((counts.offered, outcomes), (specs.len() as u64, specs.len() as u64), "{:?}", peer);
        }
    }

    #[test]
    fn the_next_round_brings_what_a_failing_store_lost(scene in scenes(), fails_after_all in any::<bool>()) {
        let (world, node) = (world(&Scene { own: vec![], foreign: vec![], ..scene.clone() }), RefCell::new(State::default()));
        {
            let store = &mut *world.store.borrow_mut();
            (store.fails_on_write, store.fails_after_write) = (!fails_after_all, fails_after_all);
        }
        let quiet = Scene { own: vec![], foreign: vec![], ..scene.clone() };
        let (report, _) = play(&quiet, &world, &node);
        let offers_anything = scene.offered.iter().any(|specs| !specs.is_empty());
        prop_assert_eq!(report.ok, !offers_anything);
        world.store.borrow_mut().fails_on_write = false;
        world.store.borrow_mut().fails_after_write = false;
        prop_assert!(share(&node, &world, 2).ok);
        let stored = world.store.borrow().entries.clone();
        let versions: BTreeMap<_, _> = stored.into_iter().map(|(key, (version, _))| (key, version)).collect();
        prop_assert_eq!(versions, greatest(scene.offered.iter().flatten()));
    }
}
