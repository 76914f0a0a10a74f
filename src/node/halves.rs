//! In which order a batch is written that the database does not take as a whole: in halves, until entries stand alone.
//! It calls nothing: who has it asks for the next attempt and says what that came to.

use crate::error::StoreFault;
use crate::ports::Written;

/// So many single writes in a row fail before the database is taken to be down …
const IN_A_ROW: usize = 8;
/// … and so many where it was seen to take others.
const IN_A_ROW_BESIDE_OTHERS: usize = 32;

/// Entries of a batch that are to be written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Which, by their places in the batch, ascending.
    pub(super) at: Vec<usize>,
    /// Whether they are tried without the members that nobody signed.
    pub(super) is_bare: bool,
    /// Whether the next attempt is the other half of what failed as a whole.
    has_sibling: bool,
}

/// What is known of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryTraits {
    /// Whether the database has failed at it before.
    pub(super) has_failed: bool,
    /// Whether it holds members that nobody signed.
    pub(super) has_unsigned: bool,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Became {
    /// What the database says of it; nothing where it was not tried alone.
    pub(super) written: Option<Written>,
    /// The number of the first write that failed with it.
    pub(super) failed_at: u64,
}

/// One batch on its way.
#[derive(Debug)]
pub(super) struct Halves {
    entries: Vec<EntryTraits>,
    became: Vec<Became>,
    /// The next attempt is the last.
    todo: Vec<Attempt>,
    in_a_row: usize,
    /// Whether the database was seen to take others beside those that it does not.
    wrote_any: bool,
}

impl Halves {
    /// A batch of which nothing was tried. What failed before goes alone and last, where `apart` says so, because it will
    /// mostly fail again. A `cautious` one begins with one entry; a `trusted` database was seen to take others.
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
        // One that has failed before shows as well that the database takes something.
        if cautious && first.is_none() {
            first = together.pop();
        }
        todo.push(Attempt::of(together));
        todo.extend(first.map(|at| Attempt::of(vec![at])));
        let became = vec![Became { written: None, failed_at: 0 }; entries.len()];
        Self { entries, became, todo, in_a_row: 0, wrote_any: trusted }
    }

    /// The next entries to write; nothing when all has been tried.
    pub(super) fn next(&mut self) -> Option<Attempt> {
        while let Some(attempt) = self.todo.pop() {
            if !attempt.at.is_empty() {
                return Some(attempt);
            }
        }
        None
    }

    /// Notes what an attempt came to, as the write of this number; says whether something of it failed.
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

    /// Whether so much failed, and nothing else was written, that the database is taken to be down.
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
        // What is tried once more counts when that fails too, unless so much failed that it is the database.
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

    /// One half was written, so what kept both out is in the other one.
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
