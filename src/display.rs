//! What differs between a browser's tab, a television and a frame.

mod embed;
mod kiosk;
mod tab;

use crate::{app::AppState, options::Display};

/// Starts the behavior of the wall's display.
pub fn start(state: AppState) {
    tab::show_worst_status(state);
    tab::follow_address(state);
    match state.display() {
        Display::Browser => tab::handle_keys(state),
        Display::Kiosk => kiosk::start(),
        Display::Embed => embed::post_height(state),
    }
}
