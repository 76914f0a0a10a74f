//! The border to JavaScript: the only folder that names it.
//!
//! Exports are thin. Futures run in [`tasks`], which JavaScript polls inside its own try/catch. All calls of JavaScript go
//! through one [`host::JsHost`], whose promises settle in bounded time, and only while this instance lives.

mod engine;
mod error;
mod fetch;
mod host;
mod options;
mod signing;
mod store;
mod tasks;
mod verdicts;

use wasm_bindgen::prelude::*;

/// Sets the function that schedules a task: after `schedule(task)`, JavaScript calls `poll(task)`.
#[wasm_bindgen]
pub fn connect(schedule: js_sys::Function) {
    tasks::connect(schedule);
}

/// Polls one task.
#[wasm_bindgen]
pub fn poll(task: u32) {
    tasks::poll(task);
}

/// Makes the next call of an export start with a fresh instance, for use after a trap.
#[wasm_bindgen]
pub fn restart() {
    wasm_bindgen::handler::schedule_reinit();
}
