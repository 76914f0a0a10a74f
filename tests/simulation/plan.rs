//! What a seed makes of a world: who is in it, and what happens to them. A plan is data, so that it can be shrunk.

use std::collections::BTreeSet;

pub const SECOND_US: u64 = 1_000_000;
pub const MINUTE_US: u64 = 60 * SECOND_US;
/// What a call of a database on the same machine takes.
pub const STORE_CALL_US: u64 = 300;
/// A node lets others run when it has worked for this long.
pub const TURN_US: u64 = 2_000;
/// How often a task shares.
pub const INTERVAL_US: u64 = 20 * SECOND_US;
/// Everything has to be well this long after the last fault: the longest that a peer is left alone, a rescan, a settled record's
/// time are ten minutes each, and one may come after another.
const PATIENCE_US: u64 = 60 * MINUTE_US;

/// What a machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A node of this version, whole.
    Node,
    /// A node of an existing task, which holds its records for good and knows nothing but `/all`.
    Legacy,
    /// A later one, which knows nothing but `/list`.
    ListOnly,
    /// One that lies.
    Liar(Lie),
}

/// What a liar does, in every answer or in some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Signatures of other records, and texts that were changed, behind good records.
    Forged,
    /// A tag of its own for each answer.
    NewTags,
    /// One tag for whatever it says.
    OneTag,
    /// It says that nothing has changed.
    NeverChanged,
    /// It answers with the tag that it was asked with, and with something else than that tag stands for.
    OurTag,
    /// Something other than an array.
    NoArray,
    /// An array with a fault in the middle.
    Faulty,
    /// The connection ends in the middle.
    Cut,
    /// A byte now and then.
    Drip,
    /// A head, and then nothing.
    Silent,
    /// No answer at all.
    Deaf,
    /// An array without an end.
    Flood,
    /// Statuses of all kinds.
    Statuses,
    /// Records of the future, of which some never come.
    Future,
    /// Good records with members that nobody signed.
    Decorated,
    /// Records without a signature, and items that are not records.
    Stripped,
    /// The oldest version of everything.
    Stale,
    /// The same record, again and again.
    Repeated,
    /// Whatever key it is asked to go on after, it begins at the start, and is cut.
    Circle,
    /// Sums with elements that it does not have, and what it is asked for withheld or changed.
    Announced,
    /// Sums that are none, or not those that were asked for.
    Cells,
    /// A tag of its own for each part of its sums.
    Shifting,
    /// An opening, and nothing that would have to follow.
    Unserved,
}

/// How a machine's database is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// It says what has changed, and a way through it shows what it held at the beginning of the way.
    Telling,
    /// It says nothing, and a way through it shows what it holds at each page.
    Mute,
    /// The least that a task can supply: all its records, and a way to put some.
    Simple,
}

/// One machine.
#[derive(Debug, Clone)]
pub struct MachinePlan {
    pub kind: Kind,
    /// Whether others can reach it.
    pub is_reachable: bool,
    pub store: StoreKind,
    pub starts_at_us: u64,
    /// By how much its clock is wrong.
    pub clock_ms: i64,
    /// Which of its database's slots are refused for ever: those whose key's first byte of the hash is this one modulo 16.
    pub refuses: Option<u8>,
    /// Which slots its task does not accept, in the same way; `None` where it accepts everything without being asked.
    pub disagrees: Option<u8>,
    /// The records that it holds at the beginning: a legacy one's, or those of a database that was there.
    pub records: Vec<usize>,
    /// For how long it is paused, now and then, while it works: from [`TURN_US`] on, its tasks take turns there.
    pub pause_us: u64,
    /// How many looks at its clock it has between two pauses, on average.
    pub looks_a_pause: u64,
    /// How long a call of its database takes, without the entries.
    pub store_call_us: u64,
}

/// Something that happens once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The task puts a record of its own.
    Put { machine: usize, record: usize },
    /// Another process writes to the database.
    Foreign { machine: usize, record: usize },
    /// It is killed, and starts again.
    Crash { machine: usize, down_us: u64 },
    /// Its database fails in this way for a while.
    Store { machine: usize, how: StoreFailure, for_us: u64 },
    /// An operator deletes entries; the database tells, if it can.
    Delete { machine: usize },
    /// Entries are gone, and the database does not know.
    Lose { machine: usize },
    /// Texts in the database are changed.
    Damage { machine: usize },
    /// A copy of the database is made.
    Backup { machine: usize },
    /// The copy is put in its place while the node is down.
    Restore { machine: usize, down_us: u64 },
    /// Its clock jumps.
    Clock { machine: usize, by_ms: i64 },
    /// These cannot reach the others.
    Partition { apart: BTreeSet<usize>, for_us: u64 },
    /// The service does this instead of listing everybody.
    Service { how: ServiceFailure, for_us: u64 },
}

/// How a database fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFailure {
    /// Every call fails.
    All,
    /// Writes fail.
    Writes,
    /// Writes fail after they were made.
    AfterWrites,
    /// No call comes back in time.
    Hangs,
    /// It acknowledges writes and makes only some of them.
    Loses,
}

/// What a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceFailure {
    Away,
    Nobody,
    Strangers,
    Broken,
}

/// A world.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub machines: Vec<MachinePlan>,
    pub happenings: Vec<(u64, Happening)>,
    pub max_peers: usize,
    /// In percent: how often a message is lost once, and a connection is cut.
    pub loss_percent: u64,
    pub cut_percent: u64,
    /// Whether nodes ask for symbols.
    pub asks_for_symbols: bool,
    /// Whether every second put waits until its machine is at work on an answer.
    pub puts_amid: bool,
    /// Whether the laws are checked; a network that is measured would take much longer.
    pub is_checked: bool,
    /// The first records of the pool, which all have held for long: nobody has to verify them.
    pub known: usize,
    /// The machines that are left out of a shrunk world, …
    pub without: BTreeSet<usize>,
    /// … and what does not happen in it.
    pub skipped: BTreeSet<usize>,
}

impl Plan {
    /// Makes the world without these machines and happenings.
    pub fn leave_out(&mut self, without: &BTreeSet<usize>, skipped: &BTreeSet<usize>) {
        self.without.clone_from(without);
        self.skipped.clone_from(skipped);
    }

    /// What happens in it.
    pub fn happening(&self) -> impl Iterator<Item = &(u64, Happening)> {
        let is_left = |(at, _): &(usize, &(u64, Happening))| !self.skipped.contains(at);
        let left = self.happenings.iter().enumerate().filter(is_left).map(|(_, happening)| happening);
        left.filter(|(_, happening)| happening.machine().is_none_or(|machine| !self.without.contains(&machine)))
    }

    /// The arguments of `npm run simulate` that make it.
    pub fn arguments(&self) -> String {
        let mut arguments = format!("--seed {} --machines {}", self.seed, self.machines.len());
        for (name, numbers) in [("--without", &self.without), ("--skip", &self.skipped)] {
            if !numbers.is_empty() {
                let list: Vec<String> = numbers.iter().map(usize::to_string).collect();
                arguments.push_str(&format!(" {name} {}", list.join(",")));
            }
        }
        arguments
    }

    /// Nothing is done to the world after this time.
    pub fn quiet_from_us(&self) -> u64 {
        let ends = self.happenings.iter().map(|(at_us, happening)| at_us + happening.lasts_us());
        let starts = self.machines.iter().map(|machine| machine.starts_at_us);
        ends.chain(starts).max().unwrap_or_default()
    }

    pub fn gives_up_us(&self) -> u64 {
        self.quiet_from_us() + PATIENCE_US
    }

    /// The machines that are in the world and are nodes of this version.
    pub fn nodes(&self) -> impl Iterator<Item = usize> {
        self.present().filter(|at| self.machines[*at].kind == Kind::Node)
    }

    pub fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.machines.len()).filter(|at| !self.without.contains(at))
    }
}

impl Happening {
    pub fn lasts_us(&self) -> u64 {
        match self {
            Self::Crash { down_us, .. } | Self::Restore { down_us, .. } => *down_us,
            Self::Store { for_us, .. } | Self::Partition { for_us, .. } | Self::Service { for_us, .. } => *for_us,
            _ => 0,
        }
    }

    /// The machine to which it happens, if it is one.
    pub fn machine(&self) -> Option<usize> {
        match self {
            Self::Put { machine, .. }
            | Self::Foreign { machine, .. }
            | Self::Crash { machine, .. }
            | Self::Store { machine, .. }
            | Self::Delete { machine }
            | Self::Lose { machine }
            | Self::Damage { machine }
            | Self::Backup { machine }
            | Self::Restore { machine, .. }
            | Self::Clock { machine, .. } => Some(*machine),
            Self::Partition { .. } | Self::Service { .. } => None,
        }
    }
}
