//! The order in which entries are written that the database does not accept as a whole: in halves, down to single ones.
//! It does no I/O: the caller asks for the next attempt and notes its result.

use crate::error::StoreFault;
use crate::ports::Written;

/// How many single writes in a row fail before the database is taken to be down.
const IN_A_ROW: usize = 8;
/// How many, where it is known to have accepted others.
const IN_A_ROW_BESIDE_OTHERS: usize = 32;

/// Entries to be written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Their places, ascending.
    pub(super) at: Vec<usize>,
    /// Whether they are tried without their unsigned members.
    pub(super) is_bare: bool,
    /// Whether the next attempt is the other half of one that failed.
    has_sibling: bool,
}

/// What is known about one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryTraits {
    /// Whether the database failed at it before.
    pub(super) has_failed: bool,
    /// Whether it has unsigned members.
    pub(super) has_unsigned: bool,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Became {
    /// What the database said about it; `None` where that is not known for this entry alone.
    pub(super) written: Option<Written>,
    /// The number of the first write that failed with it; 0 if none did.
    pub(super) failed_at: u64,
}

/// Entries under way.
#[derive(Debug)]
pub(super) struct Halves {
    entries: Vec<EntryTraits>,
    became: Vec<Became>,
    /// What is still to be tried, the next attempt last.
    todo: Vec<Attempt>,
    in_a_row: usize,
    /// Whether the database is known to have accepted others.
    wrote_any: bool,
}

impl Halves {
    /// Entries of which none was tried. With `apart`, those that failed before are tried alone and last, because they
    /// will probably fail again. With `cautious`, one entry is tried first. A `trusted` database is known to have
    /// accepted others.
    pub(super) fn new(entries: Vec<EntryTraits>, apart: bool, cautious: bool, trusted: bool) -> Self {
        let (mut todo, mut together, mut first) = (Vec::new(), Vec::new(), None);
        for (at, entry) in entries.iter().enumerate() {
            if apart && entry.has_failed {
                todo.push(Attempt::of(vec![at]));
            } else if cautious && !entry.has_failed && first.is_none() {
                first = Some(at);
            } else {
                together.push(at);
            }
        }
        // One that failed before can also show that the database accepts something.
        if cautious && first.is_none() {
            first = together.pop();
        }
        todo.push(Attempt::of(together));
        todo.extend(first.map(|at| Attempt::of(vec![at])));
        let became = vec![Became { written: None, failed_at: 0 }; entries.len()];
        Self { entries, became, todo, in_a_row: 0, wrote_any: trusted }
    }

    /// The next entries to write; `None` when all have been tried.
    pub(super) fn next(&mut self) -> Option<Attempt> {
        while let Some(attempt) = self.todo.pop() {
            if !attempt.at.is_empty() {
                return Some(attempt);
            }
        }
        None
    }

    /// Notes the result of an attempt, which was the write of this number; returns whether any of it failed.
    pub(super) fn note(&mut self, attempt: Attempt, answer: Result<Vec<Written>, StoreFault>, number: u64) -> bool {
        match answer {
            Ok(written) => self.note_each(attempt, written, number),
            Err(fault) if attempt.at.len() == 1 => self.note_each(attempt, vec![Written::Failed(fault)], number),
            Err(_) => {
                attempt.at.iter().for_each(|at| self.note_failure(*at, number));
                self.split(attempt);
                true
            }
        }
    }

    /// Whether so many failed in a row that the database is taken to be down.
    pub(super) fn is_down(&self) -> bool {
        self.in_a_row >= if self.wrote_any { IN_A_ROW_BESIDE_OTHERS } else { IN_A_ROW }
    }

    /// What became of each entry.
    pub(super) fn into_became(self) -> Vec<Became> {
        self.became
    }

    fn note_each(&mut self, attempt: Attempt, written: Vec<Written>, number: u64) -> bool {
        let Attempt { at, is_bare, has_sibling } = attempt;
        if written.contains(&Written::Written) {
            (self.wrote_any, self.in_a_row) = (true, 0);
        }
        let (mut failed, mut fresh, mut retried) = (false, 0_usize, Vec::new());
        for (at, written) in at.into_iter().zip(written) {
            let is_failure = matches!(written, Written::Failed(_));
            if is_failure {
                self.note_failure(at, number);
            }
            let (Some(entry), Some(became)) = (self.entries.get(at), self.became.get_mut(at)) else { continue };
            failed |= is_failure;
            fresh = fresh.saturating_add(usize::from(is_failure && !entry.has_failed));
            let may_be_unsigned = entry.has_unsigned && !is_bare && (is_failure || written == Written::Unsafe);
            became.written = Some(written);
            if may_be_unsigned {
                retried.push(at);
            }
        }
        // Entries that are tried once more count when that fails too, unless so many failed that it must be the database.
        if retried.is_empty() || (fresh >= IN_A_ROW && !self.wrote_any) {
            self.in_a_row = self.in_a_row.saturating_add(fresh);
        }
        if has_sibling && !failed {
            self.split_sibling();
        }
        self.todo.push(Attempt { is_bare: true, ..Attempt::of(retried) });
        failed
    }

    fn note_failure(&mut self, at: usize, number: u64) {
        if let Some(became) = self.became.get_mut(at).filter(|became| became.failed_at == 0) {
            became.failed_at = number;
        }
    }

    fn split(&mut self, mut attempt: Attempt) {
        let right = attempt.at.split_off(attempt.at.len() / 2);
        self.todo.push(Attempt { has_sibling: false, at: right, ..attempt });
        self.todo.push(Attempt { has_sibling: true, ..attempt });
    }

    /// One half was written, so the entry that made both fail is in the other one.
    fn split_sibling(&mut self) {
        if let Some(sibling) = self.todo.pop_if(|sibling| sibling.at.len() > 1) {
            self.split(sibling);
        }
    }
}

impl Attempt {
    fn of(at: Vec<usize>) -> Self {
        Self { at, is_bare: false, has_sibling: false }
    }
}
