//! Reading all of a database.

use super::judging::{Sound, check_held_time};
use super::{HeldRecord, HeldRecords, ReadBack};
use crate::error::{Rejection, StoreFault};
use crate::ports::{Host, Records, Scan as _, Sighting, SimpleDb};
use crate::record::{RecordKey, TimestampMs, Version};
use crate::verify::Glimpse;

/// How much is wanted of each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Its text, which is hashed, because it is served.
    Text,
    /// Its version: a record that was found to be sound before is recognised by its slot, time and signature.
    Version,
}

/// One read of the whole database: what it has found so far.
#[derive(Debug, Default)]
struct WholeRead {
    held: HeldRecords,
    refused: u64,
    /// The first rejection, with the key of the item if that can be told.
    first_rejection: Option<String>,
}

impl<D: SimpleDb, H: Host> ReadBack<D, H> {
    pub(super) async fn read_whole(&self, detail: Detail) -> Result<HeldRecords, StoreFault> {
        let number = self.seen.borrow_mut().begin_read();
        let mut records = self.db.read_all().await?;
        let mut read = WholeRead::default();
        loop {
            let page = records.page().await?;
            if page.is_empty() {
                break;
            }
            self.host.turn().await;
            let unknown = match detail {
                Detail::Text => (0..page.len()).collect(),
                Detail::Version => self.recognise(&page, &mut read),
            };
            self.read_texts(&mut records, &page, &unknown, &mut read).await?;
        }
        self.seen.borrow_mut().end_read(number);
        self.warn_about(&read);
        Ok(read.held)
    }

    /// Takes the recognised records of a page; returns the places of the others.
    fn recognise(&self, page: &[Option<Sighting>], read: &mut WholeRead) -> Vec<usize> {
        let (now_ms, seen) = (self.host.now_ms(), &mut *self.seen.borrow_mut());
        let mut unknown = Vec::new();
        for (place, sighting) in page.iter().enumerate() {
            let sighting = sighting.as_ref().filter(|sighting| check_held_time(time_of(sighting), now_ms).is_ok());
            let known = sighting.and_then(|sighting| Some((sighting, seen.recognise(&self.glimpse_at(sighting)?)?)));
            match known {
                Some((sighting, content)) => {
                    let key = RecordKey::new(&sighting.public_key, self.uuid_of(&sighting.uuid));
                    let version = Version { timestamp: time_of(sighting), content };
                    read.offer(key.as_str().to_owned(), HeldRecord { version, text: String::new() });
                }
                None => unknown.push(place),
            }
        }
        unknown
    }

    async fn read_texts(
        &self,
        records: &mut D::Records,
        page: &[Option<Sighting>],
        mut places: &[usize],
        read: &mut WholeRead,
    ) -> Result<(), StoreFault> {
        while !places.is_empty() {
            let texts = records.texts(places).await?;
            let (these, later) = places.split_at(texts.len().clamp(1, places.len()));
            for ((place, judged), text) in these.iter().zip(self.judge(&texts).await).zip(texts) {
                match judged {
                    Ok(Sound { key, version }) => read.offer(key, HeldRecord { version, text }),
                    Err(rejection) => {
                        let sighting = page.get(*place).and_then(Option::as_ref);
                        self.forget_sighting(sighting);
                        read.refuse(|| self.named(sighting, rejection));
                    }
                }
            }
            places = later;
            self.host.turn().await;
        }
        Ok(())
    }

    /// Forgets an item that is not sound: it was altered under its signature.
    fn forget_sighting(&self, sighting: Option<&Sighting>) {
        if let Some(glimpse) = sighting.and_then(|sighting| self.glimpse_at(sighting)) {
            self.seen.borrow_mut().forget(&glimpse);
        }
    }

    fn glimpse_at(&self, sighting: &Sighting) -> Option<Glimpse> {
        let uuid = self.uuid_of(&sighting.uuid);
        Glimpse::of_slot(&sighting.public_key, uuid, time_of(sighting), &sighting.signature)
    }

    fn named(&self, sighting: Option<&Sighting>, rejection: Rejection) -> String {
        let Some(Sighting { public_key, uuid, .. }) = sighting else { return rejection.to_string() };
        format!("{}, {rejection}", RecordKey::new(public_key, self.uuid_of(uuid)).as_str())
    }

    /// Warns of records that break the rules, when there are more than before.
    fn warn_about(&self, read: &WholeRead) {
        let refused = read.refused;
        if let Some(rejection) = read.first_rejection.as_ref().filter(|_| refused > self.refused.get()) {
            // The beginning does not depend on the number, so that it is one kind of warning.
            let message =
                format!("records of the db break the rules and count as absent: {refused}, the first: {rejection}");
            self.host.warn(&message);
        }
        self.refused.set(refused);
    }
}

impl WholeRead {
    fn offer(&mut self, key: String, record: HeldRecord) {
        if self.held.get(&key).is_none_or(|held| held.version < record.version) {
            self.held.insert(key, record);
        }
    }

    fn refuse(&mut self, named: impl FnOnce() -> String) {
        self.refused = self.refused.saturating_add(1);
        self.first_rejection.get_or_insert_with(named);
    }
}

fn time_of(sighting: &Sighting) -> TimestampMs {
    TimestampMs(sighting.timestamp_ms)
}
