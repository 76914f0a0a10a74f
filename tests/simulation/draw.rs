//! Draws a plan from a seed.

use std::collections::BTreeSet;

use super::plan::{
    Happening, Kind, Lie, MINUTE_US, MachinePlan, Plan, SECOND_US, STORE_CALL_US, ServiceFailure, StoreFailure,
    StoreKind, TURN_US,
};
use super::random::Random;

/// Faults happen until then; each is over some minutes later at the latest.
const FAULTS_UNTIL_US: u64 = 6 * MINUTE_US;

pub const LIES: [Lie; 23] = [
    Lie::Forged,
    Lie::NewTags,
    Lie::OneTag,
    Lie::NeverChanged,
    Lie::OurTag,
    Lie::NoArray,
    Lie::Faulty,
    Lie::Cut,
    Lie::Drip,
    Lie::Silent,
    Lie::Deaf,
    Lie::Flood,
    Lie::Statuses,
    Lie::Future,
    Lie::Decorated,
    Lie::Stripped,
    Lie::Stale,
    Lie::Repeated,
    Lie::Circle,
    Lie::Announced,
    Lie::Cells,
    Lie::Shifting,
    Lie::Unserved,
];

impl Plan {
    /// The world of a seed, of this many machines.
    pub fn of(seed: u64, machines: usize, records: usize) -> Self {
        let random = &mut Random::of(seed, "plan");
        let liars = random.below(machines as u64 / 3 + 1);
        let legacy = random.below(4).min(machines as u64 / 4);
        let mut plan = Self {
            seed,
            machines: (0..machines)
                .map(|at| {
                    machine(at, machines, liars, legacy, records, &mut Random::of(seed, &format!("machine {at}")))
                })
                .collect(),
            happenings: Vec::new(),
            max_peers: *random.pick(&[3, 8, 32]),
            loss_percent: *random.pick(&[0, 1, 5]),
            cut_percent: *random.pick(&[0, 1, 10]),
            asks_for_symbols: !random.is_one_in(10),
            puts_amid: true,
            is_checked: true,
            known: 0,
            without: BTreeSet::new(),
            skipped: BTreeSet::new(),
        };
        plan.happenings = happenings(&plan, records, &mut Random::of(seed, "happenings"));
        plan
    }
}

fn machine(at: usize, machines: usize, liars: u64, legacy: u64, records: usize, random: &mut Random) -> MachinePlan {
    let from_end = (machines - 1 - at) as u64;
    let kind = match from_end {
        _ if from_end < liars => Kind::Liar(*random.pick(&LIES)),
        _ if from_end < liars + legacy && random.is_one_in(3) => Kind::ListOnly,
        _ if from_end < liars + legacy => Kind::Legacy,
        _ => Kind::Node,
    };
    let has_records = kind != Kind::Node || random.is_one_in(3);
    let count = if has_records { random.between(1, 12) } else { 0 };
    MachinePlan {
        kind,
        // The first two can be reached: otherwise nothing could spread.
        is_reachable: at < 2 || kind != Kind::Node || !random.is_one_in(3),
        store: *random.pick(&[StoreKind::Telling, StoreKind::Mute, StoreKind::Simple]),
        starts_at_us: random.below(2 * MINUTE_US),
        clock_ms: if random.is_one_in(5) { random.below(240_000) as i64 - 120_000 } else { 0 },
        refuses: random.is_one_in(12).then(|| random.below(16) as u8),
        disagrees: random.is_one_in(8).then(|| random.below(16) as u8),
        records: (0..count).map(|_| random.index(records)).collect(),
        pause_us: *random.pick(&[0, TURN_US / 2, TURN_US, 10 * TURN_US]),
        looks_a_pause: 16,
        store_call_us: *random.pick(&[STORE_CALL_US, 5_000, 20_000]),
    }
}

fn happenings(plan: &Plan, records: usize, random: &mut Random) -> Vec<(u64, Happening)> {
    let nodes: Vec<usize> = plan.nodes().collect();
    let puts = random.between(10, 40);
    let faults = random.below(30);
    let mut happenings: Vec<(u64, Happening)> = Vec::new();
    for _ in 0..puts {
        let (machine, record) = (*random.pick(&nodes), random.index(records));
        let put = if random.is_one_in(5) {
            Happening::Foreign { machine, record }
        } else {
            Happening::Put { machine, record }
        };
        happenings.push((random.below(FAULTS_UNTIL_US), put));
    }
    for _ in 0..faults {
        happenings.push((random.below(FAULTS_UNTIL_US), fault(plan, &nodes, random)));
    }
    happenings.sort_by_key(|(at_us, _)| *at_us);
    happenings
}

fn fault(plan: &Plan, nodes: &[usize], random: &mut Random) -> Happening {
    let machine = *random.pick(nodes);
    let for_us = random.between(SECOND_US, 2 * MINUTE_US);
    match random.below(16) {
        0..=2 => Happening::Crash { machine, down_us: random.between(1, MINUTE_US) },
        3..=6 => {
            let how = [
                StoreFailure::All,
                StoreFailure::Writes,
                StoreFailure::AfterWrites,
                StoreFailure::Hangs,
                StoreFailure::Loses,
            ];
            Happening::Store { machine, how: *random.pick(&how), for_us }
        }
        7 => Happening::Delete { machine },
        8 => Happening::Lose { machine },
        9 => Happening::Damage { machine },
        10 => Happening::Backup { machine },
        11 => Happening::Restore { machine, down_us: random.between(1, MINUTE_US) },
        12 => Happening::Clock { machine, by_ms: random.below(600_000) as i64 - 300_000 },
        13 | 14 => {
            let apart = (0..plan.machines.len()).filter(|_| random.is_one_in(2)).collect();
            Happening::Partition { apart, for_us }
        }
        _ => {
            let how = [ServiceFailure::Away, ServiceFailure::Nobody, ServiceFailure::Strangers, ServiceFailure::Broken];
            Happening::Service { how: *random.pick(&how), for_us }
        }
    }
}
