//! Many records of the task's own at once: verified together, written in batches, and each told what became of it.

use super::mirror::Purpose;
use super::put::Put;
use super::state::Node;
use super::write::write_at_most;
use super::writes::Writes;
use crate::error::StoreFault;
use crate::json::Json;
use crate::ports::{Host, Store};
use crate::record::Version;
use crate::verify::{Candidate, Record};

/// Records, each with its place among those that were given.
type Placed = Vec<(usize, Record)>;

/// What was given, and what became of it.
struct Batch {
    /// What became of each, in their order; nothing as long as that is not known.
    puts: Vec<Option<Put>>,
    /// What rules 1 to 6 hold of, with its place.
    waiting: Vec<(usize, Candidate)>,
    /// What is to be written, with its place.
    good: Placed,
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Verifies and stores records of the task's own, given as JSON texts, at this time of the node's clock; tells what
    /// became of each, in their order. Of those of one slot that are written together the greatest counts, and the others
    /// are stale.
    pub async fn put_many(&self, texts: &[String], now_ms: u64, mut tell: impl FnMut(Put)) {
        let loaded = self.load(Purpose::Put).await;
        let writes = Writes::of_task(self.ports.host.now_ms());
        let at_once = write_at_most(self.state.borrow().access, false);
        for some in texts.chunks(at_once) {
            let mut batch = self.judge_many(some, now_ms).await;
            match &loaded {
                Ok(()) => self.write_all(&mut batch, &writes).await,
                Err(fault) => batch.fail(fault),
            }
            batch.puts.into_iter().flatten().for_each(&mut tell);
        }
    }

    /// Judges each text by the rules.
    async fn judge_many(&self, texts: &[String], now_ms: u64) -> Batch {
        let mut batch = Batch { puts: vec![None; texts.len()], waiting: Vec::new(), good: Vec::new() };
        for (place, text) in texts.iter().enumerate() {
            self.let_others_run().await;
            match Json::parse(text) {
                Ok(item) => match self.decode(item).await {
                    Ok(candidate) => batch.waiting.push((place, candidate)),
                    Err(refusal) => batch.note(place, Put::rejected(refusal)),
                },
                Err(_) => batch.note(place, Put::no_json("the record is no JSON")),
            }
            if batch.waiting.len() >= self.state.borrow().pace.batch() {
                self.verify_waiting(&mut batch, now_ms).await;
            }
        }
        self.verify_waiting(&mut batch, now_ms).await;
        batch
    }

    async fn verify_waiting(&self, batch: &mut Batch, now_ms: u64) {
        let (places, candidates): (Vec<_>, Vec<_>) = std::mem::take(&mut batch.waiting).into_iter().unzip();
        for (place, verdict) in places.into_iter().zip(self.verify(candidates, now_ms).await) {
            match verdict {
                Ok(record) => batch.good.push((place, record)),
                Err(refusal) => batch.note(place, Put::rejected(refusal)),
            }
        }
    }

    /// Writes the greatest of each slot, and then, where that came to nothing, the next.
    async fn write_all(&self, batch: &mut Batch, writes: &Writes) {
        while !batch.good.is_empty() {
            let (greatest, lesser) = parted(std::mem::take(&mut batch.good));
            let of = |(place, record): &(usize, Record)| (record.content().key_hash, *place);
            let slots: Vec<_> = greatest.iter().map(of).collect();
            let records = greatest.into_iter().map(|(_, record)| record).collect();
            for (key, put) in self.write_own(records, writes).await {
                if let Some((_, place)) = slots.iter().find(|(slot, _)| *slot == key) {
                    batch.note(*place, put);
                }
            }
            for (place, record) in lesser {
                let slot = slots.iter().find(|(key, _)| *key == record.content().key_hash);
                match slot.and_then(|(_, greatest)| batch.held_by(*greatest)) {
                    Some(held) => batch.note(place, Put::stale(record, held)),
                    None => batch.good.push((place, record)),
                }
            }
        }
    }
}

impl Batch {
    fn note(&mut self, place: usize, put: Put) {
        if let Some(noted) = self.puts.get_mut(place) {
            *noted = Some(put);
        }
    }

    /// The version that is held where the record of this place was to be stored, if it is as great as that.
    fn held_by(&self, place: usize) -> Option<Version> {
        self.puts.get(place).and_then(Option::as_ref).and_then(Put::held)
    }

    /// Notes that nothing can be written.
    fn fail(&mut self, fault: &StoreFault) {
        for (place, _) in std::mem::take(&mut self.good) {
            self.note(place, Put::Failed(fault.clone()));
        }
    }
}

/// The greatest record of each slot, of equals the first, and the others.
fn parted(records: Placed) -> (Placed, Placed) {
    let (mut greatest, mut lesser) = (Placed::new(), Placed::new());
    for (place, record) in records {
        let key = record.content().key_hash;
        match greatest.iter_mut().find(|(_, other)| other.content().key_hash == key) {
            Some(other) if other.1.version() < record.version() => {
                lesser.push(std::mem::replace(other, (place, record)));
            }
            Some(_) => lesser.push((place, record)),
            None => greatest.push((place, record)),
        }
    }
    (greatest, lesser)
}
