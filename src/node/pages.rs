//! All records for whoever reads them, page by page: what is damaged in the store is passed over.

use super::state::Node;
use crate::error::StoreFault;
use crate::json::{Json, quote_into};
use crate::ports::{Host, Scan, Store, StoredEntry};
use crate::record::{Identity, UncheckedRecord};
use crate::verify::Claim;

/// How records are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `{ key, value }`, as elements of one JSON array.
    Keyed,
    /// As they are, as elements of one JSON array.
    Bare,
    /// As they are, each page a JSON array of its own.
    Chunks,
}

/// A way through all records.
#[derive(Debug)]
pub struct Pages<E> {
    form: Form,
    place: Place<E>,
    /// A page that was read and not yet given.
    ready: Option<String>,
}

#[derive(Debug)]
enum Place<E> {
    Start,
    Within { entries: E, is_first: bool },
    End,
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// A way through all records that has not asked the store yet.
    #[must_use]
    pub fn pages(&self, form: Form) -> Pages<S::Entries> {
        Pages { form, place: Place::Start, ready: None }
    }

    /// The same, after its first page was read: a database that fails does so before anything is answered.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    pub(super) async fn begun_pages(&self, form: Form) -> Result<Pages<S::Entries>, StoreFault> {
        let mut pages = self.pages(form);
        pages.ready = self.page(&mut pages).await?;
        Ok(pages)
    }

    /// The next page; nothing after the last one.
    ///
    /// # Errors
    ///
    /// Whatever the database said; no page comes after that.
    pub async fn page(&self, pages: &mut Pages<S::Entries>) -> Result<Option<String>, StoreFault> {
        if let Some(ready) = pages.ready.take() {
            return Ok(Some(ready));
        }
        let (mut entries, mut is_first) = match std::mem::replace(&mut pages.place, Place::End) {
            Place::Start => (self.ports.store.entries().await?, true),
            Place::Within { entries, is_first } => (entries, is_first),
            Place::End => return Ok(None),
        };
        let (is_start, mut text) = (is_first, String::new());
        while text.is_empty() {
            self.let_others_run().await;
            let page = entries.page().await?;
            if page.is_empty() {
                return Ok(last_page(pages.form, is_start));
            }
            self.write_page(&page, pages.form, &mut is_first, &mut text);
        }
        pages.place = Place::Within { entries, is_first };
        Ok(Some(match pages.form {
            Form::Chunks => format!("[{text}]"),
            Form::Keyed | Form::Bare if is_start => format!("[{text}"),
            Form::Keyed | Form::Bare => text,
        }))
    }

    /// The record of one slot as JSON text, if it is held and not damaged.
    ///
    /// # Errors
    ///
    /// Whatever the database said.
    pub async fn get(&self, key: &str) -> Result<Option<String>, StoreFault> {
        let held = self.ports.store.get_many(&[key.to_owned()]).await?;
        let sound = held.into_iter().flatten().find(|entry| self.is_sound(entry));
        Ok(sound.map(|entry| entry.text))
    }

    fn write_page(&self, page: &[StoredEntry], form: Form, is_first: &mut bool, text: &mut String) {
        for entry in page.iter().filter(|entry| self.is_sound(entry)) {
            let is_start = if form == Form::Chunks { text.is_empty() } else { std::mem::take(is_first) };
            if !is_start {
                text.push(',');
            }
            match form {
                Form::Bare | Form::Chunks => text.push_str(&entry.text),
                Form::Keyed => {
                    let public_key = entry.key.split('/').next().unwrap_or_default();
                    text.push_str("{\"key\":");
                    quote_into(&format!("{}:{public_key}", self.options.collection), text);
                    text.push_str(",\"value\":");
                    text.push_str(&entry.text);
                    text.push('}');
                }
            }
        }
    }

    /// Whether the text of an entry is still what its key and version say; what is not is noted as lost.
    fn is_sound(&self, entry: &StoredEntry) -> bool {
        if entry.version.is_empty() {
            return false;
        }
        let is_sound = names(&entry.text, self.options.identity)
            .is_some_and(|(key, version)| key == entry.key && version == entry.version);
        if !is_sound {
            let message = format!("what the db gives for {} is not what was stored; it is not served", entry.key);
            self.ports.host.warn(&message);
            self.lost(&entry.key, &entry.version);
        }
        is_sound
    }
}

/// The key and the version that a record's text claims.
fn names(text: &str, identity: Identity) -> Option<(String, String)> {
    let item = Json::parse(text).ok()?;
    let claim = Claim::read(UncheckedRecord::read(item), identity).ok()?.identify().ok()?;
    Some((claim.claim.key().as_str().to_owned(), claim.version.to_string()))
}

fn last_page(form: Form, is_start: bool) -> Option<String> {
    match form {
        Form::Chunks => None,
        Form::Keyed | Form::Bare if is_start => Some("[]".to_owned()),
        Form::Keyed | Form::Bare => Some("]".to_owned()),
    }
}
