//! A browser's tab: its title and icon, its address, and keys.

use leptos::prelude::*;

use crate::{
    address::value,
    app::AppState,
    browser::{self, focus, full_screen},
    feed::Feed,
    layout::neighbor::{Direction, neighbor},
    options::Display,
    phrases,
    status::TileStatus,
};

/// Shows the worst status in the tab's title and icon.
pub fn show_worst_status(state: AppState) {
    let title = Memo::new(move |_| {
        let options = state.options.read_value();
        phrases::board::tab_title(&state.summary.read(), state.feed.get(), &options.title)
    });
    Effect::new(move |_| browser::tab::set_title(&title.read()));
    let icon = Memo::new(move |_| icon(state.summary.read().worst(), state.feed.get()));
    Effect::new(move |_| browser::tab::set_icon(&icon.read()));
}

/// Follows the address: the open pipeline, the filter, the access key.
pub fn follow_address(state: AppState) {
    browser::address::on_fragment_change(move |fragment| {
        if value(&fragment, "key") == state.key.get_value() {
            state.pipeline.set(value(&fragment, "p"));
        } else {
            // Without the key nobody may see the last known wall, either.
            browser::storage::clear();
            browser::address::reload();
        }
    });
    let is_browser = state.display() == Display::Browser;
    let address_filter = |query: &str| value(query, "filter").unwrap_or_default();
    browser::address::on_link(move |query| {
        if is_browser {
            browser::address::push_query(query);
            state.set_filter(address_filter(query));
        }
        is_browser
    });
    browser::address::on_history(move || {
        let filter = address_filter(&browser::address::query());
        if filter.trim() != state.filter.read_untracked().trim() {
            state.set_filter(filter);
        }
    });
}

/// Handles the keys that the settings list.
pub fn handle_keys(state: AppState) {
    browser::keys::on_key(move |key| {
        if state.pipeline.read_untracked().is_some() || state.settings_open.get_untracked() {
            return false;
        }
        match key {
            "/" => focus::filter_box(),
            "?" => state.settings_open.set(true),
            "f" if full_screen::is_on() => full_screen::leave(),
            "f" => full_screen::enter(),
            "ArrowLeft" => return step(state, Direction::Left),
            "ArrowRight" => return step(state, Direction::Right),
            "ArrowUp" => return step(state, Direction::Up),
            "ArrowDown" => return step(state, Direction::Down),
            _ => return false,
        }
        true
    });
}

/// Moves the focus from tile to tile. Returns whether there was one in that direction.
fn step(state: AppState, direction: Direction) -> bool {
    let tiles = state.board.read_value().visible();
    let next = neighbor(&tiles, focus::active_tile().as_deref(), direction);
    if let Some(id) = next {
        focus::tile_link(id);
    }
    next.is_some()
}

/// An SVG document for a data URL.
fn icon(worst: Option<(TileStatus, usize)>, feed: Feed) -> String {
    let is_stale = feed.name() == "stale";
    let (status, count) = worst.filter(|_| !is_stale).unwrap_or((TileStatus::Unknown, 0));
    let (color, shape) = match status {
        TileStatus::Failed => ("d62b2f", "M7 0h10l7 7v10l-7 7H7l-7-7V7z"),
        TileStatus::Waiting => ("a86200", "M0 0h24v24H0z"),
        TileStatus::Running => ("1f6fd6", CIRCLE),
        TileStatus::Stopped | TileStatus::Unknown => ("66727e", CIRCLE),
        TileStatus::Passed => ("2f7d57", CIRCLE),
    };
    let text = match (status, count) {
        (_, 0) => "?".to_owned(),
        (TileStatus::Passed, _) => "✓".to_owned(),
        (_, count) => count.min(99).to_string(),
    };
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'>\
         <path fill='%23{color}' d='{shape}'/>\
         <text x='12' y='17' font-size='14' font-family='sans-serif' font-weight='700' \
         text-anchor='middle' fill='%23fff'>{text}</text></svg>"
    )
}

const CIRCLE: &str = "M12 0a12 12 0 1 1-.1 0z";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_color_shape_and_number_of_the_worst_status() {
        let stale = Feed::Failed(crate::api::ApiError::Unreachable);
        for (worst, feed, color, text) in [
            (None, Feed::Loading, "%2366727e", ">?<"),
            (Some((TileStatus::Failed, 120)), Feed::Live, "%23d62b2f", ">99<"),
            (Some((TileStatus::Waiting, 3)), Feed::Live, "%23a86200", ">3<"),
            (Some((TileStatus::Passed, 3)), Feed::Live, "%232f7d57", ">✓<"),
            (Some((TileStatus::Failed, 1)), stale, "%2366727e", ">?<"),
        ] {
            let icon = icon(worst, feed);
            assert!(icon.contains(color) && icon.contains(text), "{icon}");
        }
    }
}
