//! Which of two records of one slot stays: the total order by which every node ends up with the same set.

use crate::record::Version;

/// What to do with an offered record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is held in its slot.
    Insert,
    /// It is greater than the held record.
    Replace,
    /// The held record stays.
    Keep(Why),
}

/// Why the held record stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The offered record is the held one.
    Same,
    /// The offered record is the lesser one.
    Older,
}

/// Decides by (timestamp, content id): the greater version wins. The order is total and uses no clock, so nodes that
/// have seen the same records hold the same records, in whatever order they arrived.
///
/// ```
/// # use dbsharing::{merge::{decide, Decision, Why}, record::{ContentId, TimestampMs, Version}};
/// let version = |ms| Version { timestamp: TimestampMs(ms), content: ContentId([0; 32]) };
/// assert_eq!(decide(None, &version(1)), Decision::Insert);
/// assert_eq!(decide(Some(&version(1)), &version(2)), Decision::Replace);
/// assert_eq!(decide(Some(&version(2)), &version(1)), Decision::Keep(Why::Older));
/// ```
#[must_use]
pub fn decide(held: Option<&Version>, offered: &Version) -> Decision {
    match held.map(|held| offered.cmp(held)) {
        None => Decision::Insert,
        Some(std::cmp::Ordering::Greater) => Decision::Replace,
        Some(std::cmp::Ordering::Equal) => Decision::Keep(Why::Same),
        Some(std::cmp::Ordering::Less) => Decision::Keep(Why::Older),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ContentId, TimestampMs};

    fn version(ms: u64, content: u8) -> Version {
        Version { timestamp: TimestampMs(ms), content: ContentId([content; 32]) }
    }

    #[test]
    fn the_later_one_wins_and_at_equal_times_the_greater_content() {
        let held = version(5, 5);
        for (offered, decision) in [
            (version(6, 0), Decision::Replace),
            (version(5, 6), Decision::Replace),
            (version(5, 5), Decision::Keep(Why::Same)),
            (version(5, 4), Decision::Keep(Why::Older)),
            (version(4, 9), Decision::Keep(Why::Older)),
        ] {
            assert_eq!(decide(Some(&held), &offered), decision);
        }
        assert_eq!(decide(None, &held), Decision::Insert);
    }

    #[test]
    fn versions_sort_the_same_as_strings() {
        let mut versions = [version(16, 0), version(5, 9), version(5, 1), version(1 << 50, 3), version(0, 255)];
        versions.sort_unstable();
        let texts: Vec<String> = versions.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted());
        assert!(versions.iter().zip(&texts).all(|(version, text)| Version::parse(text) == Some(*version)));
    }
}
