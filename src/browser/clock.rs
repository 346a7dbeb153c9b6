//! Clocks, dates and randomness.

use std::time::Duration;

use js_sys::{Date, Math};
use leptos::prelude::{request_animation_frame, set_timeout, window};
use model::Timestamp;
use wasm_bindgen::JsValue;

/// Returns milliseconds of a clock that never goes back.
pub fn monotonic_ms() -> i64 {
    whole(window().performance().map_or(0.0, |performance| performance.now()))
}

/// Returns the time of the browser's own clock, which may be wrong.
pub fn own_clock() -> Option<Timestamp> {
    Timestamp::from_unix_ms(whole(Date::now())).ok()
}

/// Parses the date of an HTTP header.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let ms = Date::parse(text);
    if ms.is_finite() { Timestamp::from_unix_ms(whole(ms)).ok() } else { None }
}

/// Formats hours and minutes in the browser's time zone.
pub fn time_of_day(moment: Timestamp) -> String {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "milliseconds of these millennia are exact in a double"
    )]
    let date = Date::new(&JsValue::from_f64(moment.unix_ms() as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// Returns a random number from 0 up to but not including 1.
pub fn random() -> f64 {
    Math::random()
}

/// Calls `then` once the current frame is painted.
pub fn after_paint(then: impl FnOnce() + 'static) {
    request_animation_frame(move || {
        request_animation_frame(move || set_timeout(then, Duration::ZERO));
    });
}

/// Returns the integer part of a number.
pub fn whole(number: f64) -> i64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "saturates, and NaN becomes 0"
    )]
    let whole = number as i64;
    whole
}
