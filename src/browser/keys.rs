//! Keys that are pressed anywhere on the page.

use leptos::{ev, prelude::window_event_listener};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

/// Calls `then` with each key that nobody types into a field, for as long as the page lives. If it returns true, the
/// browser does not handle the key itself.
pub fn on_key(then: impl Fn(&str) -> bool + 'static) {
    window_event_listener(ev::keydown, move |event| {
        if !has_modifier(&event) && !is_typed(&event) && then(&event.key()) {
            event.prevent_default();
        }
    });
}

fn has_modifier(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.alt_key()
}

fn is_typed(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.matches("input, textarea, select").unwrap_or_default())
}
