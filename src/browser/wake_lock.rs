//! Keeps the screen of a television on.

use js_sys::{Function, Promise, Reflect};
use leptos::{prelude::window, task::spawn_local};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Requests a wake lock. Browsers before 2020 have none, and pages without HTTPS are refused.
///
/// The browser releases it whenever the page is hidden.
pub fn request() {
    // In web-sys it is behind an unstable flag.
    let lock = || {
        let wake_lock = Reflect::get(&window().navigator(), &"wakeLock".into()).ok()?;
        let request: Function =
            Reflect::get(&wake_lock, &"request".into()).ok()?.dyn_into().ok()?;
        request.call1(&wake_lock, &JsValue::from_str("screen")).ok()?.dyn_into::<Promise>().ok()
    };
    if let Some(lock) = lock() {
        spawn_local(async {
            // A refusal changes nothing.
            let _ = JsFuture::from(lock).await;
        });
    }
}
