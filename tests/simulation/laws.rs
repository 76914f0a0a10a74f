//! The laws of a network: what has to hold of every world, after every step or at its end. Each is a function; what it finds
//! broken ends the world.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::memory_laws::{Fared, ToBeStored};
use super::plan::MINUTE_US;
use super::records::{Set, Signed};
use super::world::{SimNode, World};
use crate::common::judge_at;

/// Rounds that have to be quiet in a row.
pub(super) const QUIET_ROUNDS: u64 = 3;
/// After the last fault or news, in which everything may still be tried again.
pub(super) const SETTLING_US: u64 = 11 * MINUTE_US;
/// Late enough for every record to be due.
pub(super) const FAR_MS: u64 = (1 << 53) - 1;

/// A law that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub law: &'static str,
    pub what: String,
    pub at_us: u64,
}

/// What was seen so far of a world.
#[derive(Default)]
pub struct Laws {
    broken: RefCell<Option<Broken>>,
    /// The texts that were found to be what the rules accept, or not.
    pub(super) judged: RefCell<BTreeMap<String, bool>>,
    /// The set that each tag was seen to stand for.
    pub(super) sets: RefCell<BTreeMap<String, Rc<Set>>>,
    /// How often each machine's holdings had changed when its tag was last held against the set, while it serves.
    pub(super) checked: RefCell<BTreeMap<usize, u64>>,
    /// Puts that were acknowledged: the machine, and the record.
    pub(super) acknowledged: RefCell<Vec<(usize, Rc<Signed>, u64)>>,
    /// When a machine last asked another.
    pub(super) asked_us: RefCell<BTreeMap<(usize, usize), u64>>,
    /// Rounds in a row in which nothing was new, by machine.
    pub(super) quiet: RefCell<BTreeMap<usize, u64>>,
    /// The tag of each machine's set when another asked it last.
    pub(super) tags: RefCell<BTreeMap<(usize, usize), String>>,
    /// When a machine last asked a node that had news.
    pub(super) news_us: RefCell<BTreeMap<usize, u64>>,
    /// When a machine read the body of another that had no news.
    pub(super) read_us: RefCell<BTreeMap<(usize, usize), Vec<u64>>>,
    /// The peers that were slow in a machine's last report.
    pub(super) slow: RefCell<BTreeMap<usize, BTreeSet<String>>>,
    /// How each peer fared with each machine since that was started.
    pub(super) fared: RefCell<BTreeMap<(usize, String), Fared>>,
    /// The records that each machine found to be dated ahead since it was started, by the key of their slot.
    pub(super) to_be_stored: RefCell<BTreeMap<usize, BTreeMap<Rc<str>, ToBeStored>>>,
    /// The slots of which each machine found a record to be dated ahead since it was started.
    pub(super) dated_ahead: RefCell<BTreeSet<(usize, String)>>,
    /// What the remembered tags of each machine's peers stand for, and the machine did not hold after its last round.
    pub(super) lacked: RefCell<BTreeMap<usize, BTreeSet<String>>>,
    /// How many bodies were found to hold what their tag promised.
    pub bodies_checked: Cell<u64>,
}

impl Laws {
    pub fn is_broken(&self) -> bool {
        self.broken.borrow().is_some()
    }

    pub fn broken(&self) -> Option<Broken> {
        self.broken.borrow().clone()
    }

    pub(super) fn break_law(&self, world: &World, law: &'static str, what: impl FnOnce() -> String) {
        if !self.is_broken() {
            let broken = Broken { law, what: what(), at_us: world.executor.now_us() };
            world.say_of_world(|| format!("BROKEN {law}: {}", broken.what));
            self.broken.replace(Some(broken));
        }
    }

    pub fn began(&self, machine: usize) {
        self.quiet.borrow_mut().insert(machine, 0);
        self.slow.borrow_mut().remove(&machine);
        self.checked.borrow_mut().remove(&machine);
        self.fared.borrow_mut().retain(|(of, _), _| *of != machine);
        self.to_be_stored.borrow_mut().remove(&machine);
        self.lacked.borrow_mut().remove(&machine);
        self.dated_ahead.borrow_mut().retain(|(of, _)| *of != machine);
    }

    /// Whether the rules accept this text, at whatever time.
    pub(super) fn is_verified(&self, text: &str) -> bool {
        *self.judged.borrow_mut().entry(text.to_owned()).or_insert_with(|| judge_at(FAR_MS, text).is_ok())
    }

    /// What a node holds, by its index.
    pub fn held(&self, world: &World, node: &SimNode) -> Set {
        let state = node.state.borrow();
        let held = |(key, hash)| Some((Rc::clone(key), state.holdings.held(hash)?.version.to_string().into()));
        world.pool.slots.iter().filter_map(held).collect()
    }
}
