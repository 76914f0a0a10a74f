//! How many items have each code.

use std::ops::Index;

use serde::{Serialize, Serializer};

/// Counts by code, in ascending order; 0 for a code that is not listed. There are few codes, so this is a list: a map
/// would add 6 kB to the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(Vec<(&'static str, u64)>);

impl Tally {
    /// Adds to the count of this code.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn add(&mut self, code: &'static str, more: u64) {
        let place = self.0.partition_point(|(other, _)| *other < code);
        match self.0.get_mut(place).filter(|(other, _)| *other == code) {
            Some((_, count)) => *count = count.saturating_add(more),
            None => self.0.insert(place, (code, more)),
        }
    }

    /// Each code with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().copied()
    }
}

impl Index<&str> for Tally {
    type Output = u64;

    fn index(&self, code: &str) -> &u64 {
        self.0.iter().find(|(other, _)| *other == code).map_or(&0, |(_, count)| count)
    }
}

impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
