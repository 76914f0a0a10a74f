//! One greedy pass over a world that breaks a law: what can be left out, so that the same law is broken still.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::plan::Plan;
use super::records::Pool;
use super::trace::Trace;
use super::world::World;

/// The arguments that make the smaller world.
pub fn shrink(plan: &Plan, pool: &Rc<Pool>, law: &str) -> String {
    let mut least = plan.clone();
    for machine in (0..plan.machines.len()).rev() {
        least = smaller(least, pool, law, BTreeSet::from([machine]), BTreeSet::new());
    }
    let happenings: Vec<usize> = (0..plan.happenings.len()).collect();
    // In halves, quarters and so on: most of them have nothing to do with it.
    let mut size = happenings.len().div_ceil(2);
    while size > 0 {
        for some in happenings.chunks(size) {
            let new: BTreeSet<usize> = some.iter().copied().filter(|at| !least.skipped.contains(at)).collect();
            if !new.is_empty() {
                least = smaller(least, pool, law, BTreeSet::new(), new);
            }
        }
        size /= 2;
    }
    least.arguments()
}

/// The plan without these, if that breaks the same law.
fn smaller(plan: Plan, pool: &Rc<Pool>, law: &str, without: BTreeSet<usize>, skip: BTreeSet<usize>) -> Plan {
    let mut tried = plan.clone();
    tried.leave_out(&(&tried.without | &without), &(&tried.skipped | &skip));
    if tried.nodes().next().is_none() {
        return plan;
    }
    let outcome = World::new(tried.clone(), Rc::clone(pool), Trace::default()).run();
    if outcome.broken.is_some_and(|broken| broken.law == law) { tried } else { plan }
}
