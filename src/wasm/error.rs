//! The only place that makes JavaScript errors and reads them.

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

use crate::error::{Code, PeerFault, StoreFault, StoreFaultKind};

/// An `Error` with a `code`.
pub(super) fn coded(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    error.set_name("DbSharingError");
    // Setting a property of a fresh Error cannot fail.
    drop(Reflect::set(&error, &"code".into(), &code.into()));
    error.into()
}

/// An `Error` with the code and message of one of our own failures.
pub(super) fn of(failure: &(impl Code + ToString)) -> JsValue {
    coded(failure.code(), &failure.to_string())
}

/// A property of any value; undefined if it has none.
pub(super) fn member(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The code and message of anything that was thrown.
fn read(thrown: &JsValue) -> (String, String) {
    let code = member(thrown, "code").as_string().unwrap_or_default();
    let message = member(thrown, "message").as_string().or_else(|| thrown.as_string());
    (code, message.unwrap_or_else(|| "something other than an Error was thrown".to_owned()))
}

/// The message of anything that was thrown.
pub(super) fn message(thrown: &JsValue) -> String {
    read(thrown).1
}

/// The fault for a rejected promise of the transport; `otherwise` makes the one for unknown codes.
pub(super) fn peer_fault(thrown: &JsValue, otherwise: fn(String) -> PeerFault) -> PeerFault {
    let (code, message) = read(thrown);
    match code.as_str() {
        "PEER_TIMEOUT" => {
            let limit_ms = member(thrown, "limitMs").as_f64().unwrap_or_default() as u64;
            PeerFault::Timeout { limit_ms, is_longer: false }
        }
        "ABORTED" => PeerFault::Aborted,
        "ADDRESS_REFUSED" => PeerFault::AddressRefused(message),
        // The transport's own code; the report says BODY_CUT.
        "BODY_CROWDED" => PeerFault::Crowded(message),
        _ => otherwise(message),
    }
}

/// The fault for a rejected promise of the store.
pub(super) fn store_fault(thrown: &JsValue) -> StoreFault {
    let (code, message) = read(thrown);
    let kind = match code.as_str() {
        "STORE_TIMEOUT" => StoreFaultKind::Timeout,
        _ => StoreFaultKind::Failed,
    };
    StoreFault { kind, message }
}
