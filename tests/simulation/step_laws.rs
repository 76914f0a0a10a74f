//! What has to hold after every step: of what is stored, announced, removed and served.

use std::cell::RefCell;
use std::rc::Rc;

use dbsharing::node::{Put, entity_tag};
use dbsharing::ports::StoredEntry;
use dbsharing::record::Version;

use super::database::DAMAGED;
use super::laws::{FAR_MS, Laws};
use super::plan::{Happening, SECOND_US};
use super::records::{Set, Signed, lacking, short, short_key, signature_in};
use super::world::{SimNode, World};
use crate::common::judge_at;

/// How long a write takes from reading the slots to putting the records, at most.
const WRITING_US: u64 = 11 * SECOND_US;

/// How many requests one exchange makes at most: for all records (on two paths, anew when others' records have arrived, and as a
/// whole body), for symbols (six answers of two views, of which one may come anew), and for records by their ids (12 000 in lots of
/// 1 000, and one more lot that is short).
const MOST_ASKED: [u64; 3] = [6, 18, 13];

impl Laws {
    /// No peer, whatever it answers, makes an exchange go on and on.
    pub fn an_exchange_is_bounded(&self, world: &World, machine: usize, url: &str, asked: &RefCell<[u64; 3]>) {
        let kind = if url.contains("/symbols?") { 1 } else { 2 * usize::from(url.contains("/records?")) };
        let asked = &mut *asked.borrow_mut();
        asked[kind] += 1;
        if asked[kind] > MOST_ASKED[kind] {
            self.break_law(world, "an exchange is bounded", || format!("n{machine} asks {asked:?} times: {url}"));
        }
    }

    /// Only records that the rules accept are written, under their own key and version.
    pub fn only_what_was_verified_is_stored(&self, world: &World, machine: usize, entry: &StoredEntry) {
        let is_named = || {
            let record = judge_at(FAR_MS, &entry.text).ok()?;
            Some(record.content().key.as_str() == entry.key && record.version().to_string() == entry.version)
        };
        let known = signature_in(&entry.text).and_then(|signature| world.pool.by_signature(signature));
        let is_of_pool = known.is_some_and(|known| known.entry() == *entry);
        let is_verified = is_of_pool || self.is_verified(&entry.text) && is_named() == Some(true);
        if !is_verified {
            self.break_law(world, "only what was verified is stored", || format!("n{machine}: {}", entry.text));
        }
        let now_ms = world.wall_ms(machine);
        let timestamp_ms = Version::parse(&entry.version).map_or(u64::MAX, |version| version.timestamp.0);
        // A clock that was set back after the record was judged.
        if timestamp_ms > now_ms + 600_000 + 300_000 {
            self.break_law(world, "nothing is stored before its time", || format!("n{machine}: {}", entry.text));
        }
    }

    pub fn only_what_was_verified_is_announced(&self, world: &World, machine: usize, text: &str) {
        if !self.is_verified(text) {
            self.break_law(world, "only what was verified is announced", || format!("n{machine}: {text}"));
        }
    }

    /// No slot goes back to a lesser version: over a simple database a node puts only what is greater than what it has just
    /// read. Between reading and putting another process may write: such a database cannot prevent it.
    pub fn no_slot_goes_back(&self, world: &World, machine: usize, entry: &StoredEntry) {
        let database = &mut *world.machines[machine].database.borrow_mut();
        let Some((held, text)) = database.entries.get(entry.key.as_str()) else { return };
        if **held < *entry.version || text.contains(DAMAGED) {
            return;
        }
        let foreign_us = database.foreign_us.get(entry.key.as_str());
        if foreign_us.is_some_and(|at_us| world.executor.now_us() - at_us < WRITING_US) {
            database.has_lost = true;
            return;
        }
        let goes_back = format!("n{machine}: {} {} over {}", short_key(&entry.key), short(&entry.version), short(held));
        self.break_law(world, "no slot goes back", || goes_back);
    }

    /// A node removes only what is damaged.
    pub fn only_what_is_damaged_is_removed(&self, world: &World, machine: usize, key: &str, version: &str, text: &str) {
        let known = signature_in(text).and_then(|signature| world.pool.by_signature(signature));
        if known.is_some_and(|known| *known.key == *key && *known.version == *version && *known.text == *text) {
            self.break_law(world, "only what is damaged is removed", || {
                format!("n{machine}: {} {}", short_key(key), short(version))
            });
        }
    }

    /// One tag, one set: two nodes with one digest hold the same.
    pub(super) fn one_tag_is_one_set(&self, world: &World, machine: usize, node: &SimNode) -> (String, Rc<Set>) {
        let tag = entity_tag(&node.state.borrow_mut().holdings.digest());
        let set = self.held(world, node);
        let known = Rc::clone(self.sets.borrow_mut().entry(tag.clone()).or_insert_with(|| Rc::new(set.clone())));
        if *known != set && !self.holds_others(node, &set) {
            self.break_law(world, "one tag is one set", || {
                format!("n{machine} with {tag}: {:?}, {:?}", lacking(&known, &set), lacking(&set, &known))
            });
        }
        (tag, known)
    }

    /// Whether it holds records that are not of the pool: a liar's own.
    pub(super) fn holds_others(&self, node: &SimNode, set: &Set) -> bool {
        node.state.borrow().holdings.len() != set.len()
    }

    /// What the body of an answer has promised by its tag, or has to give of what it was asked for.
    pub fn promise(
        &self,
        world: &World,
        machine: usize,
        node: &SimNode,
        etag: Option<&str>,
        (status, changes_before): (u16, u64),
        query: &str,
    ) -> Promised {
        if !world.plan.is_checked {
            return Promised { set: None, body: String::new() };
        }
        self.what_is_acknowledged_stays_held(world, machine, node);
        let changes = node.state.borrow().holdings.changes();
        let is_checked = self.checked.borrow().get(&machine) == Some(&changes);
        if !is_checked {
            self.one_tag_is_one_set(world, machine, node);
            self.checked.borrow_mut().insert(machine, changes);
        }
        let is_whole = status == 200 && query.is_empty();
        let promised = etag.filter(|_| is_whole).and_then(|etag| self.sets.borrow().get(etag).cloned());
        // What was written while the answer was begun may be in it, or not.
        let chosen = || self.asked_for(world, node, query).filter(|_| status == 200 && changes == changes_before);
        let set = promised.or_else(|| chosen().map(Rc::new));
        Promised { set, body: String::new() }
    }

    /// A node holds what it has acknowledged, at any time after, where nothing happens to its database.
    fn what_is_acknowledged_stays_held(&self, world: &World, machine: usize, node: &SimNode) {
        let is_harmless = |happening: &Happening| matches!(happening, Happening::Put { .. } | Happening::Backup { .. });
        let happenings = &mut world.plan.happening().map(|(_, happening)| happening);
        if happenings.any(|happening| happening.machine() == Some(machine) && !is_harmless(happening)) {
            return;
        }
        let holdings = &node.state.borrow().holdings;
        for (_, record, _) in self.acknowledged.borrow().iter().filter(|(of, ..)| *of == machine) {
            let held = holdings.held(&record.key_hash).map(|held| held.version);
            if held < Version::parse(&record.version) {
                self.break_law(world, "what is acknowledged stays held", || {
                    format!("n{machine} does not hold {} {}", short_key(&record.key), short(&record.version))
                });
            }
        }
    }

    /// A put that was acknowledged.
    pub fn note_put(&self, world: &World, machine: usize, record: &Rc<Signed>, put: &Put) {
        if matches!(put, Put::Stored(_)) {
            self.acknowledged.borrow_mut().push((machine, Rc::clone(record), world.executor.now_us()));
        }
    }
}

/// What a body has to hold before it may end.
pub struct Promised {
    set: Option<Rc<Set>>,
    body: String,
}

impl Promised {
    pub fn note(&mut self, world: &World, machine: usize, page: &str) {
        if !world.plan.is_checked {
            return;
        }
        for item in page.split("\"data\":").skip(1) {
            let is_of_pool = signature_in(item).is_some_and(|signature| world.pool.by_signature(signature).is_some());
            if is_of_pool && item.contains(DAMAGED) {
                world.laws.break_law(world, "only what was verified is served", || format!("n{machine}: {item}"));
            }
        }
        if self.set.is_some() {
            self.body.push_str(page);
        }
    }

    /// All that a tag stands for, or that was asked for and is held, is in the body, in that version or a greater one.
    pub fn check(&self, world: &World, machine: usize) {
        let Some(set) = &self.set else { return };
        let given = world.pool.set_in(&self.body);
        let lacks = lacking(set, &given);
        world.laws.bodies_checked.set(world.laws.bodies_checked.get() + 1);
        if !lacks.is_empty() {
            world
                .laws
                .break_law(world, "a tag is a promise", || format!("n{machine} did not give {}", lacks.join(", ")));
        }
    }
}
