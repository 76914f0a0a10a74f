//! What has to hold of what nodes say by symbols, and of what they believe that peers have.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dbsharing::node::digest_in;
use dbsharing::record::Version;
use dbsharing::symbols::{ElementId, Residue, Symbols, View, encode, ids_from_text};

use super::laws::Laws;
use super::records::Set;
use super::world::{SimNode, World};

impl Laws {
    /// The sums that a node keeps up with every write are those that would be made of what it holds.
    pub(super) fn sums_are_those_of_what_is_held(&self, world: &World, machine: usize, node: &SimNode) {
        let set = self.held(world, node);
        if self.holds_others(node, &set) {
            return;
        }
        let holdings = &mut node.state.borrow_mut().holdings;
        for view in View::ALL {
            let Some(cells) = holdings.symbols(view).map(|kept| kept.cells().range().end) else { continue };
            // Some of them may be growing.
            while !holdings.symbols_further(view, cells) {}
            let Some(kept) = holdings.symbols(view) else { continue };
            let wanted = sums_of(world, view, &set, cells);
            if *kept != wanted {
                self.break_law(world, "sums are those of what is held", || format!("n{machine}, {view:?}: {set:?}"));
            }
        }
    }

    /// The cells that a node serves are those of the set that their tag stands for.
    pub(super) fn cells_are_those_of_their_tag(
        &self,
        world: &World,
        machine: usize,
        node: &SimNode,
        etag: Option<&str>,
        body: &[u8],
    ) {
        let digest = etag.and_then(digest_in).filter(|_| world.plan.is_checked);
        let set = digest.and_then(|digest| self.sets.borrow().get(&format!("W/\"1-{digest}\"")).cloned());
        let Some(set) = set.filter(|set| !self.holds_others(node, set)) else { return };
        let number = |at: usize| body.get(at..at + 4).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()));
        let (from, count) = (number(4), number(8));
        let records = u32::try_from(set.len()).unwrap_or(u32::MAX);
        let wanted = |view| encode(&sums_of(world, view, &set, from + count), from..from + count, records);
        if !View::ALL.iter().any(|view| wanted(*view).is_some_and(|wanted| wanted == body)) {
            self.break_law(world, "cells are those of their tag", || format!("n{machine} from {from}: {set:?}"));
        }
    }

    /// A peer's tag is remembered only when all that it stands for is held, or is known to be settled until a time: the peer
    /// would not be asked for it again. While a database is read it may be known that it lost something, and not yet what all;
    /// therefore after two rounds in a row.
    pub(super) fn what_a_remembered_tag_stands_for_is_held(&self, world: &World, machine: usize, node: &SimNode) {
        let mut held = self.held(world, node);
        for (key, stored) in world.machines[machine].database.borrow().set() {
            let known = held.entry(key).or_insert_with(|| Rc::clone(&stored));
            *known = stored.max(Rc::clone(known));
        }
        let state = node.state.borrow();
        let mut lacks = BTreeSet::new();
        for (url, _) in state.book.iter() {
            let validator = state.book.notes(url).and_then(|notes| notes.validator.as_ref());
            let validator = validator.filter(|known| known.epoch == state.epoch() && known.read_again_at_ms.is_none());
            let digest = validator.and_then(|known| digest_in(&known.etag));
            let Some(set) = digest.and_then(|digest| self.sets.borrow().get(&format!("W/\"1-{digest}\"")).cloned())
            else {
                continue;
            };
            // What view 0 hides, an audit finds; and what was parked may have to be offered again, after a while.
            let may_lack = |key: &Rc<str>| {
                world.pool.view_0_may_hide(key) || self.dated_ahead.borrow().contains(&(machine, key.to_string()))
            };
            let mut due = Set::clone(&set);
            due.retain(|key, _| !may_lack(key));
            let lacking = self.lacking_in(world, machine, &due, &held);
            lacks.extend(lacking.into_iter().map(|lack| format!("{lack} of {}", url.as_str())));
        }
        let before = self.lacked.borrow_mut().insert(machine, lacks.clone()).unwrap_or_default();
        if let Some(lack) = before.intersection(&lacks).next() {
            self.break_law(world, "what a remembered tag stands for is held", || format!("n{machine} lacks {lack}"));
        }
    }

    /// What a node holds of the records that it is asked for by their ids.
    pub(super) fn asked_for(&self, world: &World, node: &SimNode, query: &str) -> Option<Set> {
        let ids = ids_from_text(query.strip_prefix("ids=")?).ok()?;
        let is_asked = |key: &Rc<str>| ids.contains(&ElementId::of(&world.pool.slots[key]));
        Some(self.held(world, node).into_iter().filter(|(key, _)| is_asked(key)).collect())
    }
}

/// What would be said by symbols of this set.
fn sums_of(world: &World, view: View, set: &Set, cells: u32) -> Symbols {
    let mut values: BTreeMap<ElementId, Residue> = BTreeMap::new();
    for (key, version) in set {
        let value = Version::parse(version).map_or(Residue::ZERO, |version| view.value(&version));
        let sum = values.entry(ElementId::of(&world.pool.slots[key])).or_insert(Residue::ZERO);
        *sum = sum.plus(value);
    }
    let mut sums = Symbols::new(view, cells);
    values.into_iter().for_each(|(id, value)| sums.apply(id, Residue::ZERO, value));
    sums
}
