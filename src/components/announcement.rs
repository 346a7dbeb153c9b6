//! What screen readers say without being asked.

use leptos::prelude::*;

use crate::app::use_state;

/// Announces changed statuses.
#[component]
pub fn Announcement() -> impl IntoView {
    let announcement = use_state().announcement;
    view! { <p id="news" aria-live="polite">{move || announcement.get()}</p> }
}
