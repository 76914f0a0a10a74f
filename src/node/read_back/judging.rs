//! Judging what is read back: which texts of a database are records that pass all rules.

use super::ReadBack;
use crate::error::Rejection;
use crate::json::{Json, Rewriting};
use crate::limits::{LIGHT_BYTES, MAX_PARKED_MS};
use crate::ports::{Host, SimpleDb, StoredEntry};
use crate::record::{Identity, SignatureTail, TimestampMs, UncheckedRecord, Version};
use crate::verify::memory::{Id, Memory};
use crate::verify::{Candidate, Claim, Glimpse, UNVERIFIED, Verification, check_time, due_ms};

/// How many signatures are verified together: few, because wasm that was just compiled is several times slower than it
/// will be, and the event loop must not be held up.
const BATCH: usize = 64;

/// A record that passes all rules.
pub(super) struct Sound {
    pub(super) key: String,
    pub(super) version: Version,
}

/// A text that passes all rules, except that its signature may not be verified yet.
struct Read {
    key: String,
    version: Version,
    glimpse: Option<Glimpse>,
    id: Id,
    is_sound: bool,
}

impl<D: SimpleDb, H: Host> ReadBack<D, H> {
    /// The verdict on each text: the record, or the rule that it fails. Each text is hashed; a signature is verified
    /// when it is first seen with its content.
    pub(super) async fn judge(&self, texts: &[String]) -> Vec<Result<Sound, Rejection>> {
        if texts.is_empty() {
            return Vec::new();
        }
        let now_ms = self.host.now_ms();
        let (mut unseen, mut read) = (Vec::new(), Vec::with_capacity(texts.len()));
        for text in texts {
            let Ok(item) = Json::parse(text) else {
                read.push(Err(Rejection::BadShape("the record is not JSON; wanted a JSON object")));
                continue;
            };
            let canonical = self.canonical(item.text()).await;
            let item = canonical.as_deref().map_or(item, Json::of_canonical);
            read.push(self.read_one(item, now_ms, &mut unseen));
        }
        self.verify(unseen).await;
        let memory = self.memory.borrow();
        read.into_iter().map(|read| self.conclude(read?, &memory)).collect()
    }

    /// The canonical text of a long record, made in slices; `None` for a short one.
    async fn canonical(&self, text: &str) -> Option<String> {
        if text.len() <= LIGHT_BYTES {
            return None;
        }
        let mut rewriting = Rewriting::default();
        while rewriting.step(text) {
            self.host.turn().await;
        }
        Some(rewriting.into_text())
    }

    /// Applies all rules but that of the signature; a candidate whose signature was never seen joins the `unseen`.
    fn read_one(&self, item: Json<'_>, now_ms: u64, unseen: &mut Vec<Candidate>) -> Result<Read, Rejection> {
        let claim = Claim::read(UncheckedRecord::read(item), self.identity)?.identify()?;
        check_held_time(claim.version.timestamp, now_ms)?;
        let (key, version, id) = (claim.claim.key().as_str().to_owned(), claim.version, claim.id()?);
        let glimpse = glimpse_of(&claim.claim);
        let is_sound = glimpse.and_then(|glimpse| self.seen.borrow_mut().recognise(&glimpse)) == Some(version.content);
        let memory = &mut *self.memory.borrow_mut();
        if !is_sound && memory.recall(&id).is_none() {
            unseen.push(Candidate::decode(claim, &mut memory.keys)?);
        }
        Ok(Read { key, version, glimpse, id, is_sound })
    }

    async fn verify(&self, unseen: Vec<Candidate>) {
        let mut unseen = self.memory.borrow().part(unseen).new;
        while !unseen.is_empty() {
            let later = unseen.split_off(unseen.len().min(BATCH));
            let mut verification = Verification::new(std::mem::replace(&mut unseen, later));
            loop {
                self.host.turn().await;
                if !verification.step() {
                    break;
                }
            }
            self.memory.borrow_mut().remember(verification);
        }
    }

    fn conclude(&self, read: Read, memory: &Memory) -> Result<Sound, Rejection> {
        let Read { key, version, glimpse, id, is_sound } = read;
        if !is_sound && memory.recall(&id) != Some(true) {
            return Err(UNVERIFIED);
        }
        if let Some(glimpse) = glimpse {
            self.seen.borrow_mut().remember(&glimpse, version.content);
        }
        Ok(Sound { key, version })
    }

    /// Remembers an entry that is put, so that it is not verified again when it is read back.
    pub(super) fn remember(&self, entry: &StoredEntry) {
        if let Some((glimpse, version)) = self.glimpse_of(entry).zip(Version::parse(&entry.version)) {
            self.seen.borrow_mut().remember(&glimpse, version.content);
        }
    }

    /// Forgets what [`Self::remember`] remembered.
    pub(super) fn forget(&self, entry: &StoredEntry) {
        if let Some(glimpse) = self.glimpse_of(entry) {
            self.seen.borrow_mut().forget(&glimpse);
        }
    }

    /// The glimpse of an entry that this node has made.
    fn glimpse_of(&self, entry: &StoredEntry) -> Option<Glimpse> {
        let item = Json::of_canonical(&entry.text);
        match Glimpse::of(item, self.identity) {
            Some(glimpse) => Some(glimpse),
            None => glimpse_of(&Claim::read(UncheckedRecord::read(item), self.identity).ok()?),
        }
    }

    /// The uuid, if it is part of the key.
    pub(super) fn uuid_of<'u>(&self, uuid: &'u str) -> Option<&'u str> {
        (self.identity == Identity::Record).then_some(uuid)
    }
}

/// Checks that a record in the database is not dated so far ahead that a node would not even park it. Nearer ones are held:
/// the clock may have been set back since they were put, and a lesser version would replace them.
pub(super) fn check_held_time(timestamp: TimestampMs, now_ms: u64) -> Result<(), Rejection> {
    if due_ms(timestamp) <= now_ms.saturating_add(MAX_PARKED_MS) { Ok(()) } else { check_time(timestamp, now_ms) }
}

fn glimpse_of(claim: &Claim<'_>) -> Option<Glimpse> {
    let signature = SignatureTail::of(claim.signature_text())?;
    Some(Glimpse { key_hash: claim.key_hash, timestamp: claim.timestamp, signature })
}
