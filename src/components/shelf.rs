//! The caption above the chips, and the pages that they turn by.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    app::{AppState, use_state},
    board::Board,
    browser::{focus, visibility},
    layout::{px, thousandths},
    phrases,
};

/// How long a page is shown.
const PAGE: Duration = Duration::from_secs(10);
/// The pause between two parts of a turning page: about a frame.
const TURN: Duration = Duration::from_millis(16);

/// Captions chips that show an age without saying what it is.
#[component]
pub fn Shelf() -> impl IntoView {
    let state = use_state();
    set_interval(move || turn_page(state), PAGE);
    move || {
        let summary = state.summary.read();
        let layout = &summary.layout;
        layout.caption.map(|top| {
            view! {
                <p
                    class="caption"
                    style:top=px(top)
                    style=("--chip-u", thousandths(layout.chip.unit))
                >
                    <span>{phrases::board::shelf_caption(&summary)}</span>
                    <span>{phrases::board::shelf_page(summary.page, layout.pages)}</span>
                </p>
            }
        })
    }
}

fn turn_page(state: AppState) {
    // Somebody who moves through the tiles by keyboard would lose their position.
    if !visibility::is_hidden() && !focus::is_visible_on_tile() {
        state.board.update_value(Board::turn_page);
        turn_more(state);
    }
}

fn turn_more(state: AppState) {
    if state.board.try_update_value(Board::turn_more).unwrap_or_default() {
        set_timeout(move || turn_more(state), TURN);
    }
}
