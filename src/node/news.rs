//! News: versions that others wrote to the database and that were noticed there, until the host has heard of them.

use crate::record::Version;

/// So much news is told before a look at the store goes on.
const MUCH_NEWS: usize = 10_000;
/// More is not kept, where the texts cannot be read.
const MAX_NEWS: usize = 20_000;

/// Keys and versions that are to be told.
#[derive(Debug, Default)]
pub(super) struct News(Vec<(String, Version)>);

impl News {
    /// Notes a version that was found in a slot where a lesser one was held, or none.
    pub(super) fn note(&mut self, key: &str, version: Version) {
        if self.0.len() < MAX_NEWS {
            self.0.push((key.to_owned(), version));
        }
    }

    /// Whether nothing is to be told.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it should be told before more is noted.
    pub(super) fn is_much(&self) -> bool {
        self.0.len() >= MUCH_NEWS
    }

    /// The first keys, up to this limit.
    pub(super) fn first_keys(&self, at_most: usize) -> Vec<String> {
        self.0.iter().take(at_most).map(|(key, _)| key.clone()).collect()
    }

    /// Takes out the first items.
    pub(super) fn take(&mut self, count: usize) -> Vec<(String, Version)> {
        self.0.drain(..count.min(self.0.len())).collect()
    }
}
