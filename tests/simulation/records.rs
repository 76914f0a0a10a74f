//! The records of all worlds, signed once: several versions of each slot, slots whose names begin alike, and versions of one
//! time, which only their content tells apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use dbsharing::ports::StoredEntry;
use dbsharing::record::{KeyHash, Version};
use dbsharing::symbols::{ElementId, View};

use crate::common::{NOW_MS, judge_at, signed};

/// Late enough for every record to be due.
const FAR_MS: u64 = (1 << 53) - 1;

const SIGNERS: u8 = 4;
/// One is the beginning of another, two have keys of one signer whose hashes share their first four bytes (found by trying),
/// and the last two differ in their case alone.
const UUIDS: [&str; 6] = ["a", "aa/b", "leaf42869", "leaf70184", "Post", "post"];
/// Milliseconds before and after the beginning of a world; two of them are of one time, and one falls due in it.
const TIMES_MS: [(i64, &str); 6] =
    [(-86_400_000, "old"), (-60_000, "one"), (-60_000, "other"), (-1, "new"), (60_000, "soon"), (840_000, "due")];

/// What is behind the second word of each signer's first slot, so that view 0 does not tell its two versions of one time apart:
/// their contents' hashes share their first two bytes (found by trying).
const TWINS: [u32; SIGNERS as usize] = [23722, 27209, 13679, 88729];

/// The version of a slot that a set holds, by the key that names the slot.
pub type Set = BTreeMap<Rc<str>, Rc<str>>;

/// One record that the rules accept.
#[derive(Debug)]
pub struct Signed {
    pub text: Rc<str>,
    pub key: Rc<str>,
    pub key_hash: KeyHash,
    pub version: Rc<str>,
    pub signature: String,
    pub timestamp_ms: u64,
}

impl Signed {
    /// A record of which the rules say at some time that it is one.
    fn new(text: String) -> Self {
        let record = judge_at(FAR_MS, &text).unwrap();
        let key = Rc::from(record.content().key.as_str());
        let signature = signature_in(&text).unwrap().to_owned();
        Self {
            key_hash: KeyHash::of(&key),
            version: record.version().to_string().into(),
            timestamp_ms: record.version().timestamp.0,
            signature,
            key,
            text: record.envelope().into(),
        }
    }

    pub fn shared(&self) -> Shared {
        Shared { key: Rc::clone(&self.key), version: Rc::clone(&self.version), text: Rc::clone(&self.text) }
    }

    pub fn entry(&self) -> StoredEntry {
        StoredEntry { key: self.key.to_string(), version: self.version.to_string(), text: self.text.to_string() }
    }
}

/// An entry whose texts are shared with all that hold the same.
#[derive(Debug)]
pub struct Shared {
    pub key: Rc<str>,
    pub version: Rc<str>,
    pub text: Rc<str>,
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
    by_signature: HashMap<String, usize>,
    pub slots: BTreeMap<Rc<str>, KeyHash>,
    hidden: BTreeSet<Rc<str>>,
}

impl Pool {
    /// The pool of the worlds that the seeds make.
    pub fn of_worlds() -> Self {
        let texts = (1..=SIGNERS).flat_map(|signer| {
            UUIDS.iter().flat_map(move |uuid| {
                TIMES_MS.iter().map(move |(ms, word)| {
                    let timestamp_ms = NOW_MS.saturating_add_signed(*ms);
                    let twin = TWINS[usize::from(signer) - 1];
                    let word =
                        if (*uuid, *word) == ("a", "other") { format!("{word}{twin}") } else { (*word).to_owned() };
                    signed(signer, &format!(r#"{{"uuid":"{uuid}","linktree":["{word}"],"timestamp":{timestamp_ms}}}"#))
                })
            })
        });
        Self::new(texts)
    }

    /// So many records of about 600 bytes as text, ten of each signer or more, one slot each.
    pub fn of_spread(count: usize) -> Self {
        let links = "0".repeat(300);
        Self::new((0..count).map(|at| {
            let signer = u8::try_from(at % 250 + 1).unwrap_or(1);
            signed(
                signer,
                &format!(
                    r#"{{"uuid":"{at:08}","linktree":[{{"label":"links","url":"{links}"}}],"timestamp":{NOW_MS}}}"#
                ),
            )
        }))
    }

    fn new(texts: impl Iterator<Item = String>) -> Self {
        let records: Vec<_> = texts.map(|text| Rc::new(Signed::new(text))).collect();
        let by_signature = records.iter().enumerate().map(|(at, record)| (record.signature.clone(), at)).collect();
        let slots = records.iter().map(|record| (record.key.clone(), record.key_hash)).collect();
        let hidden = hidden(&records);
        Self { records, by_signature, slots, hidden }
    }

    /// The latest time of a record.
    pub fn last_ms(&self) -> u64 {
        self.records.iter().map(|record| record.timestamp_ms).max().unwrap_or_default()
    }

    pub fn by_signature(&self, signature: &str) -> Option<&Rc<Signed>> {
        self.place(signature).map(|at| &self.records[at])
    }

    /// The place of a record among those of the pool.
    pub fn place(&self, signature: &str) -> Option<usize> {
        self.by_signature.get(signature).copied()
    }

    /// Whether view 0 may not tell that this slot's version differs: where another slot shares its id, or two of its versions
    /// have one value.
    pub fn view_0_may_hide(&self, key: &str) -> bool {
        self.hidden.contains(key)
    }

    /// An entry that shares its texts with the record of the pool, if it is one.
    pub fn shared(&self, entry: &StoredEntry) -> Shared {
        let StoredEntry { key, version, text } = entry;
        let known = signature_in(text).and_then(|signature| self.by_signature(signature));
        match known.filter(|known| *known.key == **key && *known.version == **version && *known.text == **text) {
            Some(known) => known.shared(),
            None => Shared { key: key.as_str().into(), version: version.as_str().into(), text: text.as_str().into() },
        }
    }

    /// The set that a body holds, as far as its records are of this pool.
    pub fn set_in(&self, body: &str) -> Set {
        greatest(signatures_in(body).filter_map(|signature| self.by_signature(signature)).map(Rc::as_ref))
    }
}

/// The slots that share their id with another one, or have two versions of one value in view 0.
fn hidden(records: &[Rc<Signed>]) -> BTreeSet<Rc<str>> {
    let value = |record: &Signed| Version::parse(&record.version).map(|version| View::ByTime.value(&version).get());
    let values = records.iter().map(|record| (ElementId::of(&record.key_hash), value(record), &record.key));
    let mut values: Vec<(ElementId, Option<u64>, &Rc<str>)> = values.collect();
    values.sort_unstable();
    let pairs = values.windows(2).filter(|pair| {
        let [(id, value, key), other] = [pair[0], pair[1]];
        id == other.0 && (value == other.1 || key != other.2)
    });
    pairs.flatten().map(|(_, _, key)| Rc::clone(key)).collect()
}

/// The greatest version of each slot among these records.
pub fn greatest<'r>(records: impl Iterator<Item = &'r Signed>) -> Set {
    let mut set = Set::new();
    for record in records {
        let held = set.entry(Rc::clone(&record.key)).or_insert_with(|| Rc::clone(&record.version));
        if *held < record.version {
            held.clone_from(&record.version);
        }
    }
    set
}

/// What the first set holds that the second lacks, or holds in a lesser version.
pub fn lacking(wanted: &Set, held: &Set) -> Vec<String> {
    let lacks = |(key, version): &(&Rc<str>, &Rc<str>)| held.get(*key).is_none_or(|held| held < version);
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
