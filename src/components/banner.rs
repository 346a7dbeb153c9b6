//! What must be read before the tiles are trusted, at the bottom of the window.

use leptos::{html::Footer, prelude::*};

use super::access_key::AccessKey;
use crate::{app::use_state, browser::size, options::Display, phrases};

/// The banner: why the data is old, and which options were ignored.
#[component]
pub fn Banner() -> impl IntoView {
    let state = use_state();
    let banner = move || {
        let summary = state.summary.read();
        let (beat, has_tiles) = (summary.heartbeat.as_ref(), summary.total() > 0);
        let (feed, now) = (state.feed.get(), state.clock.now.get());
        phrases::feed::banner(feed, &state.health.read(), beat, has_tiles, now)
    };
    let ignored =
        state.options.with_value(|options| phrases::board::ignored_options(&options.ignored));
    // Without tiles the message asks for it.
    let asks_for_key = Memo::new(move |_| {
        state.asks_for_key() && !banner().1.is_empty() && state.display() != Display::Kiosk
    });

    let footer = NodeRef::<Footer>::new();
    let height = StoredValue::new(0);
    footer.on_load(move |footer| {
        // It covers tiles, so its height is part of the layout.
        size::on_height_change(&footer, move |pixels| {
            height.set_value(pixels);
            state.resize(pixels);
        });
    });
    size::on_window_resize(move || state.resize(height.get_value()));

    view! {
        <footer id="banner" node_ref=footer data-feed=move || banner().0.name()>
            <p role="alert">{move || banner().1}</p>
            <p>{ignored}</p>
            {move || asks_for_key.get().then(|| view! { <AccessKey/> })}
        </footer>
    }
}
