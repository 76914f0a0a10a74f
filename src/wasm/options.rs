//! Options as members of an object of JavaScript.

use wasm_bindgen::JsValue;

use super::error::member;
use super::host::elements;
use crate::node::GivenOptions;

/// The object that JavaScript gave, after it has checked it.
pub(super) struct JsOptions<'a>(pub &'a JsValue);

impl GivenOptions for JsOptions<'_> {
    fn text(&self, name: &str) -> Option<String> {
        member(self.0, name).as_string()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        elements(member(self.0, name)).iter().filter_map(JsValue::as_string).collect()
    }

    fn number(&self, name: &str) -> Option<u64> {
        member(self.0, name).as_f64().map(|number| number as u64)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        member(self.0, name).as_bool()
    }
}
