//! How closely the holdings mirror the store, and when to look at the store again.

use crate::limits::{LOOK_AGAIN_MS, READ_WHOLE_AGAIN_MS, RESCAN_MS, SUSPICION_MS, SUSPICION_SHARE};
use crate::ports::Access;

/// What the holdings are needed for, which determines how old the last look at the store may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A round.
    Share,
    /// A write of the task's own.
    Put,
    /// An answer to a request.
    Serve,
}

/// How to look at the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// Not at all: the holdings mirror it closely enough.
    None,
    /// Ask what has changed since this mark; without one, whether the store can tell by now.
    Changes(Option<String>),
    /// Read all versions.
    Versions,
}

/// What is known about the last looks. All times are by the host's clock.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    /// When the last complete load of all versions began.
    read_at_ms: Option<u64>,
    /// Whether a load that was due has failed.
    is_overdue: bool,
    /// When the store was last asked for its changes.
    looked_at_ms: u64,
    /// The mark from which to ask next; `None` where the store could not name its changes.
    mark: Option<String>,
    /// Whether there is a sign that the store holds something else.
    is_suspect: bool,
    /// Whether the store is known to have lost something.
    has_lost: bool,
    /// Until then all versions are not read again on a suspicion.
    trusted_until_ms: u64,
    /// Until then all versions are not read again on a known loss either.
    rests_until_ms: u64,
}

impl Mirror {
    /// Whether the store was ever read to the end.
    pub fn is_known(&self) -> bool {
        self.read_at_ms.is_some()
    }

    /// Notes that the store may hold something other than the holdings say.
    pub fn suspect(&mut self) {
        self.is_suspect = true;
    }

    /// Notes that the store has lost something that is held.
    pub fn lost(&mut self) {
        (self.is_suspect, self.has_lost) = (true, true);
    }

    /// Whether there is a sign that the store holds something else.
    pub fn is_suspect(&self) -> bool {
        self.is_suspect
    }

    /// How to look at the store before the holdings are relied on.
    pub fn look(&self, purpose: Purpose, access: Access, now_ms: u64) -> Look {
        let Some(read_at_ms) = self.read_at_ms.filter(|_| !self.is_overdue) else { return Look::Versions };
        let max_age_ms = match (access, purpose) {
            (Access::Whole, Purpose::Serve) => READ_WHOLE_AGAIN_MS,
            (Access::ByKey, _) | (Access::Whole, Purpose::Share | Purpose::Put) => RESCAN_MS,
        };
        let waits_until_ms = if self.has_lost { self.rests_until_ms } else { self.trusted_until_ms };
        if (self.is_suspect && now_ms >= waits_until_ms) || now_ms.saturating_sub(read_at_ms) > max_age_ms {
            return Look::Versions;
        }
        let is_due = purpose == Purpose::Share || now_ms.saturating_sub(self.looked_at_ms) > LOOK_AGAIN_MS;
        if is_due && access == Access::ByKey { Look::Changes(self.mark.clone()) } else { Look::None }
    }

    /// Notes that a look that began then applied all changes; without a mark, that the store could not name them.
    pub fn followed(&mut self, began_ms: u64, mark: Option<String>) {
        (self.looked_at_ms, self.mark) = (began_ms, mark);
    }

    /// Notes that a load of all versions began and ended at these times.
    pub fn read(&mut self, began_ms: u64, ended_ms: u64, mark: Option<String>) {
        if self.is_suspect {
            let pause_ms = ended_ms.saturating_sub(began_ms).saturating_mul(SUSPICION_SHARE);
            self.rests_until_ms = ended_ms.saturating_add(pause_ms);
            self.trusted_until_ms = ended_ms.saturating_add(pause_ms.max(SUSPICION_MS));
        }
        *self = Self {
            read_at_ms: Some(began_ms),
            is_overdue: false,
            looked_at_ms: began_ms,
            mark,
            is_suspect: false,
            has_lost: false,
            trusted_until_ms: self.trusted_until_ms,
            rests_until_ms: self.rests_until_ms,
        };
    }

    /// Notes that a look failed: nothing is relied on before all versions were read.
    pub fn failed(&mut self) {
        self.is_overdue = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(mark: Option<&str>) -> Mirror {
        let mut mirror = Mirror::default();
        mirror.read(1_000, 1_000, mark.map(str::to_owned));
        mirror
    }

    #[test]
    fn a_store_that_was_never_read_or_failed_is_read() {
        assert_eq!(Mirror::default().look(Purpose::Serve, Access::ByKey, 0), Look::Versions);
        let mut failed = mirror(Some("m"));
        failed.failed();
        assert_eq!(failed.look(Purpose::Serve, Access::ByKey, 1_000), Look::Versions);
        assert!(failed.is_known(), "what was read stays in force");
    }

    #[test]
    fn a_store_that_can_tell_is_asked_by_every_round_and_before_answers_after_a_second() {
        let changes = Look::Changes(Some("m".to_owned()));
        for (purpose, age_ms, look) in [
            (Purpose::Share, 0, changes.clone()),
            (Purpose::Serve, LOOK_AGAIN_MS, Look::None),
            (Purpose::Serve, LOOK_AGAIN_MS + 1, changes.clone()),
            (Purpose::Put, LOOK_AGAIN_MS, Look::None),
            (Purpose::Put, LOOK_AGAIN_MS + 1, changes.clone()),
            (Purpose::Serve, RESCAN_MS + 1, Look::Versions),
            (Purpose::Share, RESCAN_MS, changes),
        ] {
            assert_eq!(mirror(Some("m")).look(purpose, Access::ByKey, 1_000 + age_ms), look, "{purpose:?} {age_ms}");
        }
    }

    #[test]
    fn a_store_that_cannot_tell_is_read_again_after_a_while() {
        for (purpose, access, age_ms, look) in [
            (Purpose::Share, Access::ByKey, RESCAN_MS, Look::Changes(None)),
            (Purpose::Serve, Access::ByKey, LOOK_AGAIN_MS, Look::None),
            (Purpose::Share, Access::Whole, RESCAN_MS, Look::None),
            (Purpose::Share, Access::ByKey, RESCAN_MS + 1, Look::Versions),
            (Purpose::Serve, Access::Whole, READ_WHOLE_AGAIN_MS, Look::None),
            (Purpose::Serve, Access::Whole, READ_WHOLE_AGAIN_MS + 1, Look::Versions),
            (Purpose::Put, Access::Whole, READ_WHOLE_AGAIN_MS + 1, Look::None),
        ] {
            assert_eq!(mirror(None).look(purpose, access, 1_000 + age_ms), look, "{purpose:?} {access:?} {age_ms}");
        }
    }

    #[test]
    fn suspicion_has_it_read_at_once_but_not_all_the_time() {
        let mut suspect = mirror(None);
        suspect.suspect();
        assert_eq!(suspect.look(Purpose::Serve, Access::ByKey, 1_000), Look::Versions);
        suspect.read(1_000, 11_000, None);
        assert_eq!(suspect.look(Purpose::Serve, Access::ByKey, 2_000), Look::None, "it is a suspect no longer");
        suspect.suspect();
        assert_ne!(suspect.look(Purpose::Serve, Access::ByKey, 100_999), Look::Versions, "nine times what it took");
        assert_eq!(suspect.look(Purpose::Serve, Access::ByKey, 101_000), Look::Versions);

        let mut quick = mirror(None);
        quick.suspect();
        quick.read(1_000, 1_010, None);
        quick.suspect();
        assert_ne!(quick.look(Purpose::Serve, Access::ByKey, 2_000), Look::Versions, "a minute");
        quick.lost();
        assert_ne!(quick.look(Purpose::Serve, Access::ByKey, 1_099), Look::Versions, "a tenth of the time");
        assert_eq!(quick.look(Purpose::Serve, Access::ByKey, 1_100), Look::Versions, "what is certain does not wait");
    }
}
