//! The size of the window and of elements.

use leptos::prelude::{request_animation_frame, window, window_event_listener_untyped};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{HtmlElement, ResizeObserver};

use super::{clock::whole, root};

/// Returns width and height of the window in CSS pixels.
pub fn window_size() -> (u16, u16) {
    let pixels = |side: Result<JsValue, JsValue>| {
        let side = side.ok().and_then(|side| side.as_f64()).unwrap_or_default();
        u16::try_from(whole(side)).unwrap_or(u16::MAX)
    };
    (pixels(window().inner_width()), pixels(window().inner_height()))
}

/// Calls `then` whenever the window's size changes, for as long as the page lives.
pub fn on_window_resize(then: impl Fn() + 'static) {
    window_event_listener_untyped("resize", move |_| then());
}

/// Calls `then` with the element's height whenever that changes, before the frame is painted. For an element that lives
/// as long as the page.
pub fn on_height_change(element: &HtmlElement, then: impl Fn(u16) + 'static) {
    let observed = element.clone();
    let changed = Closure::<dyn Fn()>::wrap(Box::new(move || {
        then(u16::try_from(observed.offset_height()).unwrap_or_default());
    }));
    // Chromium has it since 64.
    if let Ok(observer) = ResizeObserver::new(changed.into_js_value().unchecked_ref()) {
        observer.observe(element);
    }
}

/// Makes tiles jump instead of glide to their new positions in this frame: gliding is for changes of the order.
pub fn stand_still() {
    root::set_attribute("data-still", "");
    request_animation_frame(|| {
        request_animation_frame(|| root::remove_attribute("data-still"));
    });
}
