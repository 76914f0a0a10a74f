//! The sums over what is held, in both views: made when they are first asked for, in slices, and kept up by every write.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::table::{BUCKETS, Table, bucket_of_id};
use crate::limits::{MAX_CELLS, MIN_SERVED_CELLS};
use crate::record::{KeyHash, Version};
use crate::symbols::{ElementId, IdMap, Own, Residue, Symbols, View, served_cells};

/// How many elements are summed in one slice: about 1 ms of work.
const ELEMENTS_AT_ONCE: usize = 400;
/// By how much the number of cells grows at once.
const GROWTH: u32 = 4;

/// The sums of one view.
#[derive(Debug)]
struct Kept {
    symbols: Symbols,
    /// The elements of the buckets below this one are in the sums.
    done: usize,
    /// The cells below this one are in use. Above it are cells that are being summed.
    in_use: u32,
    /// The elements of the buckets below this one are in the cells that are not in use yet.
    summed: usize,
}

/// What was held under the ids that have changed since a decoding began, in its view.
#[derive(Debug)]
pub struct Journal {
    view: View,
    before: IdMap<Own>,
}

impl Journal {
    /// What was held under this id when the decoding began, if that has changed since.
    #[must_use]
    pub fn before(&self, id: ElementId) -> Option<Own> {
        self.before.get(id).copied()
    }
}

/// The sums of both views, and who wants to know of changes.
#[derive(Debug, Default)]
pub struct KeptSymbols {
    views: [Option<Kept>; 2],
    journals: Vec<Weak<RefCell<Journal>>>,
}

/// What is held under one id, in both views.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnInBoth([Own; 2]);

impl OwnInBoth {
    /// What a table holds under this id.
    pub fn of(table: &Table, id: ElementId) -> Self {
        Self::and_version(table, id, None).0
    }

    /// The same, and the version that is held in one of the slots under this id.
    #[inline(never)] // for size: each of its callers would have a copy
    pub fn and_version(table: &Table, id: ElementId, of: Option<&KeyHash>) -> (Self, Option<Version>) {
        let (mut own, mut of_slot) = (Self::default(), None);
        for entry in table.with_id(id) {
            let version = entry.held().version;
            if of == Some(&entry.key) {
                of_slot = Some(version);
            }
            for (own, view) in own.0.iter_mut().zip(View::ALL) {
                own.value = own.value.plus(view.value(&version));
                own.records = own.records.saturating_add(1);
            }
        }
        (own, of_slot)
    }

    /// The part of one view.
    pub fn of_view(&self, view: View) -> Own {
        self.0.get(usize::from(view.number())).copied().unwrap_or_default()
    }
}

impl KeptSymbols {
    /// Whether a change has to be reported to [`Self::change`].
    pub fn are_watching(&self) -> bool {
        self.views.iter().any(Option::is_some) || !self.journals.is_empty()
    }

    /// Notes that something has changed under an id.
    pub fn change(&mut self, id: ElementId, before: OwnInBoth, after: OwnInBoth) {
        let bucket = bucket_of_id(id);
        for (kept, view) in self.views.iter_mut().zip(View::ALL) {
            let (before, after) = (before.of_view(view).value, after.of_view(view).value);
            if let Some(kept) = kept.as_mut().filter(|_| before != after) {
                kept.change(bucket, id, before, after);
            }
        }
        self.journals.retain(|journal| {
            let Some(journal) = journal.upgrade() else { return false };
            let mut journal = journal.borrow_mut();
            let own = before.of_view(journal.view);
            journal.before.get_or_insert(id, own);
            true
        });
    }

    /// Does a slice of the work that is left until there are sums with this many cells; returns whether there are now.
    pub fn further(&mut self, view: View, cells: u32, table: &Table) -> bool {
        let records = u32::try_from(table.len()).unwrap_or(u32::MAX);
        let wanted = cells.min(MAX_CELLS);
        let Some(place) = self.views.get_mut(usize::from(view.number())) else { return true };
        let begin =
            || Kept { symbols: Symbols::new(view, MIN_SERVED_CELLS), done: 0, in_use: MIN_SERVED_CELLS, summed: 0 };
        place.get_or_insert_with(begin).further(wanted, served_cells(records), table)
    }

    /// The sums of a view, if all that is held is in them. Cells beyond those that [`Self::further`] was asked for may still be
    /// summed.
    pub fn whole(&self, view: View) -> Option<&Symbols> {
        let kept = self.views.get(usize::from(view.number()))?.as_ref()?;
        (kept.done >= BUCKETS).then_some(&kept.symbols)
    }

    /// Begins to note what changes, for a decoding in this view that begins now.
    pub fn journal(&mut self, view: View) -> Rc<RefCell<Journal>> {
        let journal = Rc::new(RefCell::new(Journal { view, before: IdMap::default() }));
        self.journals.push(Rc::downgrade(&journal));
        journal
    }
}

impl Kept {
    fn change(&mut self, bucket: usize, id: ElementId, before: Residue, after: Residue) {
        if bucket < self.done {
            let end = if bucket < self.summed { u32::MAX } else { self.in_use };
            self.symbols.apply_below(end, id, before, after);
        }
    }

    fn further(&mut self, wanted: u32, most: u32, table: &Table) -> bool {
        let (view, symbols) = (self.symbols.view(), &mut self.symbols);
        if self.done < BUCKETS {
            self.done = each_element(view, table, self.done, &mut |id, value| symbols.apply(id, Residue::ZERO, value));
            return false;
        }
        if self.in_use >= wanted {
            return true;
        }
        if symbols.cells().range().end <= self.in_use {
            symbols.cells_mut().grow(self.in_use.saturating_mul(GROWTH).clamp(wanted, most.max(wanted)));
        }
        let added = self.in_use..symbols.cells().range().end;
        let cells = symbols.cells_mut();
        self.summed = each_element(view, table, self.summed, &mut |id, value| cells.add_in(added.clone(), id, value));
        if self.summed >= BUCKETS {
            (self.in_use, self.summed) = (added.end, 0);
        }
        self.in_use >= wanted
    }
}

/// Calls a function with the elements of some buckets, from this one on; returns the first bucket that is left.
#[inline(never)] // for size: each of its callers would have a copy
fn each_element(view: View, table: &Table, mut bucket: usize, take: &mut dyn FnMut(ElementId, Residue)) -> usize {
    let mut elements = 0_usize;
    while bucket < BUCKETS && elements < ELEMENTS_AT_ONCE {
        let mut element = None;
        for slot in table.bucket(bucket) {
            let (id, value) = (ElementId::of(&slot.key), view.value(&slot.held().version));
            element = match element {
                Some((same, sum)) if same == id => Some((id, value.plus(sum))),
                before => {
                    before.into_iter().for_each(|(id, value)| take(id, value));
                    Some((id, value))
                }
            };
        }
        element.into_iter().for_each(|(id, value)| take(id, value));
        elements = elements.saturating_add(table.len_of(bucket)).saturating_add(1);
        bucket = bucket.saturating_add(1);
    }
    bucket
}

#[cfg(test)]
mod tests {
    use super::super::{Held, Holdings, SlotKey};
    use super::*;
    use crate::record::{ContentId, TimestampMs};

    fn apply(holdings: &mut Holdings, number: u32, ms: u64) {
        let content = ContentId(KeyHash::of(&ms.to_string()).0);
        let held = Held { version: Version { timestamp: TimestampMs(ms << 10), content }, signature: None };
        holdings.apply(SlotKey::of(&number.to_string()), held);
    }

    /// The sums of what is held, made at once.
    fn obvious(holdings: &Holdings, view: View, numbers: u32, cells: u32) -> Symbols {
        let mut symbols = Symbols::new(view, cells);
        for hash in (0..numbers).map(|number| KeyHash::of(&number.to_string())) {
            if let Some(held) = holdings.held(&hash) {
                symbols.apply(ElementId::of(&hash), Residue::ZERO, view.value(&held.version));
            }
        }
        symbols
    }

    /// Asserts that the first cells are those of what is held.
    fn are_right(holdings: &Holdings, view: View, cells: u32) {
        let (symbols, wanted) = (holdings.symbols(view).unwrap(), obvious(holdings, view, 4_000, cells));
        assert!(symbols.minus(&wanted) == Some(Symbols::new(view, cells)), "{view:?} {cells}");
        assert!(symbols.cells().range().end <= 16_384);
    }

    #[test]
    fn sums_that_are_made_and_grow_in_slices_while_records_change_are_those_of_what_is_held() {
        let mut holdings = Holdings::default();
        (0..3_000).for_each(|number| apply(&mut holdings, number, 5));
        let mut change = 0;
        let mut change_some = |holdings: &mut Holdings| {
            for _ in 0..20 {
                change += 1;
                apply(holdings, change * 7_919 % 4_000, u64::from(change) + 6);
                holdings.remove(&KeyHash::of(&(change * 104_729 % 4_000).to_string()));
            }
        };
        for view in View::ALL {
            for cells in [18, 1_025, 5_000, 1, 16_000] {
                while !holdings.symbols_further(view, cells) {
                    change_some(&mut holdings);
                }
                are_right(&holdings, view, cells);
                // More cells are begun, and those that are in use stay right.
                holdings.symbols_further(view, cells.saturating_mul(2));
                change_some(&mut holdings);
                are_right(&holdings, view, cells);
                change_some(&mut holdings);
            }
        }
        holdings.begin_load();
        assert!(holdings.end_load() && holdings.is_empty(), "the database lost everything");
        let nothing = holdings.symbols(View::ByTime).unwrap();
        assert_eq!(*nothing, Symbols::new(View::ByTime, nothing.cells().range().end));
    }

    #[test]
    fn a_journal_tells_what_was_held_when_it_began() {
        let mut holdings = Holdings::default();
        apply(&mut holdings, 1, 5);
        let id = |number: u32| ElementId::of(&KeyHash::of(&number.to_string()));
        let before = holdings.own(View::ByContent, id(1));
        let journal = holdings.journal(View::ByContent);
        (6..9).for_each(|ms| apply(&mut holdings, 1, ms));
        apply(&mut holdings, 2, 5);
        assert_eq!(journal.borrow().before(id(1)), Some(before));
        assert_eq!(journal.borrow().before(id(2)), Some(Own::default()));
        assert_eq!(journal.borrow().before(id(3)), None);
        assert_ne!(holdings.own(View::ByContent, id(1)), before);
        drop(journal);
        apply(&mut holdings, 3, 5);
        assert!(!holdings.symbols.are_watching(), "nobody wants to know any more");
    }

    #[test]
    fn records_that_share_an_id_are_one_element() {
        let (mut holdings, mut hashes) = (Holdings::default(), [KeyHash::of("a"); 2]);
        hashes[1].0[31] ^= 1;
        let version = Version { timestamp: TimestampMs(4_096), content: ContentId([3; 32]) };
        for (hash, text) in hashes.into_iter().zip(["a", "b"]) {
            holdings.apply(SlotKey { hash, text }, Held { version, signature: None });
        }
        let id = ElementId::of(&hashes[0]);
        let own = holdings.own(View::ByTime, id);
        let value = View::ByTime.value(&version);
        assert_eq!((own.records, own.value), (2, value.plus(value)));
        assert_eq!(holdings.keys_of(&[id]), ["a", "b"]);
        while !holdings.symbols_further(View::ByTime, 1) {}
        let mut wanted = Symbols::new(View::ByTime, MIN_SERVED_CELLS);
        wanted.apply(id, Residue::ZERO, own.value);
        assert_eq!(holdings.symbols(View::ByTime), Some(&wanted));
    }
}
