//! What has to hold in the end, when the faults are over.

use super::laws::Laws;
use super::plan::{INTERVAL_US, MINUTE_US, SECOND_US};
use super::records::{Set, Signed, greatest, lacking, short, short_key};
use super::trace::time;
use super::world::World;

/// How far ahead of a clock a record may be dated.
pub(super) const AHEAD_MS: u64 = 600_000;

impl Laws {
    /// What every node has to hold at the end: the greatest of what honest machines that can be reached hold.
    fn wanted(&self, world: &World) -> Set {
        let reachable = world.plan.present().filter(|at| world.is_honest(*at) && world.plan.machines[*at].is_reachable);
        let mut records: Vec<&Signed> = Vec::new();
        let sets: Vec<Set> = reachable.map(|at| world.machines[at].database.borrow().intact()).collect();
        for record in &world.pool.records {
            if sets.iter().any(|set| set.get(&record.key) == Some(&record.version)) {
                records.push(record);
            }
        }
        greatest(records.into_iter())
    }

    /// Whether all nodes hold what they have to hold, and were quiet for some rounds.
    pub fn is_settled(&self, world: &World) -> bool {
        let wanted = self.wanted(world);
        let has_all = |at: usize| {
            let Some(node) = world.node(at) else { return false };
            self.lacking_in(world, at, &wanted, &self.held(world, &node)).is_empty()
        };
        let is_calm = |at: usize| {
            let accepts_all = world.wall_ms(at) + AHEAD_MS >= world.pool.last_ms();
            accepts_all && self.is_quiet(world, at) && self.wrong_in_index(world, at).is_none()
        };
        world.executor.now_us() > world.plan.quiet_from_us() + 5 * MINUTE_US
            && world.plan.nodes().all(has_all)
            && world.plan.nodes().all(is_calm)
    }

    /// What a machine lacks, but for what its database or its task refuses.
    pub(super) fn lacking_in(&self, world: &World, machine: usize, wanted: &Set, held: &Set) -> Vec<String> {
        let database = world.machines[machine].database.borrow();
        let wanted: Set = wanted
            .iter()
            .filter(|(key, _)| !database.is_refused(key) && world.agrees(machine, key))
            .map(|(key, version)| (key.clone(), version.clone()))
            .collect();
        lacking(&wanted, held)
    }

    pub fn check_end(&self, world: &World) {
        if self.is_broken() {
            return;
        }
        self.all_hold_what_they_can_reach(world);
        self.the_index_is_what_the_database_holds(world);
        self.what_was_acknowledged_is_held(world);
        self.nobody_is_left_alone(world);
        self.quiet_networks_are_quiet(world);
    }

    /// After the faults, all nodes hold the greatest of what can be reached.
    fn all_hold_what_they_can_reach(&self, world: &World) {
        let wanted = self.wanted(world);
        for at in world.plan.nodes() {
            let Some(node) = world.node(at) else {
                self.break_law(world, "all run in the end", || format!("n{at} is down"));
                continue;
            };
            let lacks = self.lacking_in(world, at, &wanted, &self.held(world, &node));
            if !lacks.is_empty() {
                self.break_law(world, "all hold what they can reach", || format!("n{at} lacks {}", lacks.join(", ")));
            }
        }
    }

    /// What a node holds by its index is in its database, and what is there and not damaged is in its index.
    fn the_index_is_what_the_database_holds(&self, world: &World) {
        for at in world.plan.nodes() {
            if let Some(what) = self.wrong_in_index(world, at) {
                self.break_law(world, "the index is what the database holds", || format!("n{at}: {what}"));
            }
        }
    }

    /// How a node's index differs from its database. That a text was damaged in place shows only when it is served.
    fn wrong_in_index(&self, world: &World, machine: usize) -> Option<String> {
        let held = self.held(world, &*world.node(machine)?);
        let of_pool =
            |set: Set| -> Set { set.into_iter().filter(|(key, _)| world.pool.slots.contains_key(key)).collect() };
        let database = world.machines[machine].database.borrow();
        let gone = lacking(&held, &of_pool(database.set()));
        let unknown = lacking(&of_pool(database.intact()), &held);
        let is_right = gone.is_empty() && unknown.is_empty();
        (!is_right).then(|| format!("held but not stored {gone:?}, stored but not held {unknown:?}"))
    }

    /// What a node acknowledged is held by it, and by all where it can be reached, unless its database lost it.
    fn what_was_acknowledged_is_held(&self, world: &World) {
        for (machine, record, at_us) in &*self.acknowledged.borrow() {
            if world.machines[*machine].database.borrow().has_lost {
                continue;
            }
            let everywhere = world.plan.machines[*machine].is_reachable;
            let holders = world.plan.nodes().filter(|at| at == machine || everywhere);
            for at in holders {
                let database = world.machines[at].database.borrow();
                let is_held = database.entries.get(&record.key).is_some_and(|(version, _)| *version >= record.version);
                if !is_held && !database.is_refused(&record.key) && world.agrees(at, &record.key) {
                    self.break_law(world, "what was acknowledged is held", || {
                        let when = time(*at_us);
                        format!(
                            "n{at} lacks {} {} of n{machine}, put at {when}",
                            short_key(&record.key),
                            short(&record.version)
                        )
                    });
                }
            }
        }
    }

    /// Every honest machine that can be reached is asked again and again, by all who have asked for long enough.
    fn nobody_is_left_alone(&self, world: &World) {
        let rounds_for_all = world.plan.machines.len() as u64 / world.plan.max_peers as u64 + 3;
        // The longest that a peer is left alone is ten minutes.
        let window_us = 10 * MINUTE_US + 4 * rounds_for_all * (INTERVAL_US + SECOND_US);
        let now_us = world.executor.now_us();
        let quiet_us = now_us.saturating_sub(world.plan.quiet_from_us());
        if quiet_us < window_us {
            return;
        }
        for at in world.plan.nodes() {
            for to in world
                .plan
                .present()
                .filter(|to| *to != at && world.is_honest(*to) && world.plan.machines[*to].is_reachable)
            {
                let asked_us = self.asked_us.borrow().get(&(at, to)).copied().unwrap_or_default();
                if asked_us + window_us < now_us {
                    self.break_law(world, "nobody is left alone", || {
                        format!("n{at} has not asked n{to} since {}", time(asked_us))
                    });
                }
            }
        }
    }

    /// A network in which all agree becomes quiet.
    fn quiet_networks_are_quiet(&self, world: &World) {
        for at in world.plan.nodes() {
            if !self.is_quiet(world, at) {
                self.break_law(world, "quiet networks are quiet", || format!("n{at} is not"));
            }
        }
    }
}
