//! News: versions that others wrote to the database, from when they are noticed until the host is told of them.

use crate::record::Version;

/// Once this many versions are noted, the host is told of them before more of the store is read.
const MUCH_NEWS: usize = 10_000;
/// The most that are kept while the texts cannot be read; further ones are dropped.
const MAX_NEWS: usize = 20_000;

/// Keys and versions that the host is to be told of.
#[derive(Debug, Default)]
pub(super) struct News(Vec<(String, Version)>);

impl News {
    /// Notes a version that was found in a slot where an older one was held, or none.
    pub(super) fn note(&mut self, key: &str, version: Version) {
        if self.0.len() < MAX_NEWS {
            self.0.push((key.to_owned(), version));
        }
    }

    /// Whether there is no news.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the host should be told before more is noted.
    pub(super) fn is_much(&self) -> bool {
        self.0.len() >= MUCH_NEWS
    }

    /// The first keys, at most this many.
    pub(super) fn first_keys(&self, at_most: usize) -> Vec<String> {
        self.0.iter().take(at_most).map(|(key, _)| key.clone()).collect()
    }

    /// Removes and returns the first versions.
    pub(super) fn take(&mut self, count: usize) -> Vec<(String, Version)> {
        self.0.drain(..count.min(self.0.len())).collect()
    }
}
