//! The records of all worlds, signed once: several versions of each slot, slots whose names begin alike, and versions of one
//! time, which only their content tells apart.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dbsharing::ports::StoredEntry;
use dbsharing::record::KeyHash;

use crate::common::{NOW_MS, judge_at, signed};

/// Late enough for every record to be due.
const FAR_MS: u64 = (1 << 53) - 1;

const SIGNERS: u8 = 4;
/// One is the beginning of another; the last two differ in their case alone.
const UUIDS: [&str; 6] = ["a", "aa", "aa/b", "tree", "Post", "post"];
/// Milliseconds before and after the beginning of a world; two of them are of one time, and one falls due in it.
const TIMES_MS: [(i64, &str); 6] =
    [(-86_400_000, "old"), (-60_000, "one"), (-60_000, "other"), (-1, "new"), (60_000, "soon"), (840_000, "due")];

/// The version of a slot that a set holds, by the key that names the slot.
pub type Set = BTreeMap<String, String>;

/// One record that the rules accept.
#[derive(Debug)]
pub struct Signed {
    pub text: String,
    pub key: String,
    pub key_hash: KeyHash,
    pub version: String,
    pub signature: String,
    pub timestamp_ms: u64,
}

impl Signed {
    /// A record of which the rules say at some time that it is one.
    fn new(text: String) -> Self {
        let record = judge_at(FAR_MS, &text).unwrap();
        let key = record.content().key.as_str().to_owned();
        let signature = signature_in(&text).unwrap().to_owned();
        Self {
            key_hash: KeyHash::of(&key),
            version: record.version().to_string(),
            timestamp_ms: record.version().timestamp.0,
            signature,
            key,
            text: record.envelope(),
        }
    }

    pub fn entry(&self) -> StoredEntry {
        StoredEntry { key: self.key.clone(), version: self.version.clone(), text: self.text.clone() }
    }
}

/// What stands between the quotes behind the first `"signature":`.
pub fn signature_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("\"signature\":\"")?;
    rest.split_once('"').map(|(signature, _)| signature)
}

/// All signatures in a text.
pub fn signatures_in(text: &str) -> impl Iterator<Item = &str> {
    text.split("\"signature\":\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(signature, _)| signature)
}

/// All records that honest machines offer or put, and their slots.
#[derive(Debug)]
pub struct Pool {
    pub records: Vec<Rc<Signed>>,
    by_signature: BTreeMap<String, usize>,
    pub slots: BTreeMap<String, KeyHash>,
}

impl Pool {
    /// The pool of the worlds that the seeds make.
    pub fn of_worlds() -> Self {
        let texts = (1..=SIGNERS).flat_map(|signer| {
            UUIDS.iter().flat_map(move |uuid| {
                TIMES_MS.iter().map(move |(ms, word)| {
                    let timestamp_ms = NOW_MS.saturating_add_signed(*ms);
                    signed(signer, &format!(r#"{{"uuid":"{uuid}","linktree":["{word}"],"timestamp":{timestamp_ms}}}"#))
                })
            })
        });
        Self::new(texts)
    }

    fn new(texts: impl Iterator<Item = String>) -> Self {
        let records: Vec<_> = texts.map(|text| Rc::new(Signed::new(text))).collect();
        let by_signature = records.iter().enumerate().map(|(at, record)| (record.signature.clone(), at)).collect();
        let slots = records.iter().map(|record| (record.key.clone(), record.key_hash)).collect();
        Self { records, by_signature, slots }
    }

    /// The latest time of a record.
    pub fn last_ms(&self) -> u64 {
        self.records.iter().map(|record| record.timestamp_ms).max().unwrap_or_default()
    }

    pub fn by_signature(&self, signature: &str) -> Option<&Rc<Signed>> {
        self.by_signature.get(signature).map(|at| &self.records[*at])
    }

    /// The set that a body holds, as far as its records are of this pool.
    pub fn set_in(&self, body: &str) -> Set {
        greatest(signatures_in(body).filter_map(|signature| self.by_signature(signature)).map(Rc::as_ref))
    }
}

/// The greatest version of each slot among these records.
pub fn greatest<'r>(records: impl Iterator<Item = &'r Signed>) -> Set {
    let mut set = Set::new();
    for record in records {
        let held = set.entry(record.key.clone()).or_default();
        if *held < record.version {
            held.clone_from(&record.version);
        }
    }
    set
}

/// What the first set holds that the second lacks, or holds in a lesser version.
pub fn lacking(wanted: &Set, held: &Set) -> Vec<String> {
    let lacks = |(key, version): &(&String, &String)| held.get(*key).is_none_or(|held| held < version);
    wanted.iter().filter(lacks).map(|(key, version)| format!("{key} {}", short(version))).collect()
}

/// The first characters of a version that tell it from others in a log.
pub fn short(version: &str) -> &str {
    version.get(8..20).unwrap_or(version)
}

/// Keys in a log are long: the first characters of the public key, and the uuid.
pub fn short_key(key: &str) -> String {
    key.split_once('/').map_or(key.to_owned(), |(public_key, uuid)| format!("{}…/{uuid}", &public_key[..4]))
}

/// Names for a list of numbers in a log.
pub fn named(machines: &BTreeSet<usize>) -> String {
    machines.iter().map(|machine| format!("n{machine}")).collect::<Vec<_>>().join(" ")
}
