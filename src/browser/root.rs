//! What the style sheets learn from the program, on the document's root.

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

/// Sets an attribute such as `data-feed`.
pub fn set_attribute(name: &str, value: &str) {
    if let Some(root) = root() {
        // Fails only for an invalid name.
        let _ = root.set_attribute(name, value);
    }
}

/// Removes an attribute.
pub fn remove_attribute(name: &str) {
    if let Some(root) = root() {
        // Fails only for an invalid name.
        let _ = root.remove_attribute(name);
    }
}

/// Sets a custom property such as `--u`.
pub fn set_property(name: &str, value: &str) {
    if let Some(root) = root() {
        // Fails only for invalid CSS.
        let _ = root.style().set_property(name, value);
    }
}

/// Moves the whole picture by this many pixels, right and down.
pub fn shift(right: i32, down: i32) {
    if let Some(body) = document().body() {
        // Not by a transform: the banner is fixed to the window.
        let margin = format!("{down}px {}px 0 {right}px", -right);
        // Fails only for invalid CSS.
        let _ = body.style().set_property("margin", &margin);
    }
}

/// Removes what index.html shows until the program starts.
pub fn remove_placeholder() {
    if let Some(placeholder) = document().get_element_by_id("loading") {
        placeholder.remove();
    }
}

fn root() -> Option<HtmlElement> {
    document().document_element()?.dyn_into().ok()
}
