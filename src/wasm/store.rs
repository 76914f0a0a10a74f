//! The [`Store`] port over the db adapter that the task supplied.

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::error::{member, store_fault};
use super::host::{JsHost, elements, strings};
use crate::error::StoreFault;
use crate::ports::{Store, StoredEntry, Written};

impl Store for JsHost {
    async fn versions(&self, after: Option<&str>) -> Result<Vec<(String, String)>, StoreFault> {
        let page = JsFuture::from(JsHost::versions(self, after.map(str::to_owned))).await;
        let page = page.map_err(|thrown| store_fault(&thrown))?;
        let page = String::from_utf8(js_sys::Uint8Array::new(&page).to_vec()).unwrap_or_default();
        let entries = page.lines().filter_map(|line| line.rsplit_once(' '));
        Ok(entries.map(|(key, version)| (key.to_owned(), version.to_owned())).collect())
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<StoredEntry>>, StoreFault> {
        let entries = JsFuture::from(JsHost::get_many(self, strings(keys.iter().cloned()))).await;
        let entries = elements(entries.map_err(|thrown| store_fault(&thrown))?);
        Ok(entries.iter().map(|entry| entry.is_object().then(|| stored(entry))).collect())
    }

    fn write_at_most(&self, may_repeat: bool) -> usize {
        JsHost::write_at_most(self, may_repeat) as usize
    }

    async fn write(&self, entries: Vec<StoredEntry>) -> Result<Vec<Written>, StoreFault> {
        let flat: Array = entries.into_iter().map(|entry| strings([entry.key, entry.version, entry.text])).collect();
        let written = JsFuture::from(JsHost::write(self, flat)).await;
        let written = elements(written.map_err(|thrown| store_fault(&thrown))?);
        Ok(written.iter().map(outcome).collect())
    }
}

fn outcome(written: &JsValue) -> Written {
    match written.as_string().as_deref() {
        Some("written") => Written::Written,
        Some("unsafe") => Written::Unsafe,
        _ => Written::Stale,
    }
}

fn stored(entry: &JsValue) -> StoredEntry {
    StoredEntry { key: text(entry, "key"), version: text(entry, "version"), text: text(entry, "text") }
}

fn text(entry: &JsValue, name: &str) -> String {
    member(entry, name).as_string().unwrap_or_default()
}
