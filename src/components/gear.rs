//! The button that opens the settings.

use leptos::prelude::*;

use crate::app::use_state;

/// A gear.
#[component]
pub fn Gear() -> impl IntoView {
    let state = use_state();
    view! {
        <button
            id="gear"
            title="Settings (?)"
            aria-label="Settings"
            aria-haspopup="dialog"
            on:click=move |_| state.settings_open.set(true)
        >
            <svg viewBox="0 0 24 24" width="1.15em" height="1.15em">
                <g stroke="currentColor" stroke-linecap="butt">
                    <circle cx="12" cy="12" r="6" stroke-width="3"/>
                    <circle cx="12" cy="12" r="9" stroke-width="4" stroke-dasharray="3.534 3.534"/>
                </g>
            </svg>
        </button>
    }
}
