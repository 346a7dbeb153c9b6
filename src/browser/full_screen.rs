//! Full screen. Browsers allow it only in response to a key or click.

use leptos::prelude::document;

/// Whether the page fills the screen.
pub fn is_on() -> bool {
    document().fullscreen_element().is_some()
}

/// Fills the screen with the page.
pub fn enter() {
    if let Some(root) = document().document_element() {
        // A refusal changes nothing.
        let _ = root.request_fullscreen();
    }
}

/// Leaves full screen.
pub fn leave() {
    document().exit_fullscreen();
}
