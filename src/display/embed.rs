//! A frame in another page.

use leptos::prelude::*;

use crate::{app::AppState, browser};

/// Tells the surrounding page the height that the wall wants, whenever it changes.
pub fn post_height(state: AppState) {
    let height = Memo::new(move |_| state.summary.read().layout.wanted_height);
    Effect::new(move |_| browser::frame::post_height(height.get()));
}
