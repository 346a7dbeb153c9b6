//! The browser: window, clocks, document. Nothing here decides anything.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::{fit::Screen, options::Display};

/// Milliseconds of a clock that never goes back.
pub fn monotonic_ms() -> i64 {
    whole(window().performance().map_or(0.0, |performance| performance.now()))
}

/// Milliseconds since 1970 by the browser's own clock, which may be wrong.
pub fn own_clock_ms() -> i64 {
    whole(js_sys::Date::now())
}

/// Reads the date of an HTTP header.
pub fn http_date_ms(text: &str) -> Option<i64> {
    let ms = js_sys::Date::parse(text);
    ms.is_finite().then(|| whole(ms))
}

/// A time of day as people at the wall's place say it, hours and minutes.
pub fn time_of_day(unix_ms: i64) -> String {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "milliseconds of this millennium are exact in a double")]
    let date = js_sys::Date::new(&JsValue::from_f64(unix_ms as f64));
    let mut text = two_digits(date.get_hours());
    text.push(':');
    text.push_str(&two_digits(date.get_minutes()));
    text
}

/// Whether nobody can see the page.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// The size of the window.
pub fn size(display: Display) -> Screen {
    let pixels = |side: Result<JsValue, JsValue>| {
        let side = side.ok().and_then(|side| side.as_f64()).unwrap_or_default();
        u16::try_from(whole(side)).unwrap_or(u16::MAX)
    };
    Screen { width: pixels(window().inner_width()), height: pixels(window().inner_height()), display }
}

/// From 0 up to but without 1.
pub fn random() -> f64 {
    js_sys::Math::random()
}

fn two_digits(number: u32) -> String {
    let mut text = String::new();
    if number < 10 {
        text.push('0');
    }
    text.push_str(&number.to_string());
    text
}

fn whole(number: f64) -> i64 {
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates, and NaN becomes 0")]
    let whole = number as i64;
    whole
}
