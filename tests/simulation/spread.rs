//! How writes spread through large networks, which is measured: `npm run bench:spread` draws it.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use super::draw::LIES;
use super::network::Traffic;
use super::plan::{Happening, INTERVAL_US, Kind, MINUTE_US, MachinePlan, Plan, SECOND_US, STORE_CALL_US, StoreKind};
use super::random::Random;
use super::records::{Pool, Signed};
use super::trace::Trace;
use super::world::World;

/// Until then all have found each other, and left those alone that cannot be reached.
pub const WARM_US: u64 = 6 * MINUTE_US;
/// What has not arrived by then does not arrive.
const LONGEST_US: u64 = 60 * MINUTE_US;

/// A network, and how much is written to it.
#[derive(Debug, Clone)]
pub struct Network {
    pub seed: u64,
    pub machines: usize,
    pub records: usize,
    pub max_peers: usize,
    /// Scattered over the nodes and over these intervals; a single one is made by a node that can be reached.
    pub writes: usize,
    /// How many intervals the writes are scattered over, if there are several.
    pub intervals: usize,
    pub hostile_percent: usize,
    /// Of the honest nodes; the hostile ones can be reached.
    pub reachable_percent: usize,
}

/// How it went.
#[derive(Debug)]
pub struct Spread {
    /// Rounds of 20 seconds after the last write, until half of the nodes, 99 % and all hold what can be reached; `None` if
    /// they never do.
    pub rounds: [Option<f64>; 3],
    /// What an honest node asked its peers for in that time. The service's list comes on top.
    pub requests_a_node: u64,
    pub body_bytes_a_node: u64,
    /// The same for each round of 20 seconds in that time.
    pub body_bytes_a_round: u64,
    /// How many of the writes can be reached, and how many all nodes hold in the end.
    pub reachable_writes: usize,
    pub writes_held_by_all: usize,
}

impl Network {
    pub fn plan(&self) -> Plan {
        let random = &mut Random::of(self.seed, "spread");
        let hostile = self.machines * self.hostile_percent / 100;
        let honest = self.machines - hostile;
        let reachable = (honest * self.reachable_percent).div_ceil(100).max(1);
        let machine = |at: usize, random: &mut Random| MachinePlan {
            kind: if at < honest { Kind::Node } else { Kind::Liar(*random.pick(&LIES)) },
            is_reachable: at < reachable || at >= honest,
            store: StoreKind::Telling,
            starts_at_us: random.below(INTERVAL_US),
            clock_ms: 0,
            refuses: None,
            disagrees: None,
            records: (0..self.records).collect(),
            pause_us: 0,
            looks_a_pause: 1,
            store_call_us: STORE_CALL_US,
        };
        let machines = (0..self.machines).map(|at| machine(at, random)).collect();
        let writers = if self.writes == 1 { reachable } else { honest };
        let mut happenings: Vec<(u64, Happening)> = (0..self.writes)
            .map(|write| {
                let at_us =
                    WARM_US + if self.writes == 1 { 0 } else { random.below(INTERVAL_US * self.intervals as u64) };
                (at_us, Happening::Put { machine: random.index(writers), record: self.records + write })
            })
            .collect();
        happenings.sort_by_key(|(at_us, _)| *at_us);
        Plan {
            seed: self.seed,
            machines,
            happenings,
            max_peers: self.max_peers,
            loss_percent: 1,
            cut_percent: 0,
            asks_for_symbols: true,
            puts_amid: false,
            is_checked: false,
            known: self.records,
            without: BTreeSet::new(),
            skipped: BTreeSet::new(),
        }
    }

    /// Runs it until all hold what they can reach.
    pub fn measure(&self) -> Spread {
        let world = World::new(self.plan(), Rc::new(Pool::of_spread(self.records + self.writes)), Trace::default());
        world.begin();
        world.executor.run(WARM_US - 1, || false);
        let before = traffic(&world);
        let last_us = world.plan.quiet_from_us();
        let (nodes, wanted) = (world.plan.nodes().collect::<Vec<_>>(), written(&world, true));
        let mut left: Vec<usize> = nodes.clone();
        let mut arrived_us: Vec<u64> = Vec::new();
        let mut now_us = last_us;
        while !left.is_empty() && now_us < last_us + LONGEST_US {
            now_us += SECOND_US;
            world.executor.run(now_us, || false);
            left.retain(|at| !wanted.iter().all(|record| is_held(&world, *at, record)));
            arrived_us.resize(nodes.len() - left.len(), now_us);
        }
        let rounds = [nodes.len().div_ceil(2), (nodes.len() * 99).div_ceil(100), nodes.len()].map(|count| {
            let at_us = arrived_us.get(count - 1)?;
            Some((at_us - last_us) as f64 / INTERVAL_US as f64)
        });
        let after = traffic(&world);
        let body_bytes_a_node = (after.body_bytes - before.body_bytes) / nodes.len() as u64;
        let all = written(&world, false);
        let is_everywhere = |record: &&Rc<Signed>| nodes.iter().all(|at| is_held(&world, *at, record));
        let spread = Spread {
            rounds,
            requests_a_node: (after.requests - before.requests) / nodes.len() as u64,
            body_bytes_a_node,
            body_bytes_a_round: body_bytes_a_node * INTERVAL_US / (now_us - WARM_US),
            reachable_writes: wanted.len(),
            writes_held_by_all: all.iter().filter(is_everywhere).count(),
        };
        world.end();
        spread
    }
}

impl fmt::Display for Spread {
    /// As JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds =
            self.rounds.map(|rounds| rounds.map_or("null".to_owned(), |rounds| format!("{rounds:.2}"))).join(",");
        let Self {
            requests_a_node, body_bytes_a_node, body_bytes_a_round, reachable_writes, writes_held_by_all, ..
        } = self;
        write!(
            f,
            r#"{{"rounds":[{rounds}],"requestsANode":{requests_a_node},"bodyBytesANode":{body_bytes_a_node},"bodyBytesARound":{body_bytes_a_round},"reachableWrites":{reachable_writes},"writesHeldByAll":{writes_held_by_all}}}"#
        )
    }
}

/// What all honest nodes have asked their peers for, and read of them.
pub fn traffic(world: &World) -> Traffic {
    world.network.total(|machine| machine < world.machines.len() && world.is_honest(machine))
}

/// The records that are written, or those of them that can be reached.
fn written(world: &World, only_reachable: bool) -> Vec<Rc<Signed>> {
    let written = world.plan.happenings.iter().filter_map(|(_, happening)| match happening {
        Happening::Put { machine, record } if !only_reachable || world.plan.machines[*machine].is_reachable => {
            Some(Rc::clone(&world.pool.records[*record]))
        }
        _ => None,
    });
    written.collect()
}

/// Whether a node holds this record or a newer one of its slot.
pub fn is_held(world: &World, machine: usize, record: &Signed) -> bool {
    world.node(machine).is_some_and(|node| node.state.borrow().holdings.held(&record.key_hash).is_some())
}
