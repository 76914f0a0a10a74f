//! Put: the task's own records, and those that are posted, are judged, verified together and written like all others; the
//! outcome of each is returned.

use super::state::Node;
use super::write::write_at_most;
use super::writes::Writes;
use crate::error::{Rejection, StoreFault};
use crate::ports::{Host, Store};
use crate::record::Version;
use crate::verify::body_judge::RejectedItem;
use crate::verify::{Candidate, Record, Verdict};

/// The outcome of one record of the task's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is stored.
    Stored(Box<Verdict>),
    /// The rules accept it, and it is not greater than what is held.
    Stale {
        /// The verdict on it.
        verdict: Box<Verdict>,
        /// The version that is held: the same or a greater one.
        held: Version,
    },
    /// A rule rejects it, or it is settled.
    Rejected(Box<Verdict>),
    /// The database failed.
    Failed(StoreFault),
}

impl Put {
    /// The outcome of a record that a rule rejects.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn rejected(RejectedItem { rejection, signed_text }: RejectedItem) -> Self {
        Self::Rejected(Box::new(Verdict { signed_text, ..Verdict::not_stored(&rejection) }))
    }

    /// The outcome of a record that is not greater than what is held.
    #[inline(never)] // for size, as above
    pub(super) fn stale(record: Record, held: Version) -> Self {
        Self::Stale { verdict: Box::new(Verdict::stale(record, &held)), held }
    }

    /// The version that the slot holds afterwards, as far as the outcome tells.
    pub(super) fn held(&self) -> Option<Version> {
        match self {
            Self::Stored(verdict) => verdict.version.as_deref().and_then(Version::parse),
            Self::Stale { held, .. } => Some(*held),
            Self::Rejected(_) | Self::Failed(_) => None,
        }
    }

    /// The verdict that JavaScript gets.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        match self {
            Self::Stored(verdict) | Self::Stale { verdict, .. } | Self::Rejected(verdict) => *verdict,
            Self::Failed(fault) => Verdict::not_stored(&fault),
        }
    }
}

/// Some of the records that were put, under way.
#[derive(Default)]
pub(super) struct OwnRecords {
    /// The outcome of each, in their order; `None` while it is not known.
    puts: Vec<Option<Put>>,
    /// Candidates, whose signatures are still to be verified.
    pub(super) waiting: Vec<Candidate>,
    /// The places of the candidates.
    pub(super) waiting_at: Vec<usize>,
    /// Records to be written, each with its place.
    pub(super) good: Vec<(usize, Record)>,
}

impl OwnRecords {
    /// This many records, of which nothing is known.
    pub(super) fn of(count: usize) -> Self {
        let mut records = Self::default();
        records.puts.resize_with(count, || None);
        records
    }

    #[inline(never)] // for size, as above
    pub(super) fn note(&mut self, place: usize, put: Put) {
        if let Some(noted) = self.puts.get_mut(place) {
            *noted = Some(put);
        }
    }

    /// The version that the slot of the record at this place holds, if the outcome tells.
    pub(super) fn held_by(&self, place: usize) -> Option<Version> {
        self.puts.get(place).and_then(Option::as_ref).and_then(Put::held)
    }
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Judges and stores one record of the task's own, given as JSON text, at this time of the node's clock.
    pub async fn put(&self, text: &str, now_ms: u64) -> Put {
        let put = self.put_many(&[text.to_owned()], now_ms).await.pop();
        put.unwrap_or_else(|| {
            Put::rejected(RejectedItem {
                rejection: Rejection::BadShape("there is no record; wanted a JSON object"),
                signed_text: None,
            })
        })
    }

    /// Judges and stores many; returns the outcome of each, in their order. Of several records of one slot the greatest is
    /// stored, and the others are stale.
    pub async fn put_many(&self, texts: &[String], now_ms: u64) -> Vec<Put> {
        let writes = Writes::of_task(self.ports.host.now_ms());
        let (mut puts, mut rest) = (Vec::new(), texts);
        while !rest.is_empty() {
            let at_once = write_at_most(self.state.borrow().access, false).min(rest.len());
            let (some, others) = rest.split_at(at_once);
            let mut own = self.judge_own(some, now_ms).await;
            self.write_own(&mut own, &writes).await;
            puts.extend(own.puts.into_iter().flatten());
            rest = others;
        }
        puts
    }
}
