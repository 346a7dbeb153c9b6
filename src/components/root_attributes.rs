//! What the style sheets need to know, as attributes and custom properties of the document's root.

use leptos::prelude::*;

use crate::{app::use_state, browser::root, layout::thousandths};

/// On a wall with more tiles only the prominent ones glide: each that does is a layer of its own to the browser.
const FEW_TILES: usize = 60;

/// Keeps the root's attributes up to date; draws nothing.
#[component]
pub fn RootAttributes() -> impl IntoView {
    let state = use_state();
    root::set_attribute("data-display", state.display().name());
    let margin = state.options.with_value(|options| options.margin);
    root::set_property("--margin", &margin.to_string());

    // Lengths that change with every layout are not custom properties of the root: the browser would compute the style
    // of every tile anew.
    let unit = Memo::new(move |_| state.summary.read().layout.header);
    let tiles =
        Memo::new(move |_| if state.summary.read().total() > FEW_TILES { "many" } else { "few" });
    let feed =
        Memo::new(
            move |_| {
                if state.health.read().is_last_known { "kept" } else { state.feed.get().name() }
            },
        );
    Effect::new(move |_| root::set_property("--u", &thousandths(unit.get())));
    Effect::new(move |_| root::set_attribute("data-tiles", tiles.get()));
    Effect::new(move |_| root::set_attribute("data-feed", feed.get()));
}
