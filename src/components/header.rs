//! The line above the tiles: title, counts, filter, and two different facts: that data arrives, and that events flow.

use leptos::prelude::*;

use super::{counts::Counts, filter_box::FilterBox, gear::Gear};
use crate::{
    app::use_state,
    browser::clock::time_of_day,
    options::Display,
    phrases::{self, feed::Concern},
};

/// The header.
#[component]
pub fn Header() -> impl IntoView {
    let state = use_state();
    let (title, display) =
        (state.options.with_value(|options| options.title.clone()), state.display());
    let live = move || {
        let health = state.health.read();
        let age_s =
            health.made.zip(state.clock.now.get()).map(|(made, now)| now.seconds_since(made));
        phrases::feed::live(state.feed.get(), age_s, health.unreadable)
    };
    let events = move || {
        let summary = state.summary.read();
        let (beat, now) = summary.heartbeat.as_ref().zip(state.clock.now.get())?;
        Some(phrases::feed::events(beat, now))
    };
    let flow = move || match events() {
        None => "",
        Some((Concern::None, _)) => "flowing",
        Some((concern, _)) => concern.name(),
    };
    let time = move || state.clock.now.get().filter(|_| display != Display::Embed).map(time_of_day);
    view! {
        <header data-lines=move || state.summary.read().layout.header_lines.to_string()>
            <h1>{title}</h1>
            <Counts/>
            <FilterBox/>
            <p data-live=move || state.feed.get().name()>{live}</p>
            <p data-events=flow>{move || events().map(|(_, text)| text)}</p>
            <time>{time}</time>
            {(display == Display::Browser).then(|| view! { <Gear/> })}
        </header>
    }
}
