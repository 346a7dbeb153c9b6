//! The settings.

use leptos::prelude::*;

/// Builds the address of a wall.
#[component]
pub fn Settings() -> impl IntoView {
    view! { <dialog id="settings"></dialog> }
}
