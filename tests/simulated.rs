//! Networks of whole nodes, made from seeds: `npm run simulate` makes the same ones.
#![cfg(not(target_arch = "wasm32"))]

#[macro_use]
mod common;
mod simulation;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::rc::Rc;

use dbsharing::peers::PeerUrl;
use dbsharing::ports::Host as _;
use dbsharing::record::Version;
use dbsharing::report::{Counts, PeerOutcome, PeerReport, Report};
use dbsharing::symbols::View;

use simulation::plan::{Happening, Kind, MINUTE_US, MachinePlan, Plan, SECOND_US, StoreFailure, TURN_US};
use simulation::records::{Pool, Set, Signed};
use simulation::shrink::shrink;
use simulation::spread::{Network, WARM_US, is_held, traffic};
use simulation::trace::{Trace, time};
use simulation::world::{SimNode, World};

const MACHINES: usize = 20;

/// Where only a few can be asked, nobody else makes up for what one exchange has missed.
const FEW_MACHINES: usize = 4;

fn world(seed: u64, pool: &Rc<Pool>) -> Rc<World> {
    world_of(MACHINES, seed, pool)
}

fn world_of(machines: usize, seed: u64, pool: &Rc<Pool>) -> Rc<World> {
    World::new(Plan::of(seed, machines, pool.records.len()), Rc::clone(pool), Trace::default())
}

/// Runs these worlds; the first that breaks a law is shrunk and shown.
fn all_laws_hold(machines: usize, seeds: RangeInclusive<u64>) {
    let pool = Rc::new(Pool::of_worlds());
    for seed in seeds {
        let world = world_of(machines, seed, &pool);
        if let Some(broken) = world.run().broken {
            let smaller = shrink(&world.plan, &pool, broken.law);
            let (law, at, what) = (broken.law, time(broken.at_us), broken.what);
            panic!("seed {seed}: \"{law}\" is broken at {at}: {what}\nnpm run simulate -- {smaller} --trace");
        }
    }
}

#[test]
fn all_laws_hold_in_the_first_150_worlds() {
    all_laws_hold(MACHINES, 1..=150);
}

#[test]
fn all_laws_hold_in_the_next_150_worlds() {
    all_laws_hold(MACHINES, 151..=300);
}

#[test]
fn all_laws_hold_in_the_first_150_worlds_of_few_machines() {
    all_laws_hold(FEW_MACHINES, 1..=150);
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let pool = Rc::new(Pool::of_worlds());
    let run = |seed| {
        let plan = Plan::of(seed, MACHINES, pool.records.len());
        let world = World::new(plan, Rc::clone(&pool), Trace::new(false));
        (world.run().settled_us, world.trace.events(), world.trace.sum())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).2, run(8).2);
}

/// A world that has settled, changed behind the back of its laws.
fn changed(seed: u64, change: impl FnOnce(&World)) -> &'static str {
    let pool = Rc::new(Pool::of_worlds());
    let world = world(seed, &pool);
    world.run_with(|world| change(world)).broken.map_or("none", |broken| broken.law)
}

#[test]
fn bodies_are_held_against_the_tags_that_they_promised() {
    let pool = Rc::new(Pool::of_worlds());
    let world = world(1, &pool);
    world.run();
    assert!(world.laws.bodies_checked.get() > 0);
}

#[test]
fn each_law_of_the_end_can_be_broken() {
    assert_eq!(changed(1, |_| {}), "none");
    let unnoted = |world: &World| {
        let entries = &mut world.machines[0].database.borrow_mut().entries;
        entries.pop_first();
    };
    assert_eq!(changed(1, unnoted), "the index is what the database holds");
    let all_lose = |world: &World| {
        for machine in world.plan.present() {
            world.machines[machine].database.borrow_mut().entries.clear();
            world.node(machine).map(|node| node.state.take());
        }
    };
    let lost = (1..=9).map(|seed| changed(seed, all_lose)).find(|law| *law != "none");
    assert_eq!(lost, Some("what was acknowledged is held"));
    let one_forgets = |world: &World| drop(world.node(0).unwrap().state.take());
    assert_eq!(changed(1, one_forgets), "all hold what they can reach");
    let one_is_down = |world: &World| drop(world.machines[1].node.take());
    assert_eq!(changed(1, one_is_down), "all run in the end");
}

/// A world of two machines that runs for some minutes, is changed behind the back of its laws, and runs on for as long.
fn changed_on_the_way(change: impl FnOnce(&SimNode, &PeerUrl)) -> &'static str {
    let pool = Rc::new(Pool::of_worlds());
    let mut plan = Plan::of(1, 2, pool.records.len());
    plan.happenings.clear();
    for machine in &mut plan.machines {
        let records = (0..pool.records.len()).collect();
        *machine = MachinePlan { kind: Kind::Legacy, clock_ms: 0, refuses: None, disagrees: None, records, ..*machine };
    }
    plan.machines[0] = MachinePlan { kind: Kind::Node, starts_at_us: 0, records: Vec::new(), ..plan.machines[0] };
    let world = World::new(plan, pool, Trace::default());
    world.begin();
    world.executor.run(3 * MINUTE_US, || false);
    let listed = PeerUrl::parse(&world.machines[1].url, "task", "linktree").unwrap();
    change(&world.node(0).unwrap(), &listed);
    world.executor.run(6 * MINUTE_US, || false);
    world.end();
    world.laws.broken().map_or("none", |broken| broken.law)
}

#[test]
fn each_law_of_what_is_remembered_can_be_broken() {
    assert_eq!(changed_on_the_way(|_, _| ()), "none");
    let fails = |node: &SimNode, url: &PeerUrl| {
        let now_ms = node.ports.host.now_ms();
        (0..3).for_each(|_| node.state.borrow_mut().book.failed(url, now_ms, &mut || 0.5));
    };
    assert_eq!(changed_on_the_way(fails), "only who fails is left alone");
    let is_late = |node: &SimNode, url: &PeerUrl| node.state.borrow_mut().book.timed_out(url, 10_000, 10_000);
    assert_eq!(changed_on_the_way(is_late), "only who is late gets more time");
    let forgets = |node: &SimNode, _: &PeerUrl| drop(node.state.borrow_mut().holdings.parked.take_due(u64::MAX));
    assert_eq!(changed_on_the_way(forgets), "what is due is stored");
}

/// The law that is broken where a report says this of a peer, although nothing was wrong with it.
fn reported(code: &'static str) -> &'static str {
    let pool = Rc::new(Pool::of_worlds());
    let world = world_of(FEW_MACHINES, 1, &pool);
    world.begin();
    world.executor.run(3 * MINUTE_US, || false);
    let (node, requests) = (world.node(0).unwrap(), world.network.requests_of(0));
    let peer = PeerReport {
        url: world.machines[1].url.clone(),
        outcome: if code == "PEER_SLOW" { PeerOutcome::Skipped } else { PeerOutcome::Failed },
        code: Some(code),
        message: None,
        by: None,
        differs: None,
        http_status: None,
        duration_ms: 0,
        counts: Counts::default(),
    };
    let report = Report { ok: true, peers: vec![peer], ..Report::default() };
    world.laws.check_round(&world, 0, &node, &report, &requests);
    drop(node);
    world.end();
    world.laws.broken().map_or("none", |broken| broken.law)
}

#[test]
fn each_law_of_one_report_can_be_broken() {
    assert_eq!(reported("BAD_BODY"), "none");
    assert_eq!(reported("TOO_MANY_REJECTED"), "each exchange counts anew");
    assert_eq!(reported("PEER_SLOW"), "who is slow is given back");
}

#[test]
fn writes_spread_as_far_as_they_can_be_reached() {
    let network = Network {
        seed: 1,
        machines: 10,
        records: 20,
        max_peers: 3,
        writes: 30,
        intervals: 1,
        hostile_percent: 20,
        reachable_percent: 50,
    };
    let spread = network.measure();
    assert!(spread.rounds.iter().all(Option::is_some), "{spread}");
    assert!(spread.reachable_writes > 0 && spread.reachable_writes < 30, "{spread}");
    assert_eq!(
        spread.writes_held_by_all, spread.reachable_writes,
        "what cannot be reached stays where it is: {spread}"
    );
}

/// What every node holds in the end of a world without liars in which no database loses anything.
fn ends_with(seed: u64, asks_for_symbols: bool, pool: &Rc<Pool>) -> Vec<Set> {
    let mut plan = Plan { asks_for_symbols, puts_amid: false, ..Plan::of(seed, 12, pool.records.len()) };
    let liars = plan.present().filter(|at| matches!(plan.machines[*at].kind, Kind::Liar(_))).collect();
    let loses = |happening: &Happening| {
        use Happening::{Damage, Delete, Lose, Restore, Store};
        let how = StoreFailure::Loses;
        matches!(happening, Delete { .. } | Lose { .. } | Damage { .. } | Restore { .. })
            || matches!(happening, Store { how: other, .. } if *other == how)
    };
    let all = plan.happenings.iter().enumerate();
    let skipped = all.filter(|(_, (_, happening))| loses(happening)).map(|(at, _)| at).collect();
    plan.leave_out(&liars, &skipped);
    // Pauses come at other times in the other world, and a put may fail in one of them alone.
    plan.machines.iter_mut().for_each(|machine| machine.pause_us = 0);
    let world = World::new(plan, Rc::clone(pool), Trace::default());
    let mut sets = Vec::new();
    let outcome = world.run_with(|world| {
        let set = |at: usize| -> Set { world.machines[at].database.borrow().entries.iter().map(version_of).collect() };
        sets = world.plan.nodes().map(set).collect();
    });
    assert!(outcome.broken.is_none(), "seed {seed}: {:?}", outcome.broken);
    sets
}

fn version_of((key, (version, _)): (&Rc<str>, &(Rc<str>, Rc<str>))) -> (Rc<str>, Rc<str>) {
    (Rc::clone(key), Rc::clone(version))
}

#[test]
fn the_same_worlds_end_with_the_same_sets_with_and_without_symbols() {
    let pool = Rc::new(Pool::of_worlds());
    for seed in 1..=40 {
        let [with, without] = [true, false].map(|asks_for_symbols| ends_with(seed, asks_for_symbols, &pool));
        assert_eq!(with, without, "seed {seed}");
    }
}

/// Bytes of bodies that a node reads on average in four minutes after a partition, on both sides of which records were written.
fn read_after_a_partition(asks_for_symbols: bool) -> u64 {
    let (machines, records, writes) = (12, 300, 60);
    let network = Network {
        seed: 1,
        machines,
        records,
        max_peers: 8,
        writes,
        intervals: 1,
        hostile_percent: 0,
        reachable_percent: 100,
    };
    let mut plan = Plan { asks_for_symbols, ..network.plan() };
    let parted = Happening::Partition { apart: (0..machines / 2).collect(), for_us: 2 * MINUTE_US };
    plan.happenings.insert(0, (WARM_US, parted));
    let world = World::new(plan, Rc::new(Pool::of_spread(records + writes)), Trace::default());
    world.begin();
    world.executor.run(WARM_US + 2 * MINUTE_US, || false);
    let before = traffic(&world);
    world.executor.run(WARM_US + 6 * MINUTE_US, || false);
    let written = &world.pool.records[records..];
    assert!((0..machines).all(|at| written.iter().all(|record| is_held(&world, at, record))));
    let read = (traffic(&world).body_bytes - before.body_bytes) / machines as u64;
    world.end();
    read
}

#[test]
fn after_a_partition_only_what_differs_travels() {
    let [with, without] = [true, false].map(read_after_a_partition);
    // Of 60 records a node lacks 30, about 20 kB.
    assert!(with < 60_000 && with < without / 8, "{with} bytes a node with symbols, {without} without");
}

#[test]
fn two_slots_of_the_pool_have_hashes_that_begin_alike() {
    let pool = Pool::of_worlds();
    let mut beginnings: Vec<&[u8]> = pool.slots.values().map(|hash| &hash.0[..4]).collect();
    beginnings.sort_unstable();
    assert!(beginnings.windows(2).any(|pair| pair[0] == pair[1]));
}

#[test]
fn two_versions_of_each_first_slot_of_the_pool_are_alike_in_view_0() {
    let pool = Pool::of_worlds();
    let version = |record: &Signed| Version::parse(&record.version).unwrap();
    let values = |view: View| -> BTreeSet<(&str, u64)> {
        pool.records.iter().map(|record| (&*record.key, view.value(&version(record)).get())).collect()
    };
    assert_eq!(values(View::ByTime).len() + 4, values(View::ByContent).len());
}

/// Nodes with 1 600, 600 and no records: sums of 400 elements a turn are made, grow and are decoded in several turns of slow
/// machines, whose tasks put meanwhile.
fn many_records(seed: u64, pool: &Rc<Pool>) -> Rc<World> {
    let mut plan = Plan::of(seed, 3, pool.records.len());
    let puts = plan.happenings.iter().filter(|(_, happening)| matches!(happening, Happening::Put { .. }));
    let puts = puts.map(|(at_us, _)| *at_us).collect::<Vec<_>>().into_iter().zip((600..pool.records.len()).step_by(31));
    let of_both = |(at_us, record)| (0..2).map(move |machine| (at_us / 3, Happening::Put { machine, record }));
    plan.happenings = puts.flat_map(of_both).collect();
    plan.asks_for_symbols = true;
    for (machine, records) in plan.machines.iter_mut().zip([0..1_600, 0..600, 0..0]) {
        let (kind, clock_ms, disagrees, refuses) = (Kind::Node, 0, None, None);
        let (records, pause_us, looks_a_pause) = (records.collect(), TURN_US, 1);
        *machine = MachinePlan { kind, clock_ms, disagrees, refuses, records, pause_us, looks_a_pause, ..*machine };
    }
    World::new(plan, Rc::clone(pool), Trace::default())
}

#[test]
fn all_laws_hold_where_sums_are_made_and_decoded_while_tasks_put() {
    let pool = Rc::new(Pool::of_spread(1_800));
    for seed in 1..=6 {
        let broken = many_records(seed, &pool).run().broken.map(|broken| (broken.law, broken.what));
        assert_eq!(broken, None, "{seed}");
    }
}

/// A node asks a peer that has a version which view 0 cannot tell from its own, and another one; neither changes again.
fn hides_from_view_0(seed: u64, pool: &Rc<Pool>) -> Rc<World> {
    let mut hidden = [1, 2]; // two versions of one slot that are alike in view 0
    hidden.sort_by_key(|at| pool.records[*at].version.clone());
    let [lesser, greater] = hidden;
    let beginning = |at: usize| pool.records[at].key_hash.0[0] % 16;
    let is_other = |at: &usize| at % 6 == 3 && beginning(*at) != beginning(lesser);
    let others: Vec<usize> = (0..pool.records.len()).filter(is_other).collect();
    let mut plan = Plan::of(seed, 3, pool.records.len());
    plan.happenings.clear();
    (plan.loss_percent, plan.cut_percent) = (0, 0);
    let held = [vec![lesser], vec![others[0]], vec![greater, others[0], others[1]]];
    for (at, (machine, records)) in plan.machines.iter_mut().zip(held).enumerate() {
        let starts_at_us = [5, 1, 2][at] * SECOND_US;
        // The other peer does not take the record that hides, so that it never has the same set as the first one.
        let refuses = (at == 1).then(|| beginning(lesser));
        let (kind, is_reachable, clock_ms, disagrees) = (Kind::Node, true, 0, None);
        *machine = MachinePlan { kind, is_reachable, starts_at_us, clock_ms, disagrees, refuses, records, ..*machine };
    }
    World::new(plan, Rc::clone(pool), Trace::default())
}

#[test]
fn what_view_0_hides_is_found_in_a_peer_that_does_not_change() {
    let pool = Rc::new(Pool::of_worlds());
    for seed in 1..=20 {
        let broken = hides_from_view_0(seed, &pool).run().broken.map(|broken| (broken.law, broken.what));
        assert_eq!(broken, None, "{seed}");
    }
}
