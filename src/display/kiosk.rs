//! A television: it stays awake, fills its screen and burns nothing in.

use std::time::Duration;

use leptos::{ev, prelude::*};

use crate::browser::{full_screen, root, visibility, wake_lock};

/// How often the picture moves.
const SHIFT: Duration = Duration::from_mins(3);
/// Where it moves to, in pixels right and down: within the margin around the tiles.
const SHIFTS: [(i32, i32); 8] =
    [(0, 0), (3, 0), (3, 3), (0, 3), (-3, 3), (-3, 0), (-3, -3), (0, -3)];

/// Starts for as long as the page lives.
pub fn start() {
    wake_lock::request();
    visibility::on_visible(wake_lock::request);

    // Browsers allow it only in response to somebody.
    window_event_listener(ev::keydown, |_| fill_screen());
    window_event_listener(ev::click, |_| fill_screen());

    let shifts = StoredValue::new(SHIFTS.into_iter().cycle().skip(1));
    let shift = move || {
        if let Some((right, down)) = shifts.try_update_value(Iterator::next).flatten() {
            root::shift(right, down);
        }
    };
    set_interval(shift, SHIFT);
}

fn fill_screen() {
    if !full_screen::is_on() {
        full_screen::enter();
    }
}
