//! The browser: window, clocks, document. Nothing here decides anything.

use std::{cell::Cell, time::Duration};

use leptos::prelude::*;
use model::Timestamp;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::HtmlElement;

use crate::{fit::Screen, number::digits, options::Options};

/// Milliseconds of a clock that never goes back.
pub fn monotonic_ms() -> i64 {
    whole(window().performance().map_or(0.0, |performance| performance.now()))
}

/// The browser's own clock, which may be wrong.
pub fn own_clock() -> Option<Timestamp> {
    Timestamp::from_unix_ms(whole(js_sys::Date::now())).ok()
}

/// Reads the date of an HTTP header.
pub fn http_date(text: &str) -> Option<Timestamp> {
    let ms = js_sys::Date::parse(text);
    if ms.is_finite() { Timestamp::from_unix_ms(whole(ms)).ok() } else { None }
}

/// A time of day as people at the wall's place say it, hours and minutes.
pub fn time_of_day(moment: Timestamp) -> String {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "milliseconds of these millennia are exact in a double"
    )]
    let date = js_sys::Date::new(&JsValue::from_f64(moment.unix_ms() as f64));
    let mut text = two_digits(date.get_hours());
    text.push(':');
    text.push_str(&two_digits(date.get_minutes()));
    text
}

/// The address's query, with its question mark.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Whether nobody can see the page.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Whether there is an element that a selector tells; none is found by browsers that don't understand it.
pub fn is_any(selector: &str) -> bool {
    document().query_selector(selector).is_ok_and(|found| found.is_some())
}

/// Calls each time that somebody begins to see the page again.
pub fn on_visible(then: impl Fn() + 'static) {
    let changed = Box::new(move || {
        if !is_hidden() {
            then();
        }
    });
    listen(&document(), "visibilitychange", changed);
}

/// Calls each time that the window has changed its size, or the banner (boot.js sees to that).
pub fn on_resize(then: impl Fn() + 'static) {
    listen(&window(), "resize", Box::new(then));
}

/// A call that is put off again and again. It is one closure for as long as the page lives, for what is made anew each time is
/// never freed by browsers before Chromium 84.
pub struct Alarm {
    then: JsValue,
    pending: Cell<Option<i32>>,
}

impl Alarm {
    /// Calls nothing as yet.
    pub fn new(then: impl Fn() + 'static) -> Self {
        Self {
            then: Closure::<dyn Fn()>::wrap(Box::new(then)).into_js_value(),
            pending: Cell::new(None),
        }
    }

    /// Calls after so many milliseconds, and not when it was set to before.
    pub fn set(&self, ms: f64) {
        self.stop();
        let ms = i32::try_from(whole(ms)).unwrap_or(i32::MAX);
        self.pending.set(
            window()
                .set_timeout_with_callback_and_timeout_and_arguments_0(
                    self.then.unchecked_ref(),
                    ms,
                )
                .ok(),
        );
    }

    /// Doesn't call after all.
    pub fn stop(&self) {
        if let Some(pending) = self.pending.take() {
            window().clear_timeout_with_handle(pending);
        }
    }
}

/// Listens for as long as the page lives.
pub fn listen(target: &web_sys::EventTarget, event: &str, then: Box<dyn Fn()>) {
    let then = Closure::wrap(then).into_js_value();
    // An error is a browser without such events.
    let _ = target.add_event_listener_with_callback(event, then.unchecked_ref());
}

/// Calls when the next frame can be seen: the one after it is begun then.
pub fn after_frame(then: impl Fn() + Copy + 'static) {
    request_animation_frame(move || {
        request_animation_frame(move || set_timeout(then, Duration::ZERO));
    });
}

/// The size of what the window shows, and how much of it the banner takes.
pub fn size(options: &Options) -> Screen {
    let shown = 100 - 2 * i64::from(options.margin);
    let pixels = |side: Result<JsValue, JsValue>| {
        let side = side.ok().and_then(|side| side.as_f64()).unwrap_or_default();
        u16::try_from(whole(side) * shown / 100).unwrap_or(u16::MAX)
    };
    // An empty one is not measured, for that would lay out the page once more.
    let banner =
        by_id("banner").filter(|banner| banner.text_content().is_some_and(|text| !text.is_empty()));
    let banner = banner.map_or(0, |banner| banner.offset_height());
    Screen {
        width: pixels(window().inner_width()),
        height: pixels(window().inner_height()),
        banner: u16::try_from(banner).unwrap_or_default(),
        columns: options.columns,
        display: options.display,
    }
}

/// Calls each time that somebody types into the filter, with its whole text.
pub fn on_filter(then: impl Fn(String) + 'static) {
    let typed = Box::new(move || {
        let text = by_id("filter")
            .and_then(|filter| js_sys::Reflect::get(&filter, &JsValue::from_str("value")).ok());
        if let Some(text) = text.and_then(|text| text.as_string()) {
            then(text);
        }
    });
    listen(&document(), "input", typed);
}

/// Tells the style sheets a length.
pub fn set_length(name: &str, value: &str) {
    if let Some(root) = root() {
        // Refused only for a name or value that is no CSS.
        let _ = root.style().set_property(name, value);
    }
}

/// Tells how high the wall is.
pub fn set_height(height: &str) {
    if let Some(wall) = by_id("tiles").and_then(|tiles| tiles.parent_element()) {
        // Refused only for a value that is no CSS.
        let _ = wall.unchecked_into::<HtmlElement>().style().set_property("height", height);
    }
}

/// An element of the page.
pub fn by_id(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Tells the style sheets what they can't know.
pub fn set_root(name: &str, value: &str) {
    if let Some(root) = root() {
        // Refused only for a name that is none.
        let _ = root.set_attribute(name, value);
    }
}

/// The answer that the page has asked for while the WebAssembly was loading; there is one only once.
pub fn take_first_answer() -> Option<js_sys::Promise> {
    let name = JsValue::from_str("firstAnswer");
    let promise = js_sys::Reflect::get(&window(), &name).ok()?.dyn_into().ok()?;
    js_sys::Reflect::set(&window(), &name, &JsValue::NULL).ok()?;
    Some(promise)
}

/// What this browser keeps for the wall. Storage may be forbidden or full, and then it keeps nothing.
pub fn kept() -> Option<String> {
    js_sys::Reflect::get(&storage()?, &KEPT.into()).ok()?.as_string()
}

/// Keeps something for the wall.
pub fn keep(text: &str) {
    if let Some(storage) = storage() {
        let _ = js_sys::Reflect::set(&storage, &KEPT.into(), &text.into());
    }
}

const KEPT: &str = "pipelines-dashboard";

fn storage() -> Option<JsValue> {
    js_sys::Reflect::get(&window(), &"localStorage".into()).ok()
}

/// From 0 up to but without 1.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// The part of a number before its point.
pub fn whole(number: f64) -> i64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "saturates, and NaN becomes 0"
    )]
    let whole = number as i64;
    whole
}

fn root() -> Option<HtmlElement> {
    document().document_element()?.dyn_into().ok()
}

fn two_digits(number: u32) -> String {
    let mut text = String::new();
    if number < 10 {
        text.push('0');
    }
    text.push_str(&digits(number));
    text
}
