//! Whether anybody can see the page.

use leptos::prelude::{document, window_event_listener_untyped};

/// Whether the page is hidden.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Calls `then` whenever the page becomes visible, for as long as the page lives.
pub fn on_visible(then: impl Fn() + 'static) {
    window_event_listener_untyped("visibilitychange", move |_| {
        if !is_hidden() {
            then();
        }
    });
}
